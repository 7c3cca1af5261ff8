"""Timelines: events on an axis in the order of the plan, their dates beside their dots."""

from __future__ import annotations

from drawing.layout.connect import connect
from drawing.layout.geometry import Rect
from drawing.scene import PLAIN, Diagram, Mark, Scene, Variant


def place_timeline(diagram: Diagram, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the timeline in its own coordinates."""
    scene = Scene()
    keys = list(diagram.blocks)
    if diagram.direction == "right":
        _place_across(diagram, scene, keys)
    else:
        _place_down(diagram, scene, keys)
    connect(diagram, scene, previous)
    return scene


def _place_down(diagram: Diagram, scene: Scene, keys: list[str]) -> None:
    unit = diagram.unit
    width = max((block.w for block in diagram.blocks.values()), default=0.0)
    when_width = max((when.width for when in diagram.whens.values()), default=0.0) + 2
    axis = when_width + 1.4 * unit
    top = 0.0
    for key in keys:
        block, when = diagram.blocks[key], diagram.whens.get(key)
        h = max(block.h, when.height if when else 0.0)
        w = width if block.outline == "rectangle" else block.w
        rect = Rect(axis + 2.4 * unit, top + (h - block.h) / 2, w, block.h)
        scene.rects[key] = rect
        dot = 0.9 * unit
        scene.marks.append(Mark(f"{key}:stem", "line", Rect(axis, rect.cy, rect.x - axis, 0), of=key))
        scene.marks.append(Mark(f"{key}:dot", "dot", Rect.around(axis, rect.cy, dot, dot), of=key))
        if when:
            box = Rect(0, rect.cy - when.height / 2, when_width, when.height)
            scene.marks.append(Mark(f"{key}:when", "text", box, when, of=key, is_bold=True))
        top += h + diagram.gap(1.8)
    if keys:
        first, last = scene.rects[keys[0]].cy, scene.rects[keys[-1]].cy
        scene.marks.insert(0, Mark("axis", "line", Rect(axis, first, 0, last - first)))


def _place_across(diagram: Diagram, scene: Scene, keys: list[str]) -> None:
    unit = diagram.unit
    width = max((block.w for block in diagram.blocks.values()), default=0.0)
    when_width = max((when.width for when in diagram.whens.values()), default=0.0)
    step = max((width + diagram.gap(1.6)) / 2, when_width + 1.5 * unit)
    when_room = max((when.height for when in diagram.whens.values()), default=0.0) + 1.8 * unit
    for i, key in enumerate(keys):
        block, when, x = diagram.blocks[key], diagram.whens.get(key), i * step
        is_above = i % 2 == 0
        w = width if block.outline == "rectangle" else block.w
        y = -when_room - block.h if is_above else when_room
        rect = Rect(x - w / 2, y, w, block.h)
        scene.rects[key] = rect
        stem = Rect(x, rect.bottom, 0, -rect.bottom) if is_above else Rect(x, 0, 0, rect.y)
        scene.marks.append(Mark(f"{key}:stem", "line", stem, of=key))
        scene.marks.append(Mark(f"{key}:dot", "dot", Rect.around(x, 0, 0.9 * unit, 0.9 * unit), of=key))
        if when:
            top = 0.9 * unit if is_above else -0.9 * unit - when.height
            box = Rect(x - when.width / 2 - 1, top, when.width + 2, when.height)
            scene.marks.append(Mark(f"{key}:when", "text", box, when, of=key, is_bold=True))
    if keys:
        scene.marks.insert(0, Mark("axis", "line", Rect(0, 0, (len(keys) - 1) * step, 0)))
