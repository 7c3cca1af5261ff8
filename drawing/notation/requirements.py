"""Requirement diagrams: requirements and elements with their facts, and how they are related."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import MAX_ROWS, Color, Drawing, Edge, Node, Row, label
from drawing.notation.colors import color_class
from drawing.notation.css import ASSIGNMENT, DEFINITION, STYLE, Classes, color_of_css
from drawing.notation.flowchart import DIRECTIONS
from drawing.notation.lines import Line, Unreadable, without_comment, without_semicolon
from drawing.notation.node_mentions import node_id
from drawing.notation.writing import escaped, quoted, written_title

HEADER = re.compile(r"requirements?(?:-?\s?diagram)\s*[:;]?$", re.IGNORECASE)

_KINDS = {
    "requirement": "Requirement", "functionalrequirement": "Functional requirement",
    "interfacerequirement": "Interface requirement", "performancerequirement": "Performance requirement",
    "physicalrequirement": "Physical requirement", "designconstraint": "Design constraint", "element": "Element",
}  # fmt: skip
_NAME = r"(?:\"[^\"]+\"|[^\s{}:\"<>]+)"
_PART = re.compile(
    rf"(?P<kind>{'|'.join(_KINDS)})\s+(?P<name>{_NAME}|[^{{:]+?)\s*(?::::\s*(?P<css>[\w-]+))?\s*(?P<body>\{{.*)?$",
    re.IGNORECASE,
)
_FORWARD = re.compile(rf"(?P<a>{_NAME})\s*-+\s*(?P<word>[A-Za-z]+)\s*-+>\s*(?P<b>{_NAME})$")
_BACKWARD = re.compile(rf"(?P<b>{_NAME})\s*<-+\s*(?P<word>[A-Za-z]+)\s*-+\s*(?P<a>{_NAME})$")
_FACT = re.compile(r"(?P<name>[A-Za-z][\w ]*?)\s*:\s*(?P<value>.*?)\s*$")
_SHORT_CLASS = re.compile(rf"(?P<name>{_NAME})\s*:::\s*(?P<css>[\w-]+)$")
_DIRECTION = re.compile(r"direction\s+(?P<direction>TB|TD|BT|LR|RL)\s*;?$", re.IGNORECASE)
_FACTS = {
    "id": "Id", "text": "Text", "risk": "Risk", "verifymethod": "Verification", "type": "Type", "docref": "Document",
}  # fmt: skip


@dataclass(slots=True)
class RequirementReader:
    """Reads ``requirementDiagram`` statements."""

    drawing: Drawing
    _body: str | None = None
    _repeats: dict[tuple[str, str], int] = field(default_factory=dict)
    _classes: Classes = field(default_factory=Classes)

    def read(self, line: Line) -> None:
        """Take one line; braces may open and close bodies on it."""
        rest: Line | None = without_comment(line)
        while rest is not None and rest.text:
            rest = self._in_body(rest) if self._body is not None else self._statement(rest)

    def end(self) -> None:
        """Nothing is kept back."""

    @property
    def in_body(self) -> bool:
        """Whether the next line stands between braces, where ``title`` is a word like any other."""
        return self._body is not None

    def _in_body(self, line: Line) -> Line | None:
        closing = line.text.find("}")
        inside = line if closing < 0 else line.part(0, closing)
        fact = _FACT.match(inside.text)
        node = self.drawing.get(Node, self._body or "")
        if fact and node is not None and len(node.rows) < MAX_ROWS:
            name = _FACTS.get(fact["name"].lower().replace(" ", ""), label(fact["name"]))
            value = " ".join(
                label(unmarked(unquoted(inside.said(fact.start("value"), fact.end("value"))))).split()
            )
            if value:
                others = tuple(row for row in node.rows if row.cells[0] != name)
                self.drawing.put(replace(node, rows=(*others, Row((name, value)))))
        if closing < 0:
            return None
        self._body = None
        return line.part(closing + 1)

    def _statement(self, line: Line) -> Line | None:
        text = without_semicolon(line.text)
        for pattern, handle in self._HANDLERS:
            match = pattern.match(text)
            if match:
                return handle(self, line, match)
        raise Unreadable("it is no requirement, element or relation")

    def _part(self, name: str, kind: str = "") -> Node:
        words = label(unmarked(unquoted(name.strip())))
        own_id = node_id(words)
        if not own_id:
            raise Unreadable("it has no name")
        known = self.drawing.get(Node, own_id)
        if known is None:  # What only a relation names is a requirement until something else is said.
            known = Node(own_id, words, color=self._classes.default, details=(("kind", "requirement"),))
        if kind:
            known = replace(known, details=(("kind", kind),))
        self.drawing.put(known)
        return known

    def _declare(self, line: Line, match: re.Match[str]) -> Line | None:
        node = self._part(line.said(match.start("name"), match.end("name")), match["kind"].lower())
        if match["css"]:
            self._paint(node.id, self._classes.assign(match["css"], node.id))
        if match["body"]:
            self._body = node.id
            return line.part(match.start("body") + 1)
        return None

    def _relate(self, line: Line, match: re.Match[str]) -> None:
        source, target = (self._part(line.said(match.start(end), match.end(end))).id for end in ("a", "b"))
        self._repeats[source, target] = count = self._repeats.get((source, target), 0) + 1
        edge_id = f"{source}>{target}" + (f"#{count}" if count > 1 else "")
        word = match["word"].lower()
        self.drawing.put(
            Edge(
                edge_id, source, target, word, "solid" if word == "contains" else "dotted", head="open_arrow"
            )
        )

    def _direct(self, line: Line, match: re.Match[str]) -> None:
        self.drawing.direction = DIRECTIONS[match["direction"].upper()]

    def _paint(self, own_id: str, color: Color | None) -> None:
        node = self.drawing.get(Node, own_id)
        if node is not None and color is not None:
            self.drawing.put(replace(node, color=color))

    def _define(self, line: Line, match: re.Match[str]) -> None:
        for thing, color in self._classes.define(match["names"], match["css"]).items():
            self._paint(thing, color)

    def _assign(self, line: Line, match: re.Match[str]) -> None:
        for name in match["ids"].strip('"').split(","):
            self._paint(node_id(name), self._classes.assign(match["name"], node_id(name)))

    def _short_assign(self, line: Line, match: re.Match[str]) -> None:
        own_id = self._part(match["name"]).id
        self._paint(own_id, self._classes.assign(match["css"], own_id))

    def _style(self, line: Line, match: re.Match[str]) -> None:
        for name in match["ids"].split(","):
            self._paint(node_id(name), color_of_css(match["css"]))

    _HANDLERS = (
        (_DIRECTION, _direct), (DEFINITION, _define), (STYLE, _style), (ASSIGNMENT, _assign), (_PART, _declare),
        (_FORWARD, _relate), (_BACKWARD, _relate), (_SHORT_CLASS, _short_assign),
    )  # fmt: skip


def kind_words(node: Node) -> str:
    """Return what a requirement is called by its kind."""
    return _KINDS.get(dict(node.details).get("kind", ""), "")


def write_requirements(drawing: Drawing) -> list[str]:
    """Return the drawing as ``requirementDiagram`` lines."""
    words = {"down": "TB", "up": "BT", "right": "LR", "left": "RL"}
    lines = ["requirementDiagram", *(f"    {title}" for title in written_title(drawing))]
    if drawing.direction:
        lines.append(f"    direction {words[drawing.direction]}")
    names = {shown: name for name, shown in _FACTS.items()}
    for node in drawing.all(Node):
        kind = dict(node.details).get("kind", "requirement")
        lines.append(f"    {kind} {quoted(node.text)}{color_class(node.color)} {{")
        lines += [
            f"        {names.get(row.cells[0], row.cells[0])}: {escaped(row.cells[1], '{}')}"
            for row in node.rows
        ]
        lines.append("    }")
    return lines + [f"    {quoted_name(edge.source, drawing)} - {edge.text} -> {quoted_name(edge.target, drawing)}"
                    for edge in drawing.all(Edge)]  # fmt: skip


def quoted_name(own_id: str, drawing: Drawing) -> str:
    """Return the name of a part as relations say it."""
    node = drawing.get(Node, own_id)
    return quoted(node.text if node else own_id)
