"""A circuit breaker for each model server, in the database, shared by all workers.

While the server is down for everyone, jobs wait instead of using up their retries (M. Nygard, "Release It!", 2007,
chapter "Stability Patterns"). It opens after ``FAILURES_TO_OPEN`` failures in a row; then one job at a time is let
through as a probe, and the first success closes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.database import AsyncConnection, Connection
from core.sql import load_queries

FAILURES_TO_OPEN = 3  # in a row, over all workers; fewer than the tries of one job, which may be the only one
FIRST_PAUSE, MAX_PAUSE = 2.0, 60.0  # seconds between two probes: doubled after each failed one
WAKE_SPREAD = 3.0  # seconds over which waiting jobs come back once the server responds
WAITING_CODE = "model_down"  # what the record of a job says while it waits for the server
SERVER_DOWN_CODES = frozenset({"model_unavailable", "model_timeout"})  # failures that are no fault of the job
PROBE_LEASE = 30.0  # seconds a probe may take before another job may try

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


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether the server may be asked now: ``wait_seconds`` is None, or else the time until the next probe."""

    wait_seconds: float | None
    is_troubled: bool  # there were failures: a success is worth recording


async def ask_leave(conn: AsyncConnection, *, server: str) -> Leave:
    """Return whether the server may be asked. When a probe is due, the one caller that gets leave makes it."""
    cursor = await conn.execute(queries.read_breaker, {"server": server})
    row = await cursor.fetchone()
    if row is None or row["opened_at"] is None:
        return Leave(wait_seconds=None, is_troubled=row is not None and row["failures"] > 0)
    cursor = await conn.execute(queries.take_probe, {"server": server, "lease": PROBE_LEASE})
    if await cursor.fetchone() is not None:
        return Leave(wait_seconds=None, is_troubled=True)
    return Leave(wait_seconds=max(0.0, (row["probe_at"] - row["at"]).total_seconds()), is_troubled=True)


async def note_failure(conn: AsyncConnection, *, server: str) -> Breaker:
    """Count a failure that is the server's, not the job's; return the breaker as it is now."""
    cursor = await conn.execute(
        queries.note_failure,
        {
            "server": server,
            "limit": FAILURES_TO_OPEN,
            "first_pause": FIRST_PAUSE,
            "max_pause": MAX_PAUSE,
        },
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101 - an upsert always has its row
    return Breaker(**row)


async def note_success(conn: AsyncConnection, *, server: str) -> bool:
    """Record a success and return whether there were failures before it; ``wake_waiting`` is due then."""
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
