"""The app on the test's database, and a small cast of callers: owner, stranger, admin, nobody."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask_openapi3.openapi import OpenAPI
from psycopg.types.json import Jsonb
from werkzeug.test import TestResponse

from core.database import Connection
from core.ids import new_id
from core.settings import Settings
from webapp import create_app
from webapp.auth import make_token
from webapp.live import notifier
from webapp.services import EXTENSION

API = "/api/ai-agent"
PROMPT = {"instructions": "A -> B -> C"}


class Caller:
    """Calls the app with a token of its own, or without any."""

    def __init__(self, app: OpenAPI, token: str | None) -> None:
        self._client = app.test_client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **values: Any
    ) -> TestResponse:
        """Return the answer; ``path`` below the API's prefix unless it begins with a double slash."""
        url = path[1:] if path.startswith("//") else API + path
        return self._client.open(url, method=method, headers=self.headers | (headers or {}), **values)

    def get(self, path: str, **values: Any) -> TestResponse:
        return self.call("GET", path, **values)

    def post(self, path: str, **values: Any) -> TestResponse:
        return self.call("POST", path, **values)

    def create(self, **fields: Any) -> str:
        """Return the id of a new job."""
        answer = self.post("/create-canvas", json=PROMPT | fields)
        assert answer.status_code == 202, answer.text
        return str(answer.get_json()["job_id"])


@pytest.fixture(autouse=True)
def _brief_listening(monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing an app waits for the turn of its listener."""
    monkeypatch.setattr(notifier, "LISTEN_SECONDS", 0.05)


@pytest.fixture
def app(settings: Settings) -> Iterator[OpenAPI]:
    yield from open_app(settings)


def open_app(settings: Settings) -> Iterator[OpenAPI]:
    """Yield an app and close it afterwards."""
    app = create_app(settings)
    try:
        yield app
    finally:
        app.extensions[EXTENSION].close()


@pytest.fixture
def owner(app: OpenAPI, settings: Settings) -> Caller:
    return Caller(app, make_token(settings, "owner"))


@pytest.fixture
def stranger(app: OpenAPI, settings: Settings) -> Caller:
    return Caller(app, make_token(settings, "stranger"))


@pytest.fixture
def admin(app: OpenAPI, settings: Settings) -> Caller:
    return Caller(app, make_token(settings, "boss", role="admin"))


@pytest.fixture
def nobody(app: OpenAPI) -> Caller:
    return Caller(app, None)


def complete(conn: Connection, job_id: str, *, title: str = "Three steps") -> str:
    """Finish a job as a worker would: a canvas with one object, the result, the last event. Returns the canvas' id."""
    canvas_id = new_id()
    result = {
        "title": title,
        "message": "Drew 1 shape.",
        "generator": "rules",
        "quality": {"score": 100, "defects": []},
        "canvas_size": {"width": 1000, "height": 1000},
        "dropped": [],
        "notes": [],
    }
    with conn.transaction():
        row = conn.execute(
            "UPDATE ai_jobs SET outcome = 'completed', completed_at = now(), started_at = now(), attempt = attempt + 1,"
            " canvas_id = coalesce(target_canvas_id, %s), result = %s, progress_percent = 100,"
            " progress_message = 'Drew 1 shape', progress_objects = 1, last_event = last_event + 2 WHERE id = %s"
            " RETURNING user_id, last_event, canvas_id",
            [canvas_id, Jsonb(result), job_id],
        ).fetchone()
        assert row is not None
        conn.execute(
            "INSERT INTO canvases (id, user_id, title, created_by_job) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT (id) DO NOTHING",
            [row["canvas_id"], row["user_id"], title, job_id],
        )
        drawn = add_object(conn, row["canvas_id"], job_id)
        add_event(conn, job_id, row["last_event"] - 1, "object", drawn)
        add_event(conn, job_id, row["last_event"], "done", {"status": "completed"})
        end_queue_row(conn, job_id, "succeeded")
    return str(row["canvas_id"])


def add_object(conn: Connection, canvas_id: uuid.UUID | str, job_id: str) -> dict[str, Any]:
    """Store one rectangle; returns it as its event shows it."""
    properties = {
        "x": 10,
        "y": 20,
        "width": 100,
        "height": 50,
        "fill": "#FFFFFF",
        "stroke": "#111111",
        "strokeWidth": 2,
    }
    object_id = new_id()
    conn.execute(
        "INSERT INTO canvas_objects (canvas_id, id, job_id, object_type, properties, z_index, created_by)"
        " VALUES (%s, %s, %s, 'rectangle', %s, 0, 'ai-agent')",
        [canvas_id, object_id, job_id, Jsonb(properties)],
    )
    return {"id": str(object_id), "object_type": "rectangle", "properties": properties, "attempt": 1}


def add_event(conn: Connection, job_id: str, number: int, kind: str, data: dict[str, Any]) -> None:
    """Write one event and announce it."""
    conn.execute(
        "INSERT INTO ai_job_events (job_id, number, kind, data) VALUES (%s, %s, %s, %s)",
        [job_id, number, kind, Jsonb(data)],
    )
    conn.execute("UPDATE ai_jobs SET last_event = greatest(last_event, %s) WHERE id = %s", [number, job_id])
    conn.execute("SELECT pg_notify('canvas_job_events', %s)", [job_id])


def fail(conn: Connection, job_id: str) -> None:
    """End a job as failed."""
    end_queue_row(conn, job_id, "failed")
    conn.execute(
        "UPDATE ai_jobs SET outcome = 'failed', completed_at = now(), error_code = 'refused',"
        " error_message = 'The model refused.' WHERE id = %s",
        [job_id],
    )


def end_queue_row(conn: Connection, job_id: str, status: str) -> None:
    """Take the row that carries the job off the queue."""
    conn.execute(
        "UPDATE procrastinate_jobs SET status = %s WHERE args ->> 'job_id' = %s AND status IN ('todo', 'doing')",
        [status, job_id],
    )


def assert_problem(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Check that the answer is the problem in its documented form, and return it."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    body: dict[str, Any] = answer.get_json()
    assert body["code"] == code
    assert body["status"] == status
    assert body["request_id"] == answer.headers["X-Request-Id"]
    assert {"type", "title", "detail", "error", "message", "retryable"} <= set(body)
    return body
