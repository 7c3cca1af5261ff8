"""A collector of traces: takes OTLP over real HTTP, as OpenTelemetry's own does, and can hang on request."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue
from opentelemetry.proto.trace.v1 import trace_pb2

KINDS = {2: "server", 3: "client", 4: "producer", 5: "consumer", 1: "internal"}
STATUSES = {0: "unset", 1: "ok", 2: "error"}


@dataclass(frozen=True)
class Seen:
    """A span as it arrived; ``parent_id`` is empty at the root of a trace."""

    service: str
    instance: str
    name: str
    kind: str
    trace_id: str
    span_id: str
    parent_id: str
    status: str
    attributes: dict[str, Any]
    events: list[str]


class Collector:
    """Collects in threads of its own between ``with`` and its end; ``is_hanging``: takes requests, answers none."""

    def __init__(self, *, is_hanging: bool = False) -> None:
        self.bodies: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.is_hanging = is_hanging
        self.is_over = threading.Event()
        handler = type("Handler", (_Handler,), {"collector": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        """The value for ``OTEL_EXPORTER_OTLP_ENDPOINT``."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    @property
    def spans(self) -> list[Seen]:
        """All that has arrived, in the order of arrival."""
        return [span for body in list(self.bodies) for span in _read(body)]

    def find(self, name: str, **attributes: Any) -> list[Seen]:
        """Return the spans of a name, those with these attributes; two underscores stand for a dot."""
        wanted = {key.replace("__", "."): value for key, value in attributes.items()}
        return [
            span for span in self.spans if span.name == name and wanted.items() <= span.attributes.items()
        ]

    def of(self, trace_id: str) -> list[Seen]:
        """Return the spans of a trace."""
        return [span for span in self.spans if span.trace_id == trace_id]


def children(spans: Iterable[Seen], parent: Seen) -> list[Seen]:
    """Return the spans right below another."""
    return [span for span in spans if span.parent_id == parent.span_id]


def _read(body: bytes) -> Iterable[Seen]:
    request = ExportTraceServiceRequest()
    request.ParseFromString(body)
    for group in request.resource_spans:
        resource = _attributes(group.resource.attributes)
        for scope in group.scope_spans:
            for span in scope.spans:
                yield _as_seen(span, resource)


def _as_seen(span: trace_pb2.Span, resource: dict[str, Any]) -> Seen:
    return Seen(
        service=resource["service.name"],
        instance=resource["service.instance.id"],
        name=span.name,
        kind=KINDS[span.kind],
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex(),
        status=STATUSES[span.status.code],
        attributes=_attributes(span.attributes),
        events=[event.name for event in span.events],
    )


def _attributes(pairs: Iterable[Any]) -> dict[str, Any]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None


class _Handler(BaseHTTPRequestHandler):
    collector: Collector
    protocol_version = "HTTP/1.1"
    log_message: Callable[..., None] = lambda *_: None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.collector.is_hanging:
            self.collector.is_over.wait()
            return
        found = self.path == "/v1/traces"
        if found:
            self.collector.headers.append({name.lower(): value for name, value in self.headers.items()})
            self.collector.bodies.append(body)
        self.send_response(200 if found else 404)
        self.send_header("content-length", "0")
        self.end_headers()
