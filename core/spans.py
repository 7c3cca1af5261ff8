"""What a span is: the interface that callers use, and the span of a process that is not traced."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType
from typing import Literal, Self

Kind = Literal["internal", "server", "client", "producer", "consumer"]
Value = str | bool | int | float | uuid.UUID | Sequence[str] | None
Attributes = Mapping[str, Value]


class Span:
    """A piece of work within a trace; this very class is the one of a process that is not traced.

    As a context manager it is the current span meanwhile, and ends. An exception marks it as failed, by its ``code`` or
    its class: never by its text, which may repeat a prompt or a key.
    """

    __slots__ = ()

    @property
    def traceparent(self) -> str | None:
        """What carries the trace elsewhere (W3C Trace Context); None when there is no trace."""
        return None

    def set(self, attributes: Attributes) -> None:
        """Add attributes; those that are None are left out."""

    def rename(self, name: str) -> None:
        """Give the span a better name, once it is known."""

    def event(self, name: str) -> None:
        """Note that something happened at this moment."""

    def fail(self, code: str | None = None) -> None:
        """Mark the span as failed, unless it is settled; ``code`` says by what."""

    def settle(self) -> None:
        """Mark the span as well: no exception that passes it from now on counts as a failure."""

    def active(self) -> AbstractContextManager[None]:
        """Make it the current span for a while, and do not end it."""
        return nullcontext()

    def end(self, exc: BaseException | None = None) -> None:
        """End the span, failed if an exception says so."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing to end."""


NOTHING = Span()
