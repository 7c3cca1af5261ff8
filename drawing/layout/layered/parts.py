"""Layouts measured, moved and put together."""

from __future__ import annotations

from collections import Counter

from drawing.geometry import Rect, bounding
from drawing.layout.layered.model import Layout, Size


def fit(size: Size, page: Size) -> float:
    """Return how much larger or smaller something is drawn so that it fills a page."""
    return min(page[0] / max(1.0, size[0]), page[1] / max(1.0, size[1]))


def size_of(layout: Layout) -> Size:
    """Return width and height of a layout."""
    box = extent_of(layout)
    return (box.w, box.h)


def extent_of(layout: Layout) -> Rect:
    """Return the box around everything in a layout."""
    rects = [
        *layout.rects.values(),
        *layout.frames.values(),
        *layout.headings.values(),
        *layout.labels.values(),
    ]
    return bounding(rects, [p for route in layout.routes.values() for p in route]) or Rect(0, 0, 0, 0)


def at_origin(layout: Layout) -> Layout:
    """Return the layout moved so that it starts at 0, 0."""
    box = extent_of(layout)
    out = Layout(layout.direction, layout.rows, layout.row_of)
    merge(out, layout, -box.x, -box.y)
    return out


def merge(out: Layout, part: Layout, dx: float, dy: float) -> None:
    """Add a part to a layout, moved by a vector."""
    for mine, theirs in (
        (out.rects, part.rects),
        (out.frames, part.frames),
        (out.headings, part.headings),
        (out.labels, part.labels),
    ):
        mine.update({key: rect.moved(dx, dy) for key, rect in theirs.items()})
    out.chains.update({key: tuple((x + dx, y + dy) for x, y in c) for key, c in part.chains.items()})
    out.routes.update({key: tuple((x + dx, y + dy) for x, y in r) for key, r in part.routes.items()})


def over(layout: Layout, before: Layout) -> Layout:
    """Return a layout moved so that most of what it shares with one before stands where it stood."""
    shared = [(layout.rects[key], rect) for key, rect in before.rects.items() if key in layout.rects]
    if not shared:
        return at_origin(layout)
    out = Layout(layout.direction, layout.rows, layout.row_of)
    across = [_most_common([round(old.cx - new.cx, 1) for new, old in shared])]
    across.append(_most_common([round(old.cy - new.cy, 1) for new, old in shared]))
    merge(out, layout, *across)
    return out


def _most_common(values: list[float]) -> float:
    return Counter(sorted(values)).most_common(1)[0][0]
