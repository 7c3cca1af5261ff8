"""Routes for links whose ends have their places, one after the other around everything that is in the way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from drawing.diagram import Link
from drawing.layout.ends import end_rect, find_ends
from drawing.layout.geometry import Point, Rect, is_inside, on_outline
from drawing.layout.router import MARGIN, End, Router
from drawing.scene import Diagram, Scene, text_area

TIGHT_MARGIN = 5.0  # units, for a second try where shapes stand close


def route_links(links: Sequence[Link], diagram: Diagram, scene: Scene) -> None:
    """Route links one after the other, the short ones first, so that each avoids those before it."""
    by_homes: dict[frozenset[str], list[Link]] = {}
    for link in links:
        by_homes.setdefault(_homes(link, scene), []).append(link)
    for homes, group in by_homes.items():
        _route_group(group, diagram, scene, homes)


def _route_group(links: Sequence[Link], diagram: Diagram, scene: Scene, homes: frozenset[str]) -> None:
    """Route the short links first; those for which there is no way try again closer to the shapes."""
    order = sorted(links, key=lambda link: _reach(link, scene))
    ends = {link.key: _pair(link, found) for found in [find_ends(order, diagram, scene)] for link in order}
    blocked = obstacles(diagram, scene, homes)
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
        scene.routes.setdefault(link.key, straight(*ends[link.key]))


def _pair(link: Link, ends: Mapping[str, End]) -> tuple[End, End]:
    """Return both ends of a link; a loop leaves at the right and comes back from above."""
    source, target = ends[link.source], ends[link.target]
    if link.source != link.target:
        return source, target
    return replace(source, sides=("right",), facing=()), replace(target, sides=("top",), facing=())


def obstacles(diagram: Diagram, scene: Scene, homes: frozenset[str] = frozenset()) -> list[Rect]:
    """Return what routes go around: shapes and texts; of the shapes in ``homes`` only the text is in the way."""
    rects = [rect for key, rect in scene.rects.items() if key not in homes]
    rects += [text_area(diagram.blocks[key], scene.rects[key], True) for key in scene.rects if key in homes]
    rects += scene.headings.values()
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
    a, b = end_rect(link.source, scene), end_rect(link.target, scene)
    return abs(a.cx - b.cx) + abs(a.cy - b.cy)


def straight(source: End, target: End) -> tuple[Point, ...]:
    """Return the straight line between two outlines, the last resort."""
    a, b = (source.rect.cx, source.rect.cy), (target.rect.cx, target.rect.cy)
    return (_leave(source, a, b), _leave(target, b, a))


def _leave(end: End, inside: Point, outside: Point) -> Point:
    """Where the line from the centre outwards meets the outline, found by halving."""
    if math.dist(inside, outside) < 1e-6:
        return on_outline(end.outline, end.rect, "bottom", inside)
    near, far = 0.0, 2 * (end.rect.w + end.rect.h) / math.dist(inside, outside)
    for _ in range(40):
        middle = (near + far) / 2
        point = _between(inside, outside, middle)
        near, far = (middle, far) if is_inside(end.outline, end.rect, point) else (near, middle)
    return _between(inside, outside, near)


def _between(a: Point, b: Point, share: float) -> Point:
    return (a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share)
