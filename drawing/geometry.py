"""Boxes, outlines and line segments: the arithmetic that every layout and every check shares."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Literal

from drawing.rect import Point as Point
from drawing.rect import Rect as Rect
from drawing.shapes import SHAPES
from drawing.shapes import outline as corners_of

Side = Literal["top", "right", "bottom", "left"]

OUTWARD: dict[Side, Point] = {"top": (0, -1), "right": (1, 0), "bottom": (0, 1), "left": (-1, 0)}
BOXES = frozenset(("rectangle", "rounded", "text", "frame"))  # outlines that fill their box
STAR_INNER = 0.5  # inner radius of a star as a share of its outer one


def extent(points: Sequence[Point]) -> Rect:
    """Return the smallest box around a polyline."""
    xs, ys = zip(*points, strict=True)
    left, top = min(xs), min(ys)
    return Rect(left, top, max(xs) - left, max(ys) - top)


def bounding(rects: Iterable[Rect], points: Iterable[Point] = ()) -> Rect | None:
    """Return the smallest box around all boxes and points; None when there are none."""
    boxes = list(rects)
    dots = list(points)
    xs = [r.x for r in boxes] + [r.right for r in boxes] + [p[0] for p in dots]
    ys = [r.y for r in boxes] + [r.bottom for r in boxes] + [p[1] for p in dots]
    if not xs:
        return None
    return Rect(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def polygon(outline: str, rect: Rect) -> list[Point]:
    """Return the corners of an outline drawn into a box, clockwise; curves as many short sides."""
    if outline == "diamond":
        return [(rect.cx, rect.y), (rect.right, rect.cy), (rect.cx, rect.bottom), (rect.x, rect.cy)]
    if outline == "star":
        return _star(rect)
    if outline == "heart":
        return corners_of(outline, rect, steps=12)
    if outline == "circle":
        return _ellipse(rect)
    if outline in SHAPES and outline not in BOXES:
        return corners_of(outline, rect)
    return [(rect.x, rect.y), (rect.right, rect.y), (rect.right, rect.bottom), (rect.x, rect.bottom)]


def _star(rect: Rect) -> list[Point]:
    points = []
    for i in range(10):
        share = 1.0 if i % 2 == 0 else STAR_INNER
        angle = -math.pi / 2 + i * math.pi / 5
        points.append(
            (rect.cx + math.cos(angle) * share * rect.w / 2, rect.cy + math.sin(angle) * share * rect.h / 2)
        )
    return points


def _ellipse(rect: Rect, sides: int = 72) -> list[Point]:
    turn = 2 * math.pi / sides
    return [
        (rect.cx + math.cos(i * turn) * rect.w / 2, rect.cy + math.sin(i * turn) * rect.h / 2)
        for i in range(sides)
    ]


def on_outline(outline: str, rect: Rect, side: Side, at: Point) -> Point:
    """Return where a line through ``at`` that arrives from ``side`` first meets the outline.

    Only the coordinate along the side is used: for ``top`` and ``bottom`` the x of ``at``, else its y.
    """
    if outline in BOXES:
        return _on_rect(rect, side, at)
    return on_polygon(polygon(outline, rect), rect, side, at)


def on_polygon(corners: Sequence[Point], rect: Rect, side: Side, at: Point) -> Point:
    """Return the same for any outline, given by its corners; its middle where the line misses it."""
    along = 0 if side in ("top", "bottom") else 1
    hits = _cuts(corners, along, at[along])
    if not hits:
        return (rect.cx, rect.cy)
    across = min(hits) if side in ("top", "left") else max(hits)
    return (at[0], across) if along == 0 else (across, at[1])


def _on_rect(rect: Rect, side: Side, at: Point) -> Point:
    if side in ("top", "bottom"):
        return (at[0], rect.y if side == "top" else rect.bottom)
    return (rect.x if side == "left" else rect.right, at[1])


def _cuts(corners: Sequence[Point], along: int, value: float) -> list[float]:
    """Where the line ``coordinate[along] == value`` cuts a polygon, as the other coordinate."""
    hits = []
    for a, b in pairwise([*corners, corners[0]]):
        lo, hi = sorted((a[along], b[along]))
        if not lo - 1e-9 <= value <= hi + 1e-9:
            continue
        if hi - lo < 1e-9:
            hits += [a[1 - along], b[1 - along]]
        else:
            share = (value - a[along]) / (b[along] - a[along])
            hits.append(a[1 - along] + share * (b[1 - along] - a[1 - along]))
    return hits


def inside_polygon(corners: Sequence[Point], point: Point) -> bool:
    """Say whether a point lies inside a polygon (by the even-odd rule)."""
    x, y = point
    inside = False
    for (ax, ay), (bx, by) in pairwise([*corners, corners[0]]):
        if (ay > y) != (by > y) and x < ax + (y - ay) / (by - ay) * (bx - ax):
            inside = not inside
    return inside


def distance_to_outline(outline: str, rect: Rect, point: Point, corner: float = 0.0) -> float:
    """Return how far a point is from an outline, inside or outside; ``corner`` is the radius of a rectangle's."""
    if outline == "rectangle" and corner > 0:
        return abs(distance_to_rounded(rect, corner, point))
    if outline == "circle" and abs(rect.w - rect.h) < 0.01:
        return abs(math.dist(point, (rect.cx, rect.cy)) - rect.w / 2)
    corners = polygon(outline, rect)
    return min(point_to_segment(point, a, b) for a, b in pairwise([*corners, corners[0]]))


