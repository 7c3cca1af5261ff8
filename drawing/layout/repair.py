"""Finds routes that no person would have drawn and routes them again."""

from __future__ import annotations

from collections.abc import Collection
from itertools import combinations, pairwise

from drawing.geometry import (
    Point,
    Rect,
    distance_to_outline,
    inside_polygon,
    polygon,
    segment_hits_rect,
    shared_length,
)
from drawing.graph import Link
from drawing.layout.ports import endpoint_rect, outline_of
from drawing.layout.routes import route_links
from drawing.measured import MeasuredGraph
from drawing.scene import Scene

ROUNDS = 3
MANY = 50  # links, from which on one round must do
SHARED = 4.0  # units that two unrelated routes may lie on each other
LOOSE = 1.0  # units that an end may be off its outline


def repair(measured: MeasuredGraph, scene: Scene, kept: Collection[str] = ()) -> int:
    """Replace bad routes by new ones around everything, but never those ``kept``; return how many are still bad."""
    for _ in range(ROUNDS if len(measured.links) <= MANY else 1):
        bad = bad_links(measured, scene, kept)
        if not bad:
            return 0
        for link in bad:
            del scene.routes[link.key]
        route_links(bad, measured, scene)
    return len(bad_links(measured, scene, kept))


def bad_links(measured: MeasuredGraph, scene: Scene, kept: Collection[str] = ()) -> list[Link]:
    """Return the links whose route crosses a shape or text, misses its outline or lies on another route."""
    routed = [link for link in measured.links if link.key in scene.routes]
    bad = {
        link.key
        for link in routed
        if link.key not in kept and (_misses(link, measured, scene) or _hits(link, measured, scene))
    }
    for one, other in combinations(routed, 2):
        if one.key in bad or other.key in bad or _may_merge(one, other):
            continue
        if shared(scene.routes[one.key], scene.routes[other.key]) > SHARED:
            open_links = [link for link in (one, other) if link.key not in kept]
            if open_links:
                bad.add(max(open_links, key=lambda link: _length(scene.routes[link.key])).key)
    return [link for link in routed if link.key in bad]


def shared(one: tuple[Point, ...], other: tuple[Point, ...]) -> float:
    """Return over what length two routes lie on each other."""
    return sum(shared_length(*a, *b) for a in pairwise(one) for b in pairwise(other))


def _may_merge(one: Link, other: Link) -> bool:
    if (one.source, one.target) == (other.source, other.target):
        return False
    return one.source == other.source or one.target == other.target


def _length(route: tuple[Point, ...]) -> float:
    return sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(route))


def _misses(link: Link, measured: MeasuredGraph, scene: Scene) -> bool:
    route = scene.routes[link.key]
    return any(
        distance_to_outline(outline_of(key, measured), endpoint_rect(key, scene), point) > LOOSE
        for key, point in ((link.source, route[0]), (link.target, route[-1]))
    )


def _hits(link: Link, measured: MeasuredGraph, scene: Scene) -> bool:
    route = scene.routes[link.key]
    ends = (link.source, link.target)
    for key, rect in scene.rects.items():
        if key not in ends and _crosses(route, rect.grown(2)):
            return True
        if key in ends and _enters(route, outline_of(key, measured), rect):
            return True
    if any(_crosses(route, rect.grown(1)) for rect in scene.headings.values()):
        return True
    return any(_crosses(route, mark.rect.grown(1)) for mark in scene.marks if mark.kind == "text")


def _crosses(route: tuple[Point, ...], rect: Rect) -> bool:
    return any(segment_hits_rect(a, b, rect) for a, b in pairwise(route))


def _enters(route: tuple[Point, ...], outline: str, rect: Rect) -> bool:
    """Say whether a route runs through the inside of the shape it is bound to."""
    inner = rect.grown(-3)
    if not _crosses(route, inner):
        return False
    if outline in ("rectangle", "text"):
        return True
    corners = polygon(outline, inner)
    points = [
        (a[0] + (b[0] - a[0]) * i / 8, a[1] + (b[1] - a[1]) * i / 8)
        for a, b in pairwise(route)
        for i in range(9)
    ]
    return any(inside_polygon(corners, point) for point in points)
