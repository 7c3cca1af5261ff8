"""The routes of a job: read, list, count, cancel, retry."""

from __future__ import annotations

import uuid

import pytest

from core.database import Connection
from tests.webapp.conftest import Caller, assert_problem, complete, fail
from webapp.api import response_models

MISSING = str(uuid.UUID(int=0))


def test_status_shows_the_whole_job(owner: Caller) -> None:
    first, second = owner.create(), owner.create(priority=3)
    answer = owner.get(f"/job/{second}/status")
    job = answer.get_json()["job"]
    response_models.StatusResponse.model_validate(answer.get_json())
    assert (job["id"], job["status"], job["priority"]) == (second, "queued", 3)
    assert job["progress"] == {"percent": 0, "message": "Waiting for a free worker", "objects": 0}
    assert (job["canvas_id"], job["attempts"], job["expires_at"]) == (None, 0, None)
    assert job["created_at"].endswith("Z")
    assert int(answer.headers["Retry-After"]) >= 1
    # By its priority the second one has changed places with the first.
    assert job["queue_position"] == 1
    assert owner.get(f"/job/{first}/status").get_json()["job"]["queue_position"] == 2


def test_queue_position_in_a_long_line(owner: Caller, stranger: Caller, conn: Connection) -> None:
    conn.execute(
        "SELECT count(*) FROM generate_series(1, 150) AS n CROSS JOIN LATERAL canvas_accept_job("
        "gen_random_uuid(), 'user-' || n, 0, '{}', NULL, NULL, NULL, NULL, 3, NULL, 10, 10, NULL)"
    )
    ids = [owner.create(), owner.create()]  # one's second job comes after everybody's first
    assert [job["queue_position"] for job in owner.get("/jobs").get_json()["jobs"]] == [152, 151]
    # The queue is read once a second; callers in between get their position from that.
    late = stranger.create()
    assert stranger.get(f"/job/{late}/status").get_json()["job"]["queue_position"] == 152
    conn.execute(
        "UPDATE procrastinate_jobs SET status = 'cancelled' WHERE args ->> 'job_id' <> ALL (%s)", [ids]
    )
    assert owner.get(f"/job/{ids[0]}/status").get_json()["job"]["queue_position"] == 1


def test_queue_position_counts_those_ahead(owner: Caller, stranger: Caller) -> None:
    owner.create()
    second = owner.create()
    stranger.create()
    assert owner.get(f"/job/{second}/status").get_json()["job"]["queue_position"] == 3


