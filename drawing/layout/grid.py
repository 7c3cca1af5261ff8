"""Grids and boards: groups are columns of cards under a heading, cards without a group a plain grid."""

from __future__ import annotations

import math
from dataclasses import replace

from drawing.geometry import Rect
from drawing.layout.connect import connect
from drawing.measured import MeasuredGraph
from drawing.scene import PLAIN, Scene, Variant

MAX_COLUMNS = 6  # beside each other


def place_grid(measured: MeasuredGraph, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the board in its own coordinates."""
    scene = Scene()
    width = max((block.w for block in measured.blocks.values()), default=0.0)
    pad, gap = measured.gap(1.0), measured.gap(1.5) * variant.spacing
    # Words beside connectors need room between the cards.
    words = max((label.width for label in measured.labels.values()), default=0.0)
    gap = max(gap, words + 1.6 * measured.unit) if words else gap
    bottom = _place_columns(measured, scene, width, pad, gap)
    loose = [key for key in measured.blocks if key not in measured.graph.members]
    _place_loose(measured, scene, loose, width, bottom + gap if measured.headings else 0.0, gap)
    connect(measured, scene, previous)
    return scene


def _place_columns(measured: MeasuredGraph, scene: Scene, width: float, pad: float, gap: float) -> float:
    groups = list(measured.headings)
    top = 0.0
    for start in range(0, len(groups), MAX_COLUMNS):
        row = groups[start : start + MAX_COLUMNS]
        left = 0.0
        head = max(measured.headings[key].height for key in row) + 1.3 * measured.unit
        for key in row:
            inner = max(width, measured.headings[key].width + measured.unit)
            bottom = top + head
            for member in (m for m, group in measured.graph.members.items() if group == key):
                block = measured.blocks[member]
                w = inner if block.outline == "rectangle" else block.w
                scene.rects[member] = Rect(left + pad + (inner - w) / 2, bottom, w, block.h)
                bottom += block.h + gap
            scene.frames[key] = Rect(
                left, top, inner + 2 * pad, max(bottom - gap, top + head + 2 * measured.unit) + pad - top
            )
            heading = measured.headings[key]
            scene.headings[key] = Rect(left + pad, top + 0.7 * measured.unit, inner, heading.height)
            left += inner + 2 * pad + gap
        tallest = max(scene.frames[key].h for key in row)
        for key in row:
            scene.frames[key] = replace(scene.frames[key], h=tallest)
        top += tallest + gap
    return top


def _place_loose(
    measured: MeasuredGraph, scene: Scene, keys: list[str], width: float, top: float, gap: float
) -> None:
    if not keys:
        return
    columns = _columns(measured, keys, width, gap)
    tall = max(measured.blocks[key].h for key in keys)
    for start in range(0, len(keys), columns):
        row = keys[start : start + columns]
        for i, key in enumerate(row):
            block = measured.blocks[key]
            w, h = (width, tall) if block.outline == "rectangle" else (block.w, block.h)
            scene.rects[key] = Rect(i * (width + gap) + (width - w) / 2, top + (tall - h) / 2, w, h)
        top += tall + gap


def _columns(measured: MeasuredGraph, keys: list[str], width: float, gap: float) -> int:
    """As many columns as make the grid about four to three, full rows preferred."""
    tall = max(measured.blocks[key].h for key in keys) + gap
    ideal = math.sqrt(len(keys) * tall * 4 / 3 / (width + gap))
    columns = max(1, min(len(keys), round(ideal)))
    full = [n for n in (columns, columns + 1, columns - 1) if n > 0 and len(keys) % n == 0]
    return full[0] if full else columns
