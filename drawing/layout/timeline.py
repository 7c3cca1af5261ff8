"""Timelines: events on an axis in the order of the plan, their dates beside their dots, groups as phases."""

from __future__ import annotations

from drawing.geometry import Rect, bounding
from drawing.layout.connect import connect
from drawing.measured import MeasuredGraph
from drawing.scene import PLAIN, Mark, Scene, Variant


def place_timeline(measured: MeasuredGraph, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the timeline in its own coordinates."""
    scene = Scene()
    phases = _phases(measured)
    if measured.direction == "right":
        _Across(measured, scene, variant.spacing).place(phases)
    else:
        _Down(measured, scene, variant.spacing).place(phases)
    connect(measured, scene, previous)
    return scene


def _phases(measured: MeasuredGraph) -> list[tuple[str | None, list[str]]]:
    """Return the events phase by phase; events that stand alone between phases are phases without a name."""
    phases: list[tuple[str | None, list[str]]] = []
    known: dict[str, list[str]] = {}
    for key in measured.blocks:
        group = measured.graph.members.get(key)
        if group in known:
            known[group].append(key)
        elif group is None and phases and phases[-1][0] is None:
            phases[-1][1].append(key)
        else:
            phases.append((group, [key]))
            if group is not None:
                known[group] = phases[-1][1]
    return phases + [(key, []) for key in measured.headings if key not in known]


class _Base:
    def __init__(self, measured: MeasuredGraph, scene: Scene, spacing: float) -> None:
        self._measured = measured
        self._scene = scene
        self._unit = measured.unit
        self._spacing = spacing
        self._pad = measured.gap(1.0)
        self._width = max((block.w for block in measured.blocks.values()), default=0.0)
        self._when_width = max((when.width for when in measured.whens.values()), default=0.0) + 2
        self._label_width = max((label.width for label in measured.labels.values()), default=0.0)
        self._label_height = max((label.height for label in measured.labels.values()), default=0.0)
        self._head = max((text.height for text in measured.headings.values()), default=0.0) + 0.8 * self._unit

    def _card(self, key: str, x: float, y: float) -> Rect:
        """A card of the common width; other outlines keep their own, in the middle of it."""
        block = self._measured.blocks[key]
        w = self._width if block.outline == "rectangle" else block.w
        rect = Rect(x + (self._width - w) / 2, y, w, block.h)
        self._scene.rects[key] = rect
        return rect

    def _stem(self, key: str, rect: Rect, x: float, y: float) -> None:
        dot = 0.9 * self._unit
        self._scene.marks.append(Mark(f"{key}:stem", "line", rect, of=key))
        self._scene.marks.append(Mark(f"{key}:dot", "dot", Rect.around(x, y, dot, dot), of=key))

    def _when(self, key: str, x: float, y: float, w: float) -> None:
        when = self._measured.whens.get(key)
        if when:
            box = Rect(x, y, w, when.height)
            self._scene.marks.append(Mark(f"{key}:when", "text", box, when, of=key, is_bold=True))

    def _height(self, key: str) -> float:
        when = self._measured.whens.get(key)
        return max(self._measured.blocks[key].h, when.height if when else 0.0)


class _Down(_Base):
    """Dates at the left of the axis, cards at its right."""

    def place(self, phases: list[tuple[str | None, list[str]]]) -> None:
        axis = self._when_width + 1.4 * self._unit
        cards = axis + 2.4 * self._unit
        gap = max(self._measured.gap(1.6), self._label_height + 1.5 * self._unit) * self._spacing
        top = 0.0
        for phase, keys in phases:
            start = top
            if phase is not None:
                heading = self._measured.headings[phase]
                self._scene.headings[phase] = Rect(
                    cards, top + 0.7 * self._unit, heading.width + 2, heading.height
                )
                top += self._head + self._pad
            for key in keys:
                tall = self._height(key)
                rect = self._card(key, cards, top + (tall - self._measured.blocks[key].h) / 2)
                self._stem(key, Rect(axis, rect.cy, rect.x - axis, 0), axis, rect.cy)
                when = self._measured.whens.get(key)
                self._when(key, 0, rect.cy - (when.height if when else 0) / 2, self._when_width)
                top += tall + gap
            if phase is not None:
                top = top - gap + self._pad if keys else top
                wide = max(self._width, self._scene.headings[phase].w) + cards + 2 * self._pad
                self._scene.frames[phase] = Rect(-self._pad, start, wide, top - start)
                top += self._measured.gap(1.2)
        dots = [mark.rect for mark in self._scene.marks if mark.kind == "dot"]
        if len(dots) > 1:
            self._scene.marks.append(
                Mark("axis", "line", Rect(axis, dots[0].cy, 0, dots[-1].cy - dots[0].cy))
            )


class _Across(_Base):
    """Cards above and below the axis by turns, each date on the other side of it."""

    def place(self, phases: list[tuple[str | None, list[str]]]) -> None:
        step = max((self._width + max(self._measured.gap(1.6), self._label_width + self._unit)) / 2,
                   self._when_width / 2 + self._unit) * self._spacing  # fmt: skip
        left, number = 0.0, 0
        spans: dict[str, tuple[float, float]] = {}
        for phase, keys in phases:
            for i, key in enumerate(keys):
                self._event(key, left + self._width / 2 + i * step, is_above=number % 2 == 0)
                number += 1
            wide = (len(keys) - 1) * step + self._width if keys else 0.0
            if phase is not None:
                wide = max(wide, self._measured.headings[phase].width + 2)
                spans[phase] = (left, wide)
            left += wide + 2 * self._pad + self._measured.gap(1.2)
        self._frame(spans)
        dots = [mark.rect for mark in self._scene.marks if mark.kind == "dot"]
        if len(dots) > 1:
            self._scene.marks.append(Mark("axis", "line", Rect(dots[0].cx, 0, dots[-1].cx - dots[0].cx, 0)))

    def _event(self, key: str, x: float, *, is_above: bool) -> None:
        when_height = (
            max((when.height for when in self._measured.whens.values()), default=0.0) + 1.8 * self._unit
        )
        block, when = self._measured.blocks[key], self._measured.whens.get(key)
        rect = self._card(key, x - self._width / 2, -when_height - block.h if is_above else when_height)
        stem = Rect(x, rect.bottom, 0, -rect.bottom) if is_above else Rect(x, 0, 0, rect.y)
        self._stem(key, stem, x, 0)
        if when:
            top = 0.9 * self._unit if is_above else -0.9 * self._unit - when.height
            self._when(key, x - when.width / 2 - 1, top, when.width + 2)

    def _frame(self, spans: dict[str, tuple[float, float]]) -> None:
        boxes = [*self._scene.rects.values(), *(mark.rect for mark in self._scene.marks)]
        around = bounding(boxes) or Rect(0, 0, 0, 0)
        top = around.y - self._head - self._pad
        for phase, (left, wide) in spans.items():
            height = self._measured.headings[phase].height
            frame = Rect(left - self._pad, top, wide + 2 * self._pad, around.bottom + self._pad - top)
            self._scene.frames[phase] = frame
            self._scene.headings[phase] = Rect(left, top + 0.7 * self._unit, wide, height)
