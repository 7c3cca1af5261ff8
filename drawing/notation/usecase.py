"""Use case diagrams: actors and what they do, in system boundaries; also in PlantUML's words."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from drawing.model import Drawing, Edge, Node
from drawing.notation.colors import color_class
from drawing.notation.flowchart import FlowchartReader
from drawing.notation.flowchart_writing import written_arrow, written_node, written_nodes
from drawing.notation.lines import Line, Unreadable
from drawing.notation.node_mentions import node_id, read_node
from drawing.notation.writing import quoted, written_title

HEADER = re.compile(r"use-?\s?case(?:-beta|[- ]?diagram)?\s*[:;]?$", re.IGNORECASE)

_ACTOR = re.compile(r"actor\s+(?P<rest>(?![-=.<~>])\S.*)$", re.IGNORECASE)
_USE_CASE = re.compile(r"use-?case\s+(?=\S)", re.IGNORECASE)
_AS = re.compile(
    r"^(?P<words>\"[^\"]*\"|\([^)]*\)|:[^:]*:|[^\s\"(]+)\s+as\s+(?P<id>\(?[\w.-]+\)?)(?P<rest>.*)$"
)
_NAMED = re.compile(r"^(?P<id>[\w.-]+)\s+as\s+(?P<words>\"[^\"]*\")(?P<rest>.*)$")
_BOUNDARY = re.compile(
    r"(?:systemBoundary|system|rectangle|package)\s+(?![-=.<~>])(?P<id>\"[^\"]*\"|[^\s({\[@\"]+)\s*"
    r"(?:[(\[]\s*(?P<label>\"[^\"]*\"|[^)\]]*)\s*[)\]])?[^{:]*?(?P<css>:::\s*[\w-]+)?\s*\{?\s*$",
    re.IGNORECASE,
)
_COLON_ACTOR = re.compile(r"(?<![\w:]):([^:\s][^:]*?):(?!:)")
_PLAIN_QUOTES = str.maketrans("\u201c\u201d\u201e", '"""')
_QUOTED = re.compile(r"(\"[^\"]*\")")
_RELATION = re.compile(r"\.\.+>\s*:\s*(include|extend)s?\b", re.IGNORECASE)
_STEREOTYPE = re.compile(r"(?::\s*)?<<\s*(include|extend)s?\s*>>\s*$", re.IGNORECASE)
_GENERAL = re.compile(r"(--+|<)\|>|<\|--+")
_WAY = re.compile(r"(?:left to right|top to bottom) direction$|skinparam\b.*$", re.IGNORECASE)


