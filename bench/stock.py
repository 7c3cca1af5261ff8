"""Procrastinate as it comes, for the rows beside ours: ``python -m procrastinate --app=bench.stock.app worker``."""

from __future__ import annotations

import os
import time

from procrastinate import App, PsycopgConnector

app = App(
    connector=PsycopgConnector(conninfo=os.environ.get("DATABASE_URL", "")), import_paths=["bench.stock"]
)


@app.task(name="nothing", queue="stock")
async def nothing() -> None:
    """Do nothing."""


@app.task(name="tell", queue="stock")
async def tell(key: int) -> None:
    """Tell when the first line ran."""
    at = time.time()
    await app.connector.execute_query_async(
        "INSERT INTO bench_started (key, at) VALUES (%(key)s, %(at)s)", key=key, at=at
    )
