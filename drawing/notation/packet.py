"""Packets: fields of bits, by their range (``0-15``) or their width (``+16``)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Value, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.writing import escaped_class, written_title

MAX_BITS = 4_096

_FIELD = re.compile(
    r"(?:[-*]\s+)?(?:(?P<start>\d{1,5})\s*(?:(?:-|\u2013|\.\.+|to)\s*(?P<end>\d{1,5}))?|\+\s*(?P<width>\d{1,5}))\s*:\s*(?P<text>.*)$"
)
_RANGE = re.compile(r"(\d+)-(\d+)$")


@dataclass(slots=True)
class PacketReader:
    """Reads ``packet`` statements."""

    drawing: Drawing
    _names: Names = field(default_factory=Names)
    _following: int = 0  # the bit behind the last field

    def __post_init__(self) -> None:
        self._following = max((bits_of(each)[1] + 1 for each in self.drawing.all(Value)), default=0)

    def read(self, line: Line) -> None:
        """Take a field: where it begins and ends, and its name."""
        body, color = split_class(line)
        match = _FIELD.match(body.text)
        if not match:
            raise Unreadable('it is no field such as 0-15: "Name" or +16: "Name"')
        start = int(match["start"]) if match["start"] else self._following
        end = int(match["end"] or start) if match["start"] else self._following + int(match["width"]) - 1
        if not start <= end < MAX_BITS:
            raise Unreadable(f"its bits are not in order, or beyond {MAX_BITS}")
        text = label(unmarked(unquoted(body.said(match.start("text")))))
        self._following = max(self._following, end + 1)
        self.drawing.put(
            Value(self._names.id_of(text), text, float(end - start + 1), color, said=f"{start}-{end}")
        )

    def end(self) -> None:
        """Nothing stays open."""


def bits_of(value: Value) -> tuple[int, int]:
    """Return a field's first and last bit."""
    match = _RANGE.match(value.said)
    return (int(match[1]), int(match[2])) if match else (0, 0)


def write_packet(drawing: Drawing) -> list[str]:
    """Return the drawing as ``packet`` lines."""
    lines = ["packet", *written_title(drawing)]
    for value in drawing.all(Value):
        lines.append(f'{value.said}: "{escaped_class(value.text)}" {color_class(value.color)}'.rstrip())
    return lines
