"""What was drawn, counted as people count: shapes and connectors, not their labels, frames, lines and dots."""

from __future__ import annotations

from collections.abc import Iterable

from drawing.canvas import CanvasObject


def count_shapes(objects: Iterable[CanvasObject]) -> str:
    """Return for example "10 shapes and 9 connectors", "1 shape" or "3 texts"."""
    present = list(objects)
    shapes = sum(_is_shape(item) for item in present)
    connectors = sum(_is_connector(item) for item in present)
    if not shapes and not connectors:
        return _counted(sum(item.object_type == "text" for item in present), "text")
    drawn = _counted(shapes, "shape")
    return f"{drawn} and {_counted(connectors, 'connector')}" if connectors else drawn


def _is_shape(item: CanvasObject) -> bool:
    return item.object_type not in ("text", "arrow", "line") and item.properties.get("role") is None


def _is_connector(item: CanvasObject) -> bool:
    """Return whether the object is a connector; the line of a connector in two parts belongs to its arrow."""
    properties = item.properties
    is_between = "from" in properties and "to" in properties and "of" not in properties
    return item.object_type in ("arrow", "line") and is_between


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
