"""Maintenance, by all worker processes in turn: rescue, reconcile, purge.

It runs outside the queue: what repairs the queue must not depend on it.
"""

from __future__ import annotations

import asyncio

import psycopg
import structlog

from core import breaker, maintenance, metrics
from core.database import AsyncConnection
from core.pools import AsyncPool
from core.settings import Settings
from core.webhooks import rescue_deliveries

RESCUE_INTERVAL = 2.0  # seconds between two looks for orphans, over all processes
MIN_GAP = 5.0  # seconds without such a look that say that the database was away; at least half of the workers' timeout
FAILURE_PAUSE = 2.0  # seconds to wait when the database did not answer

SECONDS_A_DAY = 86_400
CODES = {"job_overdue": "deadline_exceeded"}  # why maintenance ends jobs as failed

log = structlog.get_logger()


async def run_maintenance(pool: AsyncPool, settings: Settings) -> None:
    """Do the maintenance whenever it is this process' turn, until cancelled; a lost database delays it."""
    while True:
        try:
            async with pool.connection() as conn:
                gap = max(MIN_GAP, settings.worker_timeout_seconds / 2)
                unbroken = await maintenance.take_turn(
                    conn, chore="rescue", interval_seconds=RESCUE_INTERVAL, gap_seconds=gap
                )
                if unbroken is not None:
                    await repair(conn, settings, unbroken_seconds=unbroken)
                interval = settings.purge_interval_seconds
                if await maintenance.take_turn(conn, chore="purge", interval_seconds=interval) is not None:
                    await purge(conn, settings)
        except psycopg.Error as exc:
            log.warning("maintenance_interrupted", reason=type(exc).__name__)
            await asyncio.sleep(FAILURE_PAUSE)
        await asyncio.sleep(RESCUE_INTERVAL / 2)


async def repair(
    conn: AsyncConnection, settings: Settings, *, unbroken_seconds: float = maintenance.NEVER
) -> None:
    """Put what nobody carries back on the queue, and end what is overdue.

    After a gap (the database was away) no worker counts as gone until all of them have had time to beat again.
    """
    timeout = settings.worker_timeout_seconds
    if unbroken_seconds <= timeout:
        timeout = maintenance.NEVER
    log_fates(
        "job_overdue", await maintenance.end_overdue(conn, deadline_seconds=settings.job_deadline_seconds)
    )
    log_fates("job_rescued", await maintenance.rescue_orphans(conn, timeout_seconds=timeout))
    if woken := await breaker.wake_waiting(conn):
        log.info("waiting_jobs_woken", count=woken)
    if closed := await maintenance.close_leftovers(conn, timeout_seconds=timeout):
        log.info("queue_rows_closed", count=closed)
    if rescued := await rescue_deliveries(conn, timeout_seconds=timeout):
        log.warning("deliveries_rescued", count=rescued)


def log_fates(event: str, fates: list[maintenance.Fate]) -> None:
    """Log what became of jobs that were in trouble, one line each."""
    for item, fate in fates:
        metrics.rescued.labels(fate).inc()
        if fate != "requeued":
            metrics.finished.labels(
                fate, CODES.get(event, "worker_crashed") if fate == "failed" else ""
            ).inc()
        log.warning(
            event,
            job_id=str(item.id),
            fate=fate,
            queue_job_id=item.queue_job_id,
            queue_status=item.queue_status,
            crash_count=item.crash_count + item.worker_is_gone,
        )


async def purge(conn: AsyncConnection, settings: Settings) -> None:
    """Forget what is old, in small batches."""
    purged = 0
    while count := await maintenance.purge_jobs(conn, age_seconds=settings.job_cleanup_days * SECONDS_A_DAY):
        purged += count
    while await maintenance.purge_queue(conn):
        pass
    await maintenance.purge_workers(conn)
    await maintenance.purge_counts(conn)
    if purged:
        metrics.purged.inc(purged)
        log.info("jobs_purged", count=purged)
