"""Connection pools: one kind for web processes, one for workers, one for the queue's own statements."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
import structlog
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from core import clock
from core.connections import ConnectionUnfit, GuardedAsyncConnection, GuardedConnection
from core.database import WEB_STATEMENT_TIMEOUT, connection_options

IDLE_SECONDS = 1.0  # a pooled connection unused for longer is checked before it is handed out
# A web request waits for a connection (after its turn in a batch: ``webapp.live.batching``), and then for a statement:
# together less than the 10 s within which every request gets its response.
POOL_TIMEOUT = 2.0  # seconds
WEB_STATEMENT_LIMIT = WEB_STATEMENT_TIMEOUT + 0.5  # seconds until the connection of a silent server is closed
CHECK_LIMIT = 1.5  # seconds; the same for the check of an idle connection
WORKER_POOL_TIMEOUT = 5  # seconds a job waits for a connection; it waits again where that matters
WORKER_STATEMENT_TIMEOUT = 9.0  # seconds; a little less than our own limit (``core.connections``)
# Seconds until a pool gives up to replace a connection; the next request that needs one tries at once. Longer, the
# pauses between its tries would double each time, and outlast the trouble.
RECONNECT_TIMEOUT = 1.0
SESSION_FACTS = "SELECT clock_timestamp() AS at, current_setting('statement_timeout') AS statement_timeout"
IS_READ_ONLY = "SELECT current_setting('transaction_read_only')::boolean AS is_read_only"

log = structlog.get_logger()


def _configure_web(conn: GuardedConnection) -> None:
    """Set our limit, learn the database's time, and say so when a pooler's session has no limit of its own."""
    conn.statement_limit = WEB_STATEMENT_LIMIT
    row = conn.execute(SESSION_FACTS).fetchone()
    assert row is not None  # noqa: S101 - a SELECT without FROM has one row
    clock.learn(row["at"])
    if row["statement_timeout"] == "0":
        log.warning("pooled_session_without_limits")


async def _configure_worker(conn: psycopg.AsyncConnection[Any]) -> None:
    row = await (await conn.execute(SESSION_FACTS)).fetchone()
    assert row is not None  # noqa: S101
    clock.learn(row["at"])


class Pool(ConnectionPool[GuardedConnection]):
    """A pool of autocommit connections: there is nothing to commit when one comes back."""

    @contextmanager
    def connection(self, timeout: float | None = None) -> Iterator[GuardedConnection]:
        """Lend a connection; a transaction that was left open is rolled back as it returns."""
        conn = self.getconn(timeout)
        try:
            yield conn
        finally:
            self.putconn(conn)


def check_if_idle(conn: GuardedConnection) -> None:
    """Ask the database whether the session is alive and can write, unless it was in use a moment ago.

    Asking for each request costs a quarter of a short one; a connection that has just worked need not be asked.
    """
    now = time.monotonic()
    if now - conn.handed_out_at > IDLE_SECONDS:
        limit, conn.statement_limit = conn.statement_limit, CHECK_LIMIT
        try:
            row = conn.execute(IS_READ_ONLY).fetchone()
        finally:
            conn.statement_limit = limit
        if row is None or row["is_read_only"]:
            conn.pgconn.finish()
            raise ConnectionUnfit("the session is read-only")
    conn.handed_out_at = now


def make_pool(dsn: str, *, size: int, application_name: str, is_pooled: bool = False) -> Pool:
    """Return a pool for the web process, not opened: importing and configuring must work without a database.

    ``is_pooled``: there is another pool behind ``dsn``, in transaction mode.
    """
    return Pool(
        dsn,
        connection_class=GuardedConnection,
        min_size=min(2, size),
        max_size=size,
        timeout=POOL_TIMEOUT,
        open=False,
        check=check_if_idle,
        reconnect_timeout=RECONNECT_TIMEOUT,
        configure=_configure_web,
        kwargs=connection_options(
            application_name=application_name, statement_timeout=WEB_STATEMENT_TIMEOUT, is_pooled=is_pooled
        ),
    )


class AsyncPool(AsyncConnectionPool[GuardedAsyncConnection]):
    """The same for the worker: each question it need not ask is a round trip that a job need not wait for."""

    @asynccontextmanager
    async def connection(self, timeout: float | None = None) -> AsyncIterator[GuardedAsyncConnection]:  # noqa: ASYNC109 - overrides
        """Lend a connection; a transaction that was left open is rolled back as it returns."""
        conn = await self.getconn(timeout)
        try:
            yield conn
        finally:
            await self.putconn(conn)


async def check_if_idle_async(conn: GuardedAsyncConnection) -> None:
    """Ask the database whether the session is alive and can write, unless it was in use a moment ago."""
    now = time.monotonic()
    if now - conn.handed_out_at > IDLE_SECONDS:
        limit, conn.statement_limit = conn.statement_limit, CHECK_LIMIT
        try:
            # With a row factory of its own: the queue's connections have tuples.
            cursor = conn.cursor(row_factory=dict_row)
            row = await (await cursor.execute(IS_READ_ONLY)).fetchone()
        finally:
            conn.statement_limit = limit
        if row is None or row["is_read_only"]:
            conn.pgconn.finish()
            raise ConnectionUnfit("the session is read-only")
    conn.handed_out_at = now


def make_async_pool(dsn: str, *, size: int, application_name: str) -> AsyncPool:
    """Return a pool for the worker, not opened."""
    return AsyncPool(
        dsn,
        connection_class=GuardedAsyncConnection,
        min_size=1,
        max_size=size,
        timeout=WORKER_POOL_TIMEOUT,
        open=False,
        check=check_if_idle_async,
        configure=_configure_worker,
        reconnect_timeout=RECONNECT_TIMEOUT,
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
            "connection_class": GuardedAsyncConnection,
            "configure": _commit_each_statement,
            "check": check_if_idle_async,
            "reconnect_timeout": RECONNECT_TIMEOUT,
        }
    )


async def _commit_each_statement(conn: GuardedAsyncConnection) -> None:
    await conn.set_autocommit(True)
