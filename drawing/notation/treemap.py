"""Treemaps: parts of a whole by indentation, with a value behind a colon."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import Color, Drawing, Value, label
from drawing.notation.colors import color_class, color_of
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.stages import number_of
from drawing.notation.writing import escaped_class, written_title

MAX_DEPTH = 8

_PART = re.compile(
    r"(?:[-*\u2022]\s+)?(?:\"(?P<quoted>.*)\"|(?P<bare>[^\":]+?))\s*(?::(?!:)\s*(?P<value>[^:]+?))?\s*(?::::?\s*(?P<class>[\w-]+))?$"
)
_CLASS = re.compile(r"classDef\s+(?P<names>[\w-]+(?:\s*,\s*[\w-]+)*)\s+(?P<style>.+)$", re.IGNORECASE)
_FILL = re.compile(r"(?:^|,)\s*fill\s*:\s*([^,;]+)", re.IGNORECASE)


@dataclass(slots=True)
class TreemapReader:
    """Reads ``treemap`` statements."""

    drawing: Drawing
    _levels: list[tuple[int, str]] = field(default_factory=list)
    _names: Names = field(default_factory=Names)
    _classes: dict[str, Color] = field(default_factory=dict)
    _users: dict[str, list[str]] = field(default_factory=dict)  # ids of parts by the class that they name

    def read(self, line: Line) -> None:
        """Take a part of the whole, or a class of colours, which may come after its use."""
        if style := _CLASS.match(line.text):
            self._define(style)
            return
        match = _PART.match(line.text)
        if not match:
            raise Unreadable('it is no part such as "Name": 12')
        group = "quoted" if match["quoted"] is not None else "bare"
        text = label(unmarked(line.said(match.start(group), match.end(group))))
        said = label(unmarked(unquoted(match["value"] or "")), 40)
        value = number_of(said)
        if not text or (said and value is None):
            raise Unreadable("its value is no number" if text else "the part has no name")
        while self._levels and self._levels[-1][0] >= line.indent:
            self._levels.pop()
        parent = self._levels[-1][1] if self._levels else None
        part_id = self._names.id_of(text)
        color = self._color(match["class"] or "", part_id)
        self.drawing.put(Value(part_id, text, value, color, parent, said))
        if len(self._levels) < MAX_DEPTH:
            self._levels.append((line.indent, part_id))

    def end(self) -> None:
        """Nothing stays open."""

    def _color(self, name: str, part_id: str) -> Color | None:
        if name:
            self._users.setdefault(name, []).append(part_id)
        return self._classes.get(name) or color_of(name, only_names=True)

    def _define(self, match: re.Match[str]) -> None:
        fill = _FILL.search(match["style"])
        color = color_of(fill[1]) if fill else None
        if color is None:
            return
        for name in re.split(r"\s*,\s*", match["names"]):
            self._classes[name] = color
            for part_id in self._users.get(name, []):
                part = self.drawing.get(Value, part_id)
                if part:
                    self.drawing.put(replace(part, color=color))


def write_treemap(drawing: Drawing) -> list[str]:
    """Return the drawing as ``treemap`` lines."""
    lines = ["treemap", *written_title(drawing)]
    children: dict[str | None, list[Value]] = {}
    for value in drawing.all(Value):
        children.setdefault(value.parent, []).append(value)
    stack = [(0, value) for value in reversed(children.get(None, []))]
    while stack:
        depth, value = stack.pop()
        said = f": {value.said}" if value.said else ""
        lines.append(f'{"    " * depth}"{escaped_class(value.text, _SIGNS)}"{said}{color_class(value.color)}')
        stack += [(depth + 1, child) for child in reversed(children.get(value.id, []))]
    return lines


_SIGNS = ":\uff1a\u201c\u201d\u201e\u201f\uff02"
