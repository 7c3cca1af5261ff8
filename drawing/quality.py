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
- ownership: a connector's label is nearer to another connector, or far from its own (Kakoulis and Tollis, "On the
  Complexity of the Edge Label Placement Problem", Computational Geometry 18, 2001: no ambiguity).
- hidden: four fifths of a shape or text lie behind shapes that came later.
- stretched: a box with two or more connectors is 1.7 times as large as its text asks for, and larger than is usual
  among its neighbours.
- markup: a tag, an entity or Markdown stands in a text as it was written.
- omissions: something of the plan is not on the drawing.
- slide text: under 8 points when the drawing is put on a slide (see below).

Not defects, as some plans cannot be drawn without: crossings (20 points for one a connector), bends beyond three
a connector (up to 5 points), and slide text under 10 points (2.5 points for each point under 10, up to 15).

Slide text: a slide of 13.333 by 7.5 inches (PowerPoint's 16:9) is 960 by 540 points. A drawing w by h units in
size, title included, fills it at s = min(960 / w, 540 / h) points a unit; its slide text is s times the smallest
font size on it, where connectors' labels and captions count as 1.25 times their size. 10 points is a usual
least size of body text in print.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Any

from drawing.canvas import CanvasObject, Quality
from drawing.defects import find_defects
from drawing.geometry import Point, Rect, extent, segments_cross
from drawing.legibility import find_misreadings, slide_text_points
from drawing.object_index import ObjectIndex, index_objects

POINTS_PER_DEFECT = 10.0
GOOD_SLIDE_TEXT = 10.0  # points
LEAST_SLIDE_TEXT = 8.0
CURVE = math.radians(30)  # turns of a line that are less belong to a curve


def judge(
    objects: Sequence[CanvasObject], page: Rect | None = None, omissions: Sequence[str] = ()
) -> Quality:
    """Return score and defects of a drawing; ``page`` is where it should stay, None for anywhere.

    ``omissions`` says in sentences what should be on it and is not. Slide text is judged with a page only: what has
    none is not finished.
    """
    bad = [f"Object {item.id} has a number that is not finite." for item in objects if not _is_finite(item)]
    if bad:
        return Quality(0.0, tuple(bad))
    index = index_objects(objects)
    defects = [*find_defects(index, page), *find_misreadings(index), *omissions]
    slide_text = slide_text_points(index) if page is not None else None
    if slide_text is not None and slide_text < LEAST_SLIDE_TEXT:
        defects.append(f"The text is too small for a slide: {slide_text:.1f} points.")
    score = 100.0 - POINTS_PER_DEFECT * len(defects) - _crossing_points(index) - _bend_points(index)
    score -= _small_text_points(slide_text)
    return Quality(
        round(max(0.0, score), 1),
        tuple(defects),
        None if slide_text is None else round(slide_text, 1),
    )


def _small_text_points(slide_text: float | None) -> float:
    if slide_text is None:
        return 0.0
    return min(15.0, 2.5 * max(0.0, GOOD_SLIDE_TEXT - slide_text))


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


def _bends(points: Sequence[Point]) -> int:
    """Return how often a line turns by more than it does along a curve."""
    ways = [math.atan2(by - ay, bx - ax) for (ax, ay), (bx, by) in pairwise(points)]
    turns = (abs((b - a + math.pi) % (2 * math.pi) - math.pi) for a, b in pairwise(ways))
    return sum(turn > CURVE for turn in turns)


def _bend_points(index: ObjectIndex) -> float:
    if not index.routes:
        return 0.0
    surplus = sum(max(0, _bends(points) - 3) for _, points in index.routes.values())
    return min(5.0, 5.0 * surplus / len(index.routes))
