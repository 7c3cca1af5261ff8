"""How we connect: the data source name, the options of a session, and its limits. Pools are in ``core.pools``."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import set_json_dumps, set_json_loads
from pydantic_core import from_json, to_json

from core.embedded_postgres import start_embedded_postgres
from core.settings import Settings

CONNECT_TIMEOUT = 3  # seconds for each host; a frozen one costs as much before the next is tried
WEB_STATEMENT_TIMEOUT = 5.0  # seconds
# Of several hosts the one that can be written to, and none that cannot: a standby, or a database set to read-only.
WRITABLE: dict[str, Any] = {"target_session_attrs": "read-write"}
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
# the next ANALYZE, a busy new database looked for one job among all. Where a plan needs a sequential scan all the same,
# PostgreSQL before 18 thinks it so costly that it compiles it (JIT), which takes longer than any of our statements.
LASTING_PLANS = {"enable_seqscan": "off", "jit": "off"}
# Of a process that is frozen or cut off in a transaction, the locks: its jobs could not be rescued while it holds them.
IDLE_IN_TRANSACTION_TIMEOUT = 10.0  # seconds
POOLER_LOCK = 0x504F4F4C  # "POOL": held while the limits of a pooler's sessions are set

Connection = psycopg.Connection[dict[str, Any]]
AsyncConnection = psycopg.AsyncConnection[dict[str, Any]]

# A canvas is a few hundred JSON values: the standard library takes three times as long to read or write them.
set_json_dumps(to_json)
set_json_loads(from_json)


def get_dsn(settings: Settings) -> str:
    """Return the name that requests use: ``DATABASE_URL``, or else that of the embedded PostgreSQL, started if need be.

    It may be a pooler's, where nothing outlives its transaction.
    """
    return settings.database_url or start_embedded_postgres(settings)


def get_direct_dsn(settings: Settings) -> str:
    """Return the name of the database itself, past any pooler: for what listens, locks or migrates."""
    return settings.database_direct_url or get_dsn(settings)


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
        **WRITABLE,
        **KEEPALIVE,
    }
    if is_pooled:
        return options | {"prepare_threshold": None}
    return options | {"options": session_options(statement_timeout=statement_timeout, keeps_plans=True)}


def session_options(*, statement_timeout: float | None, keeps_plans: bool = False) -> str:
    """Return what a direct session asks of the server, as libpq's ``options``; None for no limit on statements.

    ``keeps_plans``: it lives long, and prepares its statements.
    """
    parameters = (
        SERVER_KEEPALIVE | _session_limits(statement_timeout) | (LASTING_PLANS if keeps_plans else {})
    )
    return " ".join(f"-c {name}={value}" for name, value in parameters.items())


def _session_limits(statement_timeout: float | None) -> dict[str, str]:
    return {
        "statement_timeout": f"{int((statement_timeout or 0) * 1000)}ms",
        "idle_in_transaction_session_timeout": f"{int(IDLE_IN_TRANSACTION_TIMEOUT * 1000)}ms",
    }


def limit_pooled_sessions(dsn: str) -> None:
    """Give the sessions behind a pooler their limits: as defaults of the role that it leads to, in that database.

    Every role may do this for itself. Direct connections ask for limits of their own, which win.
    """
    with psycopg.connect(dsn, prepare_threshold=None, connect_timeout=CONNECT_TIMEOUT, **WRITABLE) as conn:
        # Of two release steps at the same time, PostgreSQL would refuse one.
        row = conn.execute("SELECT pg_advisory_xact_lock(%s), current_database()", [POOLER_LOCK]).fetchone()
        assert row is not None  # noqa: S101 - a SELECT without FROM has one row
        for name, value in _session_limits(WEB_STATEMENT_TIMEOUT).items():
            limit = sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value))
            alter = sql.SQL("ALTER ROLE CURRENT_USER IN DATABASE {} SET ").format(sql.Identifier(row[1]))
            conn.execute(alter + limit)
            # This very session began without it, and the pooler will hand it out again.
            conn.execute(sql.SQL("SET ") + limit)
