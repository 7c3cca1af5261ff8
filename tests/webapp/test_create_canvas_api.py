"""Creating a job: its words or notation, its canvas, its limits and budget."""

from __future__ import annotations

from typing import Any

import pytest

from core.database import Connection
from tests.conftest import make_settings
from tests.webapp.conftest import PROMPT, Caller, assert_problem, complete, fail, open_app
from webapp.api import response_models
from webapp.auth import make_token


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


def test_white_paper_is_what_is_not_said(owner: Caller) -> None:
    """Else a repeated request would be another one than before there was a choice."""
    for fields, theme in (({}, None), ({"theme": "light"}, None), ({"theme": "dark"}, "dark")):
        job = owner.get(f"/job/{owner.create(**fields)}/status").get_json()["job"]
        assert job["request_data"].get("theme") == theme


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
        ({"theme": "sepia"}, "theme"),
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
