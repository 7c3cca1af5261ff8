"""The host app's own canvases: taken on by the app's ids, which are each caller's own."""

from __future__ import annotations

import uuid

import pytest

from core.database import Connection
from tests.webapp.conftest import PROMPT, Caller, assert_problem, complete

HOST_IDS = ["main", "1", "my_canvas-2", "x" * 100, str(uuid.UUID(int=7)), str(uuid.UUID(int=10)).upper()]


@pytest.mark.parametrize("host_id", HOST_IDS)
def test_unknown_canvas_is_taken_on_and_returned_unchanged(
    owner: Caller, conn: Connection, host_id: str
) -> None:
    job_id = owner.create(canvas_id=host_id)
    assert owner.get(f"/job/{job_id}/status").get_json()["job"]["canvas_id"] == host_id
    complete(conn, job_id)
    assert owner.get(f"/job/{job_id}/status").get_json()["job"]["canvas_id"] == host_id
    result = owner.get(f"/job/{job_id}/result").get_json()["result"]
    assert result["canvas_id"] == host_id
    assert {item["canvas_id"] for item in result["objects"]} == {host_id}
    canvas = owner.get(f"/canvas/{host_id}").get_json()["canvas"]
    assert canvas["id"] == host_id
    assert {item["canvas_id"] for item in canvas["objects"]} == {host_id}
    assert owner.get(f"/canvas/{host_id}.svg").status_code == 200


def test_jobs_on_one_host_canvas_share_it(owner: Caller, conn: Connection) -> None:
    jobs = [owner.create(canvas_id="main") for _ in range(2)]
    for job_id in jobs:
        complete(conn, job_id)
    assert len(owner.get("/canvas/main").get_json()["canvas"]["objects"]) == 2
    [count] = conn.execute("SELECT count(*) AS count FROM canvases").fetchall()
    assert count["count"] == 1


def test_ids_are_each_callers_own(owner: Caller, stranger: Caller, conn: Connection) -> None:
    complete(conn, owner.create(canvas_id="main"))
    assert_problem(stranger.get("/canvas/main"), 404, "canvas_not_found")
    job_id = stranger.create(canvas_id="main")
    assert stranger.get("/canvas/main").get_json()["canvas"]["objects"] == []
    complete(conn, job_id)
    assert len(owner.get("/canvas/main").get_json()["canvas"]["objects"]) == 1


def test_somebody_elses_canvas_answers_as_an_unknown_one(
    owner: Caller, stranger: Caller, conn: Connection
) -> None:
    theirs = complete(conn, stranger.create())
    job_id = owner.create(canvas_id=theirs)
    complete(conn, job_id)
    assert len(owner.get(f"/canvas/{theirs}").get_json()["canvas"]["objects"]) == 1
    assert len(stranger.get(f"/canvas/{theirs}").get_json()["canvas"]["objects"]) == 1
    drawn = {
        caller.get(f"/canvas/{theirs}").get_json()["canvas"]["objects"][0]["id"]
        for caller in (owner, stranger)
    }
    assert len(drawn) == 2


def test_own_canvas_is_found_by_its_id_in_any_case(owner: Caller, conn: Connection) -> None:
    canvas_id = complete(conn, owner.create())
    complete(conn, owner.create(canvas_id=canvas_id.upper()))
    canvas = owner.get(f"/canvas/{canvas_id.upper()}").get_json()["canvas"]
    assert canvas["id"] == canvas_id
    assert len(canvas["objects"]) == 2


def test_refused_job_takes_no_canvas_on(owner: Caller, conn: Connection) -> None:
    conn.execute("INSERT INTO ai_pauses (what, reason) VALUES ('intake', 'maintenance')")
    answer = owner.post("/create-canvas", json=PROMPT | {"canvas_id": "main"})
    assert_problem(answer, 503, "intake_paused")
    assert_problem(owner.get("/canvas/main"), 404, "canvas_not_found")


def test_deleted_host_canvas_begins_again(owner: Caller, conn: Connection) -> None:
    complete(conn, owner.create(canvas_id="main"))
    assert owner.call("DELETE", "/canvas/main").status_code == 204
    assert_problem(owner.get("/canvas/main"), 404, "canvas_not_found")
    complete(conn, owner.create(canvas_id="main"))
    assert len(owner.get("/canvas/main").get_json()["canvas"]["objects"]) == 1
