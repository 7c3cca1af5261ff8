"""Real web and worker processes, real signals, and the commands of the README."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from core.database import Connection
from core.settings import Settings
from devtools.client import Client
from devtools.model_server import ModelServer, Script
from devtools.processes import RELEASE, ROOT, WEB, WORKER, free_port, running, web_and_worker
from tests.held_change import hold_first, is_held, release
from tests.tasks.workshop import count, look, post
from tests.waiting import PATIENCE, until
from webapp.auth import make_token

API = "/api/ai-agent"


def queue_statuses(conn: Connection) -> list[str]:
    rows = conn.execute("SELECT status::text FROM procrastinate_jobs ORDER BY id").fetchall()
    return [row["status"] for row in rows]


def test_worker_killed_in_mid_stream_loses_no_job(
    conn: Connection, env: dict[str, str], model: ModelServer, tmp_path: Path
) -> None:
    model.script(Script(silent_after=30))
    job = post(conn)
    with running(WORKER, env=env, log=tmp_path / "first.log") as first:
        until(lambda: look(conn, job.id).progress_objects)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        assert look(conn, job.id).status == "processing"
        with running(WORKER, env=env, log=tmp_path / "second.log"):
            until(lambda: look(conn, job.id).is_final)
    done = look(conn, job.id)
    assert (done.status, done.attempt, done.retry_count) == ("completed", 2, 0)
    assert count(conn, "canvases") == 1


def test_worker_killed_after_the_canvas_was_written_writes_no_second(
    conn: Connection, env: dict[str, str], tmp_path: Path
) -> None:
    # The queue's own UPDATE, the last thing a worker does for a job, hangs: between outcome and queue row.
    conn.execute(
        """
        CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(60); RETURN NEW; END';
        CREATE TRIGGER hang BEFORE UPDATE ON procrastinate_jobs
            FOR EACH ROW WHEN (NEW.status = 'succeeded') EXECUTE FUNCTION hang();
        """
    )
    job = post(conn)
    with running(WORKER, env=env, log=tmp_path / "first.log") as first:
        until(lambda: look(conn, job.id).is_final)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    conn.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    conn.execute("DROP TRIGGER hang ON procrastinate_jobs")
    assert queue_statuses(conn) == ["doing"]
    with running(WORKER, env=env, log=tmp_path / "second.log"):
        until(lambda: queue_statuses(conn) == ["succeeded"])
    assert look(conn, job.id).status == "completed"
    assert (count(conn, "canvases"), look(conn, job.id).attempt) == (1, 1)


def test_frozen_worker_that_wakes_up_changes_nothing(
    conn: Connection, env: dict[str, str], model: ModelServer, tmp_path: Path
) -> None:
    model.script(Script(chunk_delay=0.05))
    job = post(conn)
    with running(WORKER, env=env, log=tmp_path / "frozen.log") as frozen:
        until(lambda: look(conn, job.id).progress_objects)
        os.kill(frozen.pid, signal.SIGSTOP)
        with running(WORKER, env=env, log=tmp_path / "second.log"):
            until(lambda: look(conn, job.id).is_final)
            done = look(conn, job.id)
            events = count(conn, "ai_job_events")
            os.kill(frozen.pid, signal.SIGCONT)
            until(lambda: "attempt_is_over" in (tmp_path / "frozen.log").read_text())
            # Awake again, it is a worker like any other.
            os.kill(frozen.pid, 0)
            again = [post(conn) for _ in range(4)]
            until(lambda: all(look(conn, item.id).is_final for item in again))
    assert (done.status, done.attempt) == ("completed", 2)
    # But for the tokens of its attempt, which are charged.
    charged: dict[str, Any] = dict.fromkeys(("updated_at", "input_tokens", "output_tokens"))
    assert look(conn, job.id)._replace(**charged) == done._replace(**charged)
    assert count(conn, "canvases") == 5
    rows = conn.execute("SELECT count(*) AS n FROM ai_job_events WHERE job_id = %s", [job.id]).fetchone()
    assert rows == {"n": events}
    assert "doing" not in queue_statuses(conn)


def test_worker_frozen_in_a_transaction_keeps_nobody_from_its_job(
    conn: Connection, env: dict[str, str], tmp_path: Path
) -> None:
    # Drawing on a canvas that is there takes a transaction of several steps. The first is held until its worker is
    # frozen, with the job's row locked.
    hold_first(conn, "BEFORE UPDATE ON canvases")
    with running(WORKER, env=env, log=tmp_path / "frozen.log") as frozen:
        first = post(conn)
        canvas_id = until(lambda: look(conn, first.id).canvas_id)
        job = post(conn, target_canvas_id=canvas_id)
        until(lambda: is_held(conn))
        os.kill(frozen.pid, signal.SIGSTOP)
        release(conn)
        with running(WORKER, env=env, log=tmp_path / "second.log"):
            until(lambda: look(conn, job.id).is_final)
            done = look(conn, job.id)
            os.kill(frozen.pid, signal.SIGCONT)
            until(lambda: "attempt_is_over" in (tmp_path / "frozen.log").read_text())
    assert (done.status, done.attempt) == ("completed", 2)
    assert look(conn, job.id) == done
    assert count(conn, "canvases") == 1


def test_worker_frozen_while_its_canvas_is_written_has_written_it(
    conn: Connection, env: dict[str, str], tmp_path: Path
) -> None:
    # A canvas of its own takes one statement, which PostgreSQL ends by itself.
    hold_first(conn, "BEFORE INSERT ON canvases")
    job = post(conn)
    with running(WORKER, env=env, log=tmp_path / "frozen.log") as frozen:
        until(lambda: is_held(conn))
        os.kill(frozen.pid, signal.SIGSTOP)
        release(conn)
        until(lambda: look(conn, job.id).is_final)
        done = look(conn, job.id)
        os.kill(frozen.pid, signal.SIGCONT)
        until(lambda: queue_statuses(conn) == ["succeeded"])
    assert (done.status, done.attempt) == ("completed", 1)
    assert look(conn, job.id) == done
    assert count(conn, "canvases") == 1


def test_worker_told_to_end_puts_its_job_back_and_exits_with_0(
    conn: Connection, env: dict[str, str], model: ModelServer, tmp_path: Path
) -> None:
    model.script(Script(silent_after=30))
    job = post(conn)
    with running(WORKER, env=env, log=tmp_path / "worker.log") as worker:
        until(lambda: look(conn, job.id).progress_objects)
        os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait(timeout=PATIENCE) == 0
    assert (look(conn, job.id).status, look(conn, job.id).retry_count) == ("queued", 0)
    assert count(conn, "ai_workers") == 0


def test_curl_conversation_of_the_readme(env: dict[str, str], tmp_path: Path, settings: Settings) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(r"<!-- conversation -->\n```sh\n(.*?)```", readme, re.DOTALL)
    assert block is not None
    with web_and_worker(env, port=free_port(), logs=tmp_path) as url:
        script = block[1].replace("http://127.0.0.1:8000", url)
        assert url in script
        token = make_token(settings, "reader")
        script = script.replace("$(make -s token USER=anna)", token)
        assert token in script
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        assert '"status":"queued"' in ran.stdout.replace(" ", "")
        assert "event: done" in ran.stdout
        assert '"canvas_id"' in ran.stdout
        assert (tmp_path / "tea.png").read_bytes().startswith(b"\x89PNG")


def test_strangers_see_nothing_over_http(env: dict[str, str], tmp_path: Path, settings: Settings) -> None:
    with web_and_worker(env, port=free_port(), logs=tmp_path) as url:
        owner, stranger = (Client(url, make_token(settings, name)) for name in ("owner", "stranger"))
        job_id = owner.call(f"{API}/create-canvas", body={"instructions": "A -> B"})["job_id"]
        until(lambda: owner.call(f"{API}/job/{job_id}/status")["job"]["status"] == "completed")
        canvas_id = owner.call(f"{API}/job/{job_id}/result")["result"]["canvas_id"]
        for path in (
            f"/job/{job_id}/status",
            f"/job/{job_id}/result",
            f"/job/{job_id}/events",
            f"/canvas/{canvas_id}",
            f"/canvas/{canvas_id}.svg",
            f"/canvas/{canvas_id}.png",
        ):
            with pytest.raises(urllib.error.HTTPError) as caught:
                stranger.call(API + path)
            assert (path, caught.value.code) == (path, 404)
            caught.value.close()
        assert stranger.call(f"{API}/jobs")["jobs"] == []
        assert stranger.call(f"{API}/jobs/stats")["total_jobs"] == 0


FLASK = [str(Path(sys.executable).with_name("flask")), "--app", "webapp", "jobs", "stuck"]
QUEUE_TOOL = [sys.executable, "-m", "procrastinate", "--app=tasks.app.app", "healthchecks"]
TOKEN = [sys.executable, "-m", "webapp.token", "anna"]
COMMANDS = {
    "release": RELEASE,
    "web": WEB,
    "worker": WORKER,
    "operator": FLASK,
    "queue tool": QUEUE_TOOL,
    "token": TOKEN,
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_names_bad_settings_in_a_sentence(env: dict[str, str], name: str) -> None:
    env |= {"JWT_PUBLIC_KEY": "nonsense", "MAX_CONCURRENT_JOBS": "many", "WEB_CONCURRENCY": "0"}
    ran = run(COMMANDS[name], env)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("Settings: ")
    assert all(f"{variable}: " in ran.stderr for variable in ("JWT_PUBLIC_KEY", "MAX_CONCURRENT_JOBS"))
    assert ran.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["web", "worker", "operator", "queue tool", "token"])
def test_folder_that_cannot_be_made_is_named_in_a_sentence(env: dict[str, str], name: str) -> None:
    del env["JWT_SECRET_KEY"], env["DATABASE_URL"]
    ran = run(COMMANDS[name], env | {"VAR_DIR": "/proc/none"})
    assert ran.returncode == 1
    assert ran.stderr.startswith("Settings: VAR_DIR: /proc/none cannot be made")


@pytest.mark.parametrize("name", ["release", "operator", "queue tool"])
def test_command_that_needs_the_database_says_that_it_is_not_there(env: dict[str, str], name: str) -> None:
    ran = run(COMMANDS[name], env | {"DATABASE_URL": f"postgresql://canvas:secret@127.0.0.1:{free_port()}/x"})
    assert ran.returncode == 1
    assert re.search(r"^Database: |^Error: The database cannot be reached", ran.stderr, re.MULTILINE)
    assert "Traceback" not in ran.stderr
    assert "secret" not in ran.stderr


def run(command: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Return how a command that ends by itself ended."""
    env = {"PATH": os.environ["PATH"], **env}
    return subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
