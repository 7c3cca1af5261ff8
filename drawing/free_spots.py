"""Where a new shape finds room: near another one, clear of all that is there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from drawing.geometry import OUTWARD, Rect, Side

GAP = 60.0  # canvas units between a shape and the new one next to it
LEAST_GAP = 20.0  # to anything else
GROUND = 4.0  # times the area: so large is what other shapes stand in
_SIDES: tuple[Side, ...] = ("right", "bottom", "left", "top")
_STEPS = 60  # obstacles that are passed on the way from one side


def free_spot_beside(near: Rect, w: float, h: float, taken: Iterable[Rect]) -> Rect:
    """Return the nearest free box of that size to the right of a box, below it, to the left or above it."""
    obstacles = [rect for rect in taken if not rect.holds(near)]
    spots = [_first_free(near, w, h, side, obstacles) for side in _SIDES]
    return min(spots, key=lambda spot: abs(spot.cx - near.cx) + abs(spot.cy - near.cy))


def nearest_free(wanted: Rect, taken: Sequence[Rect]) -> Rect:
    """Return the box where it is wanted if nothing is half in the way there, else next to what is.

    What is so large that the box stands in it, or so small that it stands in the box, is not in the way.
    """
    hit = [rect for rect in taken if _is_in_the_way(rect, wanted)]
    if not hit:
        return wanted
    largest = max(hit, key=lambda rect: rect.w * rect.h)
    return free_spot_beside(largest, wanted.w, wanted.h, taken)


def _is_in_the_way(rect: Rect, wanted: Rect) -> bool:
    return rect.overlaps(wanted) and not _is_ground_of(rect, wanted) and not _is_ground_of(wanted, rect)


def _is_ground_of(outer: Rect, inner: Rect) -> bool:
    return outer.holds(inner) and outer.w * outer.h >= GROUND * inner.w * inner.h


def _first_free(near: Rect, w: float, h: float, side: Side, obstacles: Sequence[Rect]) -> Rect:
    """Return the first free box on the way straight out of a side."""
    dx, dy = OUTWARD[side]
    spot = Rect.around(near.cx + dx * ((near.w + w) / 2 + GAP), near.cy + dy * ((near.h + h) / 2 + GAP), w, h)
    for _ in range(_STEPS):
        hit = [rect for rect in obstacles if rect.overlaps(spot, LEAST_GAP)]
        if not hit:
            break
        if side == "right":
            spot = spot.moved(max(rect.right for rect in hit) + LEAST_GAP - spot.x, 0)
        elif side == "left":
            spot = spot.moved(min(rect.x for rect in hit) - LEAST_GAP - spot.right, 0)
        elif side == "bottom":
            spot = spot.moved(0, max(rect.bottom for rect in hit) + LEAST_GAP - spot.y)
        else:
            spot = spot.moved(0, min(rect.y for rect in hit) - LEAST_GAP - spot.bottom)
    return spot
