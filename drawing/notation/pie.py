"""Pie charts: ``"label" : value``, one slice a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Value, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.numbers import NUMBER, read_number, written_number
from drawing.notation.writing import quoted, written_title

_SLICE = re.compile(
    rf"(?P<text>.*?)\s*[:|=]\s*[$\u20ac\u00a3]?\s*(?P<value>{NUMBER})\s*(?P<unit>%|[$\u20ac\u00a3])?\s*\|?$"
)
_SHOW_DATA = re.compile(r"showData\s*$", re.IGNORECASE)
_BULLET = re.compile(r"[-*\u2022|]\s+")


@dataclass(slots=True)
class PieReader:
    """Reads ``pie`` statements."""

    drawing: Drawing
    _names: Names = field(default_factory=Names)

    def read(self, line: Line) -> None:
        """Take a slice."""
        if _SHOW_DATA.match(line.text):
            self.drawing.settings["setting"] = "showdata"
            return
        bullet = _BULLET.match(line.text)
        body, color = split_class(line.part(bullet.end()) if bullet else line)
        match = _SLICE.match(body.text)
        number = read_number(match["value"]) if match else None
        if match is None or number is None:
            raise Unreadable("a slice needs a number behind a colon")
        text = label(unmarked(unquoted(body.said(match.start("text"), match.end("text")))))
        if not text:
            raise Unreadable("the slice has no label")
        if number < 0:
            raise Unreadable("a slice cannot be negative")
        self.drawing.put(Value(self._names.id_of(text), text, number, color))

    def end(self) -> None:
        """Nothing stays open."""


def write_pie(drawing: Drawing) -> list[str]:
    """Return the drawing as ``pie`` lines."""
    lines = [
        "pie showData" if drawing.settings.get("setting") == "showdata" else "pie",
        *written_title(drawing),
    ]
    for value in drawing.all(Value):
        lines.append(
            f"    {quoted(value.text)} : {written_number(value.value or 0.0)}{color_class(value.color)}"
        )
    return lines
