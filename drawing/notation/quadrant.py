"""Quadrant charts and matrices: two axes, four named fields, points by numbers from 0 to 1 or by words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from drawing.markup import unmarked, unquoted
from drawing.model import Color, Drawing, Group, Series, Spot, label
from drawing.notation.colors import color_class, color_of, split_class
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.numbers import NUMBER, read_number, written_number
from drawing.notation.writing import escaped_class, written_title

# Where words say that something is; several things in one place are listed there.
WORDS: dict[str, float] = {
    "very low": 0.1, "lowest": 0.1, "low": 0.25, "small": 0.25, "easy": 0.25, "left": 0.25, "bottom": 0.25,
    "medium": 0.5, "mid": 0.5, "middle": 0.5, "average": 0.5, "moderate": 0.5, "high": 0.75, "large": 0.75,
    "big": 0.75, "hard": 0.75, "right": 0.75, "top": 0.75, "very high": 0.9, "highest": 0.9, "niedrig": 0.25,
    "gering": 0.25, "mittel": 0.5, "hoch": 0.75, "sehr hoch": 0.9, "bas": 0.25, "moyen": 0.5, "haut": 0.75,
    "bajo": 0.25, "medio": 0.5, "alto": 0.75, "低": 0.25, "中": 0.5, "高": 0.75,
}  # fmt: skip

_AXIS = re.compile(r"(?P<axis>[xy])[- ]?axis\b\s*:?\s*(?P<rest>\S.*)$", re.IGNORECASE)
_ARROW = re.compile(r"\s*(?:--+>|->|\u2192|\s<?-+>|\u27f6)\s*")
_QUADRANT = re.compile(r"quadrant[- ]?(?P<number>[1-4])\b\s*:?\s*(?P<text>.*)$", re.IGNORECASE)
_CLASS_DEF = re.compile(r"classDef\s+(?P<name>[\w-]+)\s+(?P<facts>.*)$", re.IGNORECASE)
_POINT = re.compile(
    rf"(?P<text>.*?)\s*(?::::(?P<class>[\w-]+)\s*)?:\s*\[?\s*(?P<x>{NUMBER}|[^\W\d][^,\[\]:;/]*?)\s*"
    rf"[,;/\uff0c]\s*(?P<y>{NUMBER}|[^\W\d][^,\[\]:;/]*?)\s*(?:\]\s*,?\s*(?P<facts>.*))?$"
)
_COLOR = re.compile(r"(?:^|[,\s])(?:color|fill)\s*:\s*([^,\s]+)", re.IGNORECASE)
_BULLET = re.compile(r"[-*\u2022]\s+")
_RESERVED = re.compile(r"quadrant|title|[xy][- ]?axis|classDef|acc|[-*\u2022%~`]", re.IGNORECASE)


@dataclass(slots=True)
class QuadrantReader:
    """Reads ``quadrantChart`` and ``matrix`` statements."""

    drawing: Drawing
    _names: Names = field(default_factory=Names)
    _classes: dict[str, Color] = field(default_factory=dict)
    _waiting: dict[str, str] = field(default_factory=dict)  # points by id, and the class that is to come

    def read(self, line: Line) -> None:
        """Take an axis, the name of a field, or a point."""
        if axis := _AXIS.match(line.text):
            self._axis(axis["axis"].lower(), line.part(axis.start("rest")))
        elif quadrant := _QUADRANT.match(line.text):
            body, color = split_class(line.part(quadrant.start("text")))
            text = label(unmarked(unquoted(body.raw)))
            self.drawing.put(Group(quadrant["number"], text, "quadrant", color))
        elif definition := _CLASS_DEF.match(line.text):
            self._define(definition["name"], _color(definition["facts"]))
        else:
            bullet = _BULLET.match(line.text)
            self._point(line.part(bullet.end()) if bullet else line)

    def end(self) -> None:
        """Nothing stays open."""

    def _axis(self, axis: str, line: Line) -> None:
        arrow = _ARROW.search(line.text)
        ends = [line.said(0, arrow.start()), line.said(arrow.end())] if arrow else [line.raw]
        texts = tuple(label(unmarked(unquoted(end))) for end in ends)
        self.drawing.put(Series(axis, "", "x" if axis == "x" else "y", names=texts))

    def _define(self, name: str, color: Color | None) -> None:
        if color is None:
            return
        self._classes[name] = color
        for spot_id, wanted in list(self._waiting.items()):
            spot = self.drawing.get(Spot, spot_id)
            if wanted == name and spot is not None:
                self.drawing.put(Spot(spot.id, spot.text, spot.x, spot.y, color))

    def _point(self, line: Line) -> None:
        body, color = split_class(line)
        match = _POINT.match(body.text)
        x, y = (_share(match["x"]), _share(match["y"])) if match else (None, None)
        if match is None or x is None or y is None:
            raise Unreadable("a point needs two numbers from 0 to 1, or words such as low and high")
        text = label(unmarked(unquoted(body.said(match.start("text"), match.end("text")))))
        if not text:
            raise Unreadable("the point has no name")
        spot_id, name = self._names.id_of(text), match["class"]
        color = color or _color(match["facts"] or "")
        if name and color is None:
            color = self._classes.get(name) or color_of(name, only_names=True)
            self._waiting[spot_id] = name
        self.drawing.put(Spot(spot_id, text, x, y, color))


def _share(text: str) -> float | None:
    word = text.strip().strip("\"'").casefold()
    if word in WORDS:
        return WORDS[word]
    number = read_number(text)
    if number is None:
        return None
    # Percent and marks of ten are written too.
    return min(max(number if number <= 1 else number / 10 if number <= 10 else number / 100, 0.0), 1.0)


def _color(facts: str) -> Color | None:
    match = _COLOR.search(facts)
    return color_of(match[1]) if match else None


def write_quadrant(drawing: Drawing) -> list[str]:
    """Return the drawing as ``quadrantChart`` lines."""
    lines = [
        "matrix" if "matrix" in drawing.settings.get("setting", "") else "quadrantChart",
        *written_title(drawing),
    ]
    for part in drawing.parts.values():
        match part:
            case Series():
                lines.append(
                    f"    {part.id}-axis {' --> '.join(_written(text, '->') for text in part.names)}"
                )
            case Group():
                lines.append(
                    f"    quadrant-{part.id} {_written(part.text)}{color_class(part.color)}".rstrip()
                )
            case Spot():
                name = _written(part.text, ":")
                name = f"#{ord(name[0])};{name[1:]}" if _RESERVED.match(name) else name
                place = f"[{written_number(part.x)}, {written_number(part.y)}]"
                lines.append(f"    {name}: {place}{color_class(part.color)}")
    return lines


def _written(text: str, signs: str = "") -> str:
    return escaped_class(text, f'{signs}\u2192\u27f6"\u201c\u201d\u201e')
