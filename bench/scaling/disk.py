"""What finished jobs keep on disk, and what purging them costs."""

from __future__ import annotations

import asyncio
import time

import psycopg

from bench.scaling.costs import SETTLE_SECONDS, Results, Target, empty
from bench.scaling.workers import workers
from bench.worker import post, wait_until_done
from core import maintenance
from core.database import AsyncConnection, connection_options


def measure_disk(target: Target, results: Results, *, jobs: int) -> None:
    """What a finished job of 12 nodes keeps on disk, with and without its canvas, and how long purging it takes."""
    with workers(target, 1, nodes=12), target.connect() as conn:
        wait_until_done(conn, [post(conn) for _ in range(jobs)])
        conn.execute("VACUUM FULL")
        sizes = {
            row["name"]: row["bytes"]
            for row in conn.execute(
                "SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).fetchall()
        }
        row = conn.execute("SELECT count(*) AS n FROM ai_jobs").fetchone()
        assert row is not None
        count = row["n"]
        canvas = sum(size for name, size in sizes.items() if name.startswith("canvas"))
        results.figures["disk, a job with its events"] = (
            f"{(sum(sizes.values()) - canvas) / count / 1000:.1f} kB"
        )
        results.figures["disk, its canvas"] = f"{canvas / count / 1000:.1f} kB"
        began, cpu = time.monotonic(), target.processor_seconds()
        asyncio.run(_purge(target.dsn))
        took = time.monotonic() - began
        time.sleep(SETTLE_SECONDS)
        results.figures["purge"] = (
            f"{count / took:,.0f} jobs/s, "
            f"{(target.processor_seconds() - cpu) / count * 1000:.2f} ms of PostgreSQL each"
        )
    empty(target)


async def _purge(dsn: str) -> None:
    conn: AsyncConnection
    async with await psycopg.AsyncConnection.connect(
        dsn, **connection_options(application_name="bench")
    ) as conn:
        while await maintenance.purge_jobs(conn, age_seconds=0):
            pass
