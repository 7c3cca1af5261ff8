"""Requirement diagrams: records of facts, related by dashed arrows with a word."""

from __future__ import annotations

from dataclasses import replace

from drawing.figure import Figure, Ruler
from drawing.layout.compound import Compound, Connector, place_compound
from drawing.layout.flowchart import connectors
from drawing.layout.records import Column, Heading, Record, record_block
from drawing.model import Drawing, Node, key_of
from drawing.notation.requirements import kind_words
from drawing.theme import Tone

_COLUMNS = (Column(is_quiet=True), Column())


def place_requirements(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the diagram in its own coordinates, from 0, 0 to the right and down."""
    blocks = []
    for node in drawing.all(Node):
        kind = kind_words(node)
        usual: Tone = "purple" if kind == "Element" else "blue"
        heading = Heading(node.text, (f"\u00ab{kind}\u00bb",) if kind else ())
        rows = [[row.cells for row in node.rows]] if node.rows else []
        blocks.append(record_block(Record(key_of(node), heading, rows, _COLUMNS, node.color or usual), ruler))
    lines = [_marked(connector) for connector in connectors(drawing)]
    return place_compound(Compound(blocks, [], lines, drawing.direction or "down", 3.2), ruler)


def _marked(connector: Connector) -> Connector:
    return replace(connector, text=f"\u00ab{connector.text}\u00bb")
