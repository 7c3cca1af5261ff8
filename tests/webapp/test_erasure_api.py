"""Deleting jobs and canvases: what goes, what stays, and that nothing deleted remains in the database."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from core.database import Connection, connection_options
from core.settings import Settings
from tasks.maintenance import purge
from tests.conftest import make_settings
from tests.webapp.conftest import Caller, add_event, add_object, assert_problem, complete, fail, open_app
from webapp.auth import make_token

MISSING = "00000000-0000-0000-0000-000000000000"
WORDS = "my secret garden"


def tables_with(conn: Connection, text: str) -> set[str]:
    """Return the tables that hold the text anywhere."""
    rows = conn.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    ).fetchall()
    query = sql.SQL("SELECT 1 FROM {} AS r WHERE r::text LIKE {} LIMIT 1")
    return {
        name
        for name in (row["relname"] for row in rows)
        if conn.execute(query.format(sql.Identifier(name), sql.Literal(f"%{text}%"))).fetchone()
    }


def finished(owner: Caller, conn: Connection) -> tuple[str, str]:
    """Return a completed job and its canvas, the words in its prompt, title and events."""
    job_id = owner.create(instructions=WORDS)
    add_event(conn, job_id, 1, "object", {"text": WORDS})
    return job_id, complete(conn, job_id, title=WORDS)


def test_deleted_job_is_gone_with_its_words_and_its_canvas_stays(owner: Caller, conn: Connection) -> None:
    job_id, canvas_id = finished(owner, conn)
    assert tables_with(conn, WORDS) == {"ai_jobs", "ai_job_events", "canvases"}
    answer = owner.call("DELETE", f"/job/{job_id}")
    assert (answer.status_code, answer.data) == (204, b"")
    assert tables_with(conn, WORDS) == {"canvases"}
    for path in ("status", "result", "events"):
        assert_problem(owner.get(f"/job/{job_id}/{path}"), 404, "job_not_found")
    assert owner.get("/jobs").get_json()["jobs"] == []
    assert owner.get(f"/canvas/{canvas_id}").status_code == 200
    assert_problem(owner.call("DELETE", f"/job/{job_id}"), 404, "job_not_found")


def test_job_and_its_canvas_are_deleted_together_when_asked(owner: Caller, conn: Connection) -> None:
    job_id, canvas_id = finished(owner, conn)
    assert owner.call("DELETE", f"/job/{job_id}?canvas=true").status_code == 204
    assert tables_with(conn, WORDS) == set()
    assert tables_with(conn, canvas_id) == set()
    assert_problem(owner.get(f"/canvas/{canvas_id}"), 404, "canvas_not_found")


def test_job_on_an_earlier_canvas_takes_only_what_it_drew(owner: Caller, conn: Connection) -> None:
    _, canvas_id = finished(owner, conn)
    second = owner.create(canvas_id=canvas_id)
    add_object(conn, canvas_id, second)
    conn.execute(
        "UPDATE ai_jobs SET outcome = 'completed', completed_at = now(), canvas_id = %s, result = '{\"a\": 1}'"
        " WHERE id = %s",
        [canvas_id, second],
    )
    etag = owner.get(f"/canvas/{canvas_id}.svg").headers["ETag"]
    assert owner.call("DELETE", f"/job/{second}?canvas=true").status_code == 204
    assert len(owner.get(f"/canvas/{canvas_id}").get_json()["canvas"]["objects"]) == 1
    assert owner.get(f"/canvas/{canvas_id}.svg").headers["ETag"] != etag


def test_unfinished_job_is_not_deleted(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    problem = assert_problem(owner.call("DELETE", f"/job/{job_id}"), 409, "job_not_deletable")
    assert problem["job_status"] == "queued"
    assert owner.post(f"/job/{job_id}/cancel").status_code == 200
    assert owner.call("DELETE", f"/job/{job_id}?canvas=1").status_code == 204
    assert tables_with(conn, job_id) == set()


def test_deleted_canvas_leaves_its_jobs_without_a_result(owner: Caller, conn: Connection) -> None:
    job_id, canvas_id = finished(owner, conn)
    assert owner.call("DELETE", f"/canvas/{canvas_id}").status_code == 204
    assert tables_with(conn, WORDS) == {"ai_jobs"}  # the prompt; it goes with the job
    for path in ("", ".svg", ".png"):
        assert_problem(owner.get(f"/canvas/{canvas_id}{path}"), 404, "canvas_not_found")
    assert_problem(owner.get(f"/job/{job_id}/result"), 410, "canvas_deleted")
    assert owner.get(f"/job/{job_id}/status").get_json()["job"]["status"] == "completed"
    assert_problem(owner.call("DELETE", f"/canvas/{canvas_id}"), 404, "canvas_not_found")
    assert owner.call("DELETE", f"/job/{job_id}?canvas=true").status_code == 204
    assert tables_with(conn, WORDS) == set()


@pytest.mark.parametrize("kind", ["job", "canvas"])
def test_somebody_elses_is_a_missing_one_and_stays(
    owner: Caller, stranger: Caller, nobody: Caller, conn: Connection, kind: str
) -> None:
    ids = dict(zip(("job", "canvas"), finished(owner, conn), strict=True))
    problems = []
    for unknown in (ids[kind], MISSING, "nonsense", "%00"):
        answer = stranger.call("DELETE", f"/{kind}/{unknown}")
        problems.append({**assert_problem(answer, 404, f"{kind}_not_found"), "request_id": None})
    assert all(problem == problems[0] for problem in problems)
    assert_problem(nobody.call("DELETE", f"/{kind}/{ids[kind]}"), 401, "unauthorized")
    assert owner.get(f"/canvas/{ids['canvas']}").status_code == 200
    assert owner.get(f"/job/{ids['job']}/result").status_code == 200


def test_bad_query_deletes_nothing(owner: Caller, conn: Connection) -> None:
    job_id, _ = finished(owner, conn)
    assert_problem(owner.call("DELETE", f"/job/{job_id}?canvas=perhaps"), 400, "invalid_request")
    assert owner.get(f"/job/{job_id}/status").status_code == 200


def test_deleting_gives_nothing_back_of_the_rate(dsn: str, settings: Settings) -> None:
    for app in open_app(make_settings(dsn, rate_limit_per_minute=2)):
        owner = Caller(app, make_token(settings, "owner"))
        for _ in range(2):
            job_id = owner.create()
            owner.post(f"/job/{job_id}/cancel")
            assert owner.call("DELETE", f"/job/{job_id}").status_code == 204
        assert_problem(owner.post("/create-canvas", json={"instructions": "A"}), 429, "rate_limited")
        assert Caller(app, make_token(settings, "stranger")).create()


def test_reader_of_a_deleted_job_is_let_go(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    stream: Iterator[Any] = iter(owner.get(f"/job/{job_id}/events").response)
    assert b"retry" in next(stream)
    fail(conn, job_id)
    assert owner.call("DELETE", f"/job/{job_id}").status_code == 204
    rest = b"".join(stream)
    assert b"event: done" not in rest


def test_purge_leaves_no_words(owner: Caller, conn: Connection, dsn: str) -> None:
    job_id = owner.create(instructions=WORDS)
    add_event(conn, job_id, 1, "object", {"text": WORDS})
    owner.post(f"/job/{job_id}/cancel")
    conn.execute("UPDATE ai_jobs SET completed_at = now() - interval '8 days'")
    asyncio.run(_purge(dsn))
    assert tables_with(conn, WORDS) == set()
    assert tables_with(conn, job_id) == set()


async def _purge(dsn: str) -> None:
    async with await psycopg.AsyncConnection.connect(
        dsn, **connection_options(application_name="test")
    ) as conn:
        await purge(conn, make_settings(dsn))


def test_other_sites_may_delete_when_listed(dsn: str) -> None:
    for app in open_app(make_settings(dsn, cors_origins="https://app.example")):
        asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "DELETE"}
        answer = Caller(app, None).call("OPTIONS", f"/canvas/{MISSING}", headers=asked)
        assert "DELETE" in answer.headers["Access-Control-Allow-Methods"]
