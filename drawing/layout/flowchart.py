"""Flowcharts and swimlanes: what their nodes look like; placing them is the layered engine's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from drawing.figure import Box, Element, Figure, Ruler, Text
from drawing.geometry import Rect
from drawing.layout.compound import Block, Compound, Connector, Frame, place_compound
from drawing.layout.shape_fit import fit_shape, fit_text, label_centre
from drawing.model import Color, Drawing, Edge, Group, Node, key_of
from drawing.notation.shape_names import UNLABELLED
from drawing.text import Wrapped
from drawing.theme import Tone, tint

_TONES: dict[str, Tone] = {
    "diamond": "amber", "hexagon": "amber", "cylinder": "teal", "disk": "teal", "queue": "teal", "open_store": "teal",
    "bow_tie": "teal", "window_pane": "teal", "parallelogram": "teal", "parallelogram_left": "teal",
    "subroutine": "purple", "document": "purple", "documents": "purple", "lined_document": "purple",
    "tagged_document": "purple", "note": "note", "sticky": "note", "brace_left": "note", "brace_right": "note",
    "braces": "note", "star": "amber", "heart": "red", "start": "strong",
    "junction": "strong", "fork": "strong", "hourglass": "gray", "crossed_circle": "gray", "bolt": "amber",
    "cloud": "gray", "stop": "plain",
}  # fmt: skip
_TERMINALS = ("stadium", "circle", "rounded")
_SIZES: dict[str, tuple[float, float]] = {  # em, of shapes without words
    "start": (1.3, 1.3), "stop": (1.6, 1.6), "junction": (0.9, 0.9), "hourglass": (2.6, 2.6), "bolt": (2.4, 3.2),
    "crossed_circle": (2.6, 2.6),
}  # fmt: skip
TURNS: tuple[Color, ...] = ("blue", "green", "amber", "purple", "red", "teal")
_YES = frozenset(
    "yes y true ok ja oui sí si sim da 是 はい نعم хорошо да yes. success valid approved".split()
)


def place_flowchart(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the flowchart in its own coordinates, from 0, 0 to the right and down."""
    return place_compound(_compound(drawing, ruler, is_lanes=False), ruler)


