"""What every answer gets: a request id, a line in the log, security fields, compression, and CORS when configured."""

from __future__ import annotations

import gzip
import re
import secrets
import time

import structlog
from flask import Flask, Response, g, request
from flask_cors import CORS

from core import metrics
from core.settings import Settings

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
GZIP_FROM_BYTES = 2048  # below, the fields around it weigh more than what is saved
GZIP_LEVEL = 5
GZIP_TYPES = frozenset({"application/json", "application/problem+json", "image/svg+xml"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECURITY_FIELDS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
ASKED = [
    "Authorization",
    "Content-Type",
    "Idempotency-Key",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "X-Request-Id",
]
SHOWN = [
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


def init_http(app: Flask, settings: Settings) -> None:
    """Put the above around every request of ``app``."""
    # One address, one resource: a doubled slash is no reason to redirect.
    app.url_map.merge_slashes = False
    app.before_request(_begin)
    # Flask runs these from last to first: compress, then describe, then log what leaves.
    app.after_request(_log)
    app.after_request(_secure)
    app.after_request(_compress)
    if settings.is_production:
        app.after_request(_insist_on_tls)
    if settings.allowed_origins:
        CORS(
            app,
            origins=settings.allowed_origins,
            methods=["GET", "HEAD", "POST", "DELETE", "OPTIONS"],
            allow_headers=ASKED,
            expose_headers=SHOWN,
            max_age=600,
        )


def _begin() -> None:
    given = request.headers.get("X-Request-Id")
    g.request_id = given if given and REQUEST_ID.fullmatch(given) else secrets.token_hex(16)
    g.started_at = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=g.request_id)


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


def _secure(response: Response) -> Response:
    headers = response.headers
    present = {name.lower() for name, _ in headers}
    for name, value in SECURITY_FIELDS.items():
        if name.lower() not in present:
            headers.add(name, value)
    if "request_id" in g:
        headers.add("X-Request-Id", g.request_id)
    return response


def _insist_on_tls(response: Response) -> Response:
    response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return response


def _log(response: Response) -> Response:
    """One line a request; the path holds ids only, and the query is left out."""
    seconds = time.perf_counter() - g.started_at if "started_at" in g else 0.0
    log.info(
        "request",
        method=request.method,
        path=request.path,
        status=response.status_code,
        seconds=round(seconds, 4),
    )
    # By the route's pattern: ids and strangers' words as labels would grow without bound.
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in METHODS else "other"
    metrics.http_requests.labels(method, route, response.status_code).inc()
    metrics.http_seconds.labels(route).observe(seconds)
    return response
