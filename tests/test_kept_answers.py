"""An answer that came whole is paid for once: whoever takes the job over draws it, also when the database was away."""

from __future__ import annotations

import os
import signal
import uuid
from pathlib import Path
from typing import Any, LiteralString

import pytest

from core.database import Connection
from devtools.model_server import ModelServer, Script
from devtools.processes import WORKER, running
from tests.held_change import hold_first, is_held, release
from tests.tasks.workshop import look, post
from tests.waiting import until

SOURCE = "flowchart TD\ntitle Login\na([Start]) --> b[Enter password] --> c([Home])\n"
CHANGE = "remove b --> c\nb --> x[Check device] --> c\n"


def kill_while_storing(
    conn: Connection, env: dict[str, str], log: Path, when: LiteralString, **values: Any
) -> uuid.UUID:
    """Return a job whose worker was killed with the answer whole and the canvas not stored."""
    hold_first(conn, when)
    with running(WORKER, env=env, log=log) as worker:
        job = post(conn, **values)
        until(lambda: is_held(conn))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    # Else the statement that the server has already would still be carried out.
    conn.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    until(lambda: not is_held(conn))
    release(conn)
    return job.id


def record(conn: Connection, job_id: uuid.UUID) -> dict[str, Any]:
    row = conn.execute("SELECT * FROM ai_jobs WHERE id = %s", [job_id]).fetchone()
    assert row is not None
    return dict(row)


def spent(row: dict[str, Any]) -> tuple[int, int]:
    return row["input_tokens"], row["output_tokens"]


@pytest.mark.parametrize("script", [Script(), Script(text=SOURCE)], ids=["plan", "notation"])
def test_next_worker_stores_the_answer_without_asking(
    conn: Connection, env: dict[str, str], tmp_path: Path, script: Script
) -> None:
    with ModelServer(default=script) as model:
        env |= {"AI_PROVIDER": "openai", "OPENAI_BASE_URL": model.base_url}
        job_id = kill_while_storing(conn, env, tmp_path / "first.log", "BEFORE INSERT ON canvases")
        asked, killed = len(model.requests), record(conn, job_id)
        with running(WORKER, env=env, log=tmp_path / "second.log"):
            until(lambda: look(conn, job_id).is_final)
        assert len(model.requests) == asked
    done = record(conn, job_id)
    assert (done["outcome"], done["answer"], done["attempt"]) == ("completed", None, 2)
    assert done["progress_objects"] > 0
    assert spent(killed) == spent(done)
    assert min(spent(done)) > 0


def test_change_is_stored_by_the_next_worker_without_asking(
    conn: Connection, env: dict[str, str], tmp_path: Path
) -> None:
    with ModelServer(default=Script(text=CHANGE)) as model:
        env |= {"AI_PROVIDER": "openai", "OPENAI_BASE_URL": model.base_url}
        with running(WORKER, env=env, log=tmp_path / "zero.log"):
            drawn = post(conn, request_data={"source": SOURCE})
            canvas_id = until(lambda: look(conn, drawn.id).canvas_id)
        request = {"instructions": "Check the device", "mode": "edit", "canvas_id": str(canvas_id)}
        job_id = kill_while_storing(
            conn,
            env,
            tmp_path / "first.log",
            "BEFORE INSERT ON canvas_versions",
            request_data=request,
            target_canvas_id=canvas_id,
        )
        with running(WORKER, env=env, log=tmp_path / "second.log"):
            until(lambda: look(conn, job_id).is_final)
        assert len(model.requests) == 1
    done = record(conn, job_id)
    assert (done["outcome"], done["result"]["version"]) == ("completed", 2)
    assert "Check device" in done["result"]["source"]


def test_another_model_is_asked_itself(conn: Connection, env: dict[str, str], tmp_path: Path) -> None:
    with ModelServer(default=Script(text=SOURCE)) as model:
        env |= {"AI_PROVIDER": "openai", "OPENAI_BASE_URL": model.base_url}
        job_id = kill_while_storing(conn, env, tmp_path / "first.log", "BEFORE INSERT ON canvases")
        asked, killed = len(model.requests), record(conn, job_id)
        with running(WORKER, env=env | {"OPENAI_MODEL": "another"}, log=tmp_path / "second.log"):
            until(lambda: look(conn, job_id).is_final)
        assert [each.body["model"] for each in model.requests[asked:]] == ["another"]
    done = record(conn, job_id)
    assert done["outcome"] == "completed"
    assert spent(done) == tuple(2 * tokens for tokens in spent(killed))
