"""Shapes put elsewhere by hand: their words and what stands in them go along, and their connectors find a new way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from drawing.canvas import CanvasObject
from drawing.connectors import polyline
from drawing.geometry import Point, Rect, on_outline, segment_hits_rect
from drawing.layout.route_ends import arrival_side
from drawing.layout.router import Endpoint
from drawing.layout.simple_routes import POINTED, find_routes
from drawing.object_index import object_box, outline_of, points_of

LABEL_GAP = 5.0  # canvas units between a connector and its words
JOG = 24.0  # canvas units: a smaller step of a connector is taken out where its end can slide instead
CORNER = 10.0  # canvas units from a corner that an end keeps
LEAST = 20.0  # canvas units: nothing is smaller
NEAR = 0.51  # canvas units: stored numbers are rounded
_SHAPES = ("rectangle", "circle", "diamond", "star", "heart")


@dataclass(frozen=True, slots=True)
class Move:
    """Where a shape goes: the box that it has from now on."""

    id: str
    box: Rect


def move_shapes(objects: Sequence[CanvasObject], moves: Iterable[Move]) -> list[CanvasObject]:
    """Return all objects, in their order, with shapes where they were moved; what is no shape is left where it is."""
    present = {item.id: item for item in objects}
    boxes = {
        move.id: replace(move.box, w=max(LEAST, move.box.w), h=max(LEAST, move.box.h))
        for move in moves
        if move.id in present and present[move.id].object_type in _SHAPES
    }
    shifts = _shifts(present, boxes)
    moved = {item.id: _moved(item, boxes.get(item.id), shifts.get(item.id)) for item in objects}
    resized = {key for key, box in boxes.items() if _is_resized(present[key], box)}
    open_lines = [
        item for item in objects if _is_connector(item, moved) and _needs_a_way(item, shifts, resized)
    ]
    routes = _routes(open_lines, moved)
    for item in objects:
        if item.id in routes:
            moved[item.id] = replace(item, properties={**item.properties, **polyline(routes[item.id])})
        elif _is_connector(item, moved) and (shift := shifts.get(item.properties["from"])):
            moved[item.id] = _shifted(item, shift)
    for item in objects:
        line = str(item.properties.get("of", ""))
        if item.object_type != "text" or line not in present or not _is_connector(present[line], moved):
            continue
        if line in routes:
            moved[item.id] = beside_route(item, routes[line])
        elif shift := shifts.get(present[line].properties["from"]):
            moved[item.id] = _shifted(item, shift)
    return [moved[item.id] for item in objects]


def route_lines(objects: Sequence[CanvasObject], ids: Iterable[str]) -> list[CanvasObject]:
    """Return the connectors of these ids on ways of their own, around all shapes."""
    present = {item.id: item for item in objects}
    lines = [present[key] for key in ids if _is_connector(present[key], present)]
    routes = _routes(lines, present)
    return [replace(line, properties=line.properties | polyline(routes[line.id])) for line in lines]


def _shifts(present: Mapping[str, CanvasObject], boxes: Mapping[str, Rect]) -> dict[str, Point]:
    """Return how far each object moves: what was moved, the words of it, and what stands in it."""
    shifts: dict[str, Point] = {}
    for key, box in boxes.items():
        before = object_box(present[key])
        shifts[key] = (box.cx - before.cx, box.cy - before.cy)
    for item in present.values():
        above = str(item.properties.get("in"))
        seen = {item.id}
        while item.id not in boxes and above in present and above not in seen:
            if above in boxes and not _is_resized(present[above], boxes[above]):
                shifts[item.id] = shifts[above]
                break
            seen.add(above)
            above = str(present[above].properties.get("in"))
    for item in present.values():
        owner = str(item.properties.get("of"))
        if owner in shifts and item.id not in shifts:
            shifts[item.id] = shifts[owner]
    return {key: shift for key, shift in shifts.items() if max(map(abs, shift)) >= NEAR}


def _is_resized(item: CanvasObject, box: Rect) -> bool:
    before = object_box(item)
    return abs(before.w - box.w) >= NEAR or abs(before.h - box.h) >= NEAR


def _needs_a_way(line: CanvasObject, shifts: Mapping[str, Point], resized: set[str]) -> bool:
    """Say whether the ends of a connector no longer stand to each other as they did."""
    ends = (line.properties["from"], line.properties["to"])
    return shifts.get(ends[0]) != shifts.get(ends[1]) or not resized.isdisjoint(ends)


def _is_connector(item: CanvasObject, present: Mapping[str, CanvasObject]) -> bool:
    ends = (item.properties.get("from"), item.properties.get("to"))
    return item.object_type in ("arrow", "line") and all(end in present for end in ends)


def _moved(item: CanvasObject, box: Rect | None, shift: Point | None) -> CanvasObject:
    if box is not None:
        return replace(item, properties={**item.properties, **_placed(item, box)})
    return item if shift is None else _shifted(item, shift)


def _placed(item: CanvasObject, box: Rect) -> dict[str, Any]:
    """Return the properties that put a shape into a box."""
    if item.object_type == "circle":
        return {"x": _round(box.cx), "y": _round(box.cy), "radius": _round(min(box.w, box.h) / 2)}
    size = {"width": _round(box.w), "height": _round(box.h)}
    if item.object_type == "rectangle":
        return {"x": _round(box.x), "y": _round(box.y), **size}
    return {"x": _round(box.cx), "y": _round(box.cy), **size}


def _shifted(item: CanvasObject, shift: Point) -> CanvasObject:
    x, y = object_origin(item)
    return replace(item, properties={**item.properties, "x": _round(x + shift[0]), "y": _round(y + shift[1])})


def object_origin(item: CanvasObject) -> Point:
    """Return the x and y of an object's properties."""
    if item.object_type in ("arrow", "line"):
        return points_of(item.properties)[0]
    box = object_box(item)
    return (box.x, box.y) if item.object_type in ("rectangle", "text") else (box.cx, box.cy)


