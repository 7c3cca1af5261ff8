"""Nothing grows without bound: what the purge deletes, table by table, and what it must not touch."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from core import operator_actions, webhooks
from core.database import Connection, connection_options
from core.jobs import Job
from devtools.processes import WEB, free_port, is_free, running, wait_until_ready
from tasks.maintenance import purge
from tests.conftest import SECRET, make_settings
from tests.tasks.workshop import count, post
from tests.waiting import until

OLD = "now() - interval '8 days'"
GROWING = {  # every table that jobs, workers or callers fill, and what is left of old things in it
    "ai_jobs": 0,
    "ai_job_events": 0,
    "ai_deliveries": 0,
    "ai_delivery_attempts": 0,
    "ai_usage": 0,
    "ai_erased_jobs": 0,
    "ai_workers": 0,
    "ai_breakers": 0,
    "ai_breaker_failures": 0,
    "procrastinate_jobs": 0,
    "procrastinate_events": 0,
    "procrastinate_workers": 0,
}
BOUNDED = {
    "ai_totals",  # a row for each user
    "ai_maintenance",  # a row for each chore
    "ai_pauses",  # at most two rows
    "alembic_version",
    "procrastinate_periodic_defers",  # there are no periodic tasks
}
# They belong to their user, who may delete them.
KEPT = {"canvases", "canvas_objects", "canvas_drawings", "canvas_versions"}


def forget(dsn: str, **values: Any) -> None:
    async def run() -> None:
        options = connection_options(application_name="test")
        async with await psycopg.AsyncConnection.connect(dsn, **options) as conn:
            await purge(conn, make_settings(dsn, **values))

    asyncio.run(run())


def end_long_ago(conn: Connection, job: Job) -> None:
    operator_actions.cancel_any(conn, job_id=job.id)
    conn.execute(sql.SQL("UPDATE ai_jobs SET completed_at = {} WHERE id = %s").format(sql.SQL(OLD)), [job.id])
    conn.execute(
        "UPDATE procrastinate_jobs SET status = 'cancelled' WHERE args ->> 'job_id' = %s", [str(job.id)]
    )


def test_nothing_is_left_of_what_is_old(conn: Connection, dsn: str) -> None:
    job = post(conn, webhook_url="https://app.example/hooks", idempotency_key="k")
    operator_actions.requeue_job(conn, job_id=job.id)
    end_long_ago(conn, job)
    (delivery,) = webhooks.list_deliveries(conn)
    conn.execute(
        "INSERT INTO ai_delivery_attempts (delivery_id, number, seconds) VALUES (%s, 1, 0)", [delivery["id"]]
    )
    conn.execute(
        f"""
        INSERT INTO ai_usage (user_id, day, tokens) VALUES ('owner', ({OLD})::date, 7);
        INSERT INTO ai_erased_jobs (user_id, created_at) VALUES ('owner', {OLD});
        INSERT INTO ai_breakers (server, failures, opened_at, probe_at) VALUES ('gone', 9, {OLD}, {OLD});
        INSERT INTO ai_breaker_failures (server, job_id, user_id, is_timeout, failed_at)
        VALUES ('gone', gen_random_uuid(), 'owner', false, {OLD});
        INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({OLD});
        INSERT INTO ai_workers (id, hostname, pid, concurrency, poll_seconds, provider, heartbeat_at)
        VALUES (gen_random_uuid(), 'host', 1, 20, 1, 'rules', {OLD});
        """
    )
    filled = {table: count(conn, table) for table in GROWING}
    assert all(filled.values()), filled
    forget(dsn)
    assert {table: count(conn, table) for table in GROWING} == GROWING
    # Who repeats the request now asks for a new job.
    assert post(conn, "Another", idempotency_key="k").id != job.id


def test_every_table_was_thought_of(conn: Connection) -> None:
    rows = conn.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert {row["tablename"] for row in rows} == set(GROWING) | BOUNDED | KEPT


def test_what_is_young_or_not_finished_stays(conn: Connection, dsn: str) -> None:
    unfinished, ended, old = post(conn), post(conn), post(conn)
    conn.execute("UPDATE ai_jobs SET created_at = now() - interval '30 days', accepted_at = created_at")
    operator_actions.cancel_any(conn, job_id=ended.id)
    end_long_ago(conn, old)
    conn.execute(
        """
        INSERT INTO ai_usage (user_id, day, tokens) VALUES ('owner', (now() AT TIME ZONE 'UTC')::date, 7);
        INSERT INTO ai_erased_jobs (user_id, created_at) VALUES ('owner', now());
        INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now());
        """
    )
    forget(dsn)
    left = conn.execute("SELECT id FROM ai_jobs ORDER BY id").fetchall()
    assert [row["id"] for row in left] == [unfinished.id, ended.id]
    assert count(conn, "procrastinate_jobs") == 2
    assert [count(conn, table) for table in ("ai_usage", "ai_erased_jobs", "procrastinate_workers")] == [
        1,
        1,
        1,
    ]
    forget(dsn, job_cleanup_days=9)
    assert count(conn, "ai_jobs") == 2


def test_more_than_one_batch_is_forgotten_in_one_go(
    conn: Connection, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.maintenance.PURGE_BATCH", 2)
    for _ in range(5):
        end_long_ago(conn, post(conn))
    forget(dsn)
    assert (count(conn, "ai_jobs"), count(conn, "procrastinate_jobs")) == (0, 0)


def test_web_processes_that_were_killed_leave_no_files_behind_for_ever(dsn: str, tmp_path: Path) -> None:
    port = free_port()
    env = {
        "DATABASE_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "PORT": str(port),
        "WEB_CONCURRENCY": "2",
        "VAR_DIR": str(tmp_path / "var"),
        "TMPDIR": str(tmp_path / "temporary"),
    }
    (tmp_path / "temporary").mkdir()
    ready = f"http://127.0.0.1:{port}/api/ai-agent/health/ready"
    with running(WEB, env=env, log=tmp_path / "killed.log") as killed:
        wait_until_ready(ready)
        killed.kill()
        killed.wait()
    (left_behind,) = (tmp_path / "var").glob("metrics-*")
    until(lambda: is_free(port))  # its children notice, and end
    with running(WEB, env=env, log=tmp_path / "next.log"):
        wait_until_ready(ready)
        assert not left_behind.exists()
        assert len(list((tmp_path / "var").iterdir())) == 1
    assert list((tmp_path / "var").iterdir()) == []
    assert [path.name for path in (tmp_path / "temporary").iterdir() if "metrics" in path.name] == []
