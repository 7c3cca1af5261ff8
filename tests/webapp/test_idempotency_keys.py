"""A request that is sent twice with one `Idempotency-Key` makes one job."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask_openapi3.openapi import OpenAPI

from core.database import Connection
from core.settings import Settings
from tests.webapp.conftest import PROMPT, Caller, assert_problem
from webapp.auth import make_token


def count_jobs(conn: Connection) -> int:
    row = conn.execute("SELECT count(*) AS n FROM ai_jobs").fetchone()
    assert row is not None
    return int(row["n"])


@pytest.mark.parametrize("key", ["abc", '"abc"', '"with \\"quotes\\""', "x" * 255])
def test_idempotency_key_gives_the_first_answer_again(owner: Caller, conn: Connection, key: str) -> None:
    first = owner.post("/create-canvas", json=PROMPT, headers={"Idempotency-Key": key})
    again = owner.post("/create-canvas", json=PROMPT, headers={"Idempotency-Key": key})
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.get_json() == first.get_json()
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert count_jobs(conn) == 1


def test_quoted_and_bare_key_are_the_same(owner: Caller, conn: Connection) -> None:
    owner.post("/create-canvas", json=PROMPT, headers={"Idempotency-Key": "abc"})
    owner.post("/create-canvas", json=PROMPT, headers={"Idempotency-Key": '"abc"'})
    assert count_jobs(conn) == 1


@pytest.mark.parametrize("fields", [{"instructions": "other"}, {"priority": 1}, {"style": "minimal"}])
def test_idempotency_key_of_another_request_is_refused(owner: Caller, fields: dict[str, Any]) -> None:
    owner.post("/create-canvas", json=PROMPT, headers={"Idempotency-Key": "k"})
    answer = owner.post("/create-canvas", json=PROMPT | fields, headers={"Idempotency-Key": "k"})
    assert_problem(answer, 422, "idempotency_key_reused")


@pytest.mark.parametrize("key", ["", " ", '""', "x" * 256, "naïve"])
def test_bad_idempotency_key(owner: Caller, key: str) -> None:
    answer = owner.post("/create-canvas", json=PROMPT, headers={"Idempotency-Key": key})
    assert list(assert_problem(answer, 400, "invalid_request")["details"]) == ["Idempotency-Key"]


def test_simultaneous_requests_with_one_key_make_one_job(
    app: OpenAPI, settings: Settings, conn: Connection
) -> None:
    token = make_token(settings, "owner")
    accepted = []

    def post() -> None:
        answer = Caller(app, token).post("/create-canvas", json=PROMPT, headers={"Idempotency-Key": "k"})
        accepted.append((answer.status_code, answer.get_json()["job_id"]))

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {status for status, _ in accepted} == {202}
    assert len({job_id for _, job_id in accepted}) == 1
    assert count_jobs(conn) == 1
