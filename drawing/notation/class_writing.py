"""Class diagrams as notation: classes in their namespaces, then relations and notes in their order."""

from __future__ import annotations

from drawing.model import Drawing, Edge, EdgeEnd, Group, Node, Note
from drawing.notation.colors import color_class
from drawing.notation.members import written_member
from drawing.notation.writing import escaped, quoted, written_title

_WORDS = {"down": "TB", "up": "BT", "right": "LR", "left": "RL"}
_TAILS: dict[EdgeEnd, str] = {
    "triangle": "<|", "open_arrow": "<", "filled_diamond": "*", "diamond": "o", "lollipop": "()", "arrow": "<",
}  # fmt: skip
_HEADS: dict[EdgeEnd, str] = {**_TAILS, "triangle": "|>", "open_arrow": ">", "arrow": ">"}


def write_class_diagram(drawing: Drawing) -> list[str]:
    """Return the drawing as ``classDiagram`` lines."""
    lines = ["classDiagram"]
    lines += [f"    {title}" for title in written_title(drawing)]
    if drawing.direction:
        lines.append(f"    direction {_WORDS[drawing.direction]}")
    lines += _written_classes(drawing)
    for part in drawing.parts.values():
        if isinstance(part, Edge):
            lines.append(f"    {_written_relation(part)}")
        elif isinstance(part, Note):
            target = f"for {part.targets[0]} " if part.targets else ""
            lines.append(f"    note {target}{quoted(part.text)}")
    return lines


def _written_classes(drawing: Drawing) -> list[str]:
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
            lines.append(f"{pad}}}")
        elif isinstance(item, Node):
            lines += [pad + each for each in _written_class(item)]
        else:
            name = item.id.removeprefix(f"{item.parent}_") if item.parent else item.id
            lines.append(f"{pad}namespace {name}[{quoted(item.text)}] {{")
            stack.append((None, depth))
            stack += [(each, depth + 1) for each in reversed(inside.get(item.id, []))]
    return lines


def _written_class(node: Node) -> list[str]:
    text = f"[{quoted(node.text)}]" if node.text != node.id else ""
    head = f"class {node.id}{text}{color_class(node.color)}"
    rows = [f"    <<{escaped(value)}>>" for name, value in node.details if name == "annotation"]
    rows += [f"    {written_member(row)}" for row in node.rows]
    return [f"{head} {{", *rows, "}"] if rows else [head]


def _written_relation(edge: Edge) -> str:
    line = ".." if edge.line == "dotted" else "--"
    arrow = f"{_TAILS.get(edge.tail, '')}{line}{_HEADS.get(edge.head, '')}"
    tail = f" {quoted(edge.tail_text)}" if edge.tail_text else ""
    head = f" {quoted(edge.head_text)}" if edge.head_text else ""
    text = f" : {escaped(edge.text)}" if edge.text else ""
    return f"{edge.source}{tail} {arrow}{head} {edge.target}{text}"
