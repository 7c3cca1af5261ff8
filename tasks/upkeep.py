"""Upkeep, in every worker process and one at a time by an advisory lock: rescue, reconcile, purge.

It runs beside the queue, not in it: what repairs the queue must not depend on it.
"""

from __future__ import annotations

import asyncio

import psycopg
import structlog

from core import upkeep
from core.database import AsyncConnection, connection_options
from core.settings import Settings

INTERVAL = 2.0  # seconds between two looks for orphans
PURGE_EVERY = 300  # looks: every ten minutes
FAILURE_PAUSE = 5.0  # seconds to wait when the database did not answer

SECONDS_A_DAY = 86_400

log = structlog.get_logger()


async def run_upkeep(dsn: str, settings: Settings) -> None:
    """Do the upkeep whenever no other process does, until cancelled; a lost database delays it."""
    while True:
        try:
            options = connection_options(application_name="canvas-upkeep", statement_timeout=30)
            async with await psycopg.AsyncConnection.connect(dsn, **options) as conn:
                await _keep_up(conn, settings)
        except psycopg.Error as exc:
            log.warning("upkeep_interrupted", reason=type(exc).__name__)
            await asyncio.sleep(FAILURE_PAUSE)


async def _keep_up(conn: AsyncConnection, settings: Settings) -> None:
    while not await upkeep.try_lock(conn):
        await asyncio.sleep(INTERVAL)
    suspects: upkeep.Suspects = set()
    look = 0
    while True:
        suspects = await look_after(conn, settings, suspects=suspects)
        if look % PURGE_EVERY == 0:
            await purge(conn, settings)
        look += 1
        await asyncio.sleep(INTERVAL)


async def look_after(
    conn: AsyncConnection, settings: Settings, *, suspects: upkeep.Suspects
) -> upkeep.Suspects:
    """Put what nobody carries back on the queue, and end what is overdue; return the suspects of the next look."""
    timeout = settings.worker_timeout_seconds
    overdue = await upkeep.end_overdue(conn, deadline_seconds=settings.job_deadline_seconds)
    fates, suspects = await upkeep.rescue_orphans(conn, timeout_seconds=timeout, suspects=suspects)
    log_fates("job_rescued", fates)
    log_fates("job_overdue", overdue)
    if closed := await upkeep.close_leftovers(conn, timeout_seconds=timeout):
        log.info("queue_rows_closed", count=closed)
    return suspects


def log_fates(event: str, fates: list[upkeep.Fate]) -> None:
    """Log what became of jobs that were in trouble, one line each."""
    for item, fate in fates:
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
    while count := await upkeep.purge_jobs(conn, age_seconds=settings.job_cleanup_days * SECONDS_A_DAY):
        purged += count
    await upkeep.purge_workers(conn)
    if purged:
        log.info("jobs_purged", count=purged)
