"""Where a long drawing may be cut into rows or columns: between layers that few lines join and no frame spans."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.layout.layered.layers import Layers
from drawing.layout.layered.levels import reach
from drawing.layout.layered.scope import Scope

WINDOW = 0.35  # of a row: how far from its fair place a cut may be


def fold(scope: Scope, layers: Layers, rows: int, most: int) -> list[int] | None:
    """Return the row of each vertex, the rows being of about the same length; None if it cannot be cut so.

    A cut goes through at most so many lines; one with a label, or one that leads back, counts as two.
    """
    lengths = [0.0] * layers.count
    for vertex, rank in enumerate(layers.rank):
        lengths[rank] = max(lengths[rank], scope.along[vertex])
    gap = sum(lengths) / max(1, layers.count) * 0.8
    ends = [0.0]
    for length in lengths:
        ends.append(ends[-1] + length + gap)
    lines = _lines(scope, layers)
    cuts: list[int] = []
    for row in range(1, rows):
        fair = ends[-1] * row / rows
        near = [
            cut
            for cut in range((cuts[-1] if cuts else 0) + 1, layers.count)
            if abs(ends[cut] - fair) <= WINDOW * ends[-1] / rows and lines[cut] <= most
        ]
        if not near:
            return None
        cuts.append(min(near, key=lambda cut: (lines[cut], abs(ends[cut] - fair))))
    return [sum(cut <= rank for cut in cuts) for rank in layers.rank]


def _lines(scope: Scope, layers: Layers) -> list[int]:
    """Return how many lines join each layer with those before it; many where a frame spans the cut."""
    joined = [0] * (layers.count + 1)
    for i, link in enumerate(scope.links):
        if link.source == link.target:
            continue
        ends = (link.target, link.source) if i in layers.back else (link.source, link.target)
        top, bottom = reach(layers.rank, layers.first, layers.last, *ends)
        _add(joined, range(top + 1, bottom + 1), 2 if link.label or i in layers.back else 1)
    for cluster in range(1, len(scope.parents)):
        _add(joined, range(layers.first[cluster] + 1, layers.last[cluster] + 1), 1000)
    return joined


def _add(counts: list[int], places: Sequence[int], by: int) -> None:
    for place in places:
        counts[place] += by
