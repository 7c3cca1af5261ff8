"""The whole OpenAPI document against the app: whatever is sent, no 5xx, and only documented responses.

Each route is asked with valid and with broken requests, with a token and without, for jobs and canvases that exist.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask_openapi3.openapi import OpenAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from core.database import Connection
from tests.webapp.conftest import API, Caller, complete, fail
from tests.webapp.test_docs import ROUTES

pytestmark = pytest.mark.slow

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Schemathesis parses a stream, which the document describes as text.
STREAM_CHECKS = [check for check in CHECKS if check is not response_schema_conformance]
EXAMPLES = {GenerationMode.POSITIVE: 8, GenerationMode.NEGATIVE: 6}
OPERATIONS = [(method, path) for path, methods in ROUTES.items() for method in methods.split()]
# What there is to break on a route without any parameter: nothing.
CASES = [
    (method, path, mode)
    for method, path in OPERATIONS
    for mode in EXAMPLES
    if mode is GenerationMode.POSITIVE or "/health" not in path
]


@pytest.fixture
def document(app: OpenAPI) -> Any:
    return schemathesis.openapi.from_wsgi("/api/openapi.json", app)


@pytest.fixture
def ids(owner: Caller, conn: Connection) -> dict[str, Iterator[str]]:
    """Jobs in each state (none that a stream would wait for), and canvases: taken in turn."""
    jobs = [owner.create() for _ in range(8)]
    canvases = [complete(conn, job_id) for job_id in jobs[:4]]
    for job_id, canvas_id in zip(jobs[:4], canvases, strict=True):
        conn.execute(
            "INSERT INTO canvas_drawings VALUES (%s, %s, '', %s, 'modern', 'default', false, 'elbow')",
            [canvas_id, job_id, "flowchart TD\na --> b\n"],
        )
    for job_id in jobs[4:6]:
        fail(conn, job_id)
    for job_id in jobs[6:]:
        owner.post(f"/job/{job_id}/cancel")
    return {
        "job_id": itertools.cycle([*jobs, "nonsense"]),
        "canvas_id": itertools.cycle([*canvases, "nonsense"]),
    }


@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_route(
    document: Any,
    ids: dict[str, Iterator[str]],
    owner: Caller,
    nobody: Caller,
    method: str,
    path: str,
    mode: Any,
) -> None:
    operation = document[API + path][method]
    heard = ask(operation, owner, ids, mode=mode, examples=EXAMPLES[mode])
    if mode is GenerationMode.POSITIVE:
        assert heard & {200, 201, 202, 204}
    if "/health" not in path:
        assert ask(operation, nobody, ids, mode=mode, examples=2) == {401}


def ask(
    operation: Any, caller: Caller, ids: dict[str, Iterator[str]], *, mode: Any, examples: int
) -> set[int]:
    """Return the statuses that the examples got; fail for an answer that is not documented."""
    # Schemathesis reads the bytes of the WSGI answer as they are.
    headers = caller.headers | {"Accept-Encoding": "identity"}
    statuses = set()

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Case[Any]) -> None:
        for name in case.path_parameters or {}:
            case.path_parameters[name] = next(ids[name])
        if mode is GenerationMode.POSITIVE and case.headers:
            case.headers.pop("If-Match", None)  # Nobody guesses the version that there is.
        response = case.call(headers=headers)
        statuses.add(response.status_code)
        is_stream = response.headers.get("content-type", [""])[0].startswith("text/event-stream")
        case.validate_response(response, checks=STREAM_CHECKS if is_stream else CHECKS)

    check()
    return statuses
