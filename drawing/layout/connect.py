"""Connectors for shapes that have their places: routes, self loops and labels, reusing what still holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from drawing.diagram import Link
from drawing.layout.geometry import Point, Rect, Side, is_inside, on_outline, segment_hits_rect, tidy
from drawing.layout.labels import place_labels
from drawing.layout.router import MARGIN, End, Router
from drawing.scene import Diagram, Scene, text_area

LOOP = 18.0  # units that a self loop stands out
TIGHT_MARGIN = 5.0  # for a second try where shapes stand close


def connect(diagram: Diagram, scene: Scene, previous: Scene | None = None) -> int:
    """Route all links that have no route yet and place all labels; return how many labels touch something."""
    placed = {*scene.rects, *scene.frames}
    open_links = [
        link
        for link in diagram.links
        if link.key not in scene.routes and link.source in placed and link.target in placed
    ]
    if previous is not None:
        open_links = [link for link in open_links if not _keep(link, scene, previous)]
    for link in open_links:
        if link.source == link.target:
            scene.routes[link.key] = self_loop(link, diagram, scene)
    route_links([link for link in open_links if link.source != link.target], diagram, scene)
    return place_labels(diagram, scene, previous)


def end_rect(key: str, scene: Scene) -> Rect:
    """Return the box of a shape or frame."""
    return scene.rects[key] if key in scene.rects else scene.frames[key]


def outline_of(key: str, diagram: Diagram) -> str:
    """Return the outline of a shape; frames are rectangles."""
    block = diagram.blocks.get(key)
    return block.outline if block else "rectangle"


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


def route_links(links: Sequence[Link], diagram: Diagram, scene: Scene) -> None:
    """Route links one after the other, the short ones first, so that each avoids those before it."""
    by_homes: dict[frozenset[str], list[Link]] = {}
    for link in links:
        by_homes.setdefault(_homes(link, scene), []).append(link)
    for homes, group in by_homes.items():
        _route_group(group, diagram, scene, homes)


def _route_group(links: Sequence[Link], diagram: Diagram, scene: Scene, homes: frozenset[str]) -> None:
    order = sorted(links, key=lambda link: _reach(link, scene))
    facing = _facing_ports(order, diagram, scene)
    ends = {key: _end(key, diagram, scene, tuple(ports)) for key, ports in facing.items()}
    router = _router(diagram, scene, ends, homes)
    missing = []
    for link in order:
        route = router.route(ends[link.source], ends[link.target])
        if route is None:
            missing.append(link)
        else:
            scene.routes[link.key] = route
    if missing:
        _route_tightly(missing, diagram, scene, ends, homes)


def _route_tightly(
    links: Sequence[Link], diagram: Diagram, scene: Scene, ends: dict[str, End], homes: frozenset[str]
) -> None:
    router = _router(diagram, scene, ends, homes, TIGHT_MARGIN)
    for link in links:
        route = router.route(ends[link.source], ends[link.target])
        scene.routes[link.key] = route or straight(ends[link.source], ends[link.target])


def _router(
    diagram: Diagram, scene: Scene, ends: dict[str, End], homes: frozenset[str], margin: float = MARGIN
) -> Router:
    router = Router(obstacles(diagram, scene, homes), ends.values(), margin=margin)
    for route in scene.routes.values():
        router.avoid(route)
    return router


def _facing_ports(
    links: Sequence[Link], diagram: Diagram, scene: Scene
) -> dict[str, list[tuple[Side, Point]]]:
    """Return for each end the ports from which a straight line reaches the other end of a link."""
    ports: dict[str, list[tuple[Side, Point]]] = {}
    for link in links:
        mine, other = ports.setdefault(link.source, []), ports.setdefault(link.target, [])
        a, b = end_rect(link.source, scene), end_rect(link.target, scene)
        pointed = [
            outline_of(key, diagram) not in ("rectangle", "text") for key in (link.source, link.target)
        ]
        x = _level((a.x, a.right), (b.x, b.right), pointed)
        y = _level((a.y, a.bottom), (b.y, b.bottom), pointed)
        if x is not None and not a.overlaps(b):
            sides: tuple[Side, Side] = ("bottom", "top") if a.cy < b.cy else ("top", "bottom")
            mine.append((sides[0], (x, a.cy)))
            other.append((sides[1], (x, b.cy)))
        elif y is not None and not a.overlaps(b):
            sides = ("right", "left") if a.cx < b.cx else ("left", "right")
            mine.append((sides[0], (a.cx, y)))
            other.append((sides[1], (b.cx, y)))
    return ports


def _level(a: tuple[float, float], b: tuple[float, float], pointed: Sequence[bool]) -> float | None:
    """Return where two sides face each other: at a middle, if possible; pointed outlines have nothing else."""
    spans = [(low + 10, high - 10) for low, high in (a, b)]
    middles = [sum(span) / 2 for span in spans]
    for own, other in ((0, 1), (1, 0)):
        is_fine = abs(middles[own] - middles[other]) < 0.5 or not pointed[other]
        if is_fine and spans[other][0] <= middles[own] <= spans[other][1]:
            return middles[own]
    low, high = max(spans[0][0], spans[1][0]), min(spans[0][1], spans[1][1])
    return (low + high) / 2 if low < high and not any(pointed) else None


def _end(key: str, diagram: Diagram, scene: Scene, facing: tuple[tuple[Side, Point], ...]) -> End:
    sides: tuple[Side, ...] = ("bottom", "top", "right", "left")
    if diagram.direction == "right":
        sides = ("right", "left", "bottom", "top")
    return End(outline_of(key, diagram), end_rect(key, scene), sides, facing)


def _reach(link: Link, scene: Scene) -> float:
    a, b = end_rect(link.source, scene), end_rect(link.target, scene)
    return abs(a.cx - b.cx) + abs(a.cy - b.cy)


def _keep(link: Link, scene: Scene, previous: Scene) -> bool:
    """Take over the route of the scene before, if its ends stand where they stood and the way is still free."""
    route = previous.routes.get(link.key)
    if route is None:
        return False
    for key in (link.source, link.target):
        if key not in previous.rects and key not in previous.frames:
            return False
        if end_rect(key, previous) != end_rect(key, scene):
            return False
    own = (link.source, link.target)
    for key, rect in scene.rects.items():
        if key not in own and any(segment_hits_rect(a, b, rect.grown(4)) for a, b in pairwise(route)):
            return False
    scene.routes[link.key] = route
    return True


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


def self_loop(link: Link, diagram: Diagram, scene: Scene) -> tuple[Point, ...]:
    """Return a loop at a corner of the shape: out of its right side and back into its top."""
    rect, outline = end_rect(link.source, scene), outline_of(link.source, diagram)
    number = sum(
        1 for other in diagram.links if other.source == other.target == link.source and other.key < link.key
    )
    reach = LOOP + 10 * number
    y, x = rect.cy - rect.h * 0.1 * (1 + number % 3), rect.right - rect.w * 0.15 * (1 + number % 3)
    start = on_outline(outline, rect, "right", (rect.right, y))
    finish = on_outline(outline, rect, "top", (x, rect.y))
    return tidy(
        [start, (rect.right + reach, y), (rect.right + reach, rect.y - reach), (x, rect.y - reach), finish]
    )
