"""Which HTTP status each error gets."""

from __future__ import annotations

import inspect

import pytest
from flask_openapi3.openapi import OpenAPI

from core import errors as core_errors
from core.errors import CanvasJobsError
from tests.webapp.conftest import Caller, assert_problem
from webapp import errors as web_errors
from webapp.transport.problems import STATUS, status_of


class NewError(CanvasJobsError):
    """Nobody gave this error a status."""

    code = "new_error"


class NewPassingError(NewError):
    """Nobody gave this error a status, but trying again may help."""

    is_retryable = True


def known_errors() -> list[type[CanvasJobsError]]:
    return [
        kind
        for module in (core_errors, web_errors)
        for _, kind in inspect.getmembers(module, inspect.isclass)
        if issubclass(kind, CanvasJobsError) and kind is not CanvasJobsError
    ]


@pytest.mark.parametrize("kind", known_errors(), ids=lambda kind: kind.__name__)
def test_every_domain_error_has_a_status(kind: type[CanvasJobsError]) -> None:
    assert any(parent in STATUS for parent in kind.__mro__)


def test_error_without_a_status_is_ours_to_answer_for() -> None:
    assert status_of(NewError()) == 500
    assert status_of(NewPassingError()) == 503


def test_subclass_has_its_parents_status() -> None:
    class Narrower(core_errors.JobNotFound):
        """There is no such job here."""

    assert status_of(Narrower()) == 404


def test_error_without_a_status_is_a_problem_like_all_others(app: OpenAPI, nobody: Caller) -> None:
    def fail() -> str:
        raise NewPassingError(retry_after_seconds=3)

    app.add_url_rule("/fails", view_func=fail)
    answer = nobody.get("//fails")
    assert_problem(answer, 503, "new_error")
    assert answer.headers["Retry-After"] == "3"


def test_what_simple_clients_show_is_a_sentence_without_field_names(owner: Caller) -> None:
    body = assert_problem(
        owner.post("/create-canvas", json={"instructions": " ", "style": "baroque"}), 400, "invalid_request"
    )
    assert body["error"] == body["message"]
    assert "instructions" not in body["error"]
    assert body["error"].startswith("Use 1 to 10000 characters. style: Input should be 'modern'")
    missing = assert_problem(owner.get("/job/nonsense/status"), 404, "job_not_found")
    assert missing["error"] == "There is no such job."
