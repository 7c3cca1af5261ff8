"""How well a canvas came out, measured on the objects alone: what a person would tidy by hand is a defect.

Defects, one sentence each; ten points each:

- overlap: two shapes cover each other, neither standing in the other as its frame; or two texts do
  (node overlap: Purchase, "Metrics for Graph Drawing Aesthetics", J. Visual Languages and Computing 13, 2002).
- text fit: a text is wider or higher than its box, or its box reaches out of the shape it labels.
- binding: a connector's end is more than 2 units from the outline it belongs to.
- passing through: a connector runs through a shape or text that it is not bound to (Wybrow, Marriott and
  Stuckey, "Orthogonal Connector Routing", Graph Drawing 2009), or lies on an unrelated connector.
- contrast: text under 4.5:1 on its ground, lines or outlines under 3:1 on white (WCAG 2.2, 1.4.3 and 1.4.11).
- bounds: a number that is not finite, or an object that leaves the page.

Not defects, as some plans cannot be drawn without: crossings (20 points for one a connector) and bends beyond
three a connector (up to 5 points).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

from drawing.canvas import CanvasObject, Quality
from drawing.defects import find_defects
from drawing.geometry import Point, Rect, extent, segments_cross
from drawing.object_index import ObjectIndex, index_objects

POINTS_PER_DEFECT = 10.0


def judge(objects: Sequence[CanvasObject], page: Rect | None = None) -> Quality:
    """Return score and defects of a drawing; ``page`` is where it should stay, None for anywhere."""
    bad = [f"Object {item.id} has a number that is not finite." for item in objects if not _is_finite(item)]
    if bad:
        return Quality(0.0, tuple(bad))
    index = index_objects(objects)
    defects = find_defects(index, page)
    score = 100.0 - POINTS_PER_DEFECT * len(defects) - _crossing_points(index) - _bend_points(index)
    return Quality(round(max(0.0, score), 1), defects)


def _is_finite(item: CanvasObject) -> bool:
    values: list[Any] = list(item.properties.values()) + list(item.properties.get("points", ()))
    return all(math.isfinite(value) for value in values if isinstance(value, int | float))


def count_crossings(routes: Sequence[Sequence[Point]]) -> int:
    """Return how often polylines cross each other."""
    pieces = [(list(pairwise(route)), extent(route)) for route in routes]
    return sum(
        segments_cross(*p, *q)
        for (one, reach), (other, others) in combinations(pieces, 2)
        if reach.overlaps(others, 1.0)
        for p in one
        for q in other
    )


def _crossing_points(index: ObjectIndex) -> float:
    if not index.routes:
        return 0.0
    crossings = count_crossings([points for _, points in index.routes.values()])
    return min(20.0, 20.0 * crossings / len(index.routes))


def _bend_points(index: ObjectIndex) -> float:
    if not index.routes:
        return 0.0
    surplus = sum(max(0, len(points) - 2 - 3) for _, points in index.routes.values())
    return min(5.0, 5.0 * surplus / len(index.routes))
