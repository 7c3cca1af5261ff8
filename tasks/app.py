"""The Procrastinate App: what the queue's tasks are called and where its database is.

Importing reads no environment and opens nothing, so that the ``procrastinate`` CLI, the worker and tests share it:
``python -m procrastinate --app=tasks.app.app …``.
"""

from __future__ import annotations

from collections.abc import Callable

from procrastinate import App, PsycopgConnector

from core.database import (
    CONNECT_TIMEOUT,
    KEEPALIVE,
    WORKER_POOL_TIMEOUT,
    WORKER_STATEMENT_TIMEOUT,
    get_direct_dsn,
    make_queue_pool,
    session_options,
)
from core.settings import load_settings

QUEUE = "canvas"  # as canvas_queue_put in procrastinate_schema.sql writes it
TASK = "create_canvas"


def make_connector(conninfo: str | Callable[[], str]) -> PsycopgConnector:
    """Return Procrastinate's connections; four are enough at any concurrency, as it fetches one job at a time."""
    return PsycopgConnector(
        conninfo=conninfo,
        pool_factory=make_queue_pool,
        min_size=1,
        max_size=4,
        timeout=WORKER_POOL_TIMEOUT,
        kwargs={
            "application_name": "canvas-queue",
            "connect_timeout": CONNECT_TIMEOUT,
            "options": session_options(statement_timeout=WORKER_STATEMENT_TIMEOUT),
            **KEEPALIVE,
        },
    )


def _conninfo_of_environment() -> str:
    return get_direct_dsn(load_settings())


app = App(
    connector=make_connector(_conninfo_of_environment), import_paths=["tasks.create_canvas", "tasks.webhooks"]
)
