"""Moves connectors away from labels that a reader would take for theirs."""

from __future__ import annotations

import math
from collections.abc import Collection
from itertools import pairwise

from drawing.geometry import polyline_to_rect, segment_hits_rect
from drawing.graph import Link
from drawing.layout.labels import OWN_LINE, place_labels
from drawing.layout.repair import bad_links
from drawing.layout.routes import route_links
from drawing.measured import MeasuredGraph
from drawing.scene import Scene

ATTEMPTS = 8  # connectors that are routed again, at most


def repair_labels(measured: MeasuredGraph, scene: Scene, kept: Collection[str] = ()) -> None:
    """Route connectors again that are nearer to a label than its own one, or run through it; those ``kept`` stay."""
    links = {link.key: link for link in measured.links}
    tried: set[tuple[str, str]] = set()
    for _ in range(ATTEMPTS):
        pair = next((pair for pair in strange_labels(scene) if pair not in tried), None)
        if pair is None:
            return
        tried.add(pair)
        label, other = pair
        if other in kept or other not in links:
            continue
        _try_apart(links[label], links[other], measured, scene)


def strange_labels(scene: Scene) -> list[tuple[str, str]]:
    """Return the keys of labels that are as near to another connector as to their own, each with that one."""
    out = []
    for key, rect in scene.label_rects.items():
        if key not in scene.routes:
            continue
        own = polyline_to_rect(scene.routes[key], rect)
        others = [
            (polyline_to_rect(route, rect), name) for name, route in scene.routes.items() if name != key
        ]
        distance, name = min(others, default=(math.inf, ""))
        if distance < own + OWN_LINE:
            out.append((key, name))
    return out


def _try_apart(own: Link, other: Link, measured: MeasuredGraph, scene: Scene) -> None:
    """Give a label the place it would have without the other connector, and route that one around it."""
    routes, labels = dict(scene.routes), dict(scene.label_rects)
    before = _faults(measured, scene)
    for link in (own, other):
        scene.label_rects.pop(link.key, None)
    del scene.routes[other.key]
    place_labels(measured, scene)
    route_links([other], measured, scene)
    place_labels(measured, scene)
    if _faults(measured, scene) >= before:
        scene.routes.clear()
        scene.routes.update(routes)
        scene.label_rects.clear()
        scene.label_rects.update(labels)


def _faults(measured: MeasuredGraph, scene: Scene) -> int:
    struck = sum(
        segment_hits_rect(a, b, rect)
        for rect in scene.label_rects.values()
        for route in scene.routes.values()
        for a, b in pairwise(route)
    )
    return len(strange_labels(scene)) + struck + 2 * len(bad_links(measured, scene))
