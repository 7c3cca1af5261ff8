"""Places of frames' headings: at the top left, or further on where lines come in there."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from drawing.geometry import Point, Rect, segment_hits_rect

AIR = 6.0  # units between a heading and a line


def find_heading(preferred: Rect, frame: Rect, routes: Sequence[Sequence[Point]], edge: float) -> Rect | None:
    """Return the place nearest to the preferred one, at its height, that no line runs through; None if all do.

    ``edge`` is what the heading keeps from the frame's sides.
    """
    lines = _lines_at(preferred, frame, routes)
    if not any(segment_hits_rect(a, b, preferred.grown(1)) for a, b in lines):
        return preferred
    starts = sorted({max(a[0], b[0]) + AIR for a, b in lines} | {frame.x + edge})
    for x in starts:
        place = Rect(max(x, frame.x + edge), preferred.y, preferred.w, preferred.h)
        if place.right > frame.right - edge + 0.01:
            break
        if not any(segment_hits_rect(a, b, place.grown(1)) for a, b in lines):
            return place
    return None


def missing_room(preferred: Rect, frame: Rect, routes: Sequence[Sequence[Point]]) -> float:
    """Return how much farther from its frame's side the first line must be for a heading to stand before it."""
    first = min((min(a[0], b[0]) for a, b in _lines_at(preferred, frame, routes)), default=frame.right)
    return max(0.0, preferred.right + AIR + 1 - first)


def _lines_at(place: Rect, frame: Rect, routes: Sequence[Sequence[Point]]) -> list[tuple[Point, Point]]:
    """Return the pieces of lines that run through a frame at the height of its heading."""
    strip = Rect(frame.x, place.y, frame.w, place.h)
    return [(a, b) for route in routes for a, b in pairwise(route) if segment_hits_rect(a, b, strip)]
