"""Connection pools: one kind for web processes, one for workers, one for the queue's own statements."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
import structlog
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from core import clock
from core.database import WEB_STATEMENT_TIMEOUT, connection_options

IDLE_SECONDS = 1.0  # a pooled connection unused for longer is checked before it is handed out
POOL_TIMEOUT = 2.5  # seconds a web request waits for a connection before it gets a 503
WORKER_POOL_TIMEOUT = 5  # seconds a job waits for a connection; it waits again where that matters
WORKER_STATEMENT_TIMEOUT = 30.0  # seconds
GREETING = "SELECT clock_timestamp() AS at, current_setting('statement_timeout') AS statement_timeout"

log = structlog.get_logger()


def _greet(conn: psycopg.Connection[Any]) -> None:
    """Learn the database's time, and say so when a pooler's session would let a statement run for ever."""
    row = conn.execute(GREETING).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    clock.learn(row["at"])
    if row["statement_timeout"] == "0":
        log.warning("pooled_session_without_limits")


async def _greet_async(conn: psycopg.AsyncConnection[Any]) -> None:
    row = await (await conn.execute(GREETING)).fetchone()
    assert row is not None  # noqa: S101
    clock.learn(row["at"])


class FreshConnection(psycopg.Connection[dict[str, Any]]):
    """A connection that knows when it was last handed out."""

    handed_out_at = 0.0


class Pool(ConnectionPool[FreshConnection]):
    """A pool of autocommit connections: there is nothing to commit when one comes back."""

    @contextmanager
    def connection(self, timeout: float | None = None) -> Iterator[FreshConnection]:
        """Lend a connection; a transaction that was left open is rolled back as it returns."""
        conn = self.getconn(timeout)
        try:
            yield conn
        finally:
            self.putconn(conn)


def check_if_idle(conn: FreshConnection) -> None:
    """Ask the database for a sign of life, unless the connection was in use a moment ago.

    A question for each request costs a quarter of a short one; a connection that has just worked needs none.
    """
    now = time.monotonic()
    if now - conn.handed_out_at > IDLE_SECONDS:
        ConnectionPool.check_connection(conn)
    conn.handed_out_at = now


def make_pool(dsn: str, *, size: int, application_name: str, is_pooled: bool = False) -> Pool:
    """Return a pool for the web process, not opened: importing and configuring must work without a database.

    ``is_pooled``: there is another pool behind ``dsn``, in transaction mode.
    """
    return Pool(
        dsn,
        connection_class=FreshConnection,
        min_size=min(2, size),
        max_size=size,
        timeout=POOL_TIMEOUT,
        open=False,
        check=check_if_idle,
        reconnect_timeout=10,
        configure=_greet,
        kwargs=connection_options(
            application_name=application_name, statement_timeout=WEB_STATEMENT_TIMEOUT, is_pooled=is_pooled
        ),
    )


class FreshAsyncConnection(psycopg.AsyncConnection[dict[str, Any]]):
    """A connection that knows when it was last handed out."""

    handed_out_at = 0.0


class AsyncPool(AsyncConnectionPool[FreshAsyncConnection]):
    """The same for the worker: each question it need not ask is a round trip that a job need not wait for."""

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[FreshAsyncConnection]:  # noqa: ASYNC109 - overrides
        """Lend a connection; a transaction that was left open is rolled back as it returns."""
        conn = await self.getconn(timeout)
        try:
            yield conn
        finally:
            await self.putconn(conn)


async def check_if_idle_async(conn: FreshAsyncConnection) -> None:
    """Ask the database for a sign of life, unless the connection was in use a moment ago."""
    now = time.monotonic()
    if now - conn.handed_out_at > IDLE_SECONDS:
        await AsyncConnectionPool.check_connection(conn)
    conn.handed_out_at = now


def make_async_pool(dsn: str, *, size: int, application_name: str) -> AsyncPool:
    """Return a pool for the worker, not opened."""
    return AsyncPool(
        dsn,
        connection_class=FreshAsyncConnection,
        min_size=1,
        max_size=size,
        timeout=WORKER_POOL_TIMEOUT,
        open=False,
        check=check_if_idle_async,
        configure=_greet_async,
        reconnect_timeout=30,
        kwargs=connection_options(
            application_name=application_name, statement_timeout=WORKER_STATEMENT_TIMEOUT
        ),
    )


def make_queue_pool(**options: Any) -> AsyncConnectionPool[Any]:
    """Return the pool that Procrastinate asks for by psycopg's arguments, with connections like ours.

    By default it would check the connection, BEGIN and COMMIT around every statement: four round trips for one.
    """
    return AsyncPool(
        **options
        | {
            "connection_class": FreshAsyncConnection,
            "configure": _commit_each_statement,
            "check": check_if_idle_async,
        }
    )


async def _commit_each_statement(conn: FreshAsyncConnection) -> None:
    await conn.set_autocommit(True)
