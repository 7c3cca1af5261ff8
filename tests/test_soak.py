"""The verdict of ``make soak``, and what maintenance purges besides jobs."""

from __future__ import annotations

import asyncio

import psycopg

from bench.soak import Gauge
from core import maintenance
from core.database import AsyncConnection, Connection, connection_options
from tests.tasks.workshop import count, post


def test_noise_is_not_growth_and_growth_is() -> None:
    assert not Gauge("memory", [100, 104, 99, 103, 101, 105], slack=0.04, floor=6).is_growing
    assert Gauge("memory", [100, 102, 104, 106, 110, 116], slack=0.04, floor=6).is_growing
    assert not Gauge("rows", [0, 0, 90, 120], slack=0.25, floor=150).is_growing


def test_rows_that_carry_nothing_any_more_are_forgotten(conn: Connection, dsn: str) -> None:
    kept, gone = post(conn), post(conn)
    conn.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [gone.queue_job_id])
    conn.execute("DELETE FROM ai_jobs WHERE id = %s", [gone.id])
    conn.execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '2 hours'), (now())"
    )
    conn.execute(
        "INSERT INTO ai_breakers (server, failures, opened_at, probe_at) VALUES"
        " ('well', 0, NULL, NULL), ('troubled', 2, NULL, NULL), ('down', 9, now(), now()),"
        " ('left', 9, now() - interval '2 days', now() - interval '2 days')"
    )

    async def forget() -> None:
        async with await psycopg.AsyncConnection.connect(
            dsn, **connection_options(application_name="t")
        ) as own:
            owned: AsyncConnection = own
            assert await maintenance.purge_queue(owned) == 1
            assert await maintenance.purge_queue(owned) == 0
            await maintenance.purge_workers(owned)

    asyncio.run(forget())
    rows = conn.execute("SELECT id FROM procrastinate_jobs").fetchall()
    assert rows == [{"id": kept.queue_job_id}]
    assert count(conn, "procrastinate_events") == 1
    assert count(conn, "procrastinate_workers") == 1
    servers = conn.execute("SELECT server FROM ai_breakers ORDER BY server").fetchall()
    assert [row["server"] for row in servers] == ["down", "troubled"]


def test_row_of_a_job_deleted_early_goes_when_its_job_would_have(conn: Connection, dsn: str) -> None:
    before, oldest, after = (post(conn) for _ in range(3))
    conn.execute("UPDATE procrastinate_jobs SET status = 'failed'")
    conn.execute(
        "UPDATE ai_jobs SET outcome = 'failed', completed_at = now(), error_code = 'x', error_message = 'X.'"
    )
    conn.execute("DELETE FROM ai_jobs WHERE id = ANY(%s)", [[before.id, after.id]])

    async def forget() -> int:
        options = connection_options(application_name="t")
        async with await psycopg.AsyncConnection.connect(dsn, **options) as own:
            return await maintenance.purge_queue(own)

    assert asyncio.run(forget()) == 1
    rows = conn.execute("SELECT id FROM procrastinate_jobs ORDER BY id").fetchall()
    assert [row["id"] for row in rows] == [oldest.queue_job_id, after.queue_job_id]
    conn.execute("DELETE FROM ai_jobs")
    assert asyncio.run(forget()) == 2
