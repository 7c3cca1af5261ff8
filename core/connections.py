"""Connections that give up: a statement has a limit on our side, and a session that is not fit for work is closed.

PostgreSQL's own ``statement_timeout`` needs a server that runs. One that is frozen, or whose disk hangs, keeps its
sockets: its kernel goes on acknowledging, so that TCP notices nothing. Pools are in ``core.pools``.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg import errors
from psycopg.pq import TransactionStatus

STATEMENT_LIMIT = (
    10.0  # seconds; longer than any statement_timeout of ours, so a live server is the first to speak
)
WAKE_INTERVAL = 0.1  # seconds between two looks for signals while a statement runs; psycopg's own value
# What says that not the statement was wrong, but the session or the server (PostgreSQL's appendix A): it became
# read-only, shuts down or starts up, its database was dropped. Class 08: the connection is lost.
UNFIT_STATES = frozenset({"25006", "57P01", "57P02", "57P03", "57P04"})
UNFIT_CLASS = "08"
STALE_PLAN = (
    "cached plan must not change result type"  # 0A000 has other meanings, too; this one is the session's
)

Result = TypeVar("Result")
Waiting = Generator[Any, Any, Result]  # psycopg's own protocol: what it waits for, what is ready, the result


class ConnectionUnfit(psycopg.OperationalError):
    """The database session could not be used any more and was closed; another one may do."""


def is_unfit(error: psycopg.Error) -> bool:
    """Return whether the session that gave this error should not be used again."""
    state = error.sqlstate or ""
    if state == "0A000":
        return STALE_PLAN in str(error)
    return state in UNFIT_STATES or state.startswith(UNFIT_CLASS)


class GuardedConnection(psycopg.Connection[dict[str, Any]]):
    """A connection whose statements end within ``statement_limit`` seconds, one way or another.

    Past the limit, and after an error that says the session is not fit, it is closed and ``ConnectionUnfit`` raised.
    Whether the statement was carried out is unknown then. Waiting for notifications has no limit.
    """

    statement_limit = STATEMENT_LIMIT
    handed_out_at = 0.0  # by a pool, in monotonic seconds

    def wait(
        self, gen: Waiting[Result], interval: float = WAKE_INTERVAL, timeout: float | None = None
    ) -> Result:
        """Run one of psycopg's generators to its end; all that talks to the server goes through here."""
        limit = self.statement_limit if timeout is None else timeout
        while True:
            try:
                return super().wait(gen, interval, limit)
            except errors._WaitTimeout:
                if timeout is not None:
                    raise
                if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                    self.pgconn.finish()
                    raise _overdue(limit) from None
            except psycopg.Error as exc:
                if is_unfit(exc):
                    self.pgconn.finish()
                    raise ConnectionUnfit(str(exc)) from exc
                raise


class GuardedAsyncConnection(psycopg.AsyncConnection[dict[str, Any]]):
    """The same for asyncio."""

    statement_limit = STATEMENT_LIMIT
    handed_out_at = 0.0

    async def wait(
        self,
        gen: Waiting[Result],
        interval: float = WAKE_INTERVAL,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> Result:
        """Run one of psycopg's generators to its end; all that talks to the server goes through here."""
        limit = self.statement_limit if timeout is None else timeout
        while True:
            try:
                return await super().wait(gen, interval, limit)
            except errors._WaitTimeout:
                if timeout is not None:
                    raise
                if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                    self.pgconn.finish()
                    raise _overdue(limit) from None
            except psycopg.Error as exc:
                if is_unfit(exc):
                    self.pgconn.finish()
                    raise ConnectionUnfit(str(exc)) from exc
                raise


def _overdue(limit: float) -> ConnectionUnfit:
    return ConnectionUnfit(f"the database did not respond within {limit:.1f} s")
