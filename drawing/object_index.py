"""A canvas' objects by what they are, and where; the one place that reads boxes out of stored properties."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from drawing.canvas import Bounds, CanvasObject
from drawing.geometry import Point, Rect, bounding
from drawing.shapes import SHAPES

MAX_NUMBER = 100_000.0  # canvas units; larger numbers are clamped
MAX_Z = 2_000_000_000  # leaves a drawing its own z-indexes below 2**31

_SHAPES = ("rectangle", "circle", "diamond", "star", "heart")


@dataclass(slots=True)
class ObjectIndex:
    """The objects of a canvas, sorted by what they are."""

    shapes: dict[str, tuple[CanvasObject, Rect]] = field(default_factory=dict)
    texts: dict[str, tuple[CanvasObject, Rect]] = field(default_factory=dict)
    routes: dict[str, tuple[CanvasObject, tuple[Point, ...]]] = field(default_factory=dict)
    marks: list[tuple[CanvasObject, Rect]] = field(default_factory=list)


def index_objects(objects: Sequence[CanvasObject]) -> ObjectIndex:
    """Return the objects sorted by what they are."""
    index = ObjectIndex()
    for item in objects:
        if item.properties.get("role") in ("mark", "lifeline"):
            index.marks.append((item, object_box(item)))
        elif item.object_type in _SHAPES:
            index.shapes[item.id] = (item, object_box(item))
        elif item.object_type == "text":
            index.texts[item.id] = (item, object_box(item))
        else:
            index.routes[item.id] = (item, points_of(item.properties))
    return index


def object_box(item: CanvasObject) -> Rect:
    """Return the box around an object, without its stroke; stored numbers are not trusted."""
    properties = item.properties
    x, y = number(properties.get("x")), number(properties.get("y"))
    w, h = size(properties, "width"), size(properties, "height")
    if item.object_type in ("arrow", "line"):
        return bounding((), points_of(item.properties)) or Rect(x, y, 0.0, 0.0)
    if item.object_type == "circle":
        radius = size(properties, "radius")
        return Rect.around(x, y, 2 * radius, 2 * radius)
    if item.object_type in ("rectangle", "text"):
        return Rect(x, y, w, h)
    return Rect.around(x, y, w, h)


def bounds_of(objects: Iterable[CanvasObject]) -> Bounds | None:
    """Return the box around all objects and the first z-index above them, or None when there are none."""
    present = list(objects)
    box = bounding(map(object_box, present))
    if box is None:
        return None
    z_above = max(item.z_index for item in present) + 1
    return Bounds(box.x, box.y, box.w, box.h, min(z_above, MAX_Z))


def points_of(properties: Mapping[str, Any]) -> tuple[Point, ...]:
    """Return the absolute points of a connector."""
    x, y = number(properties.get("x")), number(properties.get("y"))
    raw = properties.get("points")
    flat = [number(each) for each in raw] if isinstance(raw, list | tuple) else []
    return tuple((x + dx, y + dy) for dx, dy in zip(flat[::2], flat[1::2], strict=False))


def number(value: object, default: float = 0.0) -> float:
    """Return a stored number within ``MAX_NUMBER``; the default for anything that is not a number."""
    if not isinstance(value, int | float) or isinstance(value, bool) or value != value:
        return default
    return float(min(max(value, -MAX_NUMBER), MAX_NUMBER))


def size(properties: Mapping[str, Any], key: str, default: float = 0.0) -> float:
    """Return a stored length, never negative."""
    return max(0.0, number(properties.get(key), default))


def outline_of(item: CanvasObject) -> str:
    """Return the name of the outline that an object has: its shape's, or else its type's."""
    shape = item.properties.get("shape")
    has_shape = item.object_type == "rectangle" and isinstance(shape, str) and shape in SHAPES
    return str(shape) if has_shape else item.object_type


def name_of(item: CanvasObject) -> str:
    """Return what a sentence calls an object: its type and the beginning of its words."""
    text = item.properties.get("text") or item.properties.get("label") or item.id[:8]
    return f"{item.object_type} “{str(text)[:30]}”"


def shape_name(shape: CanvasObject, index: ObjectIndex) -> str:
    """Return what a sentence calls a shape: its type and the beginning of its label."""
    for text, _ in index.texts.values():
        if text.properties.get("of") == shape.id:
            return f"{shape.object_type} “{text.properties['text'][:30]}”"
    return f"{shape.object_type} {shape.id[:8]}"


def frames_of(item: CanvasObject, index: ObjectIndex) -> set[str]:
    """The ids of all shapes that this one stands in."""
    out: set[str] = set()
    above = item.properties.get("in")
    while above is not None and above not in out:
        out.add(above)
        above = index.shapes[above][0].properties.get("in") if above in index.shapes else None
    return out
