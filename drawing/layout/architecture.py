"""Architecture diagrams: icons with their names below, groups around them, edges as their sides say."""

from __future__ import annotations

from dataclasses import replace

from drawing.figure import Box, Element, Figure, Ruler, Text
from drawing.geometry import Rect
from drawing.layout.compound import Block, Compound, Connector, Frame, place_compound
from drawing.layout.flowchart import connectors, in_order, node_block
from drawing.model import Direction, Drawing, Group, Node, key_of
from drawing.notation.icons import icon_shape
from drawing.theme import Tone, tint

ICON = 3.2  # em
_TONES: dict[str, Tone] = {
    "cylinder": "teal", "disk": "teal", "queue": "purple", "server": "blue", "globe": "green", "cloud": "gray",
    "lock": "amber", "person": "purple", "bolt": "amber", "hexagon": "amber", "file": "gray", "folder": "amber",
    "browser": "blue", "phone": "blue", "star": "amber", "heart": "red",
}  # fmt: skip
_OPEN = frozenset(("person", "lock"))  # figures that do not fill their outline
_WIDE = frozenset(("cloud", "queue", "browser"))


def place_architecture(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the diagram in its own coordinates, from 0, 0 to the right and down."""
    ordered = list(in_order(drawing))
    direction = _direction(drawing)
    blocks = [_service(part, ruler) for part in ordered if isinstance(part, Node)]
    frames = [
        Frame(key_of(part), part.text, f"group:{part.parent}" if part.parent else None, tone=tint(part.color))
        for part in ordered
        if isinstance(part, Group)
    ]
    lines = [_in_flow(connector, drawing, direction) for connector in connectors(drawing)]
    return place_compound(Compound(blocks, frames, lines, direction, 3.2, 2.4), ruler)


def _sides(drawing: Drawing) -> list[str]:
    return [value.upper() for name, value in drawing.settings.items() if name.startswith("side ")]


def _direction(drawing: Drawing) -> Direction:
    """Return where it flows: along what most edges' sides say, to the right when nothing is said."""
    sides = _sides(drawing)
    upright = sum(side in ("TB", "BT") for side in sides)
    return "down" if upright > len(sides) / 2 else "right"


def _in_flow(connector: Connector, drawing: Drawing, direction: Direction) -> Connector:
    """Return an edge in the order of the flow: one that leaves at the left leads back, or to what stands at the left.

    It is level where its sides say that its ends stand beside each other.
    """
    pair, _, number = connector.key.removeprefix("edge:").partition("#")
    sides = drawing.settings.get(f"side {pair}#{number or 1}", "").upper()
    back, leftwards, rightwards = ("T", "LR", "RL") if direction == "down" else ("L", "TB", "BT")
    line = replace(connector, is_level=sides in (leftwards, rightwards))
    return line.turned() if sides[:1] == back or sides == leftwards else line


def _service(node: Node, ruler: Ruler) -> Block:
    if node.shape == "junction":
        return node_block(node, "strong", ruler)
    icon = next((value for name, value in node.details if name == "icon"), "")
    shape = icon_shape(icon) or icon_shape(node.text) or "server"
    return icon_block(key_of(node), node.text, shape, node.color or _TONES.get(shape, "blue"),
                      f"group:{node.parent}" if node.parent else None, ruler)  # fmt: skip


def icon_block(key: str, text: str, shape: str, tone: Tone, frame: str | None, ruler: Ruler) -> Block:
    """Return an icon with words below it."""
    label = ruler.wrap(text, max(ruler.em(8), ruler.longest_word([text], bold=True)), bold=True)
    size = ruler.em(ICON)
    width = size * (1.35 if shape in _WIDE else 0.8 if shape in ("person", "phone", "lock", "file") else 1.0)
    w, h = max(label.width + 4, width), size + ruler.em(0.35) + label.height

    def figure(rect: Rect) -> tuple[str, Rect]:
        return "rectangle" if shape in _OPEN else shape, Rect(rect.cx - width / 2, rect.y, width, size)

    def draw(rect: Rect) -> list[Element]:
        _, icon = figure(rect)
        below = Rect(rect.x, icon.bottom + ruler.em(0.35), rect.w, label.height)
        out: list[Element] = [Box(key, icon, shape, tone, group=frame)]
        if label.lines:
            out.append(Text(f"{key}:label", below, label, ruler.font, is_bold=True, of=key, role="caption"))
        return out

    return Block(key, w, h, draw, "rectangle", frame, figure=figure)
