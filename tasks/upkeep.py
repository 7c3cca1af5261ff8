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
    look = 0
    while True:
        await look_after(conn, settings, purge=look % PURGE_EVERY == 0)
        look += 1
        await asyncio.sleep(INTERVAL)


async def look_after(conn: AsyncConnection, settings: Settings, *, purge: bool) -> None:
    """Do one round: rescue what nobody carries, and with ``purge`` forget what is old."""
    for orphan, fate in await upkeep.rescue_orphans(conn, timeout_seconds=settings.worker_timeout_seconds):
        log.warning(
            "job_rescued",
            job_id=str(orphan.id),
            fate=fate,
            queue_status=orphan.queue_status,
            crash_count=orphan.crash_count + orphan.worker_is_gone,
        )
    if not purge:
        return
    purged = 0
    while count := await upkeep.purge_jobs(conn, age_seconds=settings.job_cleanup_days * SECONDS_A_DAY):
        purged += count
    await upkeep.purge_workers(conn)
    if purged:
        log.info("jobs_purged", count=purged)