def test_job_that_waits_for_its_retry_is_queued(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    conn.execute(
        "UPDATE ai_jobs SET retry_count = 1, error_code = 'busy', error_message = 'The model is busy.'"
    )
    conn.execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
    job = owner.get(f"/job/{job_id}/status").get_json()["job"]
    assert (job["status"], job["retry_count"], job["error_message"]) == ("queued", 1, "The model is busy.")
    assert job["next_processing_at"] > job["created_at"]
    assert job["queue_position"] is None


def test_unchanged_status_is_304(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    etag = owner.get(f"/job/{job_id}/status").headers["ETag"]
    unchanged = owner.get(f"/job/{job_id}/status", headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    conn.execute("UPDATE ai_jobs SET progress_percent = 20, updated_at = now()")
    changed = owner.get(f"/job/{job_id}/status", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_result_of_a_completed_job(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    canvas_id = complete(conn, job_id)
    body = owner.get(f"/job/{job_id}/result").get_json()
    response_models.ResultResponse.model_validate(body)
    result = body["result"]
    assert (result["success"], result["canvas_id"], result["request_id"]) == (True, canvas_id, job_id)
    assert (result["title"], result["model"], result["generator"]) == ("Three steps", None, "rules")
    assert result["objects"][0]["object_type"] == "rectangle"
    job = owner.get(f"/job/{job_id}/status").get_json()["job"]
    assert (job["status"], job["canvas_id"], job["attempts"]) == ("completed", canvas_id, 1)
    assert job["expires_at"] > job["completed_at"]


def test_no_result_while_unfinished(owner: Caller) -> None:
    answer = owner.get(f"/job/{owner.create()}/result")
    assert assert_problem(answer, 409, "job_not_completed")["job_status"] == "queued"
    assert int(answer.headers["Retry-After"]) >= 1


def test_no_result_of_a_failed_job(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    fail(conn, job_id)
    answer = owner.get(f"/job/{job_id}/result")
    problem = assert_problem(answer, 409, "job_not_completed")
    assert (problem["job_status"], problem["error_code"]) == ("failed", "refused")
    assert "Retry-After" not in answer.headers


def test_result_past_its_retention_time_is_gone(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    complete(conn, job_id)
    conn.execute("UPDATE ai_jobs SET completed_at = now() - interval '8 days'")
    assert_problem(owner.get(f"/job/{job_id}/result"), 410, "job_expired")


def test_cancel_is_final_and_may_be_repeated(owner: Caller) -> None:
    job_id = owner.create()
    for _ in range(2):
        answer = owner.post(f"/job/{job_id}/cancel")
        response_models.CancelResponse.model_validate(answer.get_json())
        assert answer.status_code == 200
    job = owner.get(f"/job/{job_id}/status").get_json()["job"]
    assert job["status"] == "cancelled"
    assert job["cancel_requested_at"] is not None


def test_completed_job_cannot_be_cancelled_or_retried(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    complete(conn, job_id)
    problem = assert_problem(owner.post(f"/job/{job_id}/cancel"), 409, "job_not_cancellable")
    assert problem["job_status"] == "completed"
    assert_problem(owner.post(f"/job/{job_id}/retry"), 409, "job_not_retryable")


def test_failed_job_is_retried_under_its_id(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    fail(conn, job_id)
    # As a worker of the release before leaves it, which knows of no kept answers.
    conn.execute("""UPDATE ai_jobs SET answer = '{"attempt": 1}' WHERE id = %s""", [job_id])
    answer = owner.post(f"/job/{job_id}/retry")
    response_models.AcceptedResponse.model_validate(answer.get_json())
    assert (answer.status_code, answer.get_json()["job_id"]) == (202, job_id)
    job = owner.get(f"/job/{job_id}/status").get_json()["job"]
    assert (job["status"], job["attempts"], job["error_message"]) == ("queued", 0, None)
    assert conn.execute("SELECT answer FROM ai_jobs").fetchall() == [{"answer": None}]


def test_list_pages_by_cursor(owner: Caller, stranger: Caller) -> None:
    made = [owner.create() for _ in range(5)][::-1]
    stranger.create()
    first = owner.get("/jobs?limit=2").get_json()
    response_models.ListResponse.model_validate(first)
    owner.create()
    rest = owner.get(f"/jobs?limit=3&cursor={first['next_cursor']}").get_json()
    assert [job["id"] for job in first["jobs"] + rest["jobs"]] == made
    assert rest["next_cursor"] is None


def test_list_filters_and_skips(owner: Caller) -> None:
    first, second = owner.create(), owner.create()
    owner.post(f"/job/{first}/cancel")
    assert [job["id"] for job in owner.get("/jobs?status=cancelled").get_json()["jobs"]] == [first]
    assert [job["id"] for job in owner.get("/jobs?offset=1").get_json()["jobs"]] == [first]
    assert [job["queue_position"] for job in owner.get("/jobs").get_json()["jobs"]] == [1, None]
    assert second


@pytest.mark.parametrize(
    "query",
    [
        "limit=0", "limit=101", "limit=x", "offset=-1", "offset=99999999999999999999", "status=done",
        "cursor=x", "cursor=%00", "cursor=f" + "_" * 31, "cursor=g" + "A" * 31, "cursor=" + "x" * 4000,
    ],
)  # fmt: skip
def test_bad_list_queries(owner: Caller, query: str) -> None:
    answer = owner.get(f"/jobs?{query}")
    assert list(assert_problem(answer, 400, "invalid_request")["details"]) == [query.split("=")[0]]


def test_stats_are_the_callers_own(owner: Caller, stranger: Caller, conn: Connection) -> None:
    complete(conn, owner.create())
    fail(conn, owner.create())
    stranger.create()
    body = owner.get("/jobs/stats").get_json()
    response_models.StatsResponse.model_validate(body)
    assert (body["total_jobs"], body["completed_jobs"], body["failed_jobs"]) == (2, 1, 1)
    assert (body["success_rate"], body["stats"]["success_rate"]) == (50, 50)


def test_stats_of_everybody_are_for_admins(owner: Caller, stranger: Caller, admin: Caller) -> None:
    owner.create()
    stranger.create()
    assert admin.get("/jobs/stats?scope=all").get_json()["total_jobs"] == 2
    assert_problem(owner.get("/jobs/stats?scope=all"), 403, "forbidden")


ROUTES = [
    ("GET", "/job/{id}/status"),
    ("GET", "/job/{id}/result"),
    ("GET", "/job/{id}/events"),
    ("POST", "/job/{id}/cancel"),
    ("POST", "/job/{id}/retry"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_somebody_elses_job_answers_as_a_missing_one(
    owner: Caller, stranger: Caller, method: str, path: str
) -> None:
    job_id = owner.create()
    problems = []
    for unknown in (job_id, MISSING, "nonsense", job_id + "x", "{" + job_id + "}", "%00"):
        problem = assert_problem(stranger.call(method, path.format(id=unknown)), 404, "job_not_found")
        problems.append({**problem, "request_id": None})
    assert all(problem == problems[0] for problem in problems)


@pytest.mark.parametrize(
    ("method", "path"), [*ROUTES, ("GET", "/jobs"), ("GET", "/jobs/stats"), ("POST", "/create-canvas")]
)
def test_without_a_token(nobody: Caller, method: str, path: str) -> None:
    answer = nobody.call(method, path.format(id=MISSING))
    assert_problem(answer, 401, "unauthorized")
    assert answer.headers["WWW-Authenticate"] == "Bearer"
