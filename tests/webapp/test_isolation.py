"""Someone else's job or canvas looks missing on every route: the same response, by the same statements."""

from __future__ import annotations

import re
import uuid
from typing import Any

import psycopg
import pytest

from core.database import Connection
from tests.webapp.conftest import PROMPT, Caller, assert_problem, complete
from tests.webapp.test_docs import ROUTES

OWNED = [
    (method.upper(), path) for path, methods in ROUTES.items() for method in methods.split() if "{" in path
]
BODIES: dict[tuple[str, str], dict[str, Any]] = {
    ("POST", "/canvas/{canvas_id}/revert"): {"version": 1},
    ("PATCH", "/canvas/{canvas_id}"): {"title": "Mine"},
}
VARYING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}")


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the app sends to the database, in order."""
    sent: list[str] = []
    execute = psycopg.Cursor.execute

    def note(cursor: Any, query: Any, *args: Any, **values: Any) -> Any:
        # The pool asks a connection that was idle for a second whether it is fit: that depends on the machine.
        if query and "transaction_read_only" not in str(query):
            sent.append(str(query))
        return execute(cursor, query, *args, **values)

    monkeypatch.setattr(psycopg.Cursor, "execute", note)
    return sent


def ask(
    caller: Caller, method: str, path: str, statements: list[str], body: dict[str, Any] | None
) -> tuple[Any, ...]:
    """Return all that a caller can see of a refusal, and the statements it took; ids and times left out."""
    statements.clear()
    answer = caller.call(method, path, **({} if body is None else {"json": body}))
    fields = {name: value for name, value in answer.headers if name not in ("X-Request-Id", "Date")}
    return answer.status_code, VARYING.sub("", answer.text), fields, tuple(statements)


@pytest.mark.parametrize(("method", "path"), OWNED)
def test_somebody_elses_answers_as_a_missing_one_by_the_same_statements(
    owner: Caller, stranger: Caller, conn: Connection, statements: list[str], method: str, path: str
) -> None:
    job_id = owner.create()
    canvas_id = complete(conn, job_id)
    theirs = path.format(job_id=job_id, canvas_id=canvas_id)
    missing = path.format(job_id=uuid.uuid4(), canvas_id=uuid.uuid4())
    # Once before: a process' first requests find out more than the later ones.
    body = BODIES.get((method, path))
    ask(stranger, method, missing, statements, body)
    answers = [ask(stranger, method, address, statements, body) for address in (theirs, missing)]
    assert answers[0] == answers[1]
    assert answers[0][0] == 404
    assert [text for text in answers[0][3] if "ai_jobs" in text or "job_view" in text or "canvas" in text]
    assert owner.get(f"/job/{job_id}/result").status_code == 200


def test_lists_and_numbers_hold_the_callers_own_only(
    owner: Caller, stranger: Caller, conn: Connection
) -> None:
    complete(conn, owner.create())
    assert stranger.get("/jobs").get_json()["jobs"] == []
    assert stranger.get("/jobs/stats").get_json()["total_jobs"] == 0


def test_a_key_is_the_callers_own(owner: Caller, stranger: Caller) -> None:
    responses = [
        caller.post("/create-canvas", json=PROMPT, headers={"Idempotency-Key": "same"}).get_json()["job_id"]
        for caller in (owner, stranger)
    ]
    assert responses[0] != responses[1]


def test_admin_reads_all_numbers_and_no_jobs(owner: Caller, admin: Caller) -> None:
    job_id = owner.create()
    assert admin.get("/jobs/stats?scope=all").get_json()["total_jobs"] == 1
    assert_problem(admin.get(f"/job/{job_id}/status"), 404, "job_not_found")
