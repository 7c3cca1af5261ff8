"""Room for a new shape: near, and clear of all that is there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drawing.free_spots import free_spot_beside, nearest_free
from drawing.geometry import Rect

_SIDES = st.integers(0, 900)
_RECTS = st.builds(Rect, _SIDES, _SIDES, st.integers(10, 200), st.integers(10, 200))


def test_the_right_side_comes_first_then_below() -> None:
    near = Rect(0, 0, 100, 100)
    right = free_spot_beside(near, 100, 100, [near])
    assert (right.x, right.y) == (160, 0)
    below = free_spot_beside(near, 100, 100, [near, Rect(110, 0, 100, 100)])
    assert (below.x, below.y) == (0, 160)


def test_what_stands_in_a_frame_may_stay_in_it() -> None:
    frame, wanted = Rect(0, 0, 1000, 1000), Rect(100, 100, 100, 100)
    assert nearest_free(wanted, [frame]) == wanted
    assert nearest_free(wanted, [frame, Rect(150, 150, 100, 100)]) != wanted


@given(_RECTS, st.lists(_RECTS, max_size=30))
def test_spots_are_clear(near: Rect, taken: list[Rect]) -> None:
    spot = free_spot_beside(near, 80, 40, [near, *taken])
    assert not any(spot.overlaps(rect) for rect in [near, *taken] if rect == near or not rect.holds(near))
