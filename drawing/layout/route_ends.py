"""How routes meet what they are bound to: round corners, figures over captions, frames, and room for their ends."""

from __future__ import annotations

import math

from drawing.geometry import OUTWARD, Point, Rect, Side, on_outline

ROOM = 5.0  # canvas units between what is drawn at an end and the first bend


def with_room(points: tuple[Point, ...], length: float) -> tuple[Point, ...]:
    """Return a route whose first piece is as long as what is drawn at its end, where the third one leaves room."""
    if len(points) < 4 or length <= 0:
        return points
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = points[:4]
    first, third = math.dist(points[0], points[1]), math.dist(points[2], points[3])
    missing = length + ROOM - first
    is_onward = (bx - ax) * (dx - cx) + (by - ay) * (dy - cy) > 0
    if missing <= 0 or first < 0.1 or not is_onward or third < missing + ROOM:
        return points
    ux, uy = (bx - ax) / first * missing, (by - ay) / first * missing
    return (points[0], (bx + ux, by + uy), (cx + ux, cy + uy), *points[3:])


def on_figure(shape: str, rect: Rect, end: Point, before: Point) -> Point:
    """Return an end moved on to the shape over a caption; below that it stays at the caption."""
    side = arrival_side(end, before)
    is_level = rect.y < end[1] < rect.bottom if side in ("left", "right") else side == "top"
    is_level = is_level and (side != "top" or rect.x < end[0] < rect.right)
    return on_outline(shape, rect, side, end) if is_level else end


def on_corner(rect: Rect, corner: float, side: Side, at: Point) -> Point:
    """Return a point on the side of a box, moved on to the round corner where it stands before one."""
    radius = min(corner, rect.w / 2, rect.h / 2)
    is_upright = side in ("top", "bottom")
    along = at[0] - rect.x if is_upright else at[1] - rect.y
    length = rect.w if is_upright else rect.h
    missing = radius - min(along, length - along)
    if missing <= 0:
        return at
    depth = radius - math.sqrt(max(0.0, radius * radius - missing * missing))
    dx, dy = OUTWARD[side]
    return (at[0] - dx * depth, at[1] - dy * depth)


def outside(points: list[Point], frame: Rect) -> list[Point]:
    """Return the part of a route that lies outside the frame it begins at, from the frame's border on."""
    inside = [at for at, (x, y) in enumerate(points) if frame.holds(Rect(x, y, 0, 0), 0.5)]
    if not inside or inside[-1] + 1 >= len(points):
        return points
    (ax, ay), (bx, by) = points[inside[-1]], points[inside[-1] + 1]
    x = min(max(bx, frame.x), frame.right) if abs(bx - ax) > abs(by - ay) else ax
    y = min(max(by, frame.y), frame.bottom) if abs(by - ay) >= abs(bx - ax) else ay
    return [(x, y), *points[inside[-1] + 1 :]]


def arrival_side(end: Point, before: Point) -> Side:
    """Return the side at which a line arrives that comes from ``before``."""
    dx, dy = before[0] - end[0], before[1] - end[1]
    if abs(dx) > abs(dy):
        return "right" if dx > 0 else "left"
    return "bottom" if dy > 0 else "top"
