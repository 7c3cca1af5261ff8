"""Grids and boards: groups are columns of cards under a heading, cards without a group a plain grid."""

from __future__ import annotations

import math
from dataclasses import replace

from drawing.layout.connect import connect
from drawing.layout.geometry import Rect
from drawing.scene import PLAIN, Diagram, Scene, Variant

MAX_COLUMNS = 6  # beside each other


def place_grid(diagram: Diagram, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the board in its own coordinates."""
    scene = Scene()
    width = max((block.w for block in diagram.blocks.values()), default=0.0)
    pad, gap = diagram.gap(1.0), diagram.gap(1.5) * variant.room
    # Words beside connectors need room between the cards.
    words = max((label.width for label in diagram.labels.values()), default=0.0)
    gap = max(gap, words + 1.6 * diagram.unit) if words else gap
    bottom = _place_columns(diagram, scene, width, pad, gap)
    loose = [key for key in diagram.blocks if key not in diagram.graph.members]
    _place_loose(diagram, scene, loose, width, bottom + gap if diagram.headings else 0.0, gap)
    connect(diagram, scene, previous)
    return scene


def _place_columns(diagram: Diagram, scene: Scene, width: float, pad: float, gap: float) -> float:
    groups = list(diagram.headings)
    top = 0.0
    for start in range(0, len(groups), MAX_COLUMNS):
        row = groups[start : start + MAX_COLUMNS]
        left = 0.0
        head = max(diagram.headings[key].height for key in row) + 1.3 * diagram.unit
        for key in row:
            inner = max(width, diagram.headings[key].width + diagram.unit)
            bottom = top + head
            for member in (m for m, group in diagram.graph.members.items() if group == key):
                block = diagram.blocks[member]
                w = inner if block.outline == "rectangle" else block.w
                scene.rects[member] = Rect(left + pad + (inner - w) / 2, bottom, w, block.h)
                bottom += block.h + gap
            scene.frames[key] = Rect(
                left, top, inner + 2 * pad, max(bottom - gap, top + head + 2 * diagram.unit) + pad - top
            )
            heading = diagram.headings[key]
            scene.headings[key] = Rect(left + pad, top + 0.7 * diagram.unit, inner, heading.height)
            left += inner + 2 * pad + gap
        tallest = max(scene.frames[key].h for key in row)
        for key in row:
            scene.frames[key] = replace(scene.frames[key], h=tallest)
        top += tallest + gap
    return top


def _place_loose(
    diagram: Diagram, scene: Scene, keys: list[str], width: float, top: float, gap: float
) -> None:
    if not keys:
        return
    columns = _columns(diagram, keys, width, gap)
    tall = max(diagram.blocks[key].h for key in keys)
    for start in range(0, len(keys), columns):
        row = keys[start : start + columns]
        for i, key in enumerate(row):
            block = diagram.blocks[key]
            w, h = (width, tall) if block.outline == "rectangle" else (block.w, block.h)
            scene.rects[key] = Rect(i * (width + gap) + (width - w) / 2, top + (tall - h) / 2, w, h)
        top += tall + gap


def _columns(diagram: Diagram, keys: list[str], width: float, gap: float) -> int:
    """As many columns as make the grid about four to three, full rows preferred."""
    tall = max(diagram.blocks[key].h for key in keys) + gap
    ideal = math.sqrt(len(keys) * tall * 4 / 3 / (width + gap))
    columns = max(1, min(len(keys), round(ideal)))
    full = [n for n in (columns, columns + 1, columns - 1) if n > 0 and len(keys) % n == 0]
    return full[0] if full else columns
