"""Routes at a glance: the best of a few simple ways, where a search would take too long or has found none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from drawing.geometry import OUTWARD, Point, Rect, Side, on_outline, segment_hits_rect, tidy
from drawing.layout.router import Endpoint, Router

MARGINS = (14.0, 8.0)  # canvas units kept from boxes, the second where the first leaves no way
POINTED = ("diamond", "circle", "star", "heart")  # outlines for which the router knows the ports
STUB = 14.0  # units that a route leaves its shape by before it turns
_SHARES = (0.5, 0.25, 0.75)  # where between two shapes a route turns


def find_routes(
    pairs: Mapping[str, tuple[Endpoint, Endpoint]],
    obstacles: Sequence[Rect],
    there: Iterable[Sequence[Point]],
) -> dict[str, tuple[Point, ...]]:
    """Return a way for each pair of ends, by key: around the obstacles and clear of the lines that are there.

    Where the usual distance from boxes leaves no way, less will do; at last the simplest way.
    """
    routes: dict[str, tuple[Point, ...]] = {}
    there = list(there)
    for margin in MARGINS:
        missing = [key for key in pairs if key not in routes]
        if not missing:
            break
        router = Router(obstacles, [end for key in missing for end in pairs[key]], margin=margin)
        for points in [*there, *routes.values()]:
            router.avoid(points)
        for key in missing:
            found = router.route(*pairs[key])
            if found is not None and len(found) > 1:
                routes[key] = found
    return {key: routes.get(key) or simple_route(*pair, obstacles) for key, pair in pairs.items()}


def simple_route(source: Endpoint, target: Endpoint, obstacles: Sequence[Rect]) -> tuple[Point, ...]:
    """Return the first simple route that is free, or else the one that runs through the fewest obstacles."""
    blocked = [rect for rect in obstacles if rect not in (source.rect, target.rect)]
    own = (source.rect.grown(-2), target.rect.grown(-2))
    best: tuple[int, tuple[Point, ...]] | None = None
    for way in _ways(source, target):
        hits = _hits(way, blocked) + 3 * _hits(way, own)
        if hits == 0:
            return way
        if best is None or hits < best[0]:
            best = (hits, way)
    return best[1] if best else ((source.rect.cx, source.rect.cy), (target.rect.cx, target.rect.cy))


def _hits(way: Sequence[Point], rects: Sequence[Rect]) -> int:
    return sum(segment_hits_rect(a, b, rect) for a, b in pairwise(way) for rect in rects)


def _ways(source: Endpoint, target: Endpoint) -> Iterator[tuple[Point, ...]]:
    """Yield ways of at most five pieces between the middles of the sides that look at each other."""
    a, b = source.rect, target.rect
    dx, dy = b.cx - a.cx, b.cy - a.cy
    across: tuple[Side, Side] = ("right", "left") if dx > 0 else ("left", "right")
    along: tuple[Side, Side] = ("bottom", "top") if dy > 0 else ("top", "bottom")
    outs, intos = (across[0], along[0]), (across[1], along[1])
    if source.rect == target.rect:
        outs, intos = (source.sides[0], source.sides[0]), (target.sides[0], target.sides[0])
    for out, into in ((outs[1], intos[1]), (outs[0], intos[0]), (outs[0], intos[1]), (outs[1], intos[0])):
        start, before = _leave(source, out)
        finish, after = _leave(target, into)
        yield tidy([start, before, (before[0], after[1]), after, finish])
        yield tidy([start, before, (after[0], before[1]), after, finish])
        for share in _SHARES:
            x = before[0] + (after[0] - before[0]) * share
            y = before[1] + (after[1] - before[1]) * share
            yield tidy([start, before, (x, before[1]), (x, after[1]), after, finish])
            yield tidy([start, before, (before[0], y), (after[0], y), after, finish])


def _leave(end: Endpoint, side: Side) -> tuple[Point, Point]:
    """Return the middle of a side of the outline and the point straight before its box."""
    dx, dy = OUTWARD[side]
    rect = end.rect
    point = on_outline(end.outline, rect, side, (rect.cx, rect.cy))
    return point, (rect.cx + dx * (rect.w / 2 + STUB), rect.cy + dy * (rect.h / 2 + STUB))
