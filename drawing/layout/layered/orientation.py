"""The four directions: sizes, pads, boxes and lines turned from the page to the flow and back."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.geometry import Point, Rect
from drawing.layout.layered.model import Cluster, Size, Spacing
from drawing.layout.layered.scope import Pads
from drawing.model import Direction

_UPRIGHT = ("down", "up")


def turned(size: Size, direction: Direction) -> Size:
    """Return a page's width and height as the extents across and along the flow."""
    return size if direction in _UPRIGHT else (size[1], size[0])


def pads_of(cluster: Cluster, direction: Direction, spacing: Spacing, lane_heading: Size) -> Pads:
    """Return what a frame keeps free; its heading stands at the top of the page, a lane's at its start."""
    w, h = cluster.heading
    pad = spacing.pad
    head = h + 0.5 * pad if h else 0.0
    wide = w + 2 * pad if w else 0.0
    if cluster.lane:
        room = lane_heading[0] + 2 * pad if direction not in _UPRIGHT else lane_heading[1] + 2 * pad
        across = wide if direction in _UPRIGHT else h + 2 * pad
        return Pads(room, pad, pad, pad, across, 0.0)
    if direction == "down":
        return Pads(pad + head, pad, pad, pad, wide, 0.0)
    if direction == "up":
        return Pads(pad, pad + head, pad, pad, wide, 0.0)
    return Pads(pad, pad, pad + head, pad, 0.0, wide)


def label_room(size: Size, direction: Direction, spacing: Spacing) -> tuple[float, float, float] | None:
    """Return how far a label reaches to both sides of its line, and along it; right of it, or above it."""
    if not size[0] or not size[1]:
        return None
    half = spacing.lane / 2
    if direction in _UPRIGHT:
        return (half, spacing.label + size[0], size[1])
    return (spacing.label + size[1], half, size[0])


def point_on_page(point: Point, direction: Direction) -> Point:
    """Return a point of the flow as one of the page, before it is moved to the corner."""
    across, along = point
    if direction == "down":
        return (across, along)
    if direction == "up":
        return (across, -along)
    return (along, across) if direction == "right" else (-along, across)


def point_in_flow(point: Point, direction: Direction) -> Point:
    """Return a point of the page as one of the flow."""
    x, y = point
    if direction == "down":
        return (x, y)
    if direction == "up":
        return (x, -y)
    return (y, x) if direction == "right" else (y, -x)


def rect_on_page(rect: Rect, direction: Direction) -> Rect:
    """The same for a box."""
    x, y = point_on_page((rect.x, rect.y), direction)
    right, bottom = point_on_page((rect.right, rect.bottom), direction)
    return Rect(min(x, right), min(y, bottom), abs(right - x), abs(bottom - y))


def route_on_page(route: Sequence[Point], direction: Direction) -> tuple[Point, ...]:
    """The same for a line."""
    return tuple(point_on_page(point, direction) for point in route)


def heading_place(cluster: Cluster, frame: Rect, direction: Direction, spacing: Spacing) -> Rect:
    """Return where a heading stands: at the top left of its frame, in the middle of a lane's start."""
    w, h = cluster.heading
    pad = spacing.pad
    if not cluster.lane:
        return Rect(frame.x + 0.7 * pad, frame.y + 0.6 * pad, w, h)
    if direction in _UPRIGHT:
        top = frame.y + pad if direction == "down" else frame.bottom - pad - h
        return Rect(frame.cx - w / 2, top, w, h)
    left = frame.x + pad if direction == "right" else frame.right - pad - w
    return Rect(left, frame.cy - h / 2, w, h)
