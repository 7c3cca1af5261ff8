"""Sankey diagrams: flows as lines of ``source,target,value``."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Edge, Node, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable, clean_id
from drawing.notation.stages import number_of
from drawing.notation.writing import escaped, written_title

_ARROW = re.compile(
    r"(?P<a>.+?)\s*(?:-{1,2}>|=>|\u2192|--)\s*(?:\[(?P<on>[^\]]+)\]\s*(?:-{1,2}>)?\s*)?(?P<b>.+?)\s*(?::\s*(?P<value>[^:]+))?$"
)
_NODE = re.compile(r"node\s+(?P<name>\S.*)$", re.IGNORECASE)
_HEADER = re.compile(r"source\s*,\s*target\s*,\s*value$", re.IGNORECASE)


@dataclass(slots=True)
class SankeyReader:
    """Reads ``sankey`` statements."""

    drawing: Drawing
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def read(self, line: Line) -> None:
        """Take a flow: who gives, who gets, and how much."""
        if _HEADER.match(line.text):
            return
        if node := _NODE.match(line.text):
            body, color = split_class(line.part(node.start("name")))
            name = self._node(body.raw)
            known = self.drawing.get(Node, name)
            if color and known:
                self.drawing.put(Node(known.id, known.text, known.shape, known.role, color))
            return
        source, target, said = self._fields(line)
        value = number_of(unmarked(said))
        if value is None or value < 0:
            raise Unreadable("its value is no number")
        if not clean_id(unmarked(source)) or not clean_id(unmarked(target)):
            raise Unreadable("it does not say from where to where")
        a, b = self._node(source), self._node(target)
        self._counts[a, b] = number = self._counts.get((a, b), 0) + 1
        self.drawing.put(Edge(f"{a}>{b}>{number}", a, b, label(unmarked(said), 40), value=value))

    def end(self) -> None:
        """Nothing stays open."""

    @staticmethod
    def _fields(line: Line) -> tuple[str, str, str]:
        """Return the three fields of "a,b,12", or of "a -> b : 12"."""
        try:
            row = next(csv.reader([line.text], skipinitialspace=True), [])
        except csv.Error:
            row = []
        if len(row) == 3:
            return row[0], row[1], row[2]
        arrow = _ARROW.match(line.text)
        if arrow and (arrow["value"] or arrow["on"]):
            return arrow["a"], arrow["b"], arrow["value"] or arrow["on"]
        raise Unreadable("it is no flow such as source,target,12")

    def _node(self, text: str) -> str:
        text = label(unmarked(unquoted(text)))
        name = clean_id(text)
        if name and self.drawing.get(Node, name) is None:
            self.drawing.put(Node(name, text))
        return name


def write_sankey(drawing: Drawing) -> list[str]:
    """Return the drawing as ``sankey`` lines."""
    lines = ["sankey", *written_title(drawing)]
    names = {node.id: _quoted(node.text) for node in drawing.all(Node)}
    lines += [f"node {escaped(node.text)} {color_class(node.color)}".rstrip() for node in drawing.all(Node)]
    lines += [f"{names[edge.source]},{names[edge.target]},{_quoted(edge.text)}" for edge in drawing.all(Edge)]
    return lines


def _quoted(text: str) -> str:
    if text.isalnum():
        return text
    return f'"{escaped(text)}"'
