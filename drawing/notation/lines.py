"""Text into lines of notation: cleaned, numbered, without comments; what a line says is left to each kind's reader."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from drawing.model import label

MAX_LINE_LENGTH = 4_000  # characters; what is longer is cut
MAX_LINES = 2_000
MAX_ID_LENGTH = 80  # code points

# Typographic and full-width forms that word processors and keyboards make of the signs of notation; one for one, so
# that a place in the plain text is the same place in the text as it was written.
_PLAIN = str.maketrans(
    "\u201c\u201d\u201e\u201f\uff02\uff1a\uff1b\uff08\uff09\uff3b\uff3d\uff5b\uff5d\uff5c\uff1e\uff1c\uff0d\u2011\u2192\u00a0\u3000",
    '""""":;()[]{}|><--\u2192  ',
)
_SIGNS = re.compile(r"[:;,\"<>#\uff1a\uff1b\uff0c\u201c\u201d\u201e]+|%%")
_COMMENT = re.compile(r"\s%%(?!\{).*$")
_ENTITY_AT_END = re.compile(r"[#&]#?\w{1,10};$")
# What ends a line elsewhere, but not in notation.
_SEPARATORS = str.maketrans("\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " " * 8)
_INVISIBLE = str.maketrans("", "", "\ufeff\u200b\u2060\x00")


class Unreadable(ValueError):
    """A line that says nothing its kind knows; the message says why, in a few words without a full stop."""


@dataclass(frozen=True, slots=True)
class Line:
    """One statement of the text.

    ``text`` is stripped and has plain quotes, colons and brackets: match it. ``raw`` is as it was written, character
    for character at the same places: take labels from it (``said``). ``indent`` counts the columns before it (a tab
    is 4).
    """

    number: int
    text: str
    raw: str
    indent: int = 0

    def said(self, start: int, end: int | None = None) -> str:
        """Return what stands at these places of ``text``, as it was written, stripped."""
        return self.raw[start:end].strip()

    def part(self, start: int, end: int | None = None) -> Line:
        """Return a part of the line as a statement of its own."""
        text, raw = self.text[start:end], self.raw[start:end]
        blank = len(text) - len(text.lstrip())
        text = text.strip()
        return Line(self.number, text, raw[blank : blank + len(text)], self.indent)


@dataclass(frozen=True, slots=True)
class Problem:
    """A line that was left out, and why."""

    number: int
    beginning: str
    why: str

    def sentence(self) -> str:
        """Return what a person reads in the notes of a drawing."""
        return f"Line {self.number} (\u201c{self.beginning}\u201d) is left out: {self.why}."


class KindReader(Protocol):
    """Reads the statements of one kind into the drawing it was made with."""

    def read(self, line: Line) -> None:
        """Take one statement. Raises Unreadable, and has changed nothing then."""

    def end(self) -> None:
        """Take the end of the text: close what is open."""


@dataclass(slots=True)
class LineBuffer:
    """Cuts a text that arrives in pieces into lines; any cutting gives the same lines."""

    count: int = 0
    _parts: list[str] = field(default_factory=list)
    _ends_in_return: bool = False

    def feed(self, text: str) -> list[Line]:
        """Return the lines that are complete by now."""
        if self._ends_in_return and text.startswith("\n"):
            text = text[1:]
        if text:
            self._ends_in_return = text.endswith("\r")
        whole = text.replace("\r\n", "\n").replace("\r", "\n")
        *complete, rest = whole.split("\n")
        if complete:
            complete[0] = "".join(self._parts) + complete[0]
            self._parts = []
        if rest:
            self._parts.append(rest)
        return [self._line(each) for each in complete]

    def rest(self) -> list[Line]:
        """Return the last line, which no newline ended."""
        text, self._parts = "".join(self._parts), []
        return [self._line(text)] if text.strip() else []

    def _line(self, text: str) -> Line:
        self.count += 1
        raw = text[:MAX_LINE_LENGTH]
        if not (raw.isascii() and raw.isprintable()):  # tabs, separators, or more than ASCII
            raw = raw.expandtabs(4).translate(_SEPARATORS)
            if not raw.isascii():
                raw = raw.translate(_INVISIBLE)
        indent = len(raw) - len(raw.lstrip())
        raw = raw.strip()
        return Line(self.count, plain_text(raw), raw, indent)


def clean_id(text: str) -> str:
    """Return a name as ids hold it: one line without the signs of statements; empty if nothing is left."""
    name = label(text, MAX_ID_LENGTH).replace("\n", " ")
    return " ".join(_SIGNS.sub(" ", name).split())


def without_comment(line: Line) -> Line:
    """Return a statement without the comment behind it."""
    match = _COMMENT.search(line.text)
    return line.part(0, match.start()) if match and line.text.count('"', 0, match.start()) % 2 == 0 else line


def without_semicolon(text: str) -> str:
    """Return a statement without the semicolon at its end; that of an entity such as ``#35;`` stays."""
    return text if _ENTITY_AT_END.search(text) else text.rstrip(" ;")


def plain_text(text: str) -> str:
    """Return a text with plain quotes, colons and brackets for typographic and full-width ones, of the same length."""
    return text if text.isascii() else text.translate(_PLAIN)
