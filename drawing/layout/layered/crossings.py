"""Crossings between neighbouring layers, counted by an accumulator tree.

Barth, Jünger and Mutzel, "Simple and Efficient Bilayer Cross Counting", Graph Drawing 2002.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def count_between(segments: Iterable[tuple[int, int, int]], place: Sequence[int], width: int) -> int:
    """Return the weighted crossings of segments ``(upper, lower, weight)``; ``place`` is a node's in its layer.

    ``width`` is more than any place below. Segments that share an end do not cross.
    """
    rows = sorted((place[upper], place[lower], weight) for upper, lower, weight in segments)
    size = 1
    while size < width:
        size *= 2
    tree = [0] * (2 * size)
    crossings = 0
    total = 0
    for _, lower, weight in rows:
        # What has been seen so far and lies further on: all, without what lies up to here.
        index = lower + size
        seen = tree[index]
        while index > 1:
            if index & 1:
                seen += tree[index - 1]
            index >>= 1
        crossings += weight * (total - seen)
        index = lower + size
        while index:
            tree[index] += weight
            index >>= 1
        total += weight
    return crossings


def count_pair(left: Sequence[int], right: Sequence[int]) -> int:
    """Return the crossings between the segments of two neighbours, their other ends' places being sorted."""
    crossings = i = 0
    for place in right:
        while i < len(left) and left[i] <= place:
            i += 1
        crossings += len(left) - i
    return crossings