def _routes(lines: Sequence[CanvasObject], moved: Mapping[str, CanvasObject]) -> dict[str, tuple[Point, ...]]:
    """Return new ways for connectors, around all shapes and clear of the other connectors where they can be."""
    shapes = {
        key: object_box(item)
        for key, item in moved.items()
        if item.object_type in _SHAPES and item.properties.get("role") not in ("frame", "mark", "lifeline")
    }
    pairs = {
        line.id: (_end(moved[line.properties["from"]]), _end(moved[line.properties["to"]])) for line in lines
    }
    there = [
        points_of(item.properties)
        for key, item in moved.items()
        if key not in pairs and _is_connector(item, moved)
    ]
    found = find_routes(pairs, list(shapes.values()), there)
    return {
        line.id: _bound(_without_jogs(found[line.id], pairs[line.id], shapes.values()), line, moved)
        for line in lines
    }


def _without_jogs(
    route: Sequence[Point], ends: tuple[Endpoint, Endpoint], obstacles: Iterable[Rect]
) -> Sequence[Point]:
    """Return the route without a small step right before a box along whose side the end can slide instead."""
    source, target = ends
    route = _end_slid(route, target, obstacles)
    return _end_slid(route[::-1], source, obstacles)[::-1]


def _end_slid(route: Sequence[Point], end: Endpoint, obstacles: Iterable[Rect]) -> Sequence[Point]:
    if len(route) < 4 or end.outline in POINTED:
        return route
    before, (ax, ay), (bx, by), (x, y) = route[-4:]
    if not 0 < abs(ax - bx) + abs(ay - by) < JOG:
        return route
    if ay == by and before[0] == ax and abs(ax - end.rect.cx) < end.rect.w / 2 - CORNER:
        new = (ax, y)
    elif ax == bx and before[1] == ay and abs(ay - end.rect.cy) < end.rect.h / 2 - CORNER:
        new = (x, ay)
    else:
        return route
    if any(rect != end.rect and segment_hits_rect(before, new, rect) for rect in obstacles):
        return route
    return [*route[:-3], new]


def _end(item: CanvasObject) -> Endpoint:
    outline = item.object_type if item.object_type in POINTED else "rectangle"
    return Endpoint(outline, object_box(item))


def _bound(
    points: Sequence[Point], line: CanvasObject, moved: Mapping[str, CanvasObject]
) -> tuple[Point, ...]:
    """Return the route with its ends on the outlines of shapes that are no rectangles."""
    out = list(points)
    for name, end, before in (("from", 0, 1), ("to", -1, -2)):
        item = moved[line.properties[name]]
        outline = outline_of(item)
        if outline not in ("rectangle", *POINTED):
            out[end] = on_outline(outline, object_box(item), arrival_side(out[end], out[before]), out[end])
    return tuple(out)


def beside_route(label: CanvasObject, route: Sequence[Point]) -> CanvasObject:
    """Return the words of a connector beside the middle of its longest stretch."""
    (ax, ay), (bx, by) = max(pairwise(route), key=lambda pair: math.dist(*pair))
    box, x, y = object_box(label), (ax + bx) / 2, (ay + by) / 2
    is_upright = abs(ax - bx) < abs(ay - by)
    at = (x + LABEL_GAP, y - box.h / 2) if is_upright else (x - box.w / 2, y - box.h - LABEL_GAP)
    return replace(label, properties={**label.properties, "x": _round(at[0]), "y": _round(at[1])})


def _round(value: float) -> float:
    return round(value, 1) + 0.0  # No minus zero.
