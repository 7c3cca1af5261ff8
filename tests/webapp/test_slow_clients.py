"""Clients that hold what they can: one user's slow bodies leave room for everybody else."""

from __future__ import annotations

import json
import select
import socket
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from flask_openapi3.openapi import OpenAPI

from core.database import Connection
from core.settings import Settings
from tests.conftest import SECRET
from tests.waiting import PATIENCE, until
from tests.webapp.conftest import Caller, assert_problem, complete
from tests.webapp.serving import API, Web, serve
from webapp.auth import make_token
from webapp.transport import slow_clients
from webapp.transport.slow_clients import (
    BODY_SECONDS,
    BURST_SECONDS,
    MAX_REQUESTS_PER_USER,
    USER_REQUESTS,
    UserRequests,
)

pytestmark = pytest.mark.slow


def begin_post(web: Web, token: str) -> socket.socket:
    """Send the head of a request and the first byte of its body."""
    client = socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE)
    client.sendall(
        f"POST {API}/create-canvas HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{".encode()
    )
    return client


def read_response(client: socket.socket) -> bytes:
    """Return all that comes until the server closes the connection."""
    return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_body_that_trickles_in_is_ended_in_time(settings: Settings, tmp_path: Path) -> None:
    token = make_token(settings, "mallory")
    with (
        serve(tmp_path, DATABASE_URL=str(settings.database_url), JWT_SECRET_KEY=SECRET) as web,
        begin_post(web, token) as client,
    ):
        began = time.monotonic()
        client.settimeout(1.0)
        answer = b""
        while not answer:
            client.sendall(b" ")
            try:
                answer = client.recv(65536)
            except TimeoutError:
                assert time.monotonic() - began < BODY_SECONDS + PATIENCE
        client.settimeout(PATIENCE)
        # The connection is closed, though most of the body never came.
        answer += read_response(client)
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "request_timeout"


def test_slow_bodies_of_one_user_leave_room_for_others(settings: Settings, tmp_path: Path) -> None:
    mallory, anna = make_token(settings, "mallory"), make_token(settings, "anna")
    with (
        serve(tmp_path, DATABASE_URL=str(settings.database_url), JWT_SECRET_KEY=SECRET) as web,
        ExitStack() as stack,
    ):
        held = [stack.enter_context(begin_post(web, mallory)) for _ in range(MAX_REQUESTS_PER_USER)]
        assert held
        with begin_post(web, mallory) as one_more:
            assert read_response(one_more).startswith(b"HTTP/1.1 429 ")
        status, _ = web.call("POST", f"{API}/create-canvas", token=anna, body={"instructions": "A -> B"})
        assert status == 202


def test_connections_of_one_address_are_limited_and_one_that_ends_makes_room(
    settings: Settings, tmp_path: Path
) -> None:
    env = {"DATABASE_URL": str(settings.database_url), "JWT_SECRET_KEY": SECRET}
    with serve(tmp_path, **env, MAX_CONNECTIONS_PER_ADDRESS="5") as web:

        def connect() -> socket.socket:
            return socket.create_connection(("127.0.0.1", web.port), timeout=PATIENCE)

        def is_served() -> bool:
            with suppress(OSError):
                return web.call("GET", f"{API}/health/live")[0] == 200
            return False

        until(is_served)
        with ExitStack() as stack:
            held = [stack.enter_context(connect()) for _ in range(5)]
            with connect() as one_more:
                answer = read_response(one_more)
            assert answer.startswith(b"HTTP/1.1 429 ")
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "too_many_requests"
            held[0].close()
            until(is_served)


def test_requests_are_counted_while_they_run_and_no_longer(app: OpenAPI, owner: Caller) -> None:
    for _ in range(3):
        owner.get("/jobs")
        owner.get("/job/nonsense/status")
    assert not app.extensions[USER_REQUESTS].in_flight
    app.extensions[USER_REQUESTS].in_flight["owner"] = MAX_REQUESTS_PER_USER
    assert_problem(owner.get("/jobs"), 429, "too_many_requests")
    assert app.extensions[USER_REQUESTS].in_flight["owner"] == MAX_REQUESTS_PER_USER


def test_requests_above_the_rate_take_turns_and_nobody_elses() -> None:
    requests = UserRequests(per_second=10)
    burst = int(10 * BURST_SECONDS)
    assert [requests.take_turn("mallory", 100.0) for _ in range(burst)] == [0.0] * burst
    delays = [requests.take_turn("mallory", 100.0) for _ in range(3)]
    assert delays == pytest.approx([0.1, 0.2, 0.3])
    assert requests.take_turn("anna", 100.0) == 0.0
    assert requests.take_turn("mallory", 100.5) == 0.0
    assert requests.take_turn("mallory", 200.0) == 0.0


def test_quiet_users_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slow_clients, "MANY_USERS", 100)
    requests = UserRequests(per_second=10)
    for number in range(1000):
        requests.take_turn(f"user {number}", float(number))
    assert len(requests._due) <= 100


def test_flood_of_requests_is_slowed_down_to_the_rate(settings: Settings, tmp_path: Path) -> None:
    token = make_token(settings, "mallory")
    env = {"DATABASE_URL": str(settings.database_url), "JWT_SECRET_KEY": SECRET}
    with serve(tmp_path, **env, REQUESTS_PER_SECOND_PER_USER="20") as web:
        began = time.monotonic()
        statuses = {web.call("GET", f"{API}/jobs", token=token)[0] for _ in range(60)}
        # The burst of 40 is at once; 20 more take a second.
        assert time.monotonic() - began > 0.9
    assert statuses == {200}


def test_large_picture_leaves_the_process_free(settings: Settings, conn: Connection, tmp_path: Path) -> None:
    """With the picture drawn in the web process, nothing else was handled until it was done."""
    token = make_token(settings, "anna")
    with serve(tmp_path, DATABASE_URL=str(settings.database_url), JWT_SECRET_KEY=SECRET) as web:
        _, body = web.call("POST", f"{API}/create-canvas", token=token, body={"instructions": "A -> B"})
        canvas_id = complete(conn, body["job_id"])
        conn.execute(
            "INSERT INTO canvas_objects (canvas_id, id, job_id, object_type, properties, z_index, created_by)"
            " SELECT %s, gen_random_uuid(), %s, 'text', jsonb_build_object('x', number %% 40 * 100, 'y', number,"
            " 'text', repeat('word ', 20), 'fontSize', 20, 'width', 900, 'height', 25), number, 'ai-agent'"
            " FROM generate_series(1, 300) AS number",
            [canvas_id, body["job_id"]],
        )
        drawing = web.connect()
        drawing.request("GET", f"{API}/canvas/{canvas_id}.png", headers={"Authorization": f"Bearer {token}"})
        handled = 0
        while not select.select([drawing.sock], [], [], 0)[0]:
            assert web.call("GET", f"{API}/health/live")[0] == 200
            handled += 1
        answer = drawing.getresponse()
        assert (answer.status, answer.read(4)) == (200, b"\x89PNG")
    assert handled >= 5
