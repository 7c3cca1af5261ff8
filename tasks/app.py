"""The Procrastinate App: what the queue's tasks are called and where its database is.

Importing reads no environment and opens nothing, so that the ``procrastinate`` CLI, the worker and tests share it:
``python -m procrastinate --app=tasks.app.app …``.
"""

from __future__ import annotations

from procrastinate import App, PsycopgConnector

from core.database import KEEPALIVE, get_dsn
from core.settings import load_settings

QUEUE = "canvas"  # as canvas_queue_put in procrastinate_schema.sql writes it
TASK = "create_canvas"


def _conninfo() -> str:
    return get_dsn(load_settings())


app = App(
    connector=PsycopgConnector(
        conninfo=_conninfo, min_size=1, max_size=4, kwargs={"application_name": "canvas-queue", **KEEPALIVE}
    ),
    import_paths=["tasks.create_canvas"],
)
