"""Procrastinate as it comes: ``python -m procrastinate --app=bench.peers.stock.app worker``."""

from __future__ import annotations

import os

from procrastinate import App, PsycopgConnector

from bench.peers.marks import mark

app = App(
    connector=PsycopgConnector(conninfo=os.environ.get("DATABASE_URL", "")),
    import_paths=["bench.peers.stock"],
)


@app.task(name="nothing", queue="stock")
async def nothing() -> None:
    """Do nothing."""


@app.task(name="tell", queue="stock")
async def tell(key: int) -> None:
    """Tell when the first line ran."""
    mark(key)
