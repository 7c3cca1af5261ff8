"""Routes for links whose ends have their places, one after the other around everything that is in the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from drawing.geometry import Rect
from drawing.graph import Link
from drawing.layout.ports import endpoint_rect, find_endpoints
from drawing.layout.router import MARGIN, Endpoint, Router
from drawing.layout.simple_routes import simple_route
from drawing.measured import MeasuredGraph, text_area
from drawing.scene import Scene

SIMPLE_WORK = 40  # links times obstacles that are searched a way for between two items of a stream
TIGHT_MARGIN = 5.0  # units, for a second try where shapes stand close


def route_links(
    links: Sequence[Link], measured: MeasuredGraph, scene: Scene, *, is_simple: bool = False
) -> None:
    """Route links one after the other, the short ones first, so that each avoids those before it.

    ``is_simple`` is for drawings that are still growing: many links at once get simple routes for now.
    """
    by_homes: dict[frozenset[str], list[Link]] = {}
    for link in links:
        by_homes.setdefault(_homes(link, scene), []).append(link)
    for homes, group in by_homes.items():
        _route_group(group, measured, scene, homes, is_simple)


def _route_group(
    links: Sequence[Link], measured: MeasuredGraph, scene: Scene, homes: frozenset[str], is_simple: bool
) -> None:
    """Route the short links first; those for which there is no way try again closer to the shapes."""
    order = sorted(links, key=lambda link: _reach(link, scene))
    ends = {
        link.key: _pair(link, found) for found in [find_endpoints(order, measured, scene)] for link in order
    }
    blocked = obstacles(measured, scene, homes)
    if is_simple and len(order) * len(blocked) > SIMPLE_WORK:
        for link in order:
            scene.routes[link.key] = simple_route(*ends[link.key], blocked)
        return
    for margin in (MARGIN, TIGHT_MARGIN):
        if all(link.key in scene.routes for link in order):
            return
        router = Router(blocked, [end for pair in ends.values() for end in pair], margin=margin)
        for known in scene.routes.values():
            router.avoid(known)
        for link in [link for link in order if link.key not in scene.routes]:
            route = router.route(*ends[link.key])
            if route is not None:
                scene.routes[link.key] = route
    for link in order:
        if link.key not in scene.routes:
            scene.routes[link.key] = simple_route(*ends[link.key], blocked)


def _pair(link: Link, ends: Mapping[str, Endpoint]) -> tuple[Endpoint, Endpoint]:
    """Return both ends of a link; a loop leaves at the right and comes back from above."""
    source, target = ends[link.source], ends[link.target]
    if link.source != link.target:
        return source, target
    return replace(source, sides=("right",), facing=()), replace(target, sides=("top",), facing=())


def obstacles(measured: MeasuredGraph, scene: Scene, homes: frozenset[str] = frozenset()) -> list[Rect]:
    """Return what routes go around: shapes and texts; of the shapes in ``homes`` only the text is in the way."""
    rects = [rect for key, rect in scene.rects.items() if key not in homes]
    rects += [text_area(measured.blocks[key], scene.rects[key], True) for key in scene.rects if key in homes]
    rects += [*scene.headings.values(), *scene.label_rects.values()]
    rects += [mark.rect for mark in scene.marks if mark.kind == "text"]
    return [rect for rect in rects if rect.h > 0]


def _homes(link: Link, scene: Scene) -> frozenset[str]:
    """The shapes that the ends of a link stand in."""
    homes = set()
    for key in (link.source, link.target):
        home = scene.inside.get(key)
        while home is not None:
            homes.add(home)
            home = scene.inside.get(home)
    return frozenset(homes)


def _reach(link: Link, scene: Scene) -> float:
    a, b = endpoint_rect(link.source, scene), endpoint_rect(link.target, scene)
    return abs(a.cx - b.cx) + abs(a.cy - b.cy)
