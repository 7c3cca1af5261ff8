"""From a figure to canvas objects: ids from keys, colours from tones, numbers rounded."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from drawing.canvas import CanvasObject, ObjectType
from drawing.figure import Box, Element, Figure, Line, Text
from drawing.geometry import Point, Rect
from drawing.model import EdgeEnd
from drawing.text import FONT_STACK, LINE_HEIGHT, Wrapped
from drawing.theme import PAPER, Theme

# Shapes with an object type of their own; any other is a rectangle that names its shape.
_CENTRED: dict[str, ObjectType] = {"diamond": "diamond", "star": "star", "heart": "heart"}
# What a renderer that knows no other ends draws as an arrow.
_ARROWS: frozenset[EdgeEnd] = frozenset(("arrow", "open_arrow", "half_arrow", "triangle"))


TITLE_Z = 18_000  # above everything; no drawing has as many objects


class Painter:
    """Turns figures of one drawing into objects; the same key always has the same id."""

    def __init__(self, theme: Theme, namespace: uuid.UUID, z_from: int = 0) -> None:
        self._theme = theme
        self._namespace = namespace
        self._z_from = z_from
        self._ids: dict[str, str] = {}

    def object_id(self, key: str) -> str:
        """Return the id of the object that stands for an element."""
        if key not in self._ids:
            self._ids[key] = str(uuid.uuid5(self._namespace, key))
        return self._ids[key]

    def paint(self, figure: Figure) -> list[CanvasObject]:
        """Return all objects of a figure, those at the back first, each with a z-index of its own."""
        return [self._object(element, z) for z, element in enumerate(figure.elements, self._z_from)]

    def title(self, label: Wrapped, rect: Rect, font_size: float) -> CanvasObject:
        """Return the title, which lies above all else."""
        return self._text(Text("title", rect, label, font_size, is_bold=True), self._z_from + TITLE_Z)

    def _object(self, element: Element, z: int) -> CanvasObject:
        if isinstance(element, Box):
            return self._box(element, z)
        if isinstance(element, Text):
            return self._text(element, z)
        return self._line(element, z)

    def _box(self, box: Box, z: int) -> CanvasObject:
        colours, metrics = self._theme.tone(box.tone), self._theme.metrics
        width = metrics.stroke_width if box.stroke_width is None else box.stroke_width
        properties: dict[str, Any] = {
            "fill": colours.fill,
            "stroke": colours.stroke,
            "strokeWidth": _round(width),
        }
        if box.group:
            properties["in"] = self.object_id(box.group)
        if box.role == "placed":
            properties["layered"] = True  # What lies on what is meant.
        elif box.role:
            properties["role"] = box.role
        if box.dash:
            properties["dash"] = list(box.dash)
        rect = box.rect
        kind: ObjectType = "rectangle"
        if box.shape == "circle":
            kind = "circle"
            properties |= {
                "x": _round(rect.cx),
                "y": _round(rect.cy),
                "radius": _round(min(rect.w, rect.h) / 2),
            }
        elif box.shape in _CENTRED:
            kind = _CENTRED[box.shape]
            properties |= {
                "x": _round(rect.cx),
                "y": _round(rect.cy),
                "width": _round(rect.w),
                "height": _round(rect.h),
            }
        else:
            properties |= rounded(rect)
            if box.shape == "rectangle":
                properties["cornerRadius"] = _round(min(box.corner, rect.h / 2, rect.w / 2))
            else:
                properties["shape"] = box.shape
        return CanvasObject(self.object_id(box.key), kind, properties, z)

    def _text(self, text: Text, z: int) -> CanvasObject:
        palette = self._theme.palette
        color = palette.quiet_text if text.is_quiet else palette.text
        if text.blend:
            color = self._theme.blend(text.blend).ink
        elif text.ground:
            color = self._theme.tone(text.ground).ink
        height = max(text.lines.height, text.size * LINE_HEIGHT)
        width = min(text.rect.w, text.lines.width + 4) if text.align == "center" else text.rect.w
        rect = Rect(text.rect.cx - width / 2, text.rect.cy - height / 2, width, height)
        properties: dict[str, Any] = {
            **rounded(rect), "text": text.lines.text, "fontSize": text.size, "align": text.align,
            "fontWeight": "bold" if text.is_bold else "normal", **host_text(color, text.align),
        }  # fmt: skip
        if text.has_halo:
            properties["halo"] = self._theme.tone(text.ground).fill if text.ground else self._theme.paper
        if text.of:
            properties |= {"of": self.object_id(text.of), "role": text.role}
        return CanvasObject(self.object_id(text.key), "text", properties, z)

    def _line(self, line: Line, z: int) -> CanvasObject:
        metrics, palette = self._theme.metrics, self._theme.palette
        swatch = self._theme.tone(line.tone) if line.tone else None
        properties: dict[str, Any] = {
            **_polyline(line.points),
            "stroke": swatch.stroke if swatch else palette.line,
            "strokeWidth": _round(metrics.line_width if line.width is None else line.width),
            "cornerRadius": _round(line.bend),
        }
        if line.dash:
            properties["dash"] = list(line.dash)
        if line.is_filled and swatch:
            fill = self._theme.blend(line.blend).fill if line.blend else swatch.fill
            properties |= {"closed": True, "fill": fill}
        if line.head not in ("none", "arrow") or line.tail != "none":
            properties |= {"head": line.head, "tail": line.tail}
            if self._theme.paper != PAPER:
                properties["endFill"] = self._theme.paper
        if line.source and line.target:
            properties |= {
                "from": self.object_id(line.source),
                "to": self.object_id(line.target),
            }
        if line.text:
            properties["label"] = line.text
        if line.of:
            properties["of"] = self.object_id(line.of)
        if line.role:
            properties["role"] = line.role
        kind: ObjectType = "arrow" if line.head in _ARROWS else "line"
        return CanvasObject(self.object_id(line.key), kind, properties, z)


def host_text(color: str, align: str) -> dict[str, str]:
    """Return a text's colour, font and alignment, by our names and by those that canvas libraries read."""
    return {"color": color, "fill": color, "textAlign": align, "fontFamily": FONT_STACK}


def _round(value: float) -> float:
    return round(value, 1) + 0.0  # No minus zero.


def rounded(rect: Rect) -> dict[str, float]:
    """Return the properties that put a rectangle or a text into a box."""
    return {"x": _round(rect.x), "y": _round(rect.y), "width": _round(rect.w), "height": _round(rect.h)}


def _polyline(points: Sequence[Point]) -> dict[str, Any]:
    x, y = _round(points[0][0]), _round(points[0][1])
    flat: list[float] = []
    for px, py in points:
        flat += [_round(_round(px) - x), _round(_round(py) - y)]
    return {"x": x, "y": y, "points": flat}
