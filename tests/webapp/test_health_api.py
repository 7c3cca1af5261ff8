"""Health routes, which need no token."""

from __future__ import annotations

import uuid

from flask_openapi3.openapi import OpenAPI

from core.database import Connection
from tests.webapp.conftest import Caller, assert_problem
from webapp.api import response_models


def add_worker(conn: Connection, *, seconds_ago: float = 0) -> None:
    conn.execute(
        "INSERT INTO ai_workers (id, hostname, pid, concurrency, poll_seconds, provider, model, heartbeat_at)"
        " VALUES (%s, 'host', 1, 20, 1, 'openai', 'small', now() - make_interval(secs => %s))",
        [uuid.uuid4(), seconds_ago],
    )


def test_healthy_with_a_worker(nobody: Caller, owner: Caller, conn: Connection) -> None:
    add_worker(conn)
    owner.create()
    body = nobody.get("/health").get_json()
    response_models.HealthResponse.model_validate(body)
    assert (body["status"], body["database"]) == ("healthy", "connected")
    processor = body["job_processor"]
    assert (processor["running"], processor["workers"], processor["max_concurrent_jobs"]) == (True, 1, 20)
    assert (processor["queued_jobs"], processor["active_jobs"]) == (1, 0)
    assert processor["oldest_queued_seconds"] >= 0
    assert body["ai"] == {"provider": "openai", "model": "small", "available": True}


def test_degraded_while_no_heartbeat_is_fresh(nobody: Caller, conn: Connection) -> None:
    add_worker(conn, seconds_ago=60)
    answer = nobody.get("/health")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "degraded")
    assert answer.get_json()["job_processor"]["running"] is False
    assert answer.get_json()["ai"] == {"provider": "rules", "model": None, "available": True}


def test_degraded_while_the_models_server_is_down(nobody: Caller, conn: Connection) -> None:
    add_worker(conn)
    conn.execute("INSERT INTO ai_breakers VALUES ('http://model', 5, now(), now())")
    body = nobody.get("/health").get_json()
    assert (body["status"], body["job_processor"]["running"]) == ("degraded", True)
    assert body["ai"]["available"] is False


def test_unhealthy_without_a_database(nobody: Caller, app: OpenAPI) -> None:
    app.extensions["canvas_jobs"].pool.close()
    answer = nobody.get("/health")
    response_models.HealthResponse.model_validate(answer.get_json())
    assert (answer.status_code, answer.get_json()["status"]) == (503, "unhealthy")
    assert nobody.get("/health/live").status_code == 200
    assert_problem(nobody.get("/health/ready"), 503, "database_unavailable")


def test_ready_with_a_database(nobody: Caller) -> None:
    assert nobody.get("/health/ready").get_json() == {"status": "ok"}


def test_health_is_at_the_root_as_well(nobody: Caller) -> None:
    at_root, in_api = nobody.get("//health").get_json(), nobody.get("/health").get_json()
    at_root.pop("timestamp"), in_api.pop("timestamp")
    assert at_root == in_api
