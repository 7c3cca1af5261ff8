"""What callers see while an operator has paused the service."""

from __future__ import annotations

from core import operator_actions
from core.database import Connection
from tests.webapp.conftest import PROMPT, Caller, assert_problem, fail
from tests.webapp.test_health_api import add_worker


def test_paused_intake_refuses_new_jobs_and_says_when_to_come_back(owner: Caller, conn: Connection) -> None:
    kept = {"headers": {"Idempotency-Key": "k"}, "json": PROMPT}
    first = owner.post("/create-canvas", **kept)
    fail(conn, first.get_json()["job_id"])
    operator_actions.pause(conn, what="intake")
    refused = owner.post("/create-canvas", json=PROMPT)
    body = assert_problem(refused, 503, "intake_paused")
    assert (body["retryable"], refused.headers["Retry-After"]) == (True, "30")
    assert_problem(owner.post(f"/job/{first.get_json()['job_id']}/retry"), 503, "intake_paused")
    # What was accepted stays accepted.
    assert owner.post("/create-canvas", **kept).headers["Idempotency-Replayed"] == "true"
    operator_actions.resume(conn, what="intake")
    assert owner.post("/create-canvas", json=PROMPT).status_code == 202


def test_health_shows_what_is_paused(nobody: Caller, conn: Connection) -> None:
    add_worker(conn)
    assert nobody.get("/health").get_json()["paused"] == {"intake": False, "workers": False}
    operator_actions.pause(conn, what="workers")
    body = nobody.get("/health").get_json()
    assert (body["status"], body["paused"]) == ("degraded", {"intake": False, "workers": True})


def test_request_id_travels_with_the_job(owner: Caller, conn: Connection) -> None:
    owner.post("/create-canvas", json=PROMPT, headers={"X-Request-Id": "from-the-proxy"})
    assert conn.execute("SELECT request_id FROM ai_jobs").fetchone() == {"request_id": "from-the-proxy"}
