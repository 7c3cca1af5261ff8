"""The one place where errors become HTTP: every error response is a problem of RFC 9457.

Domain errors keep their code and sentence; ``STATUS`` gives each its status. Nothing of an unforeseen exception leaves
the process: it is logged under the request's id, and the response names that id.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import psycopg
import structlog
from flask import Flask, Response
from pydantic import ValidationError
from pydantic_core import to_json
from werkzeug.exceptions import HTTPException

from core import errors, metrics, tracing
from core.errors import CanvasJobsError
from webapp.errors import (
    Forbidden,
    InvalidRequest,
    KeysUnavailable,
    PicturesBusy,
    RequestTimedOut,
    ServerBusy,
    TooManyRequests,
    TooManyStreams,
    Unauthorized,
    UnsupportedMediaType,
)
from webapp.transport.envelope import get_request_id

DATABASE_RETRY_SECONDS = 2
TYPE_PREFIX = "urn:canvas-jobs:problem:"

log = structlog.get_logger()

STATUS: dict[type[CanvasJobsError], int] = {
    InvalidRequest: 400,
    Unauthorized: 401,
    Forbidden: 403,
    errors.JobNotFound: 404,
    errors.CanvasNotFound: 404,
    errors.VersionNotFound: 404,
    errors.VersionIsOld: 412,
    errors.NothingToChange: 409,
    errors.JobNotCompleted: 409,
    errors.JobNotCancellable: 409,
    errors.JobNotRetryable: 409,
    errors.JobNotDeletable: 409,
    errors.CanvasDeleted: 410,
    errors.JobExpired: 410,
    RequestTimedOut: 408,
    UnsupportedMediaType: 415,
    errors.IdempotencyKeyReused: 422,
    errors.TooManyActiveJobs: 429,
    errors.RateLimited: 429,
    errors.BudgetExhausted: 429,
    TooManyStreams: 429,
    TooManyRequests: 429,
    errors.DatabaseUnavailable: 503,
    errors.IntakePaused: 503,
    KeysUnavailable: 503,
    PicturesBusy: 503,
    ServerBusy: 503,
}

CODES = {  # of what Flask and Werkzeug raise themselves
    400: "invalid_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
}
SENTENCES = {
    400: "The request is not valid.",
    404: "There is nothing at this URL.",
    405: "This URL does not support that method.",
    413: "The request body is larger than 64 KiB.",
    415: "Send the body as application/json in UTF-8.",
}
# Of an error's extra values, those that go into the body; the others are for the headers.
BODY_EXTRAS = ("details", "job_status", "error_code", "version")


def init_problems(app: Flask) -> None:
    """Turn every exception of ``app`` into a problem."""
    app.register_error_handler(CanvasJobsError, _handle_domain_error)
    app.register_error_handler(psycopg.OperationalError, _handle_database_error)
    app.register_error_handler(HTTPException, _handle_http_error)
    app.register_error_handler(Exception, _handle_unforeseen)


def refuse(error: ValidationError) -> Response:
    """Raise ``InvalidRequest`` with all of Pydantic's complaints; the callback of flask-openapi3."""
    raise InvalidRequest(describe(error)) from None


def describe(error: ValidationError) -> dict[str, list[str]]:
    """Return the complaints by field, ``{"priority": ["Input should be ..."]}``; values are never repeated."""
    details: dict[str, list[str]] = {}
    for complaint in error.errors(include_url=False, include_input=False, include_context=False):
        field = ".".join(str(part) for part in complaint["loc"]) or "body"
        details.setdefault(field, []).append(complaint["msg"].removeprefix("Value error, "))
    return details


def status_of(error: CanvasJobsError) -> int:
    """Return the HTTP status of a domain error.

    An error without an entry in ``STATUS`` is a mistake of ours: 503 when the caller may try again, else 500.
    """
    for kind in type(error).__mro__:
        if kind in STATUS:
            return STATUS[kind]
    return 503 if error.is_retryable else 500


def problem(
    status: int,
    code: str,
    message: str,
    *,
    is_retryable: bool = False,
    headers: Mapping[str, str] | None = None,
    **extra: Any,
) -> Response:
    """Return the problem as a response."""
    metrics.problems.labels(code).inc()
    tracing.current_span().set({"error.type": code})
    title = code.replace("_", " ").capitalize()
    body = {
        "type": TYPE_PREFIX + code,
        "title": title,
        "status": status,
        "detail": message,
        "code": code,
        "error": message,  # what simple clients show to people
        "message": message,
        **extra,
        "retryable": is_retryable,
        "request_id": get_request_id(),
    }
    response = Response(to_json(body), status, content_type="application/problem+json")
    response.headers.extend(headers or {})
    return response


def _handle_domain_error(error: CanvasJobsError) -> Response:
    extra = {name: error.extra[name] for name in BODY_EXTRAS if name in error.extra}
    headers = dict(error.extra.get("headers", {}))
    if (seconds := error.extra.get("retry_after_seconds")) is not None:
        headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    return problem(
        status_of(error), error.code, error.message, is_retryable=error.is_retryable, headers=headers, **extra
    )


def _handle_database_error(error: psycopg.OperationalError) -> Response:
    log.warning("database_unavailable", error=type(error).__name__)
    return _handle_domain_error(errors.DatabaseUnavailable(retry_after_seconds=DATABASE_RETRY_SECONDS))


def _handle_http_error(error: HTTPException) -> Response | HTTPException:
    status = error.code
    if status is None or status < 400 or error.response is not None:
        return error
    code = CODES.get(status) or re.sub(r"\W+", "_", HTTPStatus(status).phrase.lower())
    message = SENTENCES.get(status) or f"{HTTPStatus(status).phrase}."
    kept = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return problem(status, code, message, headers=kept)


def _handle_unforeseen(error: Exception) -> Response:
    log.exception("request_failed")
    return problem(
        500,
        "internal_error",
        "Something went wrong on our side. Quote the request id when you report it.",
    )
