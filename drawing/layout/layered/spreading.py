"""Places side by side on a box, in their order: lines that run straight keep theirs, the others fit in around them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

_CLOSE = 0.4  # of the gap: the least distance at which straight lines stay straight


def spread(
    links: Sequence[int],
    wanted: Sequence[float],
    low: float,
    high: float,
    places: dict[int, float],
    gap: float,
) -> None:
    """Give links places in their order between ``low`` and ``high``, ``gap`` apart if there is room.

    Those that want a place inside the range run straight there; those from further out turn next to them.
    """
    inner = [i for i, want in enumerate(wanted) if low - 0.01 <= want <= high + 0.01]
    if not inner:
        _centre(links, low, high, places, gap)
        return
    fixed: list[tuple[int, float]] = []
    for i in inner:
        at = wanted[i]
        if fixed and at - fixed[-1][1] < _CLOSE * gap:
            at = min(high, fixed[-1][1] + gap)
        fixed.append((i, at))
    stops = [(-1, low - gap), *fixed, (len(links), high + gap)]
    for (i, start), (j, end) in pairwise(stops):
        count = j - i - 1
        step = min(gap, (end - start) / (count + 1))
        for k in range(1, count + 1):
            # Before the first straight line they end next to it, else they begin next to the one before.
            places[links[i + k]] = end - step * (count + 1 - k) if i < 0 else start + step * k
    for i, at in fixed:
        places[links[i]] = at


def _centre(links: Sequence[int], low: float, high: float, places: dict[int, float], gap: float) -> None:
    """Put links around the middle."""
    middle, count = (low + high) / 2, len(links)
    step = min(gap, (high - low) / max(1, count - 1))
    for i, link in enumerate(links):
        places[link] = middle + (i - (count - 1) / 2) * step