@dataclass(slots=True)
class UsecaseReader(FlowchartReader):
    """Reads ``usecase-beta`` statements; connectors and boundaries are those of flowcharts."""

    def _read_all(self, line: Line) -> None:
        text = line.text
        if text == "}":
            line = Line(line.number, "end", "end", line.indent)
        elif _WAY.match(text):
            self.drawing.direction = "right" if text.lower().startswith("left") else self.drawing.direction
            return
        elif boundary := _BOUNDARY.match(text):
            self._boundary(line, boundary)
            return
        actors = _ACTOR.match(text)
        if actors:
            self._actors(line.part(actors.start("rest")))
            return
        self._relations(self._plain(line))

    def _boundary(self, line: Line, match: re.Match[str]) -> None:
        words = match["label"] if match["label"] is not None else match["id"].strip('"')
        name = node_id(match["id"].strip('"'))
        statement = f'subgraph {name} ["{words.strip(chr(34))}"]{match["css"] or ""}'
        self._read(Line(line.number, statement, statement, line.indent))

    def _actors(self, line: Line) -> None:
        """Read the actors of a declaration, and a connector that may follow the last one."""
        line = self._plain(line)
        before = {node.id for node in self.drawing.all(Node)}
        names: list[str] = []
        at = 0
        while mention := read_node(line, at):
            names.append(mention.id)
            at = mention.end
            while line.text[at : at + 1] in (" ", ","):
                at += 1
            if line.text[mention.end : at].strip() != ",":
                break
        if not names:
            raise Unreadable("it names no actor")
        self._relations(line)
        for name in names:
            node = self.drawing.get(Node, name)
            if node is not None and (name in before or node.shape != "person"):
                self.drawing.put(replace(node, shape="person"))

    def _plain(self, line: Line) -> Line:
        """Return a statement with PlantUML's words said as flowcharts say them."""
        raw = line.raw.translate(_PLAIN_QUOTES) if len(line.raw) == len(line.text) else line.text
        raw = _USE_CASE.sub("", raw, count=1) if _USE_CASE.match(raw) else raw
        alias = _NAMED.match(raw) or _AS.match(raw)
        if alias:
            words = alias["words"].strip('":()')
            raw = f'{alias["id"].strip("()")}("{words}"){alias["rest"]}'
        parts = _QUOTED.split(raw)  # Only outside of quotes.
        parts[::2] = [_COLON_ACTOR.sub(_actor_words, part) for part in parts[::2]]
        raw = "".join(parts)
        return Line(line.number, raw, raw, line.indent)

    def _relations(self, line: Line) -> None:
        text = _RELATION.sub(lambda match: f'-.->|"\u00ab{match[1].lower()}\u00bb"|', line.text)
        stereotype = _STEREOTYPE.search(text)
        if stereotype:
            text = f'{text[: stereotype.start()].rstrip(" :")} : "\u00ab{stereotype[1].lower()}\u00bb"'
        is_general = _GENERAL.search(text)
        text = re.sub(r"\.\.+>", "-.->", re.sub(r"<\|--+", "<--", text))
        first = len(self._edges)
        rest: Line | None = Line(line.number, text, text, line.indent)
        while rest is not None and rest.text:
            rest = self._read(rest)
        for node in self.drawing.all(Node):
            if node.shape == "rounded":  # ``(words)`` is what a use case looks like anyway.
                self.drawing.put(replace(node, shape=""))
        for edge_id in self._edges[first:] if is_general else ():
            edge = self.drawing.get(Edge, edge_id)
            if edge is not None:
                ends = {name: "triangle" for name in ("tail", "head") if getattr(edge, name) == "arrow"}
                self.drawing.put(replace(edge, **ends))  # type: ignore[arg-type]


def _actor_words(match: re.Match[str]) -> str:
    return f'{node_id(match[1])}@{{ shape: person, label: "{match[1]}" }}'


def write_usecase(drawing: Drawing) -> list[str]:
    """Return the drawing as ``usecase-beta`` lines."""
    words = {"down": "TB", "up": "BT", "right": "LR", "left": "RL"}
    lines = ["usecase-beta", *(f"    {title}" for title in written_title(drawing))]
    if drawing.direction:
        lines.append(f"    direction {words[drawing.direction]}")
    lines += written_nodes(drawing, _written)
    return lines + [f"    {_written_relation(edge)}" for edge in drawing.all(Edge)]


def _written(node: Node) -> str:
    if node.shape == "person":
        return f"actor {node.id}({quoted(node.text)}){color_class(node.color)}"
    return written_node(node) if node.shape else f"{node.id}({quoted(node.text)}){color_class(node.color)}"


def _written_relation(edge: Edge) -> str:
    is_plain = (edge.line, edge.tail, edge.head, edge.length) == ("dotted", "none", "arrow", 1)
    if is_plain and edge.text in ("\u00abinclude\u00bb", "\u00abextend\u00bb"):
        return f"{edge.source} ..>: {edge.text[1:-1]} {edge.target}"
    text = f"|{quoted(edge.text)}|" if edge.text else ""
    if "triangle" in (edge.tail, edge.head):
        arrow = "<|--" if edge.tail == "triangle" else "--|>"
        return f"{edge.source} {arrow}{text} {edge.target}"
    return f"{edge.source} {written_arrow(edge)}{text} {edge.target}"
