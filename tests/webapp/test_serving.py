"""The web process as deployed: gunicorn with gevent, its streams, start and shutdown."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from flask_openapi3.openapi import OpenAPI

from core.database import Connection
from core.settings import Settings
from tests.conftest import SECRET, connect
from tests.waiting import PATIENCE
from tests.webapp.conftest import Caller, add_event, complete
from tests.webapp.serving import API, Message, Reader, Web, serve
from webapp.auth import make_token
from webapp.live.notifier import FILES_KEPT

pytestmark = pytest.mark.slow

if TYPE_CHECKING:
    from devtools.postgres import PostgresServer


@pytest.fixture
def web(settings: Settings, tmp_path: Path) -> Iterator[Web]:
    dsn = settings.database_url
    assert dsn is not None
    with serve(tmp_path, DATABASE_URL=dsn, JWT_SECRET_KEY=SECRET, MAX_STREAMS_PER_USER="3") as web:
        yield web


@pytest.fixture
def token(settings: Settings) -> str:
    return make_token(settings, "owner")


def test_shapes_arrive_one_after_another_and_done_ends_the_stream(
    web: Web, token: str, owner: Caller, conn: Connection
) -> None:
    job_id = owner.create()
    reader = web.follow(job_id, token)
    assert (reader.status, reader.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
    assert reader.headers["X-Accel-Buffering"] == "no"
    messages = iter(reader)
    first = next(messages)
    assert (first.number, first.kind, first.data["status"]) == (0, "status", "queued")
    for number in (1, 2):
        add_event(conn, job_id, number, "object", {"id": str(number)})
        message = next(messages)
        assert (message.number, message.kind, message.data) == (number, "object", {"id": str(number)})
    complete(conn, job_id)
    assert [message.kind for message in messages] == ["object", "done"]
    reader.close()


def test_done_carries_the_final_job(web: Web, token: str, owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    canvas_id = complete(conn, job_id)
    *_, last = web.follow(job_id, token)
    assert (last.number, last.kind, last.data["status"]) == (2, "done", "completed")
    assert last.data["canvas_id"] == canvas_id
    again = list(web.follow(job_id, token, after=2))
    assert [(message.number, message.kind) for message in again] == [(2, "done")]


def test_resumed_reader_misses_nothing_and_gets_nothing_twice(
    web: Web, token: str, owner: Caller, conn: Connection
) -> None:
    job_id = owner.create()
    seen: list[int] = []
    for number in range(1, 11):
        add_event(conn, job_id, number, "object", {"id": str(number)})
        # The reader leaves after one event, whatever else there is.
        if number % 3 == 0:
            reader = web.follow(job_id, token, after=max(seen, default=0))
            seen += [m.number for m in _take(reader, 1) if m.number is not None]
    complete(conn, job_id)
    rest = web.follow(job_id, token, after=max(seen))
    seen += [message.number for message in rest if message.kind == "object" and message.number is not None]
    assert seen == list(range(1, 12))


def test_plain_requests_are_answered_when_there_are_no_files_left_for_streams(
    settings: Settings, tmp_path: Path, token: str, owner: Caller
) -> None:
    dsn = settings.database_url
    assert dsn is not None
    job_id = owner.create()
    env = {"DATABASE_URL": dsn, "JWT_SECRET_KEY": SECRET, "MAX_STREAMS_PER_USER": "1000"}
    with serve(tmp_path, files=f"100:{FILES_KEPT + 20}", **env) as web:
        statuses = [web.follow(job_id, token).status for _ in range(30)]
        assert statuses == [200] * 20 + [503] * 10
        status, problem = web.call("GET", f"{API}/job/{job_id}/events", token=token)
        assert (status, problem["code"], problem["retryable"]) == (503, "server_busy", True)
        assert web.call("GET", f"{API}/job/{job_id}/status", token=token)[0] == 200
        assert web.call("GET", f"{API}/health/ready")[0] == 200


def _take(reader: Reader, count: int) -> list[Message]:
    """Return the next events but the opening one, and hang up."""
    messages = (message for message in reader if message.number)
    taken = [next(messages) for _ in range(count)]
    reader.close()
    return taken


def test_lost_database_connections_are_a_pause(web: Web, token: str, owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    messages = iter(web.follow(job_id, token))
    assert next(messages).kind == "status"
    conn.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND application_name LIKE 'canvas-web%'"
    )
    add_event(conn, job_id, 1, "object", {"id": "1"})
    assert next(message for message in messages if message.kind).number == 1
    complete(conn, job_id)
    assert [message.kind for message in messages if message.kind] == ["object", "done"]


def test_database_restart_is_a_pause(
    web: Web, token: str, owner: Caller, dsn: str, postgres_server: PostgresServer
) -> None:
    job_id = owner.create()
    messages = iter(web.follow(job_id, token))
    assert next(messages).kind == "status"
    postgres_server.stop()
    try:
        assert web.call("GET", f"{API}/job/{job_id}/status", token=token)[0] == 503
    finally:
        postgres_server.start()
    with connect(dsn) as conn:
        complete(conn, job_id)
    assert [message.kind for message in messages if message.kind] == ["object", "done"]
    assert web.call("GET", f"{API}/job/{job_id}/status", token=token)[0] == 200


def test_streams_of_one_user_are_limited(web: Web, token: str, settings: Settings, owner: Caller) -> None:
    job_id = owner.create()
    readers = [web.follow(job_id, token) for _ in range(3)]
    status, problem = web.call("GET", f"{API}/job/{job_id}/events", token=token)
    assert (status, problem["code"]) == (429, "too_many_streams")
    readers[0].close()
    assert web.call("GET", f"{API}/job/{job_id}/status", token=token)[0] == 200


def test_sigterm_ends_streams_and_idle_connections(web: Web, token: str, owner: Caller) -> None:
    job_id = owner.create()
    idle = web.connect()
    idle.request("GET", f"{API}/health/live")
    idle.getresponse().read()
    messages = iter(web.follow(job_id, token))
    assert next(messages).kind == "status"
    assert web.stop() == 0
    assert [message.data for message in messages] == [{"comment": "come back"}]
    assert idle.sock.recv(1) == b""
    idle.close()
    assert "graceful timeout" not in web.log


def test_starts_without_a_database(tmp_path: Path, settings: Settings, token: str) -> None:
    with serve(tmp_path, DATABASE_URL="postgresql://127.0.0.1:1/none", JWT_SECRET_KEY=SECRET) as web:
        assert web.call("GET", f"{API}/health/live") == (200, {"status": "ok"})
        status, problem = web.call("GET", f"{API}/jobs", token=token)
        assert (status, problem["code"], problem["retryable"]) == (503, "database_unavailable", True)
        status, health = web.call("GET", f"{API}/health")
        assert (status, health["status"], health["database"]) == (503, "unhealthy", "unavailable")


def test_starts_from_nothing_in_development() -> None:
    # Not below pytest's folder: each session that starts closes that one to other users, PostgreSQL's among them.
    with TemporaryDirectory() as folder, serve(Path(folder)) as web:
        assert web.call("GET", f"{API}/health/ready") == (200, {"status": "ok"})
        assert web.call("GET", f"{API}/health")[1]["status"] == "degraded"


@pytest.mark.parametrize(
    "request_line",
    [b"nonsense\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\n\r\n"],
)
def test_server_itself_speaks_in_problems_without_a_banner(web: Web, request_line: bytes) -> None:
    with socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE) as client:
        client.sendall(request_line)
        answer = b"".join(iter(lambda: client.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"application/problem+json" in answer
    assert b"gunicorn" not in answer


def test_chunked_body_above_the_limit_is_refused(web: Web, token: str) -> None:
    connection = web.connect()
    body = (b" " * 10_000 for _ in range(30))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    connection.request("POST", f"{API}/create-canvas", body=body, headers=headers, encode_chunked=True)
    answer = connection.getresponse()
    assert (answer.status, json.load(answer)["code"]) == (413, "payload_too_large")
    assert "Server" not in answer.headers
    connection.close()


def test_production_refuses_to_start_without_its_settings(tmp_path: Path, app: OpenAPI) -> None:
    with (
        pytest.raises(AssertionError, match="DATABASE_URL is not set"),
        serve(tmp_path, FLASK_ENV="production"),
    ):
        pass


def test_body_that_never_comes_holds_nothing(tmp_path: Path, settings: Settings, token: str) -> None:
    env = {"DATABASE_URL": str(settings.database_url), "JWT_SECRET_KEY": SECRET}
    head = (
        f"POST {API}/create-canvas HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    with serve(tmp_path, **env, GUNICORN_CMD_ARGS="--keep-alive 1") as web:
        with socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE) as client:
            client.sendall(head.encode())
            answer = b"".join(iter(lambda: client.recv(65536), b""))
        assert answer.startswith(b"HTTP/1.1 400")
        assert b'"code":"invalid_request"' in answer
        assert "Traceback" not in web.log


def test_reader_that_does_not_read_is_let_go(
    tmp_path: Path, owner: Caller, conn: Connection, token: str
) -> None:
    job_id = owner.create()
    for number in range(1, 200):
        add_event(conn, job_id, number, "object", {"text": "x" * 50_000})
    env = {"DATABASE_URL": conn.info.dsn, "JWT_SECRET_KEY": SECRET, "MAX_STREAMS_PER_USER": "1"}
    with serve(tmp_path, **env, GUNICORN_CMD_ARGS="--keep-alive 1") as web:
        with socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE) as client:
            request = (
                f"GET {API}/job/{job_id}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n"
            )
            client.sendall(request.encode())
            assert client.recv(12) == b"HTTP/1.1 200"
            # The place is free again while the client is still there, without having read on.
            while _is_full(web, job_id, token):
                pass
        assert "Traceback" not in web.log


def _is_full(web: Web, job_id: str, token: str) -> bool:
    reader = web.follow(job_id, token)
    reader.close()
    return reader.status == 429
