"""Boxes that nothing connects, put together so that the whole has the shape of a page."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.geometry import Point
from drawing.layout.layered.model import Size

MAX_TRIES = 40  # widths of rows


def pack(sizes: Sequence[Size], gap: float, aspect: float) -> tuple[list[Point], Size]:
    """Return the top left corner of each box, in rows in the order given, and the size of the whole.

    Among rows of different widths that one wins whose whole is largest on a page of that width by height.
    """
    if not sizes:
        return [], (0.0, 0.0)
    tries = [_rows(sizes, gap, width) for width in _widths(sizes, gap)]
    return min(tries, key=lambda found: round(max(found[1][0] / aspect, found[1][1]), 3))


def pack_grid(sizes: Sequence[Size], gap: float, aspect: float) -> tuple[list[Point], Size]:
    """The same in columns of one width each and rows of one height each, for boxes of a kind."""
    best: tuple[float, list[Point], Size] | None = None
    for columns in range(1, len(sizes) + 1):
        places, whole = _grid(sizes, gap, columns)
        empty = -len(sizes) % columns
        cost = max(whole[0] / aspect, whole[1]) * (1 + 0.05 * empty)
        if best is None or cost < best[0] - 1e-6:
            best = (cost, places, whole)
    return (best[1], best[2]) if best else ([], (0.0, 0.0))


def _widths(sizes: Sequence[Size], gap: float) -> list[float]:
    """Return the widths at which one row more or less is needed, thinned out."""
    widest = max(w for w, _ in sizes)
    sums = {widest}
    for start in range(len(sizes)):
        total = -gap
        for w, _ in sizes[start:]:
            total += w + gap
            if total >= widest:
                sums.add(total)
        if len(sums) > 4 * MAX_TRIES:
            break
    ranked = sorted(sums)
    step = max(1, len(ranked) // MAX_TRIES)
    return [*ranked[::step], ranked[-1]]


def _rows(sizes: Sequence[Size], gap: float, width: float) -> tuple[list[Point], Size]:
    places: list[Point] = []
    x = y = height = right = 0.0
    for w, h in sizes:
        if x and x + w > width + 1e-6:
            x, y, height = 0.0, y + height + gap, 0.0
        places.append((x, y))
        x += w + gap
        height = max(height, h)
        right = max(right, x - gap)
    return places, (right, y + height)


def _grid(sizes: Sequence[Size], gap: float, columns: int) -> tuple[list[Point], Size]:
    count = -(-len(sizes) // columns)
    widths = [max((sizes[i][0] for i in range(c, len(sizes), columns)), default=0.0) for c in range(columns)]
    heights = [max(h for _, h in sizes[r * columns : (r + 1) * columns]) for r in range(count)]
    places = []
    for i, (w, h) in enumerate(sizes):
        row, column = divmod(i, columns)
        x = sum(widths[:column]) + gap * column + (widths[column] - w) / 2
        y = sum(heights[:row]) + gap * row + (heights[row] - h) / 2
        places.append((x, y))
    return places, (sum(widths) + gap * (columns - 1), sum(heights) + gap * (count - 1))
