"""State diagrams as notation: states inside their composites, and the transitions that belong there."""

from __future__ import annotations

from drawing.model import Drawing, Edge, Group, Node, Note
from drawing.notation.colors import color_class
from drawing.notation.writing import escaped, quoted, written_title

_WORDS = {"down": "TB", "up": "BT", "right": "LR", "left": "RL"}
_TYPES = {"fork": "fork", "diamond": "choice", "circle": "history"}


def write_states(drawing: Drawing) -> list[str]:
    """Return the drawing as ``stateDiagram-v2`` lines."""
    lines = ["stateDiagram-v2"]
    lines += [f"    {title}" for title in written_title(drawing)]
    if drawing.direction:
        lines.append(f"    direction {_WORDS[drawing.direction]}")
    return lines + _Writer(drawing).lines()


def scoped_edges(drawing: Drawing) -> dict[str | None, list[Edge]]:
    """Return the transitions by the composite or region that they are written in: that of their start or end point."""
    points = {node.id: node.parent for node in drawing.all(Node) if is_point(node)}
    out: dict[str | None, list[Edge]] = {}
    for edge in drawing.all(Edge):
        home = points.get(edge.source, points.get(edge.target))
        out.setdefault(home, []).append(edge)
    return out


def is_point(node: Node) -> bool:
    """Say whether a node is the start or end of its composite, which ``[*]`` stands for."""
    return node.role in ("start", "end") and "[*]" in node.id


class _Writer:
    def __init__(self, drawing: Drawing) -> None:
        self._drawing = drawing
        self._edges = scoped_edges(drawing)
        self._points = {node.id for node in drawing.all(Node) if is_point(node)}
        self._inside: dict[str | None, list[Node | Group]] = {}
        for part in drawing.parts.values():
            if isinstance(part, Node | Group):
                self._inside.setdefault(part.parent, []).append(part)

    def lines(self) -> list[str]:
        out: list[str] = []
        stack: list[tuple[Node | Group | str, int]] = self._contents(None, 1)
        while stack:
            item, depth = stack.pop()
            pad = "    " * depth
            if isinstance(item, str):
                out.append(pad + item)
            elif isinstance(item, Node):
                out += [pad + line for line in self._state(item)]
            elif item.role == "region":
                stack += self._contents(item.id, depth)
            else:
                out.append(f"{pad}state {quoted(item.text)} as {item.id}{color_class(item.color)} {{")
                if item.direction:
                    out.append(f"{pad}    direction {_WORDS[item.direction]}")
                stack.append(("}", depth))
                stack += self._contents(item.id, depth + 1)
        out += [f"    {self._written(edge)}" for edge in self._edges.get(None, [])]
        return out + [line for note in self._drawing.all(Note) for line in self._note(note)]

    def _contents(self, home: str | None, depth: int) -> list[tuple[Node | Group | str, int]]:
        """Return what stands in a composite, the first last; regions are divided by ``--``."""
        out: list[tuple[Node | Group | str, int]] = []
        for part in self._inside.get(home, []):
            if isinstance(part, Group) and part.role == "region" and out:
                out.append(("--", depth))
            if not isinstance(part, Node) or not is_point(part):
                out.append((part, depth))
        if home is not None:
            out += [(self._written(edge), depth) for edge in self._edges.get(home, [])]
        return out[::-1]

    def _state(self, node: Node) -> list[str]:
        kind = f" <<{_TYPES[node.shape]}>>" if node.shape in _TYPES else ""
        if kind:
            lines = [f"state {node.id}{kind}{color_class(node.color)}"]
            shown = node.text not in (node.id, "H")
            return lines + ([f"{node.id} : {escaped(node.text)}"] if shown else [])
        lines = [f"state {quoted(node.text)} as {node.id}{color_class(node.color)}"]
        return lines + [f"{node.id} : {escaped(row.cells[0])}" for row in node.rows]

    def _written(self, edge: Edge) -> str:
        ends = ["[*]" if end in self._points else end for end in (edge.source, edge.target)]
        text = f" : {escaped(edge.text)}" if edge.text else ""
        return f"{ends[0]} --> {ends[1]}{text}"

    def _note(self, note: Note) -> list[str]:
        if not note.targets:
            return [f"    note {quoted(note.text)}"]
        side = "over" if note.place == "over" else f"{note.place} of"
        return [f"    note {side} {note.targets[0]} : {escaped(note.text)}"]
