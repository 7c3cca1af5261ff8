"""The routes of a job: create, read, list, count, cancel, retry."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from flask_openapi3.openapi import OpenAPI

from core.database import Connection
from core.settings import Settings
from tests.conftest import connect, make_settings
from tests.webapp.conftest import PROMPT, Caller, assert_problem, complete, fail, open_app
from webapp.api import response_models
from webapp.auth import make_token

MISSING = str(uuid.UUID(int=0))


def count_jobs(conn: Connection) -> int:
    row = conn.execute("SELECT count(*) AS n FROM ai_jobs").fetchone()
    assert row is not None
    return int(row["n"])


def test_create_answers_202_with_a_row_and_a_queue_task(owner: Caller, conn: Connection) -> None:
    answer = owner.post("/create-canvas", json=PROMPT | {"style": "minimal", "colorScheme": "pastel"})
    body = answer.get_json()
    response_models.AcceptedResponse.model_validate(body)
    assert (answer.status_code, body["status"]) == (202, "queued")
    assert answer.headers["Location"] == body["links"]["self"]
    assert int(answer.headers["Retry-After"]) >= 1
    row = conn.execute("SELECT user_id, request_data FROM ai_jobs WHERE id = %s", [body["job_id"]]).fetchone()
    assert row is not None
    assert row["user_id"] == "owner"
    assert row["request_data"]["colorScheme"] == "pastel"
    queued = conn.execute("SELECT args FROM procrastinate_jobs").fetchone()
    assert queued == {"args": {"job_id": body["job_id"]}}


@pytest.mark.parametrize(
    "words",
    [
        "عربي",
        "👩‍🚀 <b>",
        '"quotes" \'n %s ; DROP TABLE',
        "show system architecture",
        "[Todo] [Doing]",
        "x" * 10_000,
        " é ",
    ],
)
def test_any_text_is_legitimate(owner: Caller, words: str) -> None:
    job_id = owner.create(instructions=words)
    job = owner.get(f"/job/{job_id}/status").get_json()["job"]
    assert job["request_data"]["instructions"] == words.strip()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"instructions": ""}, "instructions"),
        ({"instructions": "   "}, "instructions"),
        ({"instructions": "x" * 10_001}, "instructions"),
        ({"instructions": "a\0b"}, "instructions"),
        ({"instructions": None}, "instructions"),
        ({"instructions": 5}, "instructions"),
        ({"instructions": ["a"]}, "instructions"),
        ({"style": "baroque"}, "style"),
        ({"colorScheme": "neon"}, "colorScheme"),
        ({"priority": 11}, "priority"),
        ({"priority": -1}, "priority"),
        ({"priority": "5"}, "priority"),
        ({"priority": True}, "priority"),
        ({"priority": 1.5}, "priority"),
        ({"canvas_id": 5}, "canvas_id"),
    ],
)
def test_create_names_what_is_wrong(
    owner: Caller, conn: Connection, fields: dict[str, Any], field: str
) -> None:
    problem = assert_problem(owner.post("/create-canvas", json=PROMPT | fields), 400, "invalid_request")
    assert list(problem["details"]) == [field]
    assert count_jobs(conn) == 0


def test_create_names_all_complaints_at_once(owner: Caller) -> None:
    problem = assert_problem(
        owner.post("/create-canvas", json={"style": 1, "priority": 99}), 400, "invalid_request"
    )
    assert set(problem["details"]) == {"instructions", "style", "priority"}


def test_create_ignores_unknown_fields(owner: Caller) -> None:
    owner.create(nonsense={"a": 1}, user_id="stranger")


@pytest.mark.parametrize("canvas_id", ["", "a canvas", "x" * 101, "a/b", "é", "a.b", "a\n", None])
def test_ids_that_no_canvas_has_are_refused(owner: Caller, canvas_id: str | None) -> None:
    answer = owner.post("/create-canvas", json=PROMPT | {"canvas_id": canvas_id})
    if canvas_id is None:
        assert answer.status_code == 202
    else:
        assert list(assert_problem(answer, 400, "invalid_request")["details"]) == ["canvas_id"]


def test_create_on_a_canvas_shows_it_as_the_target(owner: Caller, conn: Connection) -> None:
    canvas_id = complete(conn, owner.create())
    job_id = owner.create(canvas_id=canvas_id)
    assert owner.get(f"/job/{job_id}/status").get_json()["job"]["canvas_id"] == canvas_id


def test_limits_are_told_and_held(dsn: str, conn: Connection) -> None:
    settings = make_settings(dsn, max_active_jobs_per_user=2, rate_limit_per_minute=3)
    for app in open_app(settings):
        owner = Caller(app, make_token(settings, "owner"))
        first = owner.post("/create-canvas", json=PROMPT)
        assert first.headers["RateLimit-Policy"] == '"active";q=2, "minute";q=3;w=60'
        assert first.headers["RateLimit"].startswith('"active";r=1, "minute";r=2;t=')
        owner.create()
        refused = owner.post("/create-canvas", json=PROMPT)
        assert assert_problem(refused, 429, "too_many_active_jobs")["retryable"] is True
        assert refused.headers["RateLimit"] == '"active";r=0'
        conn.execute("UPDATE ai_jobs SET outcome = 'cancelled', completed_at = now()")
        owner.create()
        refused = owner.post("/create-canvas", json=PROMPT)
        assert_problem(refused, 429, "rate_limited")
        assert 1 <= int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["RateLimit"].startswith('"minute";r=0;t=')


def test_daily_tokens_are_a_budget(dsn: str, conn: Connection) -> None:
    settings = make_settings(dsn, daily_token_budget=1000)
    for app in open_app(settings):
        owner, stranger = (Caller(app, make_token(settings, name)) for name in ("owner", "stranger"))
        first = owner.post("/create-canvas", json=PROMPT)
        assert first.headers["RateLimit-Policy"].endswith('"tokens";q=1000;w=86400')
        assert '"tokens";r=1000;t=' in first.headers["RateLimit"]
        conn.execute("UPDATE ai_jobs SET input_tokens = 600")
        assert '"tokens";r=400;t=' in owner.post("/create-canvas", json=PROMPT).headers["RateLimit"]
        conn.execute("UPDATE ai_jobs SET output_tokens = 200")
        refused = owner.post("/create-canvas", json=PROMPT)
        assert assert_problem(refused, 429, "budget_exhausted")["retryable"] is True
        assert 1 <= int(refused.headers["Retry-After"]) <= 86_400
        assert refused.headers["RateLimit"].startswith('"tokens";r=0;t=')
        assert stranger.create()


def test_deleting_and_retrying_give_no_tokens_back(dsn: str, conn: Connection) -> None:
    settings = make_settings(dsn, daily_token_budget=1000)
    for app in open_app(settings):
        owner = Caller(app, make_token(settings, "owner"))
        first, second = owner.create(), owner.create()
        conn.execute("UPDATE ai_jobs SET input_tokens = 500")
        for job_id in (first, second):
            fail(conn, job_id)
        assert owner.call("DELETE", f"/job/{first}").status_code == 204
        assert_problem(owner.post(f"/job/{second}/retry"), 429, "budget_exhausted")
        # The next day.
        conn.execute("UPDATE ai_usage SET day = day - 1")
        assert owner.post(f"/job/{second}/retry").status_code == 202


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
    answer = owner.post(f"/job/{job_id}/retry")
    response_models.AcceptedResponse.model_validate(answer.get_json())
    assert (answer.status_code, answer.get_json()["job_id"]) == (202, job_id)
    job = owner.get(f"/job/{job_id}/status").get_json()["job"]
    assert (job["status"], job["attempts"], job["error_message"]) == ("queued", 0, None)


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


SOURCE = "sequenceDiagram\n  Alice->>Bob: Hello"


def test_a_job_may_be_given_notation_instead_of_words(owner: Caller, conn: Connection) -> None:
    answer = owner.post("/create-canvas", json={"source": f"\n{SOURCE}\n\n"})
    assert answer.status_code == 202
    job = owner.get(f"/job/{answer.get_json()['job_id']}/status").get_json()["job"]
    assert job["request_data"]["source"] == SOURCE
    assert "instructions" not in job["request_data"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"source": SOURCE, "instructions": "Draw it"}, "instructions"),
        ({}, "instructions"),
        ({"source": " \n "}, "source"),
        ({"source": "x" * 50_001}, "source"),
        ({"source": "a\0b"}, "source"),
        ({"instructions": "x" * 10_001}, "instructions"),
    ],
    ids=["both", "neither", "blank", "too long", "NUL", "long words"],
)
def test_words_or_notation_but_one_of_them(owner: Caller, body: dict[str, Any], field: str) -> None:
    answer = owner.post("/create-canvas", json=body)
    assert_problem(answer, 400, "invalid_request")
    assert list(answer.get_json()["details"]) == [field]


def test_notation_of_fifty_thousand_wide_characters_fits(owner: Caller) -> None:
    assert owner.post("/create-canvas", json={"source": "序" * 50_000}).status_code == 202


def test_notation_does_not_touch_the_daily_budget(dsn: str, conn: Connection) -> None:
    settings = make_settings(dsn, daily_token_budget=1000)
    for app in open_app(settings):
        owner = Caller(app, make_token(settings, "owner"))
        owner.create()
        conn.execute("UPDATE ai_jobs SET input_tokens = 1000")
        assert_problem(owner.post("/create-canvas", json=PROMPT), 429, "budget_exhausted")
        answer = owner.post("/create-canvas", json={"source": SOURCE})
        assert answer.status_code == 202
        fail(conn, answer.get_json()["job_id"])
        assert owner.post(f"/job/{answer.get_json()['job_id']}/retry").status_code == 202
