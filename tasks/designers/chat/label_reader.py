"""Reads an answer that is a list, line by line as it streams in, and hands its labels on as notation.

Where no list comes, the sentences of the answer are taken for one.
"""

from __future__ import annotations

import re

from drawing.markup import unmarked
from drawing.model import Drawing
from drawing.notation.lines import LineBuffer
from drawing.source import SourceReader
from drawing.text import cut
from tasks.designers import Source
from tasks.designers.chat.plan_reader import RESTART, Part
from tasks.designers.labels import LabelWriter

MOST = 9  # labels
MOST_PROSE = 40  # lines
MAX_LENGTH = 60  # characters of a label
_LISTED = re.compile(r"(?:[-*\u2022\u2013]|\d{1,2}[.)])\s+(?P<text>\S.*)$")
_NUMBERING = re.compile(r"^(?:(?:step|schritt|paso|\u00e9tape)\s*)?\d{1,2}\s*[.):-]\s*", re.IGNORECASE)
# What follows a label is its explanation.
_EXPLANATION = re.compile(r"[:\uff1a.\u3002;(\uff08]|\s[-\u2013\u2014]\s|,\s(?=.{30})")
_SENTENCE_END = re.compile(r"(?<=[.!?\u3002\uff01\uff1f])\s*")
_WORD = re.compile(r"[^\W\d_]{2,}|[^\W\d_\x00-\x7f]")


class LabelReader:
    """Reads one answer; lines around a list are left aside."""

    is_open = False
    is_complete = False
    is_in_string = False
    tells_its_end = False
    left_out = 0

    def __init__(self, kind: str, title: str) -> None:
        self._beginning = (kind, title)
        self._lines = LineBuffer()
        self._writer = LabelWriter(kind, title)
        self._source = SourceReader()
        self._seen: set[str] = set()
        self._prose: list[str] = []  # lines before there is any list
        self.items = 0

    @property
    def drawing(self) -> Drawing | None:
        """What the labels make so far."""
        return self._source.drawing

    @property
    def has_plan(self) -> bool:
        """True when there was a list."""
        return self.items > 0

    def feed(self, text: str) -> list[Part]:
        """Return what this piece completes."""
        return [part for line in self._lines.feed(text) for part in self._read(line.text)]

    def restart(self) -> list[Part]:
        """Forget what was read: it was thinking."""
        self.__init__(*self._beginning)  # type: ignore[misc]  # as new
        return [RESTART]

    def finish(self) -> list[Part]:
        """Return what is left when the text is over."""
        parts = [part for line in self._lines.rest() for part in self._read(line.text)]
        if not self.items:
            sentences = _SENTENCE_END.split(" ".join(self._prose))
            parts += [part for sentence in sentences for part in self._take(sentence)]
        self._source.close()
        return parts

    def _read(self, line: str) -> list[Part]:
        listed = _LISTED.match(line)
        if listed:
            return self._take(listed["text"])
        if not self.items and len(self._prose) < MOST_PROSE:
            self._prose.append(line)
        return []

    def _take(self, text: str) -> list[Part]:
        label = _label(text)
        if not label or label.casefold() in self._seen or self.items >= MOST:
            return []
        self._seen.add(label.casefold())
        self.items += 1
        written = self._writer.line(label)
        self._source.feed(written)
        return [Source(written)]


def _label(text: str) -> str:
    """Return the words that an entry begins with, without what explains them; empty when it has none."""
    plain = " ".join(unmarked(text).split())
    while (bare := _NUMBERING.sub("", plain)) != plain:
        plain = bare
    explanation = _EXPLANATION.search(plain)
    words = plain[: explanation.start()] if explanation else plain
    if len(words) > MAX_LENGTH:
        words = cut(words, MAX_LENGTH).rpartition(" ")[0]
    words = words.strip(" ,\"'\u201c\u201d")
    return words if _WORD.search(words) else ""
