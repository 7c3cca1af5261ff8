"""State diagrams: rounded states, start and end points, composites as frames, regions side by side."""

from __future__ import annotations

from drawing.figure import Box, Element, Figure, Ruler
from drawing.geometry import Rect
from drawing.layout.class_diagram import notes
from drawing.layout.compound import DASH, Block, Compound, Frame, place_compound
from drawing.layout.flowchart import connectors, crossed_groups, in_order, node_block
from drawing.layout.records import Column, Heading, Record, record_block
from drawing.model import Drawing, Edge, Group, Node, key_of
from drawing.notation.state_writing import is_point, scoped_edges
from drawing.theme import Tone, tint

CHOICE = (2.6, 2.2)  # em
_TONES: dict[str, Tone] = {"start": "strong", "fork": "strong", "stop": "plain"}
_ORDER = {"start": 0, "end": 2}


def place_states(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the state diagram in its own coordinates, from 0, 0 to the right and down."""
    ordered = list(in_order(drawing, _order))
    nodes = [part for part in ordered if isinstance(part, Node)]
    groups = [part for part in ordered if isinstance(part, Group)]
    direction = drawing.direction or "down"
    crossed = crossed_groups(drawing, nodes, groups)
    blocks = [_state_block(node, ruler, direction in ("down", "up")) for node in nodes]
    frames = [
        Frame(key_of(group), group.text, f"group:{group.parent}" if group.parent else None,
              None if group.id in crossed else group.direction, tint(group.color),
              dash=DASH if group.role == "region" else (),
              keeps_order=group.role == "region" and group.id not in crossed)
        for group in groups
    ]  # fmt: skip
    note_blocks, note_lines = notes(drawing, ruler)
    lines = list(connectors(drawing, _edges(drawing)))
    return place_compound(
        Compound([*blocks, *note_blocks], frames, [*lines, *note_lines], direction, 2.8), ruler
    )


def _order(part: Node | Group) -> int:
    """Say where a part stands among those of its composite: starts first, ends last."""
    return _ORDER[part.role] if isinstance(part, Node) and is_point(part) else 1


def _edges(drawing: Drawing) -> list[Edge]:
    """Return the transitions in the order in which they are written: those of composites first."""
    scoped = scoped_edges(drawing)
    homes = [part.id for part in in_order(drawing, _order) if isinstance(part, Group)]
    return [edge for home in [*homes, None] for edge in scoped.get(home, [])]


def _state_block(node: Node, ruler: Ruler, is_down: bool) -> Block:
    key, frame = key_of(node), f"group:{node.parent}" if node.parent else None
    if node.shape == "diamond" and node.text == node.id:
        choice: Tone = node.color or "amber"

        def draw(rect: Rect) -> list[Element]:
            return [Box(key, rect, "diamond", choice, group=frame)]

        return Block(key, ruler.em(CHOICE[0]), ruler.em(CHOICE[1]), draw, "diamond", frame)
    if node.rows:
        rows = [[row.cells for row in node.rows]]
        record = Record(key, Heading(node.text), rows, (Column(),), node.color or "blue", frame)
        return record_block(record, ruler)
    tone: Tone = node.color or _TONES.get(node.shape, "blue")
    return node_block(node, tone, ruler, is_down)
