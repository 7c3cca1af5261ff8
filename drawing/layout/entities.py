"""Entity-relationship diagrams: entities as records of attributes, relationships with crow's feet."""

from __future__ import annotations

from drawing.figure import Figure, Ruler
from drawing.layout.compound import Compound, place_compound
from drawing.layout.flowchart import connectors
from drawing.layout.records import Column, Heading, Record, record_block
from drawing.model import Drawing, Node, key_of

# Keys first, then name, type and comment; a row holds type, name, keys and comment.
_COLUMNS = (Column(is_bold=True, is_quiet=True), Column(), Column(is_quiet=True), Column(is_quiet=True))


def place_entities(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the diagram in its own coordinates, from 0, 0 to the right and down."""
    blocks = [
        record_block(
            Record(
                key_of(node),
                Heading(node.text),
                [_rows(node)] if node.rows else [],
                _COLUMNS,
                node.color or "blue",
            ),
            ruler,
        )
        for node in drawing.all(Node)
    ]
    return place_compound(
        Compound(blocks, [], list(connectors(drawing)), drawing.direction or "down", 3.6, 2.6), ruler
    )


def _rows(node: Node) -> list[tuple[str, ...]]:
    return [(keys, name, kind, comment) for kind, name, keys, comment in (row.cells for row in node.rows)]
