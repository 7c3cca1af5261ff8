"""Decisions that read well: one branch straight on from the far corner, the others from the corners beside it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from drawing.geometry import Point, Rect, segment_hits_rect, shared_length, tidy
from drawing.layout.ports import endpoint_rect
from drawing.measured import Block, MeasuredGraph
from drawing.scene import Scene

AIR = 8.0  # units between a moved branch and everything else


def branch_at_corners(measured: MeasuredGraph, scene: Scene) -> None:
    """Let routes leave diamonds at their corners wherever the way from there is free."""
    turned = measured.direction == "right"
    for key, block in measured.blocks.items():
        if block.outline == "diamond" and key in scene.rects:
            _Diamond(measured, scene, block, turned).straighten()


def centre_straight_routes(measured: MeasuredGraph, scene: Scene) -> None:
    """Move straight routes between shapes on one axis to that axis, if they are alone on their sides."""
    for link in measured.links:
        route = scene.routes.get(link.key, ())
        if len(route) != 2 or link.source not in scene.rects or link.target not in scene.rects:
            continue
        a, b = scene.rects[link.source], scene.rects[link.target]
        (ax, ay), (bx, by) = route
        if abs(ax - bx) < 0.1 and abs(a.cx - b.cx) < 1 < abs(ax - a.cx):
            moved = ((a.cx, ay), (a.cx, by))
        elif abs(ay - by) < 0.1 and abs(a.cy - b.cy) < 1 < abs(ay - a.cy):
            moved = ((ax, a.cy), (bx, a.cy))
        else:
            continue
        is_plain = all(measured.blocks[key].outline == "rectangle" for key in (link.source, link.target))
        others = [
            point for key, other in scene.routes.items() if key != link.key for point in (other[0], other[-1])
        ]
        is_alone = not any(abs(x - px) + abs(y - py) < 2 * AIR for x, y in moved for px, py in others)
        if is_plain and is_alone and _way_is_free(measured, scene, link.key, moved):
            scene.routes[link.key] = moved


class _Diamond:
    """One decision, seen as if the drawing ran down the page: x and y change places when it runs right."""

    def __init__(self, measured: MeasuredGraph, scene: Scene, block: Block, turned: bool) -> None:
        self._measured = measured
        self._scene = scene
        self._turned = turned
        self._key = block.key
        self._rect = self._seen_rect(scene.rects[block.key])
        self._taken = {
            corner
            for link in measured.links
            if (route := scene.routes.get(link.key)) is not None
            for end, point in ((link.source, route[0]), (link.target, route[-1]))
            if end == block.key
            for corner in self._corners()
            if _near(corner, self._seen(point))
        }

    def _seen(self, point: Point) -> Point:
        return (point[1], point[0]) if self._turned else point

    def _seen_rect(self, rect: Rect) -> Rect:
        return Rect(rect.y, rect.x, rect.h, rect.w) if self._turned else rect

    def _corners(self) -> tuple[Point, Point, Point]:
        """The corners at the left, at the right, and ahead."""
        rect = self._rect
        return (rect.x, rect.cy), (rect.right, rect.cy), (rect.cx, rect.bottom)

    def straighten(self) -> None:
        """Move the branches that turn aside to the side corners, then one of the rest to the corner ahead."""
        links = [
            link.key
            for link in self._measured.links
            if link.source == self._key and link.target != self._key and link.key in self._scene.routes
        ]
        for key in links:
            self._try_aside(key)
        for key in links:
            self._try_ahead(key)

    def _route(self, key: str) -> list[Point]:
        return [self._seen(point) for point in self._scene.routes[key]]

    def _try_aside(self, key: str) -> None:
        """From "down, aside, down" to "aside, down": the branch starts at the corner on its side."""
        route = self._route(key)
        if len(route) < 4 or not _is_ahead(route, self._rect):
            return
        aside = route[2][0]
        left, right, _ = self._corners()
        corner = right if aside > self._rect.cx else left
        clear = self._rect.right + AIR if corner == right else self._rect.x - AIR
        if (aside - clear) * (clear - self._rect.cx) > 0:
            self._replace(key, corner, [corner, (aside, corner[1]), *route[3:]])
        elif len(route) > 4 and abs(aside - clear) < 3 * AIR:
            # Its way down is just below the corner: it moves outwards.
            aside = clear + (AIR if corner == right else -AIR)
            self._replace(key, corner, [corner, (aside, corner[1]), (aside, route[3][1]), *route[4:]])

    def _try_ahead(self, key: str) -> None:
        """Start in the middle ahead instead of on a slanted side."""
        route = self._route(key)
        corner = self._corners()[2]
        if not _is_ahead(route, self._rect) or _near(route[0], corner):
            return
        if len(route) > 2:
            self._replace(key, corner, [corner, (corner[0], route[1][1]), *route[2:]])
            return
        target = next(link.target for link in self._measured.links if link.key == key)
        block = self._measured.blocks.get(target)
        if block is None or block.outline != "rectangle":
            return
        rect = self._seen_rect(self._scene.rects[target])
        if rect.x + 10 <= corner[0] <= rect.right - 10:
            self._replace(key, corner, [corner, (corner[0], route[1][1])])

    def _replace(self, key: str, corner: Point, points: Sequence[Point]) -> None:
        route = tidy([self._seen(point) for point in points])
        is_free = len(route) >= 2 and _way_is_free(self._measured, self._scene, key, route)
        if corner not in self._taken and is_free:
            self._taken.add(corner)
            self._scene.routes[key] = route


def _way_is_free(measured: MeasuredGraph, scene: Scene, key: str, route: Sequence[Point]) -> bool:
    """Say whether a link may take this route: clear of other shapes and texts, and not along other routes."""
    link = next(link for link in measured.links if link.key == key)
    pieces = list(pairwise(route))
    ends = (link.source, link.target)
    blocked = [rect.grown(AIR) for name, rect in scene.rects.items() if name not in ends]
    blocked += [rect.grown(2) for rect in scene.headings.values()]
    blocked += [endpoint_rect(name, scene).grown(-2) for name in ends]
    if any(segment_hits_rect(a, b, rect) for a, b in pieces for rect in blocked):
        return False
    others = [other for name, other in scene.routes.items() if name != key]
    return not any(
        shared_length(a, b, c, d, AIR) > 0 for a, b in pieces for other in others for c, d in pairwise(other)
    )


def _is_ahead(route: Sequence[Point], rect: Rect) -> bool:
    """Say whether a route leaves in the drawing's direction."""
    return route[1][1] > route[0][1] + 1 and abs(route[1][0] - route[0][0]) < 0.5 and route[0][1] > rect.cy


def _near(a: Point, b: Point) -> bool:
    return abs(a[0] - b[0]) < 3 and abs(a[1] - b[1]) < 3
