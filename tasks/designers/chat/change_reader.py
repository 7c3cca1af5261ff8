"""Reads an answer that changes a drawing: statements of its notation, without a header or with one."""

from __future__ import annotations

from drawing.model import Drawing
from tasks.designers import Source
from tasks.designers.chat.plan_reader import RESTART, Part


class ChangeReader:
    """Hands on whatever comes; what it means is decided against the drawing, when all of it is there."""

    drawing: Drawing | None = None
    is_open = False
    is_complete = False
    is_in_string = False
    tells_its_end = False
    left_out = 0

    def __init__(self) -> None:
        self.items = 0  # lines that are not blank, or the beginning of one

    @property
    def has_plan(self) -> bool:
        """True when there was anything."""
        return self.items > 0

    def feed(self, text: str) -> list[Part]:
        """Return the piece as it is."""
        self.items += bool(text.strip())
        return [Source(text)]

    def restart(self) -> list[Part]:
        """Forget what was read: it was thinking."""
        self.items = 0
        return [RESTART]

    def finish(self) -> list[Part]:
        """Return nothing: all was handed on."""
        return []
