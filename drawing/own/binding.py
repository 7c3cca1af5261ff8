"""What the places of an app's objects say: whose words a text is, and what a connector joins."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import product

from drawing.canvas import CanvasObject
from drawing.geometry import Point, Rect
from drawing.object_index import ObjectIndex, index_objects

REACH = 12.0  # canvas units: so near to a shape does a connector end that belongs to it
CELL = 200.0  # canvas units: of the grid in which shapes are looked for
MOST_CELLS = 100  # that a shape may lie in; a larger one is looked at for every point
SLACK = 4.0  # canvas units that words may stick out of their shape


def bind(objects: Sequence[CanvasObject]) -> list[CanvasObject]:
    """Return the objects with ``of``, ``from`` and ``to`` where an app shows them by place alone.

    The only text in the middle of a shape that holds no other shapes is its label. A line whose ends touch two shapes
    is a connector.
    """
    index = index_objects(objects)
    grid = _Grid(index)
    labels = _labels(index, grid)
    ends = {
        key: pair
        for key, (item, points) in index.routes.items()
        if not _is_bound(item, index) and (pair := _ends(points, grid))
    }
    return [_bound(item, labels, ends) for item in objects]


class _Grid:
    """Finds the shapes around a point, without a look at all of them."""

    def __init__(self, index: ObjectIndex) -> None:
        self._cells: dict[tuple[int, int], list[tuple[float, str, Rect]]] = {}
        self._large: list[tuple[float, str, Rect]] = []
        for key, (_, rect) in index.shapes.items():
            near, entry = rect.grown(REACH), (rect.w * rect.h, key, rect)
            columns = range(math.floor(near.x / CELL), math.floor(near.right / CELL) + 1)
            rows = range(math.floor(near.y / CELL), math.floor(near.bottom / CELL) + 1)
            if len(columns) * len(rows) > MOST_CELLS:
                self._large.append(entry)
                continue
            for cell in product(columns, rows):
                self._cells.setdefault(cell, []).append(entry)

    def around(self, x: float, y: float) -> list[tuple[float, str, Rect]]:
        """Return area, id and box of the shapes with the point in them or close by, the smallest first."""
        cell = self._cells.get((math.floor(x / CELL), math.floor(y / CELL)), [])
        return sorted(
            (entry for entry in (*cell, *self._large) if entry[2].grown(REACH).holds(Rect(x, y, 0, 0))),
            key=lambda entry: entry[:2],
        )


def _bound(item: CanvasObject, labels: dict[str, str], ends: dict[str, tuple[str, str]]) -> CanvasObject:
    if item.id in labels:
        return replace(item, properties=item.properties | {"of": labels[item.id]})
    if item.id in ends:
        source, target = ends[item.id]
        return replace(item, properties=item.properties | {"from": source, "to": target})
    return item


def _is_bound(item: CanvasObject, index: ObjectIndex) -> bool:
    return all(item.properties.get(end) in index.shapes for end in ("from", "to"))


def _labels(index: ObjectIndex, grid: _Grid) -> dict[str, str]:
    """Return the shapes that texts are the words of, by the texts' ids."""
    named = {str(item.properties.get("of")) for item, _ in index.texts.values()}
    holders = {
        outer
        for key, (_, rect) in index.shapes.items()
        for _, outer, box in grid.around(rect.cx, rect.cy)
        if outer != key and box != rect and box.holds(rect)
    }
    texts: dict[str, list[str]] = {}
    for text_id, (item, rect) in index.texts.items():
        if item.properties.get("of"):
            continue
        home = next((key for _, key, shape in grid.around(rect.cx, rect.cy) if _is_in(rect, shape)), None)
        if home is not None:
            texts.setdefault(home, []).append(text_id)
    return {
        found[0]: home
        for home, found in texts.items()
        if len(found) == 1 and home not in named and home not in holders
    }


def _is_in(text: Rect, shape: Rect) -> bool:
    """Say whether a text stands in a shape: whole, or with its middle where the words are wider than their shape."""
    is_inside = shape.x - SLACK <= text.cx <= shape.right + SLACK and shape.y <= text.cy <= shape.bottom
    is_centred = abs(text.cx - shape.cx) <= shape.w / 8 and abs(text.cy - shape.cy) <= shape.h / 2
    return is_inside and (is_centred or shape.grown(SLACK).holds(text))


def _ends(points: Sequence[Point], grid: _Grid) -> tuple[str, str] | None:
    """Return the two shapes that the ends of a line touch, each the smallest one there."""
    if len(points) < 2 or points[0] == points[-1]:
        return None
    source, target = (
        next((key for _, key, _ in grid.around(*point)), None) for point in (points[0], points[-1])
    )
    return (source, target) if source and target and source != target else None
