"""A model's text into what it designs: notation as it arrives, or the items of a JSON plan. The text shows which.

Where the text comes from, and what a cut or refused one means, is left to the designers.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from drawing.model import Drawing
from drawing.plan import Header, InvalidItem, Item, parse_item
from drawing.scanner import PlanScanner
from drawing.source import SourceReader
from tasks.designers import Note, Source


class AnswerReader:
    """Reads one answer. Until its first header or item nobody knows of which form it is, so both are looked for."""

    def __init__(self) -> None:
        self.items = 0  # of a JSON plan
        self._scanner: PlanScanner | None = PlanScanner()
        self._source: SourceReader | None = SourceReader()
        self._held: list[str] = []  # what was read before the form was known
        self._invalid = 0

    @property
    def drawing(self) -> Drawing | None:
        """What notation says so far; None for a JSON plan, and before the header."""
        return self._source.drawing if self._source else None

    @property
    def is_readable(self) -> bool:
        """True when there is something to draw by now."""
        return bool(self.items or (self.drawing and self.drawing.parts))

    @property
    def is_plan(self) -> bool:
        """True when the text was at least meant to be a JSON plan."""
        scanner = self._scanner
        return bool(scanner and (scanner.items_seen or scanner.items_skipped or scanner.is_complete))

    @property
    def is_complete(self) -> bool:
        """True when all brackets of a JSON plan have been closed; of notation nobody can say."""
        return bool(self._scanner and self._scanner.is_complete)

    def feed(self, text: str) -> Iterator[Header | Item | Source]:
        """Yield what a piece of text completes."""
        if self._source is not None:
            self._source.feed(text)
        if self._scanner is None:
            yield Source(text)
            return
        if self._source is not None:
            self._held.append(text)
            if self._source.drawing is not None:
                self._scanner = None
                yield Source("".join(self._held))
                return
        yield from self._checked(self._scanner.feed(text))

    def close(self) -> Iterator[Header | Item | Source]:
        """Yield what only the end completes."""
        if self._source is not None:
            self._source.close()
            if self._scanner is not None and self._source.drawing is not None:
                self._scanner = None
                yield Source("".join(self._held))
        if self._scanner is not None:
            yield from self._checked(self._scanner.close())

    def notes(self) -> Iterator[Note]:
        """Yield what of a JSON plan was left out; notation's own notes come from the drawing."""
        left_out = self._invalid + (self._scanner.items_skipped if self._scanner else 0)
        if left_out:
            what = "1 item of the plan was" if left_out == 1 else f"{left_out} items of the plan were"
            yield Note(f"{what} unreadable and left out.")

    def _checked(self, found: list[Header | dict[str, Any]]) -> Iterator[Header | Item]:
        for thing in found:
            self._source = None  # Whatever looks like notation now is inside a plan.
            if isinstance(thing, Header):
                yield thing
                continue
            try:
                item = parse_item(thing)
            except InvalidItem:
                self._invalid += 1
            else:
                self.items += 1
                yield item
