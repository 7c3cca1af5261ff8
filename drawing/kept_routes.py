"""Connectors that may stay as they were when a drawing is drawn again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from drawing.canvas import CanvasObject
from drawing.figure import Box, Element, Figure, Line, Text
from drawing.geometry import Point, Rect, segment_hits_rect
from drawing.object_index import object_box

NEAR = 0.51  # canvas units: stored numbers are rounded
CLEAR = 6.0  # canvas units around what is new


def keep_routes(
    figure: Figure,
    stood: Mapping[str, Rect],
    routes: Mapping[str, tuple[Point, ...]],
    keys: Mapping[str, str],
    objects: Sequence[CanvasObject],
) -> Figure:
    """Return the figure with connectors as they were, where both ends still stand there and nothing is in the way.

    ``stood`` and ``routes`` are the boxes and lines before by key, ``keys`` the keys of the objects before by id.
    """
    boxes = {each.key: each.rect for each in figure.elements if isinstance(each, Box)}
    still = {key for key, rect in stood.items() if key in boxes and _is_near(boxes[key], rect)}
    new = [
        each.rect.grown(CLEAR)
        for each in figure.elements
        if isinstance(each, Box) and not each.role and each.key not in still
    ]
    kept = {
        each.key
        for each in figure.elements
        if isinstance(each, Line)
        and each.key in routes
        and {each.source, each.target} <= still
        and not _is_blocked(routes[each.key], new)
    }
    places = {
        keys[item.properties["of"]]: object_box(item)
        for item in objects
        if item.object_type == "text" and item.properties.get("of") in keys
    }
    return Figure([_kept(each, kept, routes, places) for each in figure.elements], figure.notes)


def _kept(
    element: Element, kept: set[str], routes: Mapping[str, tuple[Point, ...]], places: Mapping[str, Rect]
) -> Element:
    if isinstance(element, Line) and element.key in kept:
        return replace(element, points=routes[element.key])
    if isinstance(element, Text) and element.of in kept and element.key == f"{element.of}:label":
        place = places.get(element.of)
        if (
            place is not None
            and abs(place.w - element.rect.w) < NEAR
            and abs(place.h - element.rect.h) < NEAR
        ):
            return replace(element, rect=place)
    return element


def _is_blocked(points: Sequence[Point], rects: Sequence[Rect]) -> bool:
    return any(segment_hits_rect(a, b, rect) for a, b in pairwise(points) for rect in rects)


def _is_near(one: Rect, other: Rect) -> bool:
    pairs = ((one.x, other.x), (one.y, other.y), (one.w, other.w), (one.h, other.h))
    return all(abs(a - b) < NEAR for a, b in pairs)
