"""Connectors as a host's renderer can draw them: with all bends, as a line and an arrow, or straight.

Layout always routes elbows; this turns finished objects into what was asked for. Renderers that put an arrow's head at
its second point draw ``segments`` and ``straight`` right. An object is converted by itself, so a growing drawing can be
converted a few objects at a time.
"""

from __future__ import annotations

import math
import uuid
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from drawing.canvas import CanvasObject
from drawing.geometry import Point, Rect, polygon
from drawing.object_index import object_box, points_of
from drawing.shapes import outline

Connectors = Literal["elbow", "segments", "straight"]

LABEL_GAP = 5.0  # canvas units between a straight connector and its label
_NEAR = 0.5  # canvas units


def convert_connectors(
    objects: Iterable[CanvasObject],
    connectors: Connectors,
    *,
    known: Mapping[str, CanvasObject],
    z_from: int = 0,
) -> list[CanvasObject]:
    """Return the objects with their connectors converted.

    ``known`` has all objects of the drawing so far by id, unconverted: the ends of connectors, and the connectors of
    labels. ``segments`` needs room for a line below each arrow, so it doubles z-indexes above ``z_from``.
    """
    if connectors == "elbow":
        return list(objects)
    if connectors == "straight":
        return [_straightened(item, known) for item in objects]
    return [part for item in objects for part in _segmented(item, z_from)]


def vanished_lines(
    objects: Iterable[CanvasObject], connectors: Connectors, *, shown: Container[str]
) -> list[str]:
    """Return the ids of lines that are shown though their arrows have lost their bends."""
    if connectors != "segments":
        return []
    straight = [item for item in objects if item.object_type == "arrow" and not _is_bent(item)]
    return [line_id for line_id in map(_line_id, straight) if line_id in shown]


def _line_id(arrow: CanvasObject) -> str:
    return str(uuid.uuid5(uuid.UUID(arrow.id), "line"))


def _is_bent(item: CanvasObject) -> bool:
    """Return whether this is a connector between two shapes with a bend."""
    properties = item.properties
    has_ends = "from" in properties and "to" in properties and "role" not in properties
    return item.object_type in ("arrow", "line") and has_ends and len(properties["points"]) > 4


def _segmented(item: CanvasObject, z_from: int) -> Iterator[CanvasObject]:
    z_index = z_from + 2 * (item.z_index - z_from)
    if item.object_type != "arrow" or not _is_bent(item):
        yield replace(item, z_index=z_index)
        return
    points = points_of(item.properties)
    shared = _without(item.properties, "label", "head", "tail")
    tail, head = _only(item.properties, "tail"), _only(item.properties, "head", "label")
    line = {**shared, **tail, **polyline(points[:-1]), "of": item.id}
    yield CanvasObject(_line_id(item), "line", line, z_index)
    yield CanvasObject(item.id, "arrow", {**shared, **head, **polyline(points[-2:])}, z_index + 1)


def _without(properties: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in names}


def _only(properties: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name in names}


def _straightened(item: CanvasObject, known: Mapping[str, CanvasObject]) -> CanvasObject:
    if item.object_type == "text":
        return _beside_its_line(item, known)
    if not _is_bent(item) or item.properties["from"] == item.properties["to"]:
        return item  # A way back to the same shape has to bend.
    return replace(item, properties={**item.properties, **polyline(_straight(item, known))})


def _straight(connector: CanvasObject, known: Mapping[str, CanvasObject]) -> tuple[Point, Point]:
    """Return the ends of the straight connector: its own, or nearer ones where the line would cross its shapes."""
    points = points_of(connector.properties)
    start, end = points[0], points[-1]
    source, target = (known.get(connector.properties[name]) for name in ("from", "to"))
    if source is None or target is None or not (_enters(start, end, source) or _enters(end, start, target)):
        return start, end
    middle, other = _middle(source), _middle(target)
    return _leaving(source, middle, other), _leaving(target, other, middle)


def _enters(start: Point, end: Point, shape: CanvasObject) -> bool:
    """Return whether a line that begins on a shape's outline goes into the shape."""
    length = math.dist(start, end)
    if length < _NEAR:
        return False
    step = min(2.0, length / 2)
    x, y = (start[0] + (end[0] - start[0]) * step / length, start[1] + (end[1] - start[1]) * step / length)
    box = object_box(shape)
    return box.x + _NEAR < x < box.right - _NEAR and box.y + _NEAR < y < box.bottom - _NEAR


def _leaving(shape: CanvasObject, middle: Point, other: Point) -> Point:
    """Return where the line from a shape's middle to another leaves its outline."""
    corners = _outline(shape)
    crossings = [
        point
        for a, b in zip(corners, [*corners[1:], corners[0]], strict=True)
        if (point := _crossing(middle, other, a, b)) is not None
    ]
    return max(crossings, key=lambda point: math.dist(point, middle), default=middle)


def _outline(shape: CanvasObject) -> list[Point]:
    box, name = object_box(shape), shape.properties.get("shape")
    return outline(name, box) if isinstance(name, str) else polygon(shape.object_type, box)


def _crossing(a: Point, b: Point, c: Point, d: Point) -> Point | None:
    """Return where two line segments cross, None when they do not."""
    (rx, ry), (sx, sy) = (b[0] - a[0], b[1] - a[1]), (d[0] - c[0], d[1] - c[1])
    cross = rx * sy - ry * sx
    if abs(cross) < 1e-9:
        return None
    t = ((c[0] - a[0]) * sy - (c[1] - a[1]) * sx) / cross
    u = ((c[0] - a[0]) * ry - (c[1] - a[1]) * rx) / cross
    return (a[0] + t * rx, a[1] + t * ry) if 0 <= t <= 1 and 0 <= u <= 1 else None


def _beside_its_line(label: CanvasObject, known: Mapping[str, CanvasObject]) -> CanvasObject:
    """Return the label beside the middle of its straightened connector, on the side where it was."""
    connector = known.get(label.properties.get("of", ""))
    if (
        connector is None
        or not _is_bent(connector)
        or connector.properties["from"] == connector.properties["to"]
    ):
        return label
    (x1, y1), (x2, y2) = _straight(connector, known)
    length = math.dist((x1, y1), (x2, y2))
    if length < _NEAR:
        return label
    box, x, y = object_box(label), (x1 + x2) / 2, (y1 + y2) / 2
    nx, ny = (y1 - y2) / length, (x2 - x1) / length
    side = 1 if (box.cx - x) * nx + (box.cy - y) * ny >= 0 else -1
    far = side * (abs(nx) * box.w / 2 + abs(ny) * box.h / 2 + LABEL_GAP)
    moved = Rect.around(x + nx * far, y + ny * far, box.w, box.h)
    return replace(label, properties={**label.properties, "x": _round(moved.x), "y": _round(moved.y)})


def _middle(shape: CanvasObject) -> Point:
    box = object_box(shape)
    return box.cx, box.cy


def polyline(points: Iterable[Point]) -> dict[str, Any]:
    """Return the properties of a line through points."""
    (x, y), *rest = points
    flat = [0.0, 0.0, *(_round(value) for px, py in rest for value in (px - x, py - y))]
    return {"x": _round(x), "y": _round(y), "points": flat}


def _round(value: float) -> float:
    return round(value, 1) + 0.0  # No minus zero.
