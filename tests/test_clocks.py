"""Hosts whose clocks are wrong by an hour: only the database's clock decides what happens when."""

from __future__ import annotations

import glob
import os
import signal
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import jwt
import pytest

from core.database import Connection
from devtools.model_server import ModelServer, Script, refused
from devtools.processes import WORKER, running
from tests.conftest import SECRET
from tests.tasks.workshop import look, post
from tests.waiting import until
from tests.webapp.conftest import complete
from tests.webapp.serving import API, serve

FAKETIME = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
HOUR = 3600
RETRY_AFTER = 400  # seconds; less than a job waits for a server at most
RUN_SECONDS = 1000  # that jobs take; less than clocks are wrong by
SKEWS = pytest.mark.parametrize("skew", [HOUR, -HOUR], ids=["ahead", "behind"])


def wrong_clock(skew: int) -> dict[str, str]:
    """The environment of a process that thinks it is ``skew`` seconds later."""
    if not FAKETIME:
        pytest.skip("no libfaketime on this machine: apt-get install libfaketime")
    return {"LD_PRELOAD": FAKETIME[0], "FAKETIME": f"{skew:+}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def env(dsn: str, tmp_path: Path, model: ModelServer) -> dict[str, str]:
    return {
        "DATABASE_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "VAR_DIR": str(tmp_path),
        "OPENAI_BASE_URL": model.base_url,
        "SHUTDOWN_GRACE_SECONDS": "0",
    }


def database_time(conn: Connection) -> datetime:
    row = conn.execute("SELECT now() AS at").fetchone()
    assert row is not None
    at: datetime = row["at"]
    return at


@SKEWS
def test_retry_comes_when_the_database_says_so(
    conn: Connection, env: dict[str, str], model: ModelServer, tmp_path: Path, skew: int
) -> None:
    model.script(refused(429, "rate_limit_exceeded", retry_after=str(RETRY_AFTER)))
    job = post(conn)
    with running(WORKER, env=env | wrong_clock(skew), log=tmp_path / "worker.log"):
        until(lambda: look(conn, job.id).retry_count == 1 and look(conn, job.id).next_processing_at)
        again_at = look(conn, job.id).next_processing_at
    assert again_at is not None
    left = again_at - database_time(conn)
    assert timedelta() < left <= timedelta(seconds=RETRY_AFTER)


def test_job_given_back_by_a_fast_clock_runs_at_once(
    conn: Connection, env: dict[str, str], model: ModelServer, tmp_path: Path
) -> None:
    model.script(Script(silent_after=20))
    job = post(conn)
    with running(WORKER, env=env | wrong_clock(HOUR), log=tmp_path / "first.log") as first:
        until(lambda: look(conn, job.id).progress_objects)
        os.kill(first.pid, signal.SIGTERM)
        first.wait()
    with running(WORKER, env=env, log=tmp_path / "second.log"):
        until(lambda: look(conn, job.id).is_final)
    assert (look(conn, job.id).status, look(conn, job.id).attempt) == ("completed", 2)


@SKEWS
def test_shapes_are_dated_by_the_database(
    conn: Connection, env: dict[str, str], tmp_path: Path, skew: int
) -> None:
    job = post(conn)
    with running(WORKER, env=env | wrong_clock(skew), log=tmp_path / "worker.log"):
        until(lambda: look(conn, job.id).is_final)
    rows = conn.execute(
        "SELECT (data ->> 'created_at')::timestamptz AS at FROM ai_job_events WHERE kind = 'object'"
    ).fetchall()
    assert rows
    for row in rows:
        assert job.created_at <= row["at"] <= database_time(conn)


@SKEWS
def test_callers_are_told_by_the_database_clock(
    conn: Connection, env: dict[str, str], tmp_path: Path, skew: int
) -> None:
    # Tokens are checked by the host's own clock; this one is good on all of them.
    now = int(time.time())
    claims = {"sub": "owner", "type": "access", "iat": now - 2 * HOUR, "exp": now + 2 * HOUR}
    token = jwt.encode(claims, SECRET, algorithm="HS256")
    with serve(tmp_path, **env | wrong_clock(skew) | {"JOB_CLEANUP_DAYS": str(0.5 / 24)}) as web:
        # Only now, for the clock of what follows runs.
        fresh, old, running_job, waiting = stage(conn)
        assert web.call("GET", f"{API}/job/{fresh}/result", token=token)[0] == 200
        assert web.call("GET", f"{API}/job/{old}/result", token=token)[0] == 410
        _, body = web.call("GET", f"{API}/job/{running_job}/status", token=token)
        assert 0 < body["job"]["eta_seconds"] <= RUN_SECONDS
        _, body = web.call("GET", f"{API}/job/{waiting}/status", token=token)
        assert body["job"]["queue_position"] == 1


def stage(conn: Connection) -> tuple[uuid.UUID, uuid.UUID, uuid.UUID, uuid.UUID]:
    """Return a job whose result is kept, one whose time is over, one that has just begun, and one that waits."""
    fresh, second, third, old, running_job, waiting = (post(conn) for _ in range(6))
    for job in (fresh, second, third, old):
        complete(conn, str(job.id))
    # Kept for half an hour.
    conn.execute("UPDATE ai_jobs SET completed_at = now() - interval '40 minutes' WHERE id = %s", [old.id])
    conn.execute(
        "UPDATE ai_jobs SET started_at = completed_at - make_interval(secs => %s) WHERE outcome IS NOT NULL",
        [RUN_SECONDS],
    )
    conn.execute(
        "INSERT INTO ai_workers (id, hostname, pid, concurrency, poll_seconds, provider, heartbeat_at) "
        "VALUES (gen_random_uuid(), 'h', 1, 1, 1, 'rules', now() + interval '1 day')"
    )
    conn.execute("UPDATE ai_jobs SET started_at = now() WHERE id = %s", [running_job.id])
    conn.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [running_job.queue_job_id])
    conn.execute(
        "UPDATE procrastinate_jobs SET scheduled_at = now() - interval '1 minute' WHERE id = %s",
        [waiting.queue_job_id],
    )
    # No more of these: the queue's rows of what was completed above.
    conn.execute("DELETE FROM procrastinate_jobs WHERE id < %s", [running_job.queue_job_id])
    return fresh.id, old.id, running_job.id, waiting.id
