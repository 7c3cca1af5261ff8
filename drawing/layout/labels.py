"""Where the words beside connectors go: the first place along the route that touches nothing."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from drawing.geometry import Point, Rect, extent, polygon, polyline_to_rect, segment_hits_rect
from drawing.measured import MeasuredGraph
from drawing.scene import Scene

BESIDE = 5.0  # units between a line and its label
FARTHER = (12.0, 20.0, 30.0, 44.0)  # where there is no room so near
AIR = 3.0  # units around a label that stay free
OWN_LINE = 2.0  # units that a label must be nearer to its own line than to another one
GOOD_DISTANCE = 5.0  # and should be

_FRACTIONS = (0.5, 0.35, 0.65, 0.2, 0.8, 0.08, 0.92)
_BRANCH_FRACTIONS = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85)


def place_labels(measured: MeasuredGraph, scene: Scene) -> None:
    """Give every routed link with a label its box."""
    blocked = [*scene.rects.values(), *scene.headings.values(), *scene.label_rects.values()]
    blocked += [mark.rect for mark in scene.marks if mark.kind != "line"]
    borders = [_mark_line(mark.rect) for mark in scene.marks if mark.kind == "line"]
    borders += [side for frame in scene.frames.values() for side in _borders(frame)]
    reaches = {key: extent(route) for key, route in scene.routes.items()}
    for link in measured.links:
        label, route = measured.labels.get(link.key), scene.routes.get(link.key)
        if label is None or route is None or link.key in scene.label_rects:
            continue
        others = [(other, reaches[key]) for key, other in scene.routes.items() if key != link.key]
        around = _Surroundings(blocked, borders, route, others)
        size = (label.width + 2, label.height)
        node = measured.graph.nodes.get(link.source)
        is_branch = getattr(node, "role", None) == "decision"
        if measured.graph.parents.get(link.target) == link.source:
            # A tree's lines share their way; only the last piece is the child's own.
            route, is_branch = route[::-1], True
        spot = _best_spot(route, size, is_branch, around)
        scene.label_rects[link.key] = spot
        blocked.append(spot)


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a label may not touch, and the lines that a reader may take it for the words of."""

    blocked: Sequence[Rect]
    borders: Sequence[tuple[Point, Point]]
    own: Sequence[Point]
    others: Sequence[tuple[Sequence[Point], Rect]]  # with the boxes around them

    def trouble(self, spot: Rect) -> float:
        """Return how bad a place is for a label; 0 when nothing is wrong with it."""
        air, tight = spot.grown(AIR), spot.grown(1.5)
        trouble = 3.0 * sum(1 for rect in self.blocked if rect.overlaps(air))
        trouble += sum(1 for a, b in self.borders if segment_hits_rect(a, b, tight))
        trouble += 2.0 * any(segment_hits_rect(a, b, tight) for a, b in pairwise(self.own))
        own = polyline_to_rect(self.own, spot)
        around = spot.grown(own + GOOD_DISTANCE)
        near = [route for route, reach in self.others if reach.overlaps(around, 0.1)]
        nearest = min((polyline_to_rect(route, spot) for route in near), default=math.inf)
        if nearest <= 1.5:
            trouble += 2.0
        if nearest < own + OWN_LINE:
            return trouble + 2.0
        return trouble + 0.5 if nearest < own + GOOD_DISTANCE else trouble


def _mark_line(rect: Rect) -> tuple[Point, Point]:
    return (rect.x, rect.y), (rect.right, rect.bottom)


def _borders(frame: Rect) -> list[tuple[Point, Point]]:
    corners = polygon("rectangle", frame)
    return list(pairwise([*corners, corners[0]]))


def _best_spot(
    route: Sequence[Point], size: tuple[float, float], is_branch: bool, around: _Surroundings
) -> Rect:
    best: tuple[float, Rect] | None = None
    for spot in _spots(route, size, is_branch):
        trouble = around.trouble(spot)
        if trouble == 0:
            return spot
        if best is None or trouble < best[0]:
            best = (trouble, spot)
    if best is None:
        x, y = route[0]
        return Rect(x + BESIDE, y - size[1] / 2, *size)
    return best[1]


def _spots(route: Sequence[Point], size: tuple[float, float], is_branch: bool) -> Iterator[Rect]:
    """Yield boxes beside the route: near its start for a decision's branch, else beside its longest part."""
    pieces = list(pairwise(route))
    if not is_branch:
        pieces.sort(key=lambda piece: -math.dist(*piece))
    w, h = size
    for beside in (BESIDE, *FARTHER):
        for (ax, ay), (bx, by) in pieces:
            is_upright = abs(bx - ax) < abs(by - ay)
            length = abs(by - ay) if is_upright else abs(bx - ax)
            for share in _BRANCH_FRACTIONS if is_branch else _FRACTIONS:
                x, y = ax + (bx - ax) * share, ay + (by - ay) * share
                if is_upright:
                    y = _inside(y, h / 2, ay, by)
                    yield Rect(x + beside, y - h / 2, w, h)
                    yield Rect(x - beside - w, y - h / 2, w, h)
                elif length > 8:
                    x = _inside(x, w / 2, ax, bx)
                    yield Rect(x - w / 2, y - beside + 1 - h, w, h)
                    yield Rect(x - w / 2, y + beside - 1, w, h)


def _inside(middle: float, half: float, a: float, b: float) -> float:
    """Move the middle of a label so that it stays along its piece of line where there is room."""
    low, high = min(a, b) + half + 2, max(a, b) - half - 2
    if low > high:
        return (a + b) / 2
    return min(max(middle, low), high)
