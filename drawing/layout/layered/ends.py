"""Where lines meet the outlines of shapes, whatever shape it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from drawing.geometry import OUTWARD, Point, Rect, Side, on_outline, on_polygon, tidy
from drawing.shapes import SHAPES, outline

_OWN = ("diamond", "circle", "star", "heart")
POINTED = (
    "diamond", "circle", "ellipse", "star", "heart", "triangle", "triangle_down", "double_circle", "cloud",
    "person", "flag",
)  # fmt: skip
_FLAT = ("rectangle", "text", "bar", "subroutine", "")
_BROAD = (*_FLAT, "note", "sticky", "tag", "stack", "document")


@dataclass(frozen=True, slots=True)
class Outline:
    """A shape drawn into a box; ``corner`` is the radius of a rectangle's rounded corners."""

    shape: str
    rect: Rect
    corner: float = 0.0

    def meet(self, side: Side, at: Point) -> Point:
        """Return where a line through ``at`` that arrives from ``side`` first meets the outline."""
        if self.shape in _OWN:
            return on_outline(self.shape, self.rect, side, at)
        if self.shape in SHAPES and self.shape not in _FLAT:
            return on_polygon(outline(self.shape, self.rect), self.rect, side, at)
        return self._meet_rounded(side, on_outline("rectangle", self.rect, side, at))

    def _meet_rounded(self, side: Side, point: Point) -> Point:
        """Move a point on a side inwards by as much as the corner is rounded there."""
        rect, radius = self.rect, min(self.corner, self.rect.w / 2, self.rect.h / 2)
        x, y = point
        near = (
            min(x - rect.x, rect.right - x) if side in ("top", "bottom") else min(y - rect.y, rect.bottom - y)
        )
        if not 0 <= near < radius:
            return point
        inwards = radius - math.sqrt(radius * radius - (radius - near) ** 2)
        dx, dy = OUTWARD[side]
        return (x - dx * inwards, y - dy * inwards)


def bind(route: Sequence[Point], source: Outline | None, target: Outline | None) -> tuple[Point, ...]:
    """Return a route between two boxes, its ends drawn on to the outlines in them; None is an end that stays."""
    points = list(route)
    for end, at, before in ((source, 0, 1), (target, -1, -2)):
        if end is not None:
            points[at] = end.meet(_side(points[at], points[before]), points[at])
    return tidy(points)


def _side(end: Point, before: Point) -> Side:
    """Return the side at which a line arrives that comes from ``before``."""
    if abs(end[0] - before[0]) < abs(end[1] - before[1]):
        return "top" if before[1] < end[1] else "bottom"
    return "left" if before[0] < end[0] else "right"


def flat_share(shape: str, across: float, along: float, corner: float = 0.0) -> float:
    """Return how far from the middle of its front a shape takes lines, in units."""
    if shape in POINTED:
        return 0.0
    half, edge = across / 2, max(min(10.0, across / 4), min(0.6 * corner, across / 3))
    return half - edge if shape in _BROAD else max(0.0, half - 0.4 * min(across, along))
