"""Reads the bytes of an answer into JSON values: server-sent events (WHATWG HTML 9.2.6), lines of JSON, one document.

Nothing here waits or knows the network; lengths are bounded.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Any

MAX_LINE = 4_000_000  # bytes of a line, or of a document; a whole plan in one message takes a tenth
# Runs of comments, empty events and empty lines: some servers send millions.
_NOISE = re.compile(rb"^(?::[^\n]*|data:[ \t]*)?\n(?:(?::[^\n]*|data:[ \t]*)?\n)+", re.MULTILINE)


class Sign(Enum):
    """What a stream says besides values."""

    ALIVE = "nothing that says anything, such as comments: the server is at work"
    DONE = "the stream says that it is over"
    BROKEN = "a value that is not JSON"
    PAGE = "a page for browsers"


class TooLong(Exception):
    """A line, or a document, is longer than any answer."""


class StreamReader:
    """Takes bytes cut anywhere and returns the values and signs that they complete."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._has_begun = False
        self._is_document = False  # JSON that is no stream of events: one value, or one a line
        self._pending: list[bytes] = []  # lines of a value that is not complete yet
        self._pending_length = 0

    def feed(self, data: bytes) -> list[Any]:
        """Return JSON values and signs; raises ``TooLong``."""
        self._rest += data
        if len(self._rest) > MAX_LINE:
            raise TooLong
        if b"\n" not in data and b"\r" not in data:
            return []
        # A CR at the very end may be half of a CRLF: the empty line that it makes means nothing.
        text = bytes(self._rest).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        lines = _NOISE.sub(b"\n", text).split(b"\n")
        self._rest = bytearray(lines.pop())
        return [value for line in lines for value in self._read_line(line)]

    def close(self) -> list[Any]:
        """Return what is left when no more bytes come."""
        found = self._read_line(bytes(self._rest)) if self._rest else []
        self._rest.clear()
        return found + self._end_value()

    def _read_line(self, line: bytes) -> list[Any]:
        if not self._has_begun:
            line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                return []
            self._has_begun = True
            if line.lstrip().startswith(b"<"):
                return [Sign.PAGE]
            self._is_document = line.lstrip()[:1] in (b"{", b"[")
        if not line.strip():
            return [] if self._is_document else self._end_value()
        name, _, value = line.partition(b":")
        if name.strip() == b"data":
            return self._read_data(value.strip())
        if self._is_document or line.lstrip().startswith(b"{"):
            return self._read_value(line)
        return []

    def _read_data(self, value: bytes) -> list[Any]:
        if not value:
            return []
        if value.upper() == b"[DONE]":
            return [Sign.DONE]
        if not self._pending and value[:1] not in (b"{", b"["):
            return []  # "ping", "keep-alive" and the like
        return self._read_value(value)

    def _read_value(self, line: bytes) -> list[Any]:
        """Return the value that the line completes: most often it is one."""
        self._pending.append(line)
        self._pending_length += len(line)
        if self._pending_length > MAX_LINE:
            raise TooLong
        if len(self._pending) > 1 and self._is_document:
            return []  # A document of many lines is read once, at its end.
        value = _load(b"\n".join(self._pending))
        if value is Sign.BROKEN:
            return []
        self._forget()
        return [value]

    def _end_value(self) -> list[Any]:
        if not self._pending:
            return []
        value = _load(b"\n".join(self._pending))
        self._forget()
        return [value]

    def _forget(self) -> None:
        self._pending, self._pending_length = [], 0


def _load(data: bytes) -> Any:
    try:
        return json.loads(data.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return Sign.BROKEN
