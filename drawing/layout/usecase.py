"""Use case diagrams: people outside, what they do as ellipses inside their system's boundary."""

from __future__ import annotations

from dataclasses import replace

from drawing.figure import Figure, Ruler
from drawing.layout.compound import Compound, Frame, place_compound
from drawing.layout.flowchart import connectors, in_order, node_block
from drawing.model import Drawing, Group, Node, key_of
from drawing.theme import Tone, tint


def place_usecase(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the diagram in its own coordinates, from 0, 0."""
    ordered = list(in_order(drawing))
    blocks = []
    for part in ordered:
        if isinstance(part, Node):
            shape = part.shape if part.shape not in ("", "rounded") else "ellipse"
            usual: Tone = "purple" if shape == "person" else "blue"
            blocks.append(node_block(replace(part, shape=shape), part.color or usual, ruler))
    frames = [
        Frame(key_of(part), part.text, f"group:{part.parent}" if part.parent else None, tone=tint(part.color))
        for part in ordered
        if isinstance(part, Group)
    ]
    lines = list(connectors(drawing))
    return place_compound(Compound(blocks, frames, lines, drawing.direction or "right", 3.4, 1.4), ruler)
