"""A canvas' objects by what they are, and where: the ground that its quality is measured on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from drawing.canvas import CanvasObject
from drawing.layout.geometry import Point, Rect, extent

_SHAPES = ("rectangle", "circle", "diamond", "star", "heart")


@dataclass(slots=True)
class Drawn:
    """The objects of a canvas, sorted by what they are."""

    shapes: dict[str, tuple[CanvasObject, Rect]] = field(default_factory=dict)
    texts: dict[str, tuple[CanvasObject, Rect]] = field(default_factory=dict)
    routes: dict[str, tuple[CanvasObject, tuple[Point, ...]]] = field(default_factory=dict)
    marks: list[tuple[CanvasObject, Rect]] = field(default_factory=list)


def sort_objects(objects: Sequence[CanvasObject]) -> Drawn:
    drawn = Drawn()
    for item in objects:
        if item.properties.get("role") == "mark":
            drawn.marks.append((item, box_of(item)))
        elif item.object_type in _SHAPES:
            drawn.shapes[item.id] = (item, box_of(item))
        elif item.object_type == "text":
            drawn.texts[item.id] = (item, box_of(item))
        else:
            drawn.routes[item.id] = (item, points_of(item))
    return drawn


def box_of(item: CanvasObject) -> Rect:
    """Return the box around an object."""
    p = item.properties
    if item.object_type in ("arrow", "line"):
        return extent(points_of(item))
    if item.object_type == "circle":
        return Rect.around(p["x"], p["y"], 2 * p["radius"], 2 * p["radius"])
    if item.object_type in ("rectangle", "text"):
        return Rect(p["x"], p["y"], p["width"], p["height"])
    return Rect.around(p["x"], p["y"], p["width"], p["height"])


def points_of(item: CanvasObject) -> tuple[Point, ...]:
    """Return the absolute points of a connector."""
    p = item.properties
    return tuple(
        (p["x"] + p["points"][i], p["y"] + p["points"][i + 1]) for i in range(0, len(p["points"]), 2)
    )


def name_of(item: CanvasObject) -> str:
    text = item.properties.get("text") or item.properties.get("label") or item.id[:8]
    return f"{item.object_type} “{str(text)[:30]}”"


def shape_name(shape: CanvasObject, drawn: Drawn) -> str:
    for text, _ in drawn.texts.values():
        if text.properties.get("of") == shape.id:
            return f"{shape.object_type} “{text.properties['text'][:30]}”"
    return f"{shape.object_type} {shape.id[:8]}"


def frames_of(item: CanvasObject, drawn: Drawn) -> set[str]:
    """The ids of all shapes that this one stands in."""
    out: set[str] = set()
    above = item.properties.get("in")
    while above is not None and above not in out:
        out.add(above)
        above = drawn.shapes[above][0].properties.get("in") if above in drawn.shapes else None
    return out
