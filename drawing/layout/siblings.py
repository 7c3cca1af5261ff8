"""Frames side by side in the order given: the engine packs what nothing connects as it likes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from drawing.geometry import Rect, extent
from drawing.layout.layered import Layout


def put_in_order(layout: Layout, frames: Sequence[str]) -> None:
    """Swap frames that stand in one row, and all that is in them, so that they stand in the order given."""
    boxes = {key: layout.frames[key] for key in frames if key in layout.frames}
    row = sorted(boxes, key=lambda key: boxes[key].x)
    if list(boxes) == row or any(boxes[b].x < boxes[a].right for a, b in pairwise(row)):
        return
    gaps = [boxes[b].x - boxes[a].right for a, b in pairwise(row)]
    x = boxes[row[0]].x
    shifts: dict[str, float] = {}
    for key, gap in zip(boxes, [*gaps, 0.0], strict=True):
        shifts[key] = x - boxes[key].x
        x += boxes[key].w + gap
    for places in (layout.rects, layout.frames, layout.headings, layout.labels):
        for name, rect in places.items():
            home = _home(boxes, rect)
            places[name] = rect.moved(shifts[home], 0.0) if home else rect
    for name, route in layout.routes.items():
        home = _home(boxes, extent(route))
        if home:
            layout.routes[name] = tuple((x + shifts[home], y) for x, y in route)


def _home(boxes: dict[str, Rect], rect: Rect) -> str | None:
    return next((key for key, box in boxes.items() if box.holds(rect, 0.5)), None)
