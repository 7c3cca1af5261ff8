"""Finds out from where boxes stand and lines run how a drawing was laid out, so that it is laid out so again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from drawing.geometry import Point, Rect
from drawing.model import Direction


def find_rows(
    rects: Mapping[str, Rect], lines: Iterable[tuple[str, str]], direction: Direction
) -> dict[str, int]:
    """Return the row of each box; empty when the drawing is not folded.

    ``lines`` are the lines along the flow, from box to box: one that leads back to where the flow begins, beside what
    its source stands in, joins the end of a row with the beginning of the next.
    """
    spans = {key: _spans(rect, direction) for key, rect in rects.items()}
    turns = [
        (source, target)
        for source, target in lines
        if source in spans and target in spans and spans[source][0][0] >= spans[target][0][1]
    ]
    if not turns:
        return {}
    blocks, edges = _blocks({key: across for key, (_, across) in spans.items()})
    cuts: set[int] = set()
    for source, target in turns:
        first, last = blocks[source], blocks[target]
        if first >= last:
            return {}
        if not any(first <= cut < last for cut in cuts):
            cuts.add(max(range(first, last), key=lambda block: edges[block + 1][0] - edges[block][1]))
    return {key: sum(cut < block for cut in cuts) for key, block in blocks.items()}


def main_stretch(points: Sequence[Point], direction: Direction) -> Point | None:
    """Return the middle of a line's longest stretch along the flow; None when it has none."""
    along = 1 if direction in ("down", "up") else 0
    stretches = [
        (abs(a[along] - b[along]), ((a[0] + b[0]) / 2, (a[1] + b[1]) / 2))
        for a, b in pairwise(points)
        if abs(a[1 - along] - b[1 - along]) < 1.0
    ]
    return max(stretches)[1] if stretches else None


def _spans(rect: Rect, direction: Direction) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return from where to where a box goes, along the flow and across it."""
    down, right = (rect.y, rect.bottom), (rect.x, rect.right)
    match direction:
        case "down":
            return down, right
        case "up":
            return (-rect.bottom, -rect.y), right
        case "right":
            return right, down
        case "left":
            return (-rect.right, -rect.x), down


def _blocks(
    across: Mapping[str, tuple[float, float]],
) -> tuple[dict[str, int], list[tuple[float, float]]]:
    """Return the block of each box, and the extent of each: what overlaps stands in one block."""
    blocks: dict[str, int] = {}
    edges: list[tuple[float, float]] = []
    for key, (start, end) in sorted(across.items(), key=lambda each: each[1]):
        if edges and start < edges[-1][1]:
            edges[-1] = (edges[-1][0], max(edges[-1][1], end))
        else:
            edges.append((start, end))
        blocks[key] = len(edges) - 1
    return blocks, edges
