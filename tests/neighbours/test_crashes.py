"""A job that brings its worker down, beside innocent ones: only what crashes alone is to blame."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database import Connection
from core.jobs import Job
from devtools.model_server import Script
from devtools.poison import POISON, PoisonedModelServer
from devtools.postgres import PostgresServer
from devtools.processes import WORKER, running
from tests.conftest import connect
from tests.neighbours.conftest import restarted
from tests.tasks.workshop import look, post
from tests.waiting import until

INNOCENT = 5


@pytest.fixture
def model(env: dict[str, str]) -> Iterator[PoisonedModelServer]:
    """Each plan takes a second or so, so that all jobs are under way together."""
    with PoisonedModelServer(default=Script(chunk_delay=0.02)) as server:
        env.update(AI_PROVIDER="openai", OPENAI_BASE_URL=server.base_url)
        yield server


def crashes(conn: Connection, job: Job) -> tuple[int, int]:
    row = conn.execute("SELECT crash_count, lone_crash_count FROM ai_jobs WHERE id = %s", [job.id]).fetchone()
    assert row is not None
    return row["crash_count"], row["lone_crash_count"]


def test_innocent_jobs_outlive_one_that_brings_its_worker_down(
    conn: Connection, env: dict[str, str], model: PoisonedModelServer, tmp_path: Path
) -> None:
    innocent = [post(conn, "A -> B -> C", user_id="owner") for _ in range(INNOCENT)]
    poisoned = post(conn, f"a drawing of {POISON}", user_id="stranger")
    with restarted(env, log=tmp_path / "worker.log"):
        until(lambda: all(look(conn, job.id).is_final for job in innocent))
        until(lambda: outcome(conn, poisoned))
    assert {look(conn, job.id).status for job in innocent} == {"completed"}
    assert all(crashes(conn, job)[1] == 0 for job in innocent)
    assert outcome(conn, poisoned) == ("failed", "worker_crashed")
    # Twice with all others, once or twice in a process of its own.
    assert 3 <= len(model.killed) <= 4


def test_lone_job_that_kills_its_workers_ends_as_failed(
    conn: Connection, env: dict[str, str], model: PoisonedModelServer, tmp_path: Path
) -> None:
    poisoned = post(conn, POISON)
    with restarted(env, log=tmp_path / "worker.log"):
        until(lambda: outcome(conn, poisoned))
    assert outcome(conn, poisoned) == ("failed", "worker_crashed")
    assert (len(model.killed), look(conn, poisoned.id).attempt) == (2, 2)


def test_job_that_keeps_bringing_down_its_own_process_does_not_disturb_the_worker(
    conn: Connection, env: dict[str, str], model: PoisonedModelServer, tmp_path: Path
) -> None:
    poisoned = post(conn, POISON)
    conn.execute("UPDATE ai_jobs SET crash_count = 2 WHERE id = %s", [poisoned.id])
    conn.execute("UPDATE procrastinate_jobs SET queue_name = 'canvas_alone'")
    with running(WORKER, env=env, log=tmp_path / "worker.log") as worker:
        until(lambda: model.killed)
        later = post(conn, "A -> B")
        until(lambda: look(conn, later.id).is_final)
        until(lambda: outcome(conn, poisoned))
        assert worker.poll() is None
        assert worker.pid not in model.killed
    assert look(conn, later.id).status == "completed"
    assert outcome(conn, poisoned) == ("failed", "worker_crashed")
    assert len(model.killed) == 2


def test_suspect_that_is_innocent_completes_alone(
    conn: Connection, env: dict[str, str], model: PoisonedModelServer, tmp_path: Path
) -> None:
    job = post(conn)
    conn.execute("UPDATE ai_jobs SET crash_count = 2 WHERE id = %s", [job.id])
    conn.execute("UPDATE procrastinate_jobs SET queue_name = 'canvas_alone'")
    with running(WORKER, env=env, log=tmp_path / "worker.log") as worker:
        until(lambda: look(conn, job.id).is_final)
        until(lambda: "isolated_process_ended" in (tmp_path / "worker.log").read_text())
        assert worker.poll() is None
    assert look(conn, job.id).status == "completed"


def test_database_that_was_away_counts_for_nobody(
    dsn: str, env: dict[str, str], model: PoisonedModelServer, tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """Frozen for longer than workers may be silent: all of them are, and none is gone."""
    model.script(Script(chunk_delay=0.5))  # some 20 s
    with connect(dsn) as conn, running(WORKER, env=env, log=tmp_path / "worker.log"):
        job = post(conn)
        until(lambda: look(conn, job.id).progress_objects)
        postgres_server.freeze()
        try:
            time.sleep(8)  # the workers' timeout is 3 s here
        finally:
            postgres_server.thaw()
        until(lambda: look(conn, job.id).is_final)
        done = look(conn, job.id)
        assert (done.status, done.attempt, crashes(conn, job)) == ("completed", 1, (0, 0))


def outcome(conn: Connection, job: Job) -> tuple[str, str] | None:
    row = conn.execute("SELECT outcome, error_code FROM ai_jobs WHERE id = %s", [job.id]).fetchone()
    assert row is not None
    return None if row["outcome"] is None else (row["outcome"], row["error_code"])
