"""How much of a canvas is taken."""

from __future__ import annotations

from collections.abc import Iterable

from drawing.canvas import Bounds, CanvasObject
from drawing.layout.geometry import bounding
from drawing.svg import object_box


def bounds_of(objects: Iterable[CanvasObject]) -> Bounds | None:
    """Return the box around all objects, or None when there are none."""
    box = bounding(map(object_box, objects))
    return Bounds(box.x, box.y, box.w, box.h) if box else None
