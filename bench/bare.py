"""The baseline of the web process: Flask routes on the same server that do next to nothing."""

from __future__ import annotations

import os
import uuid

from flask import Flask, request
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool


def create_app() -> Flask:
    """Return an app with three routes, without token, queue and log.

    ``GET /hello`` answers JSON, ``GET /select`` the same after a SELECT of one row, and ``POST /insert`` takes a JSON
    body and makes one INSERT.
    """
    app = Flask(__name__)
    pool = ConnectionPool(
        os.environ["DATABASE_URL"], min_size=2, max_size=8, kwargs={"autocommit": True}, open=True
    )

    @app.get("/hello")
    def hello() -> dict[str, object]:
        return {"success": True, "message": "hello"}

    @app.post("/insert")
    def insert() -> tuple[dict[str, object], int]:
        body = request.get_json()
        row_id = uuid.uuid4()
        with pool.connection() as conn:
            conn.execute("INSERT INTO bench_bare (id, body) VALUES (%s, %s)", [row_id, Jsonb(body)])
        return {"success": True, "id": str(row_id)}, 202

    @app.get("/select")
    def select() -> dict[str, object]:
        with pool.connection() as conn:
            row = conn.execute("SELECT id, body FROM bench_bare LIMIT 1").fetchone()
        return {"success": True, "row": str(row)}

    return app
