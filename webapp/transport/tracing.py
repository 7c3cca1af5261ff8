"""A span around every request of a traced process, from its first byte to the last of its response."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from flask import Flask

from core import tracing
from core.spans import Span
from webapp.transport.envelope import METHODS, REQUEST_ID_KEY
from webapp.urls import API_PREFIX

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Platforms and Prometheus ask these every few seconds; their traces would bury all others.
PROBES = ("/metrics", "/health", f"{API_PREFIX}/health")


def init_tracing(app: Flask) -> None:
    """Have the requests of ``app`` traced; nothing is put around them in a process that is not."""
    if tracing.is_on():
        app.wsgi_app = _Traced(app.wsgi_app)  # type: ignore[method-assign]


class _Traced:
    """The app, with a span around it. HTTP's semantic conventions name the attributes."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"].startswith(PROBES):
            return self._app(environ, start_response)
        method = _method(environ["REQUEST_METHOD"])
        span = tracing.span(
            "HTTP" if method == "_OTHER" else method,
            kind="server",
            parent=environ.get("HTTP_TRACEPARENT", ""),
            attributes={
                "http.request.method": method,
                "url.path": environ["PATH_INFO"],
                "url.scheme": environ["wsgi.url_scheme"],
            },
        )

        def begin(status: str, *rest: Any) -> Any:
            code = int(status[:3])
            span.set({"http.response.status_code": code, "canvas.request_id": environ[REQUEST_ID_KEY]})
            # By the route's pattern: ids and strangers' words would make an endless number of names.
            if rule := environ["werkzeug.request"].url_rule:
                span.rename(f"{method} {rule.rule}")
                span.set({"http.route": rule.rule})
            # Below 500 the client has failed, not the service that refused it.
            if code >= 500:
                span.fail()
            return start_response(status, *rest)

        try:
            with span.active():
                return _Body(self._app(environ, begin), span)
        except BaseException as exc:
            span.end(exc)
            raise


class _Body:
    """A response body; the span ends with it, for an event stream minutes later."""

    def __init__(self, body: Iterable[bytes], span: Span) -> None:
        self._body = body
        self._chunks = iter(body)
        self._span = span

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        with self._span.active():
            return next(self._chunks)

    def close(self) -> None:
        """End body and span, also of a response that was not read to its end."""
        try:
            if hasattr(self._body, "close"):
                self._body.close()
        finally:
            self._span.end()


def _method(method: str) -> str:
    return method if method in METHODS else "_OTHER"
