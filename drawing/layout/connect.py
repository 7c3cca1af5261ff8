"""Connectors for shapes that have their places: routes that still hold, new ones, and the words beside them."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from drawing.geometry import Point, onto_rounded, segment_hits_rect
from drawing.graph import Link
from drawing.layout.bundles import spread_bundles
from drawing.layout.label_repair import repair_labels
from drawing.layout.labels import place_labels
from drawing.layout.ports import endpoint_rect
from drawing.layout.repair import repair
from drawing.layout.routes import route_links
from drawing.measured import MeasuredGraph
from drawing.scene import Scene


def connect(
    measured: MeasuredGraph, scene: Scene, previous: Scene | None = None, *, kept: Collection[str] = ()
) -> None:
    """Route all links that have no route yet and place all labels.

    With a scene before, as while streaming, its routes are reused where they still hold; without one, bad
    routes are made again, except those ``kept``.
    """
    spread_bundles(measured, scene)
    placed = {*scene.rects, *scene.frames}
    open_links = [
        link
        for link in measured.links
        if link.key not in scene.routes and link.source in placed and link.target in placed
    ]
    if previous is not None:
        open_links = [link for link in open_links if not _keep(link, scene, previous)]
    route_links(open_links, measured, scene, is_simple=previous is not None)
    if previous is None:
        repair(measured, scene, kept)
    place_labels(measured, scene)
    if previous is None:
        repair_labels(measured, scene, kept)
    _end_on_corners(measured, scene)


def _end_on_corners(measured: MeasuredGraph, scene: Scene) -> None:
    """Let routes that end at a round corner of a shape or frame reach it."""
    for link in measured.links:
        route = scene.routes.get(link.key)
        if route is None or len(route) < 2:
            continue
        first = _on_corner(link.source, route[0], route[1], measured, scene)
        last = _on_corner(link.target, route[-1], route[-2], measured, scene)
        scene.routes[link.key] = (first, *route[1:-1], last)


def _on_corner(key: str, end: Point, before: Point, measured: MeasuredGraph, scene: Scene) -> Point:
    block = measured.blocks.get(key)
    corner = block.corner if block else measured.metrics.corner
    return onto_rounded(endpoint_rect(key, scene), corner, end, before) if corner > 0 else end


def _keep(link: Link, scene: Scene, previous: Scene) -> bool:
    """Take over the route of the scene before, if its ends stand where they stood and the way is still free."""
    route = previous.routes.get(link.key)
    if route is None:
        return False
    for key in (link.source, link.target):
        if key not in previous.rects and key not in previous.frames:
            return False
        if endpoint_rect(key, previous) != endpoint_rect(key, scene):
            return False
    own = (link.source, link.target)
    for key, rect in scene.rects.items():
        if key not in own and any(segment_hits_rect(a, b, rect.grown(4)) for a, b in pairwise(route)):
            return False
    scene.routes[link.key] = route
    return True
