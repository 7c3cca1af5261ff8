"""Connectors for shapes that have their places: routes that still hold, new ones, and the words beside them."""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from drawing.geometry import segment_hits_rect
from drawing.graph import Link
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
    routes are made anew, but those ``kept``.
    """
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
