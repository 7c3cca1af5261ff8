"""Freeform scenes: the model's own coordinates, tidied: clamped, text fitted, pushed apart, connectors bound."""

from __future__ import annotations

from drawing.layout.connect import connect
from drawing.layout.geometry import Rect
from drawing.plan import Shape
from drawing.scene import PLAIN, Diagram, Scene, Variant

GAP = 16.0  # between shapes that overlapped
PAGE = 1000.0
ROUNDS = 200


def place_freeform(diagram: Diagram, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the scene in its own coordinates."""
    scene = Scene()
    wanted = {key: _wanted(diagram, key) for key in diagram.blocks}
    low = max((rect.bottom for rect in wanted.values() if rect), default=0.0)
    at = 0.0
    for key, rect in wanted.items():
        block = diagram.blocks[key]
        if rect is None:
            rect = Rect(at, low + 60, block.w, block.h)
            at += block.w + 40
        scene.rects[key] = rect
    _push_apart(scene.rects)
    for key in diagram.headings:
        heading = diagram.headings[key]
        bottom = max((rect.bottom for rect in scene.rects.values()), default=0.0)
        scene.frames[key] = Rect(0, bottom + 60, heading.width + 40, heading.height + 40)
        scene.headings[key] = Rect(20, bottom + 80, heading.width, heading.height)
    connect(diagram, scene, previous)
    return scene


def _wanted(diagram: Diagram, key: str) -> Rect | None:
    node, block = diagram.graph.nodes[key], diagram.blocks[key]
    if not isinstance(node, Shape):
        return None
    if node.shape == "text":
        return Rect(min(max(node.x, 0.0), PAGE - 10), min(max(node.y, 0.0), PAGE - 10), block.w, block.h)
    w, h = max(min(node.w, PAGE), block.w), max(min(node.h, PAGE), block.h)
    if node.shape == "circle":
        w = h = max(w, h)
    x, y = min(max(node.x, 0.0), PAGE - 10), min(max(node.y, 0.0), PAGE - 10)
    return Rect(round(x / 10) * 10, round(y / 10) * 10, w, h)


def _push_apart(rects: dict[str, Rect]) -> None:
    keys = list(rects)
    for _ in range(ROUNDS):
        is_clean = True
        for i, one in enumerate(keys):
            for other in keys[i + 1 :]:
                a, b = rects[one], rects[other]
                if not a.overlaps(b):
                    continue
                is_clean = False
                rects[other] = _pushed(a, b)
        if is_clean:
            return
    _stack(rects)


def _pushed(a: Rect, b: Rect) -> Rect:
    """Return b moved right or down, whichever is shorter, so that it clears a."""
    right, down = a.right + GAP - b.x, a.bottom + GAP - b.y
    return b.moved(right, 0) if right <= down else b.moved(0, down)


def _stack(rects: dict[str, Rect]) -> None:
    top = 0.0
    for key, rect in rects.items():
        rects[key] = Rect(rect.x, top, rect.w, rect.h)
        top += rect.h + GAP
