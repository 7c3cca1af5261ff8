"""How lines end: one table for every renderer, from plain heads to crow's feet.

An end is drawn in its own coordinates: the tip at 0, 0, the line coming in along x; one unit is the reach of a head.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, get_args

from drawing.geometry import Point
from drawing.model import EdgeEnd

Fill = Literal["stroke", "paper", "none"]  # filled with the line's colour, with the ground's, or not at all


@dataclass(frozen=True, slots=True)
class End:
    """An end's outlines, and how much of the line is left out for it, in reaches."""

    trim: float
    outlines: tuple[tuple[Fill, tuple[Point, ...]], ...]


def _ring(centre: float, radius: float) -> tuple[Point, ...]:
    steps = 16
    return tuple(
        (
            round(centre + radius * math.cos(2 * math.pi * i / steps), 3),
            round(radius * math.sin(2 * math.pi * i / steps), 3),
        )
        for i in range(steps + 1)
    )


_HEAD = ((0.0, 0.0), (1.0, 0.45), (1.0, -0.45), (0.0, 0.0))
_TRIANGLE = ((0.0, 0.0), (1.25, 0.7), (1.25, -0.7), (0.0, 0.0))
_DIAMOND = ((0.0, 0.0), (0.8, 0.45), (1.6, 0.0), (0.8, -0.45), (0.0, 0.0))
_BAR = ((0.55, 0.6), (0.55, -0.6))
_SECOND_BAR = ((0.95, 0.6), (0.95, -0.6))
_CROW = (((0.0, 0.65), (1.1, 0.0), (0.0, -0.65)), ((1.3, 0.6), (1.3, -0.6)))

ENDS: dict[EdgeEnd, End] = {
    "none": End(0.0, ()),
    "arrow": End(0.8, (("stroke", _HEAD),)),
    "open_arrow": End(0.0, (("none", ((0.9, 0.5), (0.0, 0.0), (0.9, -0.5))),)),
    "half_arrow": End(0.0, (("none", ((0.9, 0.5), (0.0, 0.0))),)),
    "triangle": End(1.25, (("paper", _TRIANGLE),)),
    "diamond": End(1.6, (("paper", _DIAMOND),)),
    "filled_diamond": End(1.6, (("stroke", _DIAMOND),)),
    "circle": End(0.7, (("paper", _ring(0.35, 0.35)),)),
    "cross": End(0.0, (("none", ((0.1, 0.4), (0.9, -0.4))), ("none", ((0.1, -0.4), (0.9, 0.4))))),
    "one": End(0.0, (("none", _BAR), ("none", _SECOND_BAR))),
    "zero_or_one": End(0.0, (("none", _BAR), ("paper", _ring(1.2, 0.4)))),
    "one_or_more": End(0.0, (("none", _CROW[0]), ("none", _CROW[1]))),
    "zero_or_more": End(0.0, (("none", _CROW[0]), ("paper", _ring(1.5, 0.4)))),
    "lollipop": End(0.9, (("none", _ring(0.45, 0.45)),)),
}
NAMES: tuple[EdgeEnd, ...] = get_args(EdgeEnd)


def reach(stroke_width: float) -> float:
    """Return the length of a head on a line that wide, both in canvas units."""
    return 6 + 2.5 * stroke_width


def placed_end(
    end: EdgeEnd, tip: Point, tail: Point, stroke_width: float
) -> tuple[Point, list[tuple[Fill, list[Point]]]]:
    """Return where the line ends, and the end's outlines, for a line that comes from ``tail`` to ``tip``."""
    length = math.dist(tip, tail)
    if end == "none" or length < 0.01:
        return tip, []
    shape = ENDS[end]
    longest = max((x for _, points in shape.outlines for x, _ in points), default=1.0)
    unit = min(reach(stroke_width), length / max(longest, 1.0))
    dx, dy = (tail[0] - tip[0]) / length, (tail[1] - tip[1]) / length

    def place(x: float, y: float) -> Point:
        return (tip[0] + (x * dx - y * dy) * unit, tip[1] + (x * dy + y * dx) * unit)

    return place(shape.trim, 0.0), [
        (fill, [place(*point) for point in points]) for fill, points in shape.outlines
    ]
