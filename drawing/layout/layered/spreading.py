"""Places side by side on a box: in their order, a gap apart, each as near to what it wants as can be."""

from __future__ import annotations

from collections.abc import Sequence


def spread(
    links: Sequence[int],
    wanted: Sequence[float],
    low: float,
    high: float,
    places: dict[int, float],
    gap: float,
) -> None:
    """Give links places in their order, each as near to what it wants as the range and the gaps allow.

    Those from outside the range are put evenly into what is left, so that they stand around the middle.
    """
    if not links:
        return
    middle = (low + high) / 2
    aims = []
    outer_low = [i for i, want in enumerate(wanted) if want < low]
    outer_high = [i for i, want in enumerate(wanted) if want > high]
    for i, want in enumerate(wanted):
        if i in outer_low:
            aims.append(middle - (len(outer_low) - outer_low.index(i)) * gap + gap / 2)
        elif i in outer_high:
            aims.append(middle + (outer_high.index(i) + 1) * gap - gap / 2)
        else:
            aims.append(want)
    inner = [i for i in range(len(links)) if low <= wanted[i] <= high]
    if len(links) > 1 and not inner:
        span = min(high - low, gap * (len(links) - 1))
        aims = [middle - span / 2 + span * i / (len(links) - 1) for i in range(len(links))]
    elif len(links) == 1 and not inner:
        aims = [middle]
    up, down = list(aims), list(aims)
    for i in range(len(links)):
        up[i] = max(up[i], low + i * gap, up[i - 1] + gap if i else low)
    for i in range(len(links) - 1, -1, -1):
        down[i] = min(down[i], high - (len(links) - 1 - i) * gap)
        if i + 1 < len(links):
            down[i] = min(down[i], down[i + 1] - gap)
    for i, link in enumerate(links):
        at = aims[i] if up[i] == aims[i] == down[i] else (max(low, min(high, up[i])) + max(low, down[i])) / 2
        places[link] = at
