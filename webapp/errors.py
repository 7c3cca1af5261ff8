"""The one place where errors become HTTP: each answer is a problem of RFC 9457, whatever went wrong.

Domain errors keep their code and sentence; the table below gives each its status. Nothing of an unforeseen exception
leaves the process: it is logged under the request's id, and the answer names that id.
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
from webapp.http import get_request_id

DATABASE_RETRY_SECONDS = 2
TYPE_PREFIX = "urn:canvas-jobs:problem:"

log = structlog.get_logger()


class InvalidRequest(CanvasJobsError):
    """The request is not valid."""

    code = "invalid_request"

    def __init__(self, details: Mapping[str, list[str]]) -> None:
        complaints = [f"{field}: {text}" for field, texts in details.items() for text in texts]
        super().__init__("; ".join(complaints), details=dict(details))


class Unauthorized(CanvasJobsError):
    """A valid access token is needed: Authorization: Bearer <token>."""

    code = "unauthorized"


class KeysUnavailable(CanvasJobsError):
    """The service cannot read the keys that tokens are checked with. Try again in a few seconds."""

    code = "keys_unavailable"
    is_retryable = True


class Forbidden(CanvasJobsError):
    """Your token does not allow this."""

    code = "forbidden"


class UnsupportedMediaType(CanvasJobsError):
    """Send the body as application/json in UTF-8, without a content encoding."""

    code = "unsupported_media_type"


class TooManyStreams(CanvasJobsError):
    """You have too many open event streams. Close one and try again."""

    code = "too_many_streams"
    is_retryable = True


class ServerBusy(CanvasJobsError):
    """The service holds as many open streams as it can. Try again in a few seconds."""

    code = "server_busy"
    is_retryable = True


STATUS: dict[type[CanvasJobsError], int] = {
    InvalidRequest: 400,
    Unauthorized: 401,
    Forbidden: 403,
    errors.JobNotFound: 404,
    errors.CanvasNotFound: 404,
    errors.JobNotCompleted: 409,
    errors.JobNotCancellable: 409,
    errors.JobNotRetryable: 409,
    errors.JobNotDeletable: 409,
    errors.CanvasDeleted: 410,
    errors.JobExpired: 410,
    UnsupportedMediaType: 415,
    errors.IdempotencyKeyReused: 422,
    errors.TooManyActiveJobs: 429,
    errors.RateLimited: 429,
    errors.BudgetExhausted: 429,
    TooManyStreams: 429,
    errors.DatabaseUnavailable: 503,
    errors.IntakePaused: 503,
    KeysUnavailable: 503,
    ServerBusy: 503,
}

CODES = {  # what Flask and Werkzeug raise themselves
    400: "invalid_request",
    404: "not_found",
    405: "method_not_allowed",
    413: "payload_too_large",
    415: "unsupported_media_type",
}
SENTENCES = {
    400: "The request is not valid.",
    404: "There is nothing at this address.",
    405: "This address does not answer this method.",
    413: "The request body is larger than 64 KiB.",
    415: "Send the body as application/json in UTF-8.",
}
# Of an error's extra values, those that callers get; the others are for the headers.
SHOWN = ("details", "job_status", "error_code")


def init_errors(app: Flask) -> None:
    """Turn every exception of ``app`` into a problem."""
    app.register_error_handler(CanvasJobsError, _answer_domain_error)
    app.register_error_handler(psycopg.OperationalError, _answer_database_error)
    app.register_error_handler(HTTPException, _answer_http_error)
    app.register_error_handler(Exception, _answer_unforeseen)


def refuse(error: ValidationError) -> Response:
    """Raise ``InvalidRequest`` with all complaints of Pydantic; the callback of flask-openapi3."""
    raise InvalidRequest(describe(error)) from None


def describe(error: ValidationError) -> dict[str, list[str]]:
    """Return the complaints by field, ``{"priority": ["Input should be ..."]}``; values are never repeated."""
    details: dict[str, list[str]] = {}
    for complaint in error.errors(include_url=False, include_input=False, include_context=False):
        field = ".".join(str(part) for part in complaint["loc"]) or "body"
        details.setdefault(field, []).append(complaint["msg"].removeprefix("Value error, "))
    return details


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
        "error": title,
        "message": message,
        **extra,
        "retryable": is_retryable,
        "request_id": get_request_id(),
    }
    response = Response(to_json(body), status, content_type="application/problem+json")
    response.headers.extend(headers or {})
    return response


def _answer_domain_error(error: CanvasJobsError) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS or kind is CanvasJobsError)
    extra = {name: error.extra[name] for name in SHOWN if name in error.extra}
    headers = dict(error.extra.get("headers", {}))
    if (seconds := error.extra.get("retry_after_seconds")) is not None:
        headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    return problem(
        status, error.code, error.message, is_retryable=error.is_retryable, headers=headers, **extra
    )


def _answer_database_error(error: psycopg.OperationalError) -> Response:
    log.warning("database_unavailable", error=type(error).__name__)
    return _answer_domain_error(errors.DatabaseUnavailable(retry_after_seconds=DATABASE_RETRY_SECONDS))


def _answer_http_error(error: HTTPException) -> Response | HTTPException:
    status = error.code
    if status is None or status < 400 or error.response is not None:
        return error
    code = CODES.get(status) or re.sub(r"\W+", "_", HTTPStatus(status).phrase.lower())
    message = SENTENCES.get(status) or f"{HTTPStatus(status).phrase}."
    kept = {name: value for name, value in error.get_headers() if name != "Content-Type"}
    return problem(status, code, message, headers=kept)


def _answer_unforeseen(error: Exception) -> Response:
    log.exception("request_failed")
    return problem(
        500, "internal_error", "Something went wrong on our side. Quote the request id when you report it."
    )
