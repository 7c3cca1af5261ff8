"""Takes out empty stripes that run through a whole drawing, before its connectors are routed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from drawing.geometry import Rect
from drawing.plan import Direction
from drawing.scene import Scene


def compact(scene: Scene, direction: Direction, widest: float) -> None:
    """Narrow every stripe across the drawing's direction in which nothing stands to at most ``widest`` units."""
    boxes = [*scene.rects.values(), *scene.frames.values()]
    spans = sorted((r.y, r.bottom) if direction == "down" else (r.x, r.right) for r in boxes)
    cuts = _cuts(spans, widest)
    for rects in (scene.rects, scene.frames, scene.headings):
        for key, rect in rects.items():
            rects[key] = _moved(rect, direction, cuts)


def _cuts(spans: Sequence[tuple[float, float]], widest: float) -> list[tuple[float, float]]:
    """Return from where on everything moves, and by how much, one for each stripe that is too wide."""
    cuts: list[tuple[float, float]] = []
    end = spans[0][1] if spans else 0.0
    for low, high in spans:
        if low - end > widest:
            cuts.append((low, low - end - widest))
        end = max(end, high)
    return cuts


def _moved(rect: Rect, direction: Direction, cuts: Sequence[tuple[float, float]]) -> Rect:
    at = rect.y if direction == "down" else rect.x
    by = sum(width for start, width in cuts if at >= start)
    return replace(rect, y=rect.y - by) if direction == "down" else replace(rect, x=rect.x - by)