def place_swimlanes(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the flowchart in lanes that run over its full length, in the order given."""
    return place_compound(_compound(drawing, ruler, is_lanes=True), ruler)


def _compound(drawing: Drawing, ruler: Ruler, *, is_lanes: bool) -> Compound:
    ordered = list(in_order(drawing))
    nodes = [part for part in ordered if isinstance(part, Node)]
    groups = [part for part in ordered if isinstance(part, Group)]
    tones = _tones(drawing, nodes, groups, ruler)
    direction = drawing.direction or ("right" if is_lanes else "down")
    blocks = [node_block(node, tones[node.id], ruler, direction in ("down", "up")) for node in nodes]
    crossed = crossed_groups(drawing, nodes, groups)
    frames = [
        Frame(key_of(group), group.text, f"group:{group.parent}" if group.parent else None,
              None if group.id in crossed else group.direction,
              tint(group.color), is_lanes and group.parent is None)
        for group in groups
    ]  # fmt: skip
    return Compound(blocks, frames, list(connectors(drawing)), direction)


def in_order(drawing: Drawing, order: Callable[[Node | Group], int] | None = None) -> Iterator[Node | Group]:
    """Yield nodes and groups as they are nested, those of one group by ``order``, then as they were first said."""
    inside: dict[str | None, list[Node | Group]] = {}
    groups = {group.id for group in drawing.all(Group)}
    for part in drawing.parts.values():
        if isinstance(part, Node | Group):
            inside.setdefault(part.parent if part.parent in groups else None, []).append(part)
    if order is not None:
        inside = {home: sorted(parts, key=order) for home, parts in inside.items()}
    stack = list(reversed(inside.get(None, [])))
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, Group):
            stack += reversed(inside.get(part.id, []))


def connectors(drawing: Drawing, edges: Sequence[Edge] | None = None) -> Iterator[Connector]:
    """Yield the edges whose two ends are there, in the order given, or else as they were said."""
    nodes = {node.id: node for node in drawing.all(Node)}
    groups = {group.id for group in drawing.all(Group)}
    first_from: set[str] = set()
    for edge in drawing.all(Edge) if edges is None else edges:
        ends = [f"node:{end}" if end in nodes else f"group:{end}" for end in (edge.source, edge.target)]
        if not all(end in nodes or end in groups for end in (edge.source, edge.target)):
            continue
        source = nodes.get(edge.source)
        is_decision = source is not None and source.shape == "diamond"
        is_yes = edge.text.casefold().strip(" .!") in _YES
        yield Connector(
            key_of(edge), ends[0], ends[1], edge.text, edge.line, edge.tail, edge.head, edge.tail_text,
            edge.head_text, edge.length, edge.color, is_decision and is_yes and edge.source not in first_from,
        )  # fmt: skip
        if is_decision and is_yes:
            first_from.add(edge.source)


def crossed_groups(drawing: Drawing, nodes: list[Node], groups: list[Group]) -> set[str]:
    """Return the groups whose border an edge crosses: they flow as what is around them does."""
    parents = {group.id: group.parent for group in groups} | {node.id: node.parent for node in nodes}
    out: set[str] = set()
    for edge in drawing.all(Edge):
        one, other = (set(_around(end, parents)) for end in (edge.source, edge.target))
        out |= one ^ other
    return out


def _around(part: str, parents: dict[str, str | None]) -> Iterator[str]:
    above = parents.get(part)
    while above is not None:
        yield above
        above = parents.get(above)


def _tones(drawing: Drawing, nodes: list[Node], groups: list[Group], ruler: Ruler) -> dict[str, Tone]:
    sources = {edge.source for edge in drawing.all(Edge)}
    targets = {edge.target for edge in drawing.all(Edge)}
    turns = {group.id: number for number, group in enumerate(groups)}
    out: dict[str, Tone] = {}
    for number, node in enumerate(nodes):
        is_end = node.shape in _TERMINALS[: 2 if len(nodes) > 2 else 3] and (
            (node.id in targets) != (node.id in sources)
        )
        plain: Tone = "blue"
        if ruler.style.varied:
            plain = TURNS[(turns.get(node.parent, number) if node.parent else number) % len(TURNS)]
        out[node.id] = node.color or ("strong" if is_end else _TONES.get(node.shape, plain))
    return out


def node_block(node: Node, tone: Tone, ruler: Ruler, is_down: bool = True, key: str | None = None) -> Block:
    """Return a node with its label as its shape asks for; ``key`` is for what is no node, such as a note."""
    key, shape = key or key_of(node), node.shape or "rectangle"
    frame = f"group:{node.parent}" if node.parent else None
    if shape == "fork":
        size = (ruler.em(5), ruler.em(0.5)) if is_down else (ruler.em(0.5), ruler.em(5))
        return Block(key, *size, lambda rect: [Box(key, rect, "bar", tone, group=frame)], frame=frame)
    if shape in UNLABELLED:
        return _unlabelled(key, shape, tone, frame, ruler)
    if shape == "person":
        return person_block(key, node.text, tone, frame, ruler)
    label, width = node_label(node.text, shape, ruler)
    is_bold = ruler.style.has_bold_labels and shape != "text"
    if shape == "text":
        w, h = label.width + 4, max(label.height, ruler.line())
        return Block(key, w, h, lambda rect: [Text(key, rect, label, ruler.font)], frame=frame)
    pad_x, pad_y = ruler.em(ruler.style.pad_x), ruler.em(ruler.style.pad_y)
    w, h = fit_shape(
        shape,
        width,
        max(label.height, ruler.line()),
        pad_x,
        pad_y,
        square_diamonds=ruler.style.square_diamonds,
    )

    corner = min(h / 3 if shape == "rounded" else ruler.style.corner, h / 2)

    def draw(rect: Rect) -> list[Element]:
        drawn = "rectangle" if shape == "rounded" else shape
        x, y = label_centre(shape, rect)
        place = Rect.around(x, y, label.width + 4, label.height)
        out: list[Element] = [Box(key, rect, drawn, tone, corner, group=frame)]
        if label.lines:
            out.append(Text(f"{key}:label", place, label, ruler.font, tone, is_bold=is_bold, of=key))
        return out

    return Block(key, w, h, draw, shape, frame, corner)


def node_label(text: str, shape: str, ruler: Ruler) -> tuple[Wrapped, float]:
    """Return a label in lines, and the width of the column that it stands in."""
    is_bold = ruler.style.has_bold_labels and shape != "text"
    label, column = fit_text(
        text, ruler.font, is_bold, shape not in ("rectangle", "text", "rounded", "stadium")
    )
    if shape not in ("rectangle", "rounded", "stadium") or len(label.lines) > 3:
        return label, label.width
    return label, min(column, max(label.width, ruler.em(5)) + ruler.em(2.5))


def _unlabelled(key: str, shape: str, tone: Tone, frame: str | None, ruler: Ruler) -> Block:
    size = _SIZES[shape]
    drawn = "circle" if shape in ("start", "junction", "stop") else shape

    def draw(rect: Rect) -> list[Element]:
        out: list[Element] = [Box(key, rect, drawn, tone, group=frame)]
        if shape == "stop":
            inner = rect.grown(-rect.w * 0.22)
            out.append(Box(f"{key}:dot", inner, "circle", "strong", role="mark"))
        return out

    return Block(key, ruler.em(size[0]), ruler.em(size[1]), draw, drawn, frame)


def person_block(key: str, text: str, tone: Tone, frame: str | None, ruler: Ruler) -> Block:
    """A figure of a person with the name below it."""
    label = ruler.wrap(text, max(ruler.em(9), ruler.longest_word([text], bold=True)), bold=True)
    size = ruler.em(2.8)
    w, h = max(label.width + 4, size), size + ruler.em(0.3) + label.height

    def placed(rect: Rect) -> tuple[str, Rect]:
        return "rectangle", Rect(rect.cx - size * 0.4, rect.y, size * 0.8, size)

    def draw(rect: Rect) -> list[Element]:
        _, figure = placed(rect)
        below = Rect(
            rect.x, figure.bottom + ruler.em(0.3), rect.w, rect.bottom - figure.bottom - ruler.em(0.3)
        )
        out: list[Element] = [Box(key, figure, "person", tone, group=frame)]
        if label.lines:
            out.append(Text(f"{key}:label", below, label, ruler.font, is_bold=True, of=key, role="caption"))
        return out

    return Block(key, w, h, draw, "rectangle", frame, figure=placed)
