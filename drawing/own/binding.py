"""What the places of an app's objects say: whose words a text is, and what a connector joins."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from drawing.canvas import CanvasObject
from drawing.geometry import Point, Rect
from drawing.object_index import ObjectIndex, index_objects

REACH = 12.0  # canvas units: so near to a shape does a connector end that belongs to it
SLACK = 4.0  # canvas units that words may stick out of their shape


def bind(objects: Sequence[CanvasObject]) -> list[CanvasObject]:
    """Return the objects with ``of``, ``from`` and ``to`` where an app shows them by place alone.

    The only text in the middle of a shape that holds no other shapes is its label. A line whose ends touch two shapes
    is a connector.
    """
    index = index_objects(objects)
    labels = _labels(index)
    ends = {
        key: pair
        for key, (item, points) in index.routes.items()
        if not _is_bound(item, index) and (pair := _ends(points, index))
    }
    return [_bound(item, labels, ends) for item in objects]


def _bound(item: CanvasObject, labels: dict[str, str], ends: dict[str, tuple[str, str]]) -> CanvasObject:
    if item.id in labels:
        return replace(item, properties=item.properties | {"of": labels[item.id]})
    if item.id in ends:
        source, target = ends[item.id]
        return replace(item, properties=item.properties | {"from": source, "to": target})
    return item


def _is_bound(item: CanvasObject, index: ObjectIndex) -> bool:
    return all(item.properties.get(end) in index.shapes for end in ("from", "to"))


def _labels(index: ObjectIndex) -> dict[str, str]:
    """Return the shapes that texts are the words of, by the texts' ids."""
    shapes = sorted(
        ((rect.w * rect.h, key, rect) for key, (_, rect) in index.shapes.items()), key=lambda each: each[:2]
    )
    named = {str(item.properties.get("of")) for item, _ in index.texts.values()}
    texts: dict[str, list[str]] = {}
    for text_id, (item, rect) in index.texts.items():
        if item.properties.get("of"):
            continue
        home = next((key for _, key, shape in shapes if _is_in(rect, shape)), None)
        if home is not None:
            texts.setdefault(home, []).append(text_id)
    return {
        found[0]: home
        for home, found in texts.items()
        if len(found) == 1 and home not in named and not _holds_shapes(home, index)
    }


def _is_in(text: Rect, shape: Rect) -> bool:
    """Say whether a text stands in a shape: whole, or with its middle where the words are wider than their shape."""
    is_inside = shape.x - SLACK <= text.cx <= shape.right + SLACK and shape.y <= text.cy <= shape.bottom
    is_centred = abs(text.cx - shape.cx) <= shape.w / 8 and abs(text.cy - shape.cy) <= shape.h / 2
    return is_inside and (is_centred or shape.grown(SLACK).holds(text))


def _holds_shapes(key: str, index: ObjectIndex) -> bool:
    outer = index.shapes[key][1]
    return any(
        other != key and outer.holds(rect) and rect != outer for other, (_, rect) in index.shapes.items()
    )


def _ends(points: Sequence[Point], index: ObjectIndex) -> tuple[str, str] | None:
    """Return the two shapes that the ends of a line touch."""
    if len(points) < 2 or points[0] == points[-1]:
        return None
    source, target = _touched(points[0], index), _touched(points[-1], index)
    return (source, target) if source and target and source != target else None


def _touched(point: Point, index: ObjectIndex) -> str | None:
    """Return the smallest shape with the point in it, or close by."""
    return min(_around(point, index), default=(0.0, None))[1]


def _around(point: Point, index: ObjectIndex) -> Iterator[tuple[float, str]]:
    x, y = point
    for key, (_, rect) in index.shapes.items():
        if rect.x - REACH <= x <= rect.right + REACH and rect.y - REACH <= y <= rect.bottom + REACH:
            yield rect.w * rect.h, key
