"""Keeps the tables consistent: orphaned jobs go back on the queue, old ones are deleted.

When and how often is left to ``tasks.maintenance``. Everything here may run again at any moment.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from core import job_record
from core.database import AsyncConnection
from core.job_record import Change
from core.sql import load_queries

# A worker that is lost takes all of its jobs along, and one of them may be why. What was lost twice in company runs
# alone from then on, in a process of its own; only what brings that down is to blame.
MAX_SHARED_CRASHES = 2
MAX_LONE_CRASHES = 2
NEVER = 1e9  # seconds
PURGE_BATCH = 1000  # jobs a transaction

queries = load_queries("maintenance")


@dataclass(frozen=True, slots=True)
class Orphan:
    """An unfinished job that no worker and no waiting queue row carries."""

    id: uuid.UUID
    queue_job_id: int | None
    queue_status: str | None
    queue_priority: int
    crash_count: int  # times it lost its worker
    lone_crash_count: int  # of these, times it was the only job of that worker
    worker_is_gone: bool
    companions: int  # other jobs of the worker that is gone


Fate = tuple[Orphan, str]  # what was found, and what became of it: requeued, failed or cancelled
Unstarted = set[tuple[uuid.UUID, int | None]]  # job and queue row, as they were found together


async def take_turn(
    conn: AsyncConnection, *, chore: str, interval_seconds: float, gap_seconds: float = NEVER
) -> float | None:
    """Return None unless the caller is the one process that does this chore (rescue or purge) in this interval.

    Else return for how many seconds somebody has done it without a gap of ``gap_seconds`` or more.
    """
    values = {"chore": chore, "interval": interval_seconds, "gap": gap_seconds}
    row = await (await conn.execute(queries.take_turn, values)).fetchone()
    return None if row is None else float(row["unbroken_seconds"])


async def rescue_orphans(conn: AsyncConnection, *, timeout_seconds: float) -> list[Fate]:
    """Put orphans back on the queue and return what became of each.

    A worker counts as gone when it has been silent for ``timeout_seconds``. A job that brought its worker down while it
    ran alone, again, ends as failed; one whose queue row an operator cancelled ends as cancelled.
    """
    async with conn.transaction():
        orphans = await _find(conn, "find_orphans", timeout=timeout_seconds)
        return [(item, await _rescue(conn, item)) for item in orphans]


async def requeue_unstarted(
    conn: AsyncConnection, *, queue_worker_id: int, running: list[int], seen_before: Unstarted
) -> tuple[list[Fate], Unstarted]:
    """Put jobs back whose queue row this worker holds without ``running`` them, once they were found twice.

    Returns what became of each, and the ``seen_before`` of the next call.
    """
    async with conn.transaction():
        unstarted = await _find(conn, "find_unstarted", queue_worker_id=queue_worker_id, running=running)
        due = [item for item in unstarted if (item.id, item.queue_job_id) in seen_before]
        fates = [(item, await _rescue(conn, item)) for item in due]
    return fates, {(item.id, item.queue_job_id) for item in unstarted}


async def end_overdue(conn: AsyncConnection, *, deadline_seconds: float) -> list[Fate]:
    """End the jobs accepted longer ago than the deadline as failed; return them."""
    limit = (
        f"{deadline_seconds / 60:.0f} minutes"
        if deadline_seconds >= 120
        else f"{deadline_seconds:.0f} seconds"
    )
    message = f"The job was not done within {limit}."
    async with conn.transaction():
        overdue = await _find(conn, "find_overdue", deadline=deadline_seconds)
        for item in overdue:
            await _end(conn, item, outcome="failed", code="deadline_exceeded", message=message)
    return [(item, "failed") for item in overdue]


async def close_leftovers(conn: AsyncConnection, *, timeout_seconds: float) -> int:
    """Close queue rows that dead workers left behind and that carry no job any more; return how many."""
    cursor = await conn.execute(queries.close_leftovers, {"timeout": timeout_seconds})
    return cursor.rowcount


async def _find(conn: AsyncConnection, query: str, **values: Any) -> list[Orphan]:
    cursor = await conn.execute(getattr(queries, query), values)
    return [Orphan(**row) for row in await cursor.fetchall()]


async def _rescue(conn: AsyncConnection, orphan: Orphan) -> str:
    if orphan.queue_status in ("cancelled", "aborted"):
        return await _end(conn, orphan, outcome="cancelled")
    is_lone_crash = orphan.worker_is_gone and not orphan.companions
    if is_lone_crash and orphan.lone_crash_count + 1 >= MAX_LONE_CRASHES:
        message = f"The job brought its worker down {MAX_LONE_CRASHES} times while it ran alone."
        return await _end(conn, orphan, outcome="failed", code="worker_crashed", message=message)
    await _step(
        conn,
        "requeue_job",
        orphan,
        queue_priority=orphan.queue_priority,
        is_crash=orphan.worker_is_gone,
        is_lone_crash=is_lone_crash,
        runs_alone=runs_alone(orphan),
    )
    return "requeued"


def runs_alone(orphan: Orphan) -> bool:
    """Return whether a job that lost its worker is to run in a process of its own from now on."""
    if not orphan.worker_is_gone:
        return orphan.crash_count >= MAX_SHARED_CRASHES or orphan.lone_crash_count > 0
    return not orphan.companions or orphan.crash_count + 1 >= MAX_SHARED_CRASHES


async def count_alone(conn: AsyncConnection) -> int:
    """Return how many jobs are due to run in a process of their own."""
    row = await (await conn.execute(queries.count_alone)).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has one row
    return int(row["due"])


async def _end(
    conn: AsyncConnection,
    orphan: Orphan,
    *,
    outcome: str,
    code: str | None = None,
    message: str | None = None,
) -> str:
    await _step(conn, "end_job", orphan, outcome=outcome, code=code, message=message)
    return outcome


async def _step(conn: AsyncConnection, change: Change, orphan: Orphan, **values: Any) -> None:
    values |= {"job_id": orphan.id, "queue_job_id": orphan.queue_job_id}
    changed = await job_record.change_async(conn, change, values)
    assert changed  # noqa: S101 - find_orphans locked the row, and it had no outcome


async def purge_jobs(conn: AsyncConnection, *, age_seconds: float) -> int:
    """Delete a batch of jobs that ended longer ago, with their events and queue rows; return how many."""
    values = {"age_seconds": age_seconds, "batch": PURGE_BATCH}
    return len(await job_record.change_async(conn, "purge_jobs", values))


async def purge_queue(conn: AsyncConnection) -> int:
    """Delete a batch of queue rows that carry nothing any more; return how many."""
    return (await conn.execute(queries.purge_queue, {"batch": PURGE_BATCH})).rowcount


async def purge_workers(conn: AsyncConnection) -> None:
    """Delete workers that have been silent for long, and breakers of servers that are well or out of use."""
    await conn.execute(queries.purge_workers)
    await conn.execute(queries.purge_breakers)


async def purge_counts(conn: AsyncConnection) -> None:
    """Delete what limits no longer count: tokens of earlier days, and when deleted jobs were accepted."""
    await conn.execute(queries.purge_usage)
    await conn.execute(queries.purge_erased)
