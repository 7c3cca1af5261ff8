"""Trees placed tidily: siblings side by side as close as their subtrees allow, each parent over their middle.

After Reingold and Tilford, "Tidier Drawings of Trees" (1981), with contours by level.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def spread(
    roots: Sequence[str], children: Mapping[str, Sequence[str]], breadths: Mapping[str, float], gap: float
) -> dict[str, float]:
    """Return the middle of each node across the tree, the leftmost border at 0; ``breadths`` are their sizes there."""
    shifts: dict[str, float] = {}  # of a node, relative to its parent
    contours: dict[
        str, tuple[list[float], list[float]]
    ] = {}  # lowest and highest border by level, around the node
    for node in _children_first(roots, children):
        kids = children.get(node, ())
        low, high = _packed(kids, contours, shifts, gap)
        middle = (shifts[kids[0]] + shifts[kids[-1]]) / 2 if kids else 0.0
        for kid in kids:
            shifts[kid] -= middle
        half = breadths[node] / 2
        contours[node] = ([-half, *(at - middle for at in low)], [half, *(at - middle for at in high)])
    _packed(roots, contours, shifts, gap * 1.6)
    places: dict[str, float] = {}
    stack = [(root, 0.0) for root in roots]
    while stack:
        node, base = stack.pop()
        places[node] = base + shifts[node]
        stack += [(kid, places[node]) for kid in children.get(node, ())]
    least = min((at - breadths[node] / 2 for node, at in places.items()), default=0.0)
    return {node: at - least for node, at in places.items()}


def _children_first(roots: Sequence[str], children: Mapping[str, Sequence[str]]) -> list[str]:
    order: list[str] = []
    stack = list(roots)
    while stack:
        node = stack.pop()
        order.append(node)
        stack += children.get(node, ())
    return order[::-1]


def _packed(
    nodes: Sequence[str],
    contours: Mapping[str, tuple[list[float], list[float]]],
    shifts: dict[str, float],
    gap: float,
) -> tuple[list[float], list[float]]:
    """Push subtrees against each other; note their shifts, and return the contour of them all."""
    low: list[float] = []
    high: list[float] = []
    for node in nodes:
        own_low, own_high = contours[node]
        clear = [border - mine for border, mine in zip(high, own_low, strict=False)]
        shift = max(clear) + gap if clear else 0.0
        shifts[node] = shift
        low += [at + shift for at in own_low[len(low) :]]
        high = [at + shift for at in own_high] + high[len(own_high) :]
    return low, high
