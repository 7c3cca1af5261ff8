"""What every response gets: a request id, a line in the log, security headers, compression, CORS when configured."""

from __future__ import annotations

import gzip
import random
import re
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import structlog
from flask import Flask, Response, request
from flask_cors import CORS

from core import metrics
from core.settings import Settings

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
GZIP_FROM_BYTES = 2048  # below, compression saves less than its header costs
GZIP_LEVEL = 5
GZIP_TYPES = frozenset({"application/json", "application/problem+json", "image/svg+xml"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECURITY_HEADERS = [  # unless the response has a header of that name
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
]
HSTS_HEADER = ("Strict-Transport-Security", "max-age=31536000")
REQUEST_ID_KEY = "canvas_jobs.request_id"  # in the WSGI environment
REQUEST_HEADERS = [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "X-Request-Id",
    "traceparent",
    "tracestate",
]
RESPONSE_HEADERS = [
    "ETag",
    "Idempotency-Replayed",
    "Location",
    "Preference-Applied",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "X-Request-Id",
]

log = structlog.get_logger()


def init_envelope(app: Flask, settings: Settings) -> None:
    """Put the above around every request of ``app``."""
    # One URL, one resource: a doubled slash is no reason to redirect.
    app.url_map.merge_slashes = False
    app.after_request(_compress)
    headers = [*SECURITY_HEADERS, HSTS_HEADER] if settings.is_production else SECURITY_HEADERS
    app.wsgi_app = Envelope(app.wsgi_app, headers)  # type: ignore[method-assign]
    if settings.allowed_origins:
        CORS(
            app,
            origins=settings.allowed_origins,
            methods=["GET", "HEAD", "POST", "DELETE", "OPTIONS"],
            allow_headers=REQUEST_HEADERS,
            expose_headers=RESPONSE_HEADERS,
            max_age=600,
        )


def get_request_id() -> str:
    """Return the id of this request: the caller's ``X-Request-Id``, or one of ours."""
    request_id: str = request.environ[REQUEST_ID_KEY]
    return request_id


class Envelope:
    """The request id, the line in the log and the security headers, around a WSGI application.

    Not as Flask's hooks: those cost three times as much, at every request.
    """

    def __init__(self, app: WSGIApplication, headers: Iterable[tuple[str, str]]) -> None:
        self._app = app
        self._headers = [(name.lower(), (name, value)) for name, value in headers]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle one request."""
        began = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID")
        # To tell requests apart, not a secret: the system's generator costs five times as much.
        request_id = given if given and REQUEST_ID.fullmatch(given) else f"{random.getrandbits(128):032x}"
        environ[REQUEST_ID_KEY] = request_id
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)

        def start(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            present = {name.lower() for name, _ in headers}
            headers += [header for name, header in self._headers if name not in present]
            headers.append(("X-Request-Id", request_id))
            _log(environ, int(status[:3]), time.perf_counter() - began)
            return start_response(status, headers, *exc_info)

        return self._app(environ, start)


def _log(environ: WSGIEnvironment, status: int, seconds: float) -> None:
    """One line a request; the path holds ids only, and the query is left out."""
    method = environ["REQUEST_METHOD"]
    flask_request = environ["werkzeug.request"]
    log.info("request", method=method, path=flask_request.path, status=status, seconds=round(seconds, 4))
    # By the route's pattern: ids and strangers' words as labels would grow without bound.
    route = flask_request.url_rule.rule if flask_request.url_rule else "none"
    metrics.http_requests.labels(method if method in METHODS else "other", route, status).inc()
    metrics.http_seconds.labels(route).observe(seconds)


def _compress(response: Response) -> Response:
    headers = response.headers
    if headers.get("Content-Type", "").partition(";")[0] not in GZIP_TYPES or response.is_streamed:
        return response
    headers.add("Vary", "Accept-Encoding")
    length = response.content_length
    if (length is not None and length < GZIP_FROM_BYTES) or "Content-Encoding" in headers:
        return response
    if request.accept_encodings.quality("gzip") > 0:
        data = response.get_data()
        if len(data) >= GZIP_FROM_BYTES:
            response.set_data(gzip.compress(data, GZIP_LEVEL, mtime=0))
            headers["Content-Encoding"] = "gzip"
    return response
