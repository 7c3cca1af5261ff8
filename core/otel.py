"""What ``core.tracing`` promises, done by OpenTelemetry: its SDK, its exporter, its variables.

A span costs a place in a bounded queue. A thread of its own sends what is there every few seconds, and drops what the
collector does not take: no request waits for it.
"""

from __future__ import annotations

import logging
import os
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from dotenv import dotenv_values
from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from core.settings import ENV_FILE
from core.spans import Attributes, Kind, Span, Value

# Of its log lines, those that count: one for a batch that was lost, instead of one for each try; and none of the line
# that repeats OTEL_EXPORTER_OTLP_HEADERS when it cannot read it, for a key is in there.
LEVELS = {"opentelemetry.exporter": logging.ERROR, "opentelemetry.util.re": logging.CRITICAL}

_propagator = TraceContextTextMapPropagator()
_kinds = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}


class OtelSpan(Span):
    """A span that is recorded, unless the sampler decided otherwise."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        self._token: Any = None

    @property
    def traceparent(self) -> str | None:
        fields: dict[str, str] = {}
        _propagator.inject(fields, trace.set_span_in_context(self._span))
        return fields.get("traceparent")

    def set(self, attributes: Attributes) -> None:
        self._span.set_attributes(_plain(attributes))

    def rename(self, name: str) -> None:
        self._span.update_name(name)

    def event(self, name: str) -> None:
        self._span.add_event(name)

    def fail(self, code: str | None = None) -> None:
        if not self._is_settled:
            self.set({"error.type": code})
            self._span.set_status(StatusCode.ERROR)

    def settle(self) -> None:
        self._span.set_status(StatusCode.OK)

    @contextmanager
    def active(self) -> Iterator[None]:
        token = context.attach(trace.set_span_in_context(self._span))
        try:
            yield
        finally:
            context.detach(token)

    def end(self, exc: BaseException | None = None) -> None:
        # Cancelled tasks and closed generators have not failed.
        if isinstance(exc, Exception):
            self.fail(_code_of(exc))
        self._span.end()

    def __enter__(self) -> Self:
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        context.detach(self._token)
        self.end(exc)

    @property
    def _is_settled(self) -> bool:
        span = self._span
        return isinstance(span, ReadableSpan) and span.status.status_code is not StatusCode.UNSET


class OtelTracer:
    """Makes spans and sends them to where OpenTelemetry's variables say."""

    def __init__(self, *, service: str, release: str | None) -> None:
        _read_env_file()
        for name, level in LEVELS.items():
            logging.getLogger(name).setLevel(level)
        given = OTELResourceDetector().detect().attributes
        named = {"service.name": service, "service.namespace": "canvas-jobs"}
        if release:
            named["service.version"] = release
        # Ended by stop(), which waits for a while only.
        self._provider = TracerProvider(resource=Resource.create({**named, **given}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("canvas-jobs", release)

    def span(self, name: str, kind: Kind, parent: str | None, attributes: Attributes) -> Span:
        within = None if parent is None else _propagator.extract({"traceparent": parent})
        return OtelSpan(
            self._tracer.start_span(name, context=within, kind=_kinds[kind], attributes=_plain(attributes))
        )

    def current(self) -> Span:
        return OtelSpan(trace.get_current_span())

    def ids(self) -> Mapping[str, str]:
        """Return what log lines say of the current span; nothing outside of one."""
        span = trace.get_current_span().get_span_context()
        if not span.is_valid:
            return {}
        return {
            "trace_id": trace.format_trace_id(span.trace_id),
            "span_id": trace.format_span_id(span.span_id),
        }

    def stop(self, *, within_seconds: float) -> None:
        # The SDK itself would wait for its exporter for 30 s.
        ending = threading.Thread(target=self._provider.shutdown, name="last-spans", daemon=True)
        ending.start()
        ending.join(within_seconds)


def _plain(attributes: Attributes) -> dict[str, Any]:
    return {name: _text(value) for name, value in attributes.items() if value is not None}


def _text(value: Value) -> Any:
    return str(value) if isinstance(value, uuid.UUID) else value


def _code_of(exc: Exception) -> str:
    code = getattr(exc, "code", None)
    return code if isinstance(code, str) else type(exc).__name__


def _read_env_file() -> None:
    """Let OpenTelemetry's own variables stand where all others may: its library reads the environment alone."""
    for name, value in dotenv_values(ENV_FILE).items():
        if name.startswith("OTEL_") and value:
            os.environ.setdefault(name, value)
