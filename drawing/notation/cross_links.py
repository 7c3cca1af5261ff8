"""Connectors between things that are written without ids, as trees, boards and timelines do: ``CTO -.-> Design``.

A line is such a connector only where both of its ends name something that is there already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from drawing.markup import unmarked, unquoted
from drawing.model import MAX_EDGE_TEXT_LENGTH, Drawing, Edge, Group, Node, label
from drawing.notation.flowchart_writing import written_link
from drawing.notation.lines import Line
from drawing.notation.links import read_link
from drawing.notation.part_names import find_part
from drawing.notation.writing import escaped

_SIGN = re.compile(r"(?<=[\s\"])(?:<?(?:--|==|-\.|->|=>)|<-|[\u2192\u2194])")
_QUOTED = re.compile(r"\"[^\"]*\"")
_SIMPLE = re.compile(r"\w+(?:[ ~#]\w+)*")
_WORDS = re.compile(r":\s")


@dataclass(slots=True)
class CrossLinks:
    """Reads the connectors of a drawing whose kind has none of its own."""

    drawing: Drawing
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def read(self, line: Line) -> bool:
        """Take a connector; return False, and change nothing, when the line is none."""
        hidden = _QUOTED.sub(lambda match: '"' * len(match[0]), line.text)
        for sign in _SIGN.finditer(hidden):
            link = read_link(line, sign.start())
            source = self._named(line.said(0, sign.start())) if link else None
            if link is None or source is None:
                continue
            target, text = self._named(line.said(link.end)), link.text
            colon = _WORDS.search(hidden, link.end)
            if target is None and colon:
                target = self._named(line.said(link.end, colon.start()))
                text = text or label(unmarked(unquoted(line.said(colon.end()))), MAX_EDGE_TEXT_LENGTH)
            if target is not None:
                count = self._counts.get((source, target), 0) + 1
                self._counts[source, target] = count
                edge_id = f"{source}>{target}" + (f"#{count}" if count > 1 else "")
                self.drawing.put(Edge(edge_id, source, target, text, link.line, link.tail, link.head))
                return True
        return False

    def _named(self, said: str) -> str | None:
        part = find_part(self.drawing, said, (Node, Group))
        return part.id if part else None


def written_links(drawing: Drawing, indent: str = "") -> list[str]:
    """Return the connectors as lines, each end by its id."""
    return [
        f"{indent}{_name(edge.source)} {written_link(edge)} {_name(edge.target)}"
        for edge in drawing.all(Edge)
    ]


def _name(part_id: str) -> str:
    return part_id if _SIMPLE.fullmatch(part_id) else f'"{escaped(part_id)}"'
