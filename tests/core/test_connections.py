"""Connections close themselves when the server is silent or says that the session is not fit, and only then."""

from __future__ import annotations

import asyncio
import inspect
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from core.connections import (
    ConnectionUnfit,
    GuardedAsyncConnection,
    GuardedConnection,
    is_unfit,
)
from core.database import Connection, connection_options
from core.pools import POOL_TIMEOUT, make_pool
from devtools.postgres import PostgresServer
from tests.waiting import stretched

OPTIONS = connection_options(application_name="test")


@pytest.fixture
def guarded(dsn: str) -> Iterator[GuardedConnection]:
    """A connection whose limit is short."""
    with GuardedConnection.connect(dsn, **OPTIONS) as conn:
        conn.statement_limit = 0.3
        yield conn


@pytest.fixture
def frozen(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    yield postgres_server
    postgres_server.thaw()


def test_silent_server_closes_the_connection(guarded: GuardedConnection, frozen: PostgresServer) -> None:
    frozen.freeze()
    started = time.monotonic()
    with pytest.raises(ConnectionUnfit, match=r"did not respond within 0\.3 s"):
        guarded.execute("SELECT 1")
    assert time.monotonic() - started < stretched(2)
    assert guarded.closed


def test_silent_server_ends_a_transaction_and_a_cancelled_task(dsn: str, frozen: PostgresServer) -> None:
    async def story() -> None:
        conn = await GuardedAsyncConnection.connect(dsn, **OPTIONS)
        conn.statement_limit = 0.3
        with pytest.raises(ConnectionUnfit):
            async with conn.transaction():
                frozen.freeze()
                await conn.execute("SELECT 1")
        assert conn.closed

    asyncio.run(story())


def test_long_silence_of_a_listener_is_no_trouble(guarded: GuardedConnection, conn: Connection) -> None:
    guarded.execute("LISTEN canvas_test")
    timer = threading.Timer(1.0, lambda: conn.execute("NOTIFY canvas_test, 'news'"))
    timer.start()
    assert next(guarded.notifies(stop_after=1)).payload == "news"
    timer.join()
    assert list(guarded.notifies(timeout=0.5)) == []
    assert not guarded.closed


@pytest.mark.parametrize(
    "statement",
    [
        "SET default_transaction_read_only = on",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    ],
)
def test_read_only_session_is_closed(guarded: GuardedConnection, statement: str) -> None:
    guarded.execute(statement)
    with pytest.raises(ConnectionUnfit, match="read-only") as caught:
        guarded.execute("DELETE FROM canvases")
    assert isinstance(caught.value.__cause__, errors.ReadOnlySqlTransaction)
    assert guarded.closed


def test_session_with_a_stale_plan_is_closed(guarded: GuardedConnection, conn: Connection) -> None:
    """As when a release step changes a column under prepared statements."""
    conn.execute("CREATE TABLE plans (a integer)")
    query = "SELECT * FROM plans"
    guarded.execute(query, prepare=True)
    conn.execute("ALTER TABLE plans ALTER COLUMN a TYPE text")
    with pytest.raises(ConnectionUnfit, match="cached plan"):
        guarded.execute(query, prepare=True)
    assert guarded.closed


def test_terminated_session_is_closed(guarded: GuardedConnection, conn: Connection) -> None:
    conn.execute("SELECT pg_terminate_backend(%s)", [guarded.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        guarded.execute("SELECT 1")
    assert guarded.closed


def test_errors_of_a_statement_keep_the_connection(guarded: GuardedConnection) -> None:
    for statement, error in (
        ("SELECT 1 / 0", errors.DivisionByZero),
        ("SELECT * FROM canvases FOR UPDATE OF nowhere", errors.UndefinedTable),
        ("SET statement_timeout = '50ms'; SELECT pg_sleep(1)", errors.QueryCanceled),
        ("CREATE DATABASE other; SELECT 1", errors.ActiveSqlTransaction),
        ("VACUUM (nonsense)", errors.SyntaxError),
    ):
        with pytest.raises(error):
            guarded.execute(statement)
    assert not guarded.closed


@pytest.mark.parametrize(
    ("state", "expected"),
    [("08006", True), ("57P01", True), ("57P03", True), ("25006", True), ("57014", False), ("0A000", False)],
)
def test_states_that_say_the_session_is_unfit(state: str, expected: bool) -> None:
    assert is_unfit(errors.lookup(state)("text")) is expected


@pytest.mark.slow
def test_name_that_leads_elsewhere_by_now_is_looked_up_again(
    dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failover by DNS: the pool's next connection goes where the name leads then."""
    addresses = ["127.0.0.2", "127.0.0.1"]
    seen: list[str] = []
    resolve = socket.getaddrinfo

    def look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        if host != "database.test":
            return resolve(host, *arguments, **options)
        seen.append(addresses[0])
        return resolve(addresses[0], *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with socket.socket() as silent, Relay(dsn) as relay:
        silent.bind(("127.0.0.2", relay.port))
        # Nobody listens there: connections are refused.
        name = psycopg.conninfo.make_conninfo(dsn, host="database.test", port=relay.port)
        pool = make_pool(name, size=1, application_name="test")
        pool.open(wait=False)
        try:
            with pytest.raises(psycopg.OperationalError), pool.connection():
                pass
            addresses.pop(0)
            deadline = time.monotonic() + stretched(5)
            while time.monotonic() < deadline:
                try:
                    with pool.connection(POOL_TIMEOUT) as conn:
                        assert conn.execute("SELECT 1 AS one").fetchone() == {"one": 1}
                    break
                except psycopg.OperationalError:
                    continue
            else:
                raise AssertionError("the pool never found the new address")
        finally:
            pool.close()
    assert set(seen) == {"127.0.0.2", "127.0.0.1"}


class Relay:
    """Listens on a port of 127.0.0.1 and passes everything on to the test server's socket."""

    def __init__(self, dsn: str) -> None:
        folder = psycopg.conninfo.conninfo_to_dict(dsn)["host"]
        self._target = f"{folder}/.s.PGSQL.5432"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Relay:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self._target)
            for source, target in ((client, server), (server, client)):
                threading.Thread(target=_pump, args=(source, target), daemon=True).start()


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return


def test_what_we_use_of_psycopgs_insides_is_there() -> None:
    """``core.connections`` overrides ``wait``: after an upgrade, read it again before you change this."""
    for kind in (psycopg.Connection, psycopg.AsyncConnection):
        assert list(inspect.signature(kind.wait).parameters) == ["self", "gen", "interval", "timeout"]
    assert issubclass(errors._WaitTimeout, psycopg.OperationalError)
