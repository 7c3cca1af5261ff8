"""Flowcharts and swimlanes as notation: nodes inside their subgraphs, then the connectors in their order."""

from __future__ import annotations

from collections.abc import Callable

from drawing.model import Drawing, Edge, Group, LineStyle, Node
from drawing.notation.colors import color_class
from drawing.notation.shape_names import brackets_of, name_of_shape
from drawing.notation.writing import quoted, written_title

_WORDS = {"down": "TD", "up": "BT", "right": "LR", "left": "RL"}
_TAILS = {"none": "", "arrow": "<", "circle": "o", "cross": "x"}
_HEADS = {"none": "", "arrow": ">", "circle": "o", "cross": "x"}
_HEX = {
    "blue": "#2B6CD4", "green": "#12806A", "amber": "#B06A00", "red": "#C63D52", "purple": "#7049CC",
    "teal": "#16799E", "gray": "#64748B", "pink": "#B83280",
}  # fmt: skip


def write_flowchart(drawing: Drawing) -> list[str]:
    """Return the drawing as ``flowchart`` lines."""
    direction = f" {_WORDS[drawing.direction]}" if drawing.direction else ""
    return [f"flowchart{direction}", *_body(drawing)]


def write_swimlanes(drawing: Drawing) -> list[str]:
    """Return the drawing as ``swimlanes`` lines."""
    direction = f" {_WORDS[drawing.direction]}" if drawing.direction else ""
    return [f"swimlanes{direction}", *_body(drawing)]


def _body(drawing: Drawing) -> list[str]:
    lines = [f"    {title}" for title in written_title(drawing)]
    lines += written_nodes(drawing, written_node)
    edges = drawing.all(Edge)
    lines += [f"    {_written_edge(edge)}" for edge in edges]
    return lines + [
        f"    linkStyle {number} stroke:{_HEX[edge.color]}" for number, edge in enumerate(edges) if edge.color
    ]


def written_nodes(drawing: Drawing, write: Callable[[Node], str]) -> list[str]:
    """Return nodes and groups nested as they are; among one group's members the order stays."""
    inside: dict[str | None, list[Node | Group]] = {}
    for part in drawing.parts.values():
        if isinstance(part, Node | Group):
            inside.setdefault(part.parent, []).append(part)
    lines: list[str] = []
    stack: list[tuple[Node | Group | None, int]] = [(each, 1) for each in reversed(inside.get(None, []))]
    while stack:
        item, depth = stack.pop()
        pad = "    " * depth
        if item is None:
            lines.append(f"{pad}end")
        elif isinstance(item, Node):
            lines.append(pad + write(item))
        else:
            lines.append(pad + _written_group(item))
            if item.direction:
                lines.append(f"{pad}    direction {_WORDS[item.direction]}")
            stack.append((None, depth))
            stack += [(each, depth + 1) for each in reversed(inside.get(item.id, []))]
    return lines


def _written_group(group: Group) -> str:
    return f"subgraph {group.id} [{quoted(group.text)}]{color_class(group.color)}"


def written_node(node: Node) -> str:
    """Return a node's declaration."""
    words = quoted(node.text)
    color = color_class(node.color)
    brackets = brackets_of(node.shape or "rectangle")
    if brackets:
        return f"{node.id}{brackets[0]}{words}{brackets[1]}{color}"
    return f"{node.id}@{{ shape: {name_of_shape(node.shape)}, label: {words} }}{color}"


def _written_edge(edge: Edge) -> str:
    return f"{edge.source} {written_link(edge)} {edge.target}"


def written_link(edge: Edge) -> str:
    """Return a connector without its ends: the arrow and its words."""
    return written_arrow(edge) + (f"|{quoted(edge.text)}|" if edge.text else "")


def written_arrow(edge: Edge) -> str:
    extra = edge.length - 1
    tail, head = _TAILS.get(edge.tail, ""), _HEADS.get(edge.head, ">")
    strokes: dict[LineStyle, str] = {
        "solid": "--" + "-" * extra + ("" if head else "-"),
        "thick": "==" + "=" * extra + ("" if head else "="),
        "dotted": "-." + "." * extra + "-",
        "invisible": "~~~" + "~" * extra,
    }
    return strokes["invisible"] if edge.line == "invisible" else tail + strokes[edge.line] + head
