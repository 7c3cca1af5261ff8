"""A circuit breaker for each model server, in the database, so that all workers know what one has found out.

While the server is down for everyone, jobs wait instead of using up their retries (M. Nygard, "Release It!", 2007,
chapter "Stability Patterns"). Whose fault a failure is shows in who else fails: a job that fails alone holds nobody up,
nor do the jobs of one user. While the breaker is open, one job at a time is let through as a probe, preferably one that
has not failed, and the first success closes it.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.attempts import Attempt
from core.database import AsyncConnection, Connection
from core.sql import load_queries

FAILURES_TO_OPEN = 3  # since the last success, over all workers; fewer than the tries of one job
FAILURE_MEMORY = 600.0  # seconds after which a failure says nothing any more
FIRST_PAUSE, MAX_PAUSE = 2.0, 60.0  # seconds between two probes: doubled after each failed one
FRESH_PAUSE = 1.0  # seconds between two probes by jobs that have not failed
WAKE_SPREAD = 3.0  # seconds over which waiting jobs come back once the server responds
ASKING_A_SECOND = 50  # waiting jobs that ask again in each second, at most
WAITING_CODE = "model_down"  # what the record of a job says while it waits for the server
UNAVAILABLE_CODE, TIMEOUT_CODE = "model_unavailable", "model_timeout"
SERVER_DOWN_CODES = frozenset({UNAVAILABLE_CODE, TIMEOUT_CODE})  # failures that may be the server's
PROBE_LEASE = 30.0  # seconds a probe may take before a job that has failed may try again

queries = load_queries("breaker")


@dataclass(frozen=True, slots=True)
class Breaker:
    """A server's state; ``at`` is the database's clock when it was read."""

    failures: int
    opened_at: datetime | None
    probe_at: datetime | None
    at: datetime

    @property
    def is_open(self) -> bool:
        """True while only probes are let through."""
        return self.opened_at is not None

    @property
    def wait_seconds(self) -> float:
        """The time until the next probe is due."""
        return max(0.0, (self.probe_at - self.at).total_seconds()) if self.probe_at else 0.0


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether the server may be asked now: ``wait_seconds`` is None, or else the time until the next probe."""

    wait_seconds: float | None
    is_troubled: bool  # there were failures: an answer is worth noting
    spread_seconds: float = 1.0  # over which those who wait shall come back


@dataclass(frozen=True, slots=True)
class FailingJob:
    """A job whose requests the server failed since its last success."""

    job_id: uuid.UUID
    user_id: str
    is_timeout: bool
    failures: int


def is_down(failing: Sequence[FailingJob], *, is_alone: bool) -> bool:
    """Return whether these failures are the server's rather than the jobs' own.

    Two different jobs have to fail, unless there is only one. Time-outs count when different users have them: one
    user may well have asked for what a model does not come to an end with.
    """
    slow_users = {each.user_id for each in failing if each.is_timeout}
    counted = [each for each in failing if not each.is_timeout or len(slow_users) > 1]
    if sum(each.failures for each in counted) < FAILURES_TO_OPEN:
        return False
    is_slow = all(each.is_timeout for each in counted)
    return len(counted) > 1 or (is_alone and not is_slow)


async def ask_leave(conn: AsyncConnection, *, server: str, job_id: uuid.UUID, user_id: str) -> Leave:
    """Return whether this job may ask the server. When a probe is due, the one that gets leave makes it.

    While only jobs of one other user have failed, no job has to wait.
    """
    cursor = await conn.execute(queries.read_breaker, {"server": server})
    row = await cursor.fetchone()
    if row is None or row["opened_at"] is None:
        return Leave(wait_seconds=None, is_troubled=row is not None and row["failures"] > 0)
    cursor = await conn.execute(
        queries.take_probe,
        {
            "server": server,
            "job_id": job_id,
            "user_id": user_id,
            "lease": PROBE_LEASE,
            "fresh": FRESH_PAUSE,
        },
    )
    taken = await cursor.fetchone()
    assert taken is not None  # noqa: S101 - it always has its row
    if taken["is_allowed"]:
        return Leave(wait_seconds=None, is_troubled=True)
    return Leave(
        wait_seconds=max(0.0, taken["wait_seconds"]),
        is_troubled=True,
        spread_seconds=max(0.5, taken["waiting"] / ASKING_A_SECOND),
    )


async def note_failure(conn: AsyncConnection, *, server: str, attempt: Attempt, is_timeout: bool) -> Breaker:
    """Count a failure that may be the server's; return the breaker as it is now.

    A failure of an attempt that was overtaken or cancelled meanwhile does not count. Of an open breaker only a probe's
    failure lengthens the pause: many jobs that fail together are one incident.
    """
    async with conn.transaction():
        await conn.execute(queries.lock_breaker, {"server": server})
        cursor = await conn.execute(
            queries.add_failure,
            {
                "server": server,
                "job_id": attempt.job_id,
                "attempt": attempt.number,
                "user_id": attempt.user_id,
                "is_timeout": is_timeout,
            },
        )
        if cursor.rowcount:
            cursor = await conn.execute(queries.read_failing, {"server": server, "memory": FAILURE_MEMORY})
            rows = await cursor.fetchall()
            failing = [
                FailingJob(row["job_id"], row["user_id"], row["is_timeout"], row["failures"]) for row in rows
            ]
            is_alone = bool(rows) and not rows[0]["others"]
            await conn.execute(
                queries.update_breaker,
                {
                    "server": server,
                    "job_id": attempt.job_id,
                    "failures": sum(each.failures for each in failing),
                    "is_down": is_down(failing, is_alone=is_alone),
                    "first_pause": FIRST_PAUSE,
                    "max_pause": MAX_PAUSE,
                },
            )
        cursor = await conn.execute(queries.read_breaker, {"server": server})
        row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - it was locked
    return Breaker(**row)


async def note_success(conn: AsyncConnection, *, server: str) -> bool:
    """Note an answer and return whether there were failures before it; ``wake_waiting`` is due then."""
    cursor = await conn.execute(queries.note_success, {"server": server})
    return await cursor.fetchone() is not None


async def wake_waiting(conn: AsyncConnection) -> int:
    """Bring the jobs that wait for a server back soon, unless one is still down; return how many.

    Due after a success, and now and then: a job that was just about to wait is not among those the success wakes.
    """
    cursor = await conn.execute(queries.wake_waiting, {"code": WAITING_CODE, "spread": WAKE_SPREAD})
    return cursor.rowcount


def find_breaker(conn: Connection, *, server: str) -> Breaker | None:
    """Return a server's breaker; None while it never failed."""
    row = conn.execute(queries.read_breaker, {"server": server}).fetchone()
    return Breaker(**row) if row else None
