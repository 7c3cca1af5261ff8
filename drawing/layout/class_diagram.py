"""Class diagrams: records of members, parents above their children, notes beside what they speak of."""

from __future__ import annotations

from dataclasses import replace

from drawing.figure import Figure, Ruler
from drawing.layout.compound import Block, Compound, Connector, Frame, place_compound
from drawing.layout.flowchart import connectors, in_order, node_block
from drawing.layout.records import Column, Heading, Record, record_block
from drawing.model import Drawing, Group, Node, Note, key_of
from drawing.notation.members import ATTRIBUTES, METHODS
from drawing.theme import Tone

_COLUMNS = (Column(is_quiet=True, align="center"), Column())
_TONES: dict[str, Tone] = {
    "interface": "purple",
    "enumeration": "amber",
    "abstract": "teal",
    "service": "green",
}


def place_class_diagram(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the class diagram in its own coordinates, from 0, 0 to the right and down."""
    ordered = list(in_order(drawing))
    blocks = [_class_block(part, ruler) for part in ordered if isinstance(part, Node)]
    frames = [
        Frame(key_of(part), part.text, f"group:{part.parent}" if part.parent else None)
        for part in ordered
        if isinstance(part, Group)
    ]
    lines = [_with_parent_first(connector) for connector in connectors(drawing)]
    note_blocks, note_lines = notes(drawing, ruler)
    return place_compound(
        Compound([*blocks, *note_blocks], frames, [*lines, *note_lines], drawing.direction or "down", 3.4),
        ruler,
    )


def _class_block(node: Node, ruler: Ruler) -> Block:
    annotations = [value for name, value in node.details if name == "annotation"]
    sections = [
        [row.cells for row in node.rows if row.section == section] for section in (ATTRIBUTES, METHODS)
    ]
    kinds = [each.lower() for each in annotations]
    usual: Tone = next((_TONES[kind] for kind in kinds if kind in _TONES), "blue")
    small = tuple(f"\u00ab{each}\u00bb" for each in annotations)
    frame = f"group:{node.parent}" if node.parent else None
    filled = [rows for rows in sections if rows]
    return record_block(
        Record(key_of(node), Heading(node.text, small), filled, _COLUMNS, node.color or usual, frame), ruler
    )


def _with_parent_first(connector: Connector) -> Connector:
    """Return a relation in the order of the flow: what inherits stands below."""
    if connector.head != "triangle" or connector.tail == "triangle":
        return connector
    return replace(
        connector, source=connector.target, target=connector.source, tail=connector.head, head=connector.tail,
        tail_text=connector.head_text, head_text=connector.tail_text,
    )  # fmt: skip


def notes(drawing: Drawing, ruler: Ruler) -> tuple[list[Block], list[Connector]]:
    """Return notes as blocks, and dotted lines to what they speak of."""
    nodes = {node.id: node for node in drawing.all(Node)}
    groups = {group.id for group in drawing.all(Group)}
    blocks, lines = [], []
    for note in drawing.all(Note):
        key = key_of(note)
        parents = {nodes[target].parent for target in note.targets if target in nodes}
        parent = parents.pop() if len(parents) == 1 else None
        blocks.append(node_block(Node(note.id, note.text, "note", parent=parent), "note", ruler, key=key))
        for target in note.targets:
            if target in nodes or target in groups:
                end = f"node:{target}" if target in nodes else f"group:{target}"
                lines.append(Connector(f"{key}:line:{target}", key, end, line="dotted", head="none"))
    return blocks, lines
