"""The Procrastinate App: what the queue's tasks are called and where its database is.

Importing reads no environment and opens nothing, so that the ``procrastinate`` CLI, the worker and tests share it:
``python -m procrastinate --app=tasks.app.app …``.
"""

from __future__ import annotations

import sys
from typing import Any

import psycopg
import psycopg_pool
from procrastinate import App, PsycopgConnector

from core.database import CONNECT_TIMEOUT, KEEPALIVE, WRITABLE, get_direct_dsn, session_options
from core.pools import WORKER_POOL_TIMEOUT, WORKER_STATEMENT_TIMEOUT, make_queue_pool
from core.settings import SettingsError, load_settings

QUEUE = "canvas"  # as canvas_queue_put in procrastinate_schema.sql writes it
QUEUE_ALONE = "canvas_alone"  # as canvas_queue_put_alone does: what may have brought a worker down
TASK = "create_canvas"


# Four connections are enough at any concurrency, as Procrastinate fetches one job at a time.
OPTIONS: dict[str, Any] = {
    "pool_factory": make_queue_pool,
    "min_size": 1,
    "max_size": 4,
    "timeout": WORKER_POOL_TIMEOUT,
    "kwargs": {
        "application_name": "canvas-queue",
        "connect_timeout": CONNECT_TIMEOUT,
        "options": session_options(statement_timeout=WORKER_STATEMENT_TIMEOUT, keeps_plans=True),
        **WRITABLE,
        **KEEPALIVE,
    },
}


def make_connector(dsn: str) -> PsycopgConnector:
    """Return Procrastinate's connections to this database."""
    return PsycopgConnector(conninfo=dsn, **OPTIONS)


class _EnvironmentConnector(PsycopgConnector):
    """Connections to the database of the environment, for the ``procrastinate`` command line."""

    async def open_async(self, pool: psycopg_pool.AsyncConnectionPool | None = None) -> None:
        """Open, or end with one sentence at once: the pool alone would try for 30 seconds, whatever is wrong."""
        try:
            async with await psycopg.AsyncConnection.connect(_find_dsn(), connect_timeout=CONNECT_TIMEOUT):
                pass
        except SettingsError as exc:
            sys.exit(f"Settings: {exc}")
        except psycopg.OperationalError as exc:
            sys.exit(f"Database: {exc}")
        await super().open_async(pool)


def _find_dsn() -> str:
    return get_direct_dsn(load_settings())


app = App(
    connector=_EnvironmentConnector(conninfo=_find_dsn, **OPTIONS),
    import_paths=["tasks.create_canvas", "tasks.webhooks"],
)