def distance_to_rounded(rect: Rect, corner: float, point: Point) -> float:
    """Return the distance from a rectangle with round corners, negative inside."""
    corner = min(corner, rect.w / 2, rect.h / 2)
    dx = abs(point[0] - rect.cx) - (rect.w / 2 - corner)
    dy = abs(point[1] - rect.cy) - (rect.h / 2 - corner)
    return math.hypot(max(dx, 0.0), max(dy, 0.0)) + min(max(dx, dy), 0.0) - corner


def point_to_segment(p: Point, a: Point, b: Point) -> float:
    """Return the distance of a point from a line segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else max(0.0, min(1.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length))
    return math.dist(p, (a[0] + t * dx, a[1] + t * dy))


def polyline_to_rect(points: Sequence[Point], rect: Rect) -> float:
    """Return how far a polyline is from a box; 0 when it touches or enters it."""
    return min(segment_to_rect(a, b, rect) for a, b in pairwise(points)) if len(points) > 1 else math.inf


def segment_to_rect(a: Point, b: Point, rect: Rect) -> float:
    """Return how far a segment is from a box; 0 when it touches or enters it."""
    (ax, ay), (bx, by) = a, b
    if ax == bx or ay == by:
        dx = max(rect.x - max(ax, bx), 0.0, min(ax, bx) - rect.x - rect.w)
        dy = max(rect.y - max(ay, by), 0.0, min(ay, by) - rect.y - rect.h)
        return math.hypot(dx, dy)
    if segment_hits_rect(a, b, rect):
        return 0.0
    corners = ((rect.x, rect.y), (rect.right, rect.y), (rect.x, rect.bottom), (rect.right, rect.bottom))
    ends = min(point_to_rect(a, rect), point_to_rect(b, rect))
    return min(ends, min(point_to_segment(corner, a, b) for corner in corners))


def point_to_rect(point: Point, rect: Rect) -> float:
    """Return how far a point is from a box; 0 inside it."""
    dx = max(rect.x - point[0], 0.0, point[0] - rect.right)
    dy = max(rect.y - point[1], 0.0, point[1] - rect.bottom)
    return math.hypot(dx, dy)


def segment_hits_rect(a: Point, b: Point, rect: Rect) -> bool:
    """Say whether a segment runs through the inside of a box (Liang and Barsky's clipping, 1984)."""
    (ax, ay), (bx, by) = a, b
    if (ax <= rect.x and bx <= rect.x) or (ay <= rect.y and by <= rect.y):
        return False
    right, bottom = rect.x + rect.w, rect.y + rect.h
    if (ax >= right and bx >= right) or (ay >= bottom and by >= bottom):
        return False
    if ax == bx or ay == by:
        return True
    t0, t1 = 0.0, 1.0
    dx, dy = b[0] - a[0], b[1] - a[1]
    for delta, low, high in ((dx, rect.x - a[0], rect.right - a[0]), (dy, rect.y - a[1], rect.bottom - a[1])):
        if abs(delta) < 1e-9:
            if low >= 0 or high <= 0:
                return False
            continue
        first, last = sorted((low / delta, high / delta))
        t0, t1 = max(t0, first), min(t1, last)
        if t0 >= t1:
            return False
    return True


def segments_cross(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Say whether two segments cross in a point inside both."""

    def turn(p: Point, q: Point, r: Point) -> float:
        return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])

    one, two = turn(a, b, c), turn(a, b, d)
    three, four = turn(c, d, a), turn(c, d, b)
    return one * two < -1e-6 and three * four < -1e-6


def shared_length(a: Point, b: Point, c: Point, d: Point, tolerance: float = 3.0) -> float:
    """Return over what length two axis-parallel segments run on top of each other (0 if they do not)."""
    for along in (0, 1):
        across = 1 - along
        if abs(a[across] - b[across]) > 0.01 or abs(c[across] - d[across]) > 0.01:
            continue
        if abs(a[across] - c[across]) > tolerance:
            continue
        low = max(min(a[along], b[along]), min(c[along], d[along]))
        high = min(max(a[along], b[along]), max(c[along], d[along]))
        return max(0.0, high - low)
    return 0.0


def tidy(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return the polyline without doubled points and without corners on a straight line."""
    out: list[Point] = []
    for p in points:
        if out and math.dist(out[-1], p) < 0.05:
            continue
        if len(out) >= 2 and _is_straight(out[-2], out[-1], p):
            out[-1] = p
        else:
            out.append(p)
    return tuple(out)


def _is_straight(a: Point, b: Point, c: Point) -> bool:
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    forward = (b[0] - a[0]) * (c[0] - b[0]) + (b[1] - a[1]) * (c[1] - b[1])
    return abs(area) < 0.05 and forward > 0
