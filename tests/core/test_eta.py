"""When a job will be done: from recent runs and live workers, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.database import Connection
from core.eta import Capacity, eta_seconds, read_capacity
from tests.tasks.workshop import look, post

NOW = datetime(2026, 1, 1, tzinfo=UTC)
CAPACITY = Capacity(run_seconds=10.0, places=20, busy=18)


def estimate(
    conn: Connection, capacity: Capacity, *, position: int | None = None, **changes: Any
) -> int | None:
    job = post(conn)._replace(**changes)
    return eta_seconds(job, capacity, position=position, now=NOW)


@pytest.mark.parametrize(
    ("position", "seconds"), [(1, 10), (2, 10), (3, 20), (22, 20), (23, 30), (None, None)]
)
def test_queued(conn: Connection, position: int | None, seconds: int | None) -> None:
    assert estimate(conn, CAPACITY, position=position) == seconds


@pytest.mark.parametrize(("since", "seconds"), [(0, 10), (4, 6), (10, None), (60, None)])
def test_running(conn: Connection, since: int, seconds: int | None) -> None:
    started_at = NOW - timedelta(seconds=since)
    assert estimate(conn, CAPACITY, status="processing", started_at=started_at) == seconds


def test_nobody_can_know(conn: Connection) -> None:
    assert estimate(conn, Capacity(run_seconds=None, places=20, busy=0), position=1) is None
    assert estimate(conn, Capacity(run_seconds=10.0, places=0, busy=0), position=1) is None


def test_pace_needs_some_runs_and_counts_live_workers(conn: Connection) -> None:
    assert read_capacity(conn, timeout_seconds=20) == Capacity(run_seconds=None, places=0, busy=0)
    for seconds in (2, 4, 60):
        job = post(conn)
        conn.execute(
            "UPDATE ai_jobs SET outcome = 'completed', canvas_id = id, result = '{}', "
            "started_at = now() - make_interval(secs => %s), completed_at = now() WHERE id = %s",
            [seconds, job.id],
        )
        assert look(conn, job.id).is_final
    for age in (0, 3600):
        conn.execute(
            "INSERT INTO ai_workers (id, hostname, pid, concurrency, poll_seconds, provider, heartbeat_at) "
            "VALUES (gen_random_uuid(), 'h', 1, 5, 1, 'rules', now() - make_interval(secs => %s))",
            [age],
        )
    assert read_capacity(conn, timeout_seconds=20) == Capacity(run_seconds=4.0, places=5, busy=0)
