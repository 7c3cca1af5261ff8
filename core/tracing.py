"""Spans of one trace, from the HTTP request through the queue to the model's response; no-ops without ``start``.

What is OpenTelemetry's is in ``core.otel``, imported only where its own variables name a collector: a process that is
not traced pays one comparison for each span. Ids, numbers and error codes go into spans; words, keys and tokens never.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, Protocol

from core.settings import Settings, SettingsError
from core.spans import NOTHING, Attributes, Kind, Span

FLUSH_SECONDS = 3.0  # what a process that ends gives its last spans; platforms wait for half a minute in all
PROTOCOL = "http/protobuf"


class Tracer(Protocol):
    """Makes spans once tracing is on."""

    def span(self, name: str, kind: Kind, parent: str | None, attributes: Attributes) -> Span: ...

    def current(self) -> Span: ...

    def ids(self) -> Mapping[str, str]: ...

    def stop(self, *, within_seconds: float) -> None: ...


def messaging(operation: Literal["send", "process"], *, queue: str) -> Attributes:
    """Return what the semantic conventions for messaging want to know of every span of a queue."""
    return {
        "messaging.system": "procrastinate",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": queue,
    }


_tracer: Tracer | None = None


def check(settings: Settings) -> None:
    """Raise ``SettingsError`` when traces are wanted and cannot be sent."""
    if not settings.is_traced:
        return
    traces_url, url = settings.otel_exporter_otlp_traces_endpoint, settings.otel_exporter_otlp_endpoint
    name = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT" if traces_url else "OTEL_EXPORTER_OTLP_ENDPOINT"
    if not (traces_url or url or "").startswith(("http://", "https://")):
        raise SettingsError(f"{name} must begin with http:// or https://")
    if settings.otel_exporter_otlp_protocol != PROTOCOL:
        raise SettingsError(f"OTEL_EXPORTER_OTLP_PROTOCOL: traces are sent as {PROTOCOL} only")
    try:
        import core.otel  # noqa: F401
    except ModuleNotFoundError:
        raise SettingsError(
            f"{name} is set, but what sends traces is not installed. Install requirements-tracing.txt instead of "
            "requirements.txt, or set OTEL_SDK_DISABLED=true."
        ) from None


def start(settings: Settings, *, service: str) -> None:
    """Trace this process from now on, if the settings say so; call it after the last fork.

    Raises ``SettingsError`` as ``check`` does. ``service`` is its name unless ``OTEL_SERVICE_NAME`` gives another.
    """
    global _tracer
    check(settings)
    if settings.is_traced:
        from core.otel import OtelTracer

        _tracer = OtelTracer(service=service, release=settings.release)


def stop() -> None:
    """Send what was not sent yet, and end; a collector that does not respond delays that by 3 s at most."""
    global _tracer
    tracer, _tracer = _tracer, None
    if tracer is not None:
        tracer.stop(within_seconds=FLUSH_SECONDS)


def is_on() -> bool:
    """Return whether this process is traced."""
    return _tracer is not None


def span(
    name: str,
    *,
    kind: Kind = "internal",
    parent: str | None = None,
    attributes: Attributes | None = None,
) -> Span:
    """Return a new span within the current one, or within that of another process: ``parent`` is its traceparent.

    Anything but a valid traceparent begins a new trace.
    """
    return NOTHING if _tracer is None else _tracer.span(name, kind, parent, attributes or {})


def current_span() -> Span:
    """Return the span that is current here."""
    return NOTHING if _tracer is None else _tracer.current()


def headers() -> dict[str, str]:
    """Return the headers that carry the current trace to another server; empty when there is none."""
    traceparent = current_span().traceparent
    return {} if traceparent is None else {"traceparent": traceparent}


def add_ids(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Return a log event with the ids of the current span; a processor of structlog's."""
    if _tracer is not None:
        event.update(_tracer.ids())
    return event
