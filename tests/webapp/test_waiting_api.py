"""Requests that wait: for a finished job (`Prefer: wait`), for a change of its status."""

from __future__ import annotations

import threading

from tests.conftest import connect
from tests.webapp.conftest import PROMPT, Caller, complete
from webapp.api import response_models


def test_waiting_create_answers_with_the_finished_job(owner: Caller, dsn: str) -> None:
    def work() -> None:
        with connect(dsn) as conn:
            while (row := conn.execute("SELECT id FROM ai_jobs").fetchone()) is None:
                pass
            complete(conn, str(row["id"]))

    worker = threading.Thread(target=work)
    worker.start()
    answer = owner.post("/create-canvas", json=PROMPT, headers={"Prefer": "wait=30"})
    worker.join()
    response_models.FinishedResponse.model_validate(answer.get_json())
    assert (answer.status_code, answer.get_json()["status"]) == (200, "completed")
    assert answer.headers["Preference-Applied"] == "wait=30"


def test_waiting_create_answers_202_when_the_job_goes_on(owner: Caller) -> None:
    answer = owner.post("/create-canvas", json=PROMPT, headers={"Prefer": "respond-async, wait=1"})
    assert (answer.status_code, answer.get_json()["status"]) == (202, "queued")


def test_waiting_status_answers_at_a_change(owner: Caller, dsn: str) -> None:
    job_id = owner.create()
    etag = owner.get(f"/job/{job_id}/status").headers["ETag"]
    canceller = threading.Timer(0.2, lambda: owner.post(f"/job/{job_id}/cancel"))
    canceller.start()
    headers = {"Prefer": "wait=30", "If-None-Match": etag}
    answer = owner.get(f"/job/{job_id}/status", headers=headers)
    canceller.join()
    assert (answer.status_code, answer.get_json()["job"]["status"]) == (200, "cancelled")


def test_waiting_status_without_a_change(owner: Caller) -> None:
    job_id = owner.create()
    etag = owner.get(f"/job/{job_id}/status").headers["ETag"]
    answer = owner.get(f"/job/{job_id}/status", headers={"Prefer": "wait=1", "If-None-Match": etag})
    assert answer.status_code == 304
