"""Flowcharts and swimlanes: nodes, connectors, nested subgraphs; the words of Mermaid, and what people make of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.model import MAX_EDGE_TEXT_LENGTH, Color, Direction, Drawing, Edge, Group, Node, label
from drawing.notation.colors import color_of
from drawing.notation.css import (
    ASSIGNMENT,
    DEFINITION,
    LINK_STYLE,
    STYLE,
    Classes,
    color_of_css,
    color_of_line,
    declarations,
)
from drawing.notation.lines import Line, Unreadable, without_comment
from drawing.notation.links import Link, read_link
from drawing.notation.node_mentions import Mention, label_text, name_end, node_id, read_node
from drawing.notation.open_lines import is_open, one_line
from drawing.notation.statement_ends import next_statement, skipped, statement_end

_WAY = r"(?P<direction>TB|TD|BT|LR|RL|[<>^v])(?=[\s;:]|$)"
HEADER = re.compile(
    rf"(?:flow-?chart(?:-elk|-v2)?|graph)(?:\s+{_WAY}\s*(?:[;:]\s*)?(?P<rest>\S.*)?|\s*[:;])?$", re.IGNORECASE
)
SWIMLANES = re.compile(rf"swim-?lanes?(?:-beta|-?diagram)?(?:\s+{_WAY})?\s*[:;]?$", re.IGNORECASE)

MAX_FAN = 40  # ends of one ``a & b --> c & d``
MAX_DEPTH = 12  # subgraphs in one another
OPEN_LINES = 20  # a quoted label may go on over so many lines

DIRECTIONS: dict[str, Direction] = {
    "TB": "down", "TD": "down", "BT": "up", "LR": "right", "RL": "left", ">": "right", "<": "left", "^": "up",
    "V": "down",
}  # fmt: skip
_SUBGRAPH = re.compile(r"(?:subgraph|swimlane)\b(?!\s*(?:[-=]{2}|-\.|->|&))\s*(?P<rest>.*)$", re.IGNORECASE)
_END = re.compile(r"(?:end|END)\s*;?(?:\s*%%.*)?$")
_DIRECTION = re.compile(r"direction\s+(?P<direction>TB|TD|BT|LR|RL)\s*;?$", re.IGNORECASE)
_IGNORED = re.compile(r"(?:click|href|linkCallback)\s+(?![-=.~<>&\u2190-\u21ff\[(])\S", re.IGNORECASE)
_COMMAND = re.compile(
    r"(?:subgraph|swimlane|end|direction|classDef|style|linkStyle|class|cssClass|click|href|linkCallback)\b",
    re.IGNORECASE,
)
_GROUP_TEXT = re.compile(r"(?P<id>[^\[\"]*?)\s*\[\s*(?P<text>.*?)\s*\]?\s*$")


@dataclass(slots=True)
class FlowchartReader:
    """Reads ``flowchart`` and ``swimlanes`` statements."""

    drawing: Drawing
    _open: list[str] = field(default_factory=list)  # ids of the subgraphs around the next statement
    _is_refused: list[bool] = field(default_factory=list)  # for each: whether it is too deep to be drawn
    _edges: list[str] = field(default_factory=list)  # ids, in the order that ``linkStyle`` counts
    _named: dict[str, str] = field(default_factory=dict)  # names of edges, and their ids
    _repeats: dict[tuple[str, str], int] = field(default_factory=dict)
    _classes: Classes = field(default_factory=Classes)
    _last: list[str] = field(default_factory=list)  # what a line that begins with a connector goes on from
    _dangling: Link | None = None  # a connector at the end of a line, whose other end is still to come
    _held: list[Line] = field(default_factory=list)  # lines of a statement that is not over yet
    _given: set[str] = field(default_factory=set)  # ids of the nodes of a drawing that is being changed

    def __post_init__(self) -> None:
        self._given = {node.id for node in self.drawing.all(Node)}

    def read(self, line: Line) -> None:
        """Take one line, which may hold several statements, or a part of one."""
        if self._held:
            line = self._joined(line)
            if self._held:
                return
        elif is_open(line.text):
            self._held = [line]
            return
        self._read_all(line)

    def end(self) -> None:
        """Take a statement whose end never came."""
        held, self._held = self._held, []
        for line in held:
            try:
                self._read_all(line)
            except Unreadable:
                continue

    def _joined(self, line: Line) -> Line:
        """Return the lines so far as one, once the label that goes over several lines is closed."""
        self._held.append(line)
        whole = one_line(self._held)
        if len(self._held) >= OPEN_LINES or not is_open(whole.text):
            self._held = []
        return whole

    def _read_all(self, line: Line) -> None:
        rest: Line | None = line
        while rest is not None and rest.text:
            rest = self._read(rest)

    def _read(self, line: Line) -> Line | None:
        """Read the first statement of a line, and the connectors and nodes that follow it; return what is left."""
        if not self._is_command(line):
            return self._statements(line)
        end = statement_end(line.text)
        first = line.part(0, end)
        for pattern, handle in self._HANDLERS:
            match = pattern.match(first.text)
            if match:
                handle(self, first, match)
                break
        return line.part(end + 1)

    def _is_command(self, line: Line) -> bool:
        return bool(_COMMAND.match(line.text)) and any(
            pattern.match(line.text) for pattern, _ in self._HANDLERS
        )

    # Nodes and connectors

    def _statements(self, line: Line) -> Line | None:
        """Read connectors and nodes up to a command; return what is left from there."""
        line = without_comment(line)
        at = 0
        while at < len(line.text):
            if line.text[at] in " ;":
                at += 1
                continue
            if at and self._is_command(line.part(at)):
                return line.part(at)
            following = self._chain(line, at)
            if following is None:
                raise Unreadable("it names no node and no connector" if at == 0 else "its end says nothing")
            at = following
        return None

    def _chain(self, line: Line, at: int) -> int | None:
        """Read ``a --> b --> c`` at a place; return where it ends, None when nothing is there."""
        text = line.text
        link = read_link(line, at)
        sources: list[str] = []
        if link is not None and self._last:
            sources, at = self._last, skipped(text, link.end)
        elif self._dangling is not None:
            link, sources = self._dangling, self._last
        else:
            link = None
        self._dangling = None
        if link is None and self._is_garbage(line, at):
            return None
        ends, at_end = self._ends(line, at)
        if not ends:
            return None
        if link is not None:
            self._connect(sources, ends, link)
        elif self._open and read_link(line, skipped(text, at_end)) is None:
            self._bring(ends)
        at = at_end
        while True:
            self._last = ends
            link = read_link(line, skipped(text, at))
            if link is None:
                break
            at = skipped(text, link.end)
            targets, at = self._ends(line, at)
            if not targets:
                self._dangling = link if at >= len(text) else None
                return len(text)
            self._connect(ends, targets, link)
            ends = targets
        return self._suffix(line, skipped(text, at))

    def _suffix(self, line: Line, at: int) -> int:
        """Read ``: words`` behind a statement: the label of its last connector or node."""
        text = line.text
        if text[at : at + 1] != ":":
            return at if text[at : at + 1] in ("", ";") else next_statement(text, at)
        words = label_text(line.said(at + 1).rstrip(";"))
        edge = self.drawing.get(Edge, self._edges[-1]) if self._edges else None
        node = self.drawing.get(Node, self._last[-1])
        if edge is not None and edge.target == self._last[-1] and not edge.text:
            self.drawing.put(replace(edge, text=label(words, MAX_EDGE_TEXT_LENGTH)))
        elif node is not None and words:
            self.drawing.put(replace(node, text=words))
        return len(text)

    def _ends(self, line: Line, at: int) -> tuple[list[str], int]:
        """Read ``a & b``; return the ids, and the place behind them."""
        ids: list[str] = []
        text = line.text
        while True:
            mention = read_node(line, at)
            if mention is None:
                return ids, at
            if len(ids) < MAX_FAN:
                ids.append(self._mention(mention))
            at = skipped(text, mention.end)
            if text[at : at + 1] not in ("&", ",") or at >= len(text):
                return ids, at
            at = skipped(text, at + 1)

    def _connect(self, sources: list[str], targets: list[str], link: Link) -> None:
        for source in sources:
            for target in targets:
                self._repeats[source, target] = count = self._repeats.get((source, target), 0) + 1
                edge_id = f"{source}>{target}" + (f"#{count}" if count > 1 else "")
                known = self.drawing.get(Edge, edge_id)
                edge = Edge(
                    edge_id, source, target, link.text, link.line, link.tail, link.head, length=link.length,
                    color=known.color if known else None,
                )  # fmt: skip
                self.drawing.put(edge)
                self._edges.append(edge_id)
                if link.name:
                    self._named[link.name] = edge_id

    def _is_garbage(self, line: Line, at: int) -> bool:
        """Say whether several words stand alone that name nothing known: a remark rather than a node."""
        if line.text[at : at + 1] != '"' and " " not in line.text[at : name_end(line.text, at)]:
            return False
        mention = read_node(line, at)
        if mention is None or " " not in mention.name or mention.text or mention.css_class or mention.facts:
            return False
        if self.drawing.get(Node, mention.id) or self.drawing.get(Group, mention.id):
            return False
        return line.text[mention.end :].strip(" ;") == ""

    def _mention(self, mention: Mention) -> str:
        """Take a node where it is named; return its id."""
        name = mention.id
        if name in self._named and mention.facts:
            # It is about a connector: ``e1@{ animate: true }``.
            return self._last[-1] if self._last else name
        group = self.drawing.get(Group, name)
        known = self.drawing.get(Node, name)
        if group is not None and known is None and not (mention.text and name in self._open):
            self._claim_group(group)
            if mention.css_class:
                self._paint(name, self._classes.assign(mention.css_class, name))
            return name
        color = known.color if known else self._classes.default
        if mention.css_class:
            color = self._classes.assign(mention.css_class, name) or color
        text = mention.text if mention.text is not None else known.text if known else mention.name or name
        shape = mention.shape if mention.shape is not None else known.shape if known else ""
        shape = "" if shape == "rectangle" else shape
        node = Node(name, text, shape, parent=self._home(known.parent if known else None), color=color)
        self.drawing.put(node)
        return name

    def _home(self, parent: str | None) -> str | None:
        """Return what a node belongs to: the first subgraph that named it, or one inside that."""
        if not self._open:
            return parent
        return self._open[-1] if parent is None or parent in self._open else parent

    def _bring(self, names: list[str]) -> None:
        """Move nodes that were there before into the subgraph that now names them by themselves."""
        for name in names:
            node = self.drawing.get(Node, name)
            if node is not None and name in self._given and node.parent != self._open[-1]:
                self.drawing.put(replace(node, parent=self._open[-1]))

    # Subgraphs

    def _subgraph(self, line: Line, match: re.Match[str]) -> None:
        if len(self._open) >= MAX_DEPTH:
            self._is_refused.append(True)
            raise Unreadable(f"subgraphs are nested in one another at most {MAX_DEPTH} deep")
        rest = line.part(match.start("rest"))
        css = re.search(r"\s*:::\s*([\w-]+)\s*$", rest.text)
        if css:
            rest = rest.part(0, css.start())
        group_id, text = _named_group(rest)
        if not group_id:
            group_id = f"group{len(self.drawing.all(Group)) + 1}"
        if group_id in self._open:
            group_id = f"{group_id}_{len(self._open) + 1}"
        known = self.drawing.get(Group, group_id)
        node = self.drawing.get(Node, group_id)
        if node is not None and node_id(node.text) == node.id and not node.shape:
            self.drawing.remove(node)  # It was named before it began: ``one --> two``.
        color = known.color if known else None
        if known is not None and node_id(text) == group_id:
            text = known.text
        if css:
            color = self._classes.assign(css[1], group_id) or color
        group = Group(
            group_id, text or (known.text if known else ""), "frame", color,
            known.parent if known else node.parent if node else self._home(None),
            known.direction if known else None,
        )  # fmt: skip
        if not self.drawing.put(group):
            self._is_refused.append(True)
            return
        self._open.append(group_id)
        self._is_refused.append(False)
        self._last = []

    def _claim_group(self, group: Group) -> None:
        """A subgraph that another one names lies in that one, unless it lies somewhere already."""
        home = self._home(group.parent)
        if home == group.parent or home is None or home == group.id:
            return
        above: str | None = home
        while above is not None:
            if above == group.id:
                return
            parent = self.drawing.get(Group, above)
            above = parent.parent if parent else None
        self.drawing.put(replace(group, parent=home))

    def _close(self, line: Line, match: re.Match[str]) -> None:
        if not self._is_refused:
            raise Unreadable("there is nothing open that it could end")
        if not self._is_refused.pop():
            self._open.pop()
        self._last = []

    def _direct(self, line: Line, match: re.Match[str]) -> None:
        direction = DIRECTIONS[match["direction"].upper()]
        group = self.drawing.get(Group, self._open[-1]) if self._open else None
        if group is not None:
            self.drawing.put(replace(group, direction=direction))
        elif not self._open:
            self.drawing.direction = direction

    # Colours

    def _paint(self, thing: str, color: Color | None) -> None:
        """Colour a node, subgraph or connector."""
        if color is None:
            return
        node, group = self.drawing.get(Node, thing), self.drawing.get(Group, thing)
        edge = self.drawing.get(Edge, self._named.get(thing, thing))
        if node is not None:
            self.drawing.put(replace(node, color=color))
        elif group is not None:
            self.drawing.put(replace(group, color=color))
        elif edge is not None:
            self.drawing.put(replace(edge, color=color))

    def _define(self, line: Line, match: re.Match[str]) -> None:
        for thing, color in self._classes.define(match["names"], match["css"]).items():
            self._paint(thing, color)
        if re.search(r"\bdefault\b", match["names"]):
            for node in self.drawing.all(Node):
                if node.color is None:
                    self._paint(node.id, self._classes.default)

    def _assign(self, line: Line, match: re.Match[str]) -> None:
        for thing in _ids(match["ids"]):
            self._paint(thing, self._classes.assign(match["name"], thing))

    def _style(self, line: Line, match: re.Match[str]) -> None:
        for thing in _ids(match["ids"]):
            if self.drawing.get(Node, thing) is None and self.drawing.get(Group, thing) is None:
                self.drawing.put(Node(thing, thing, parent=self._home(None)))
            self._paint(thing, color_of_css(match["css"]) or color_of(match["css"], only_names=True))

    def _style_links(self, line: Line, match: re.Match[str]) -> None:
        numbers = [int(each) for each in re.findall(r"\d{1,4}", match["links"])]
        chosen = self._edges if match["links"] == "default" else [
            self._edges[number] for number in numbers if number < len(self._edges)
        ]  # fmt: skip
        color, told = color_of_line(match["css"]), declarations(match["css"])
        is_dashed = told.get("stroke-dasharray", "none") not in ("none", "0", "")
        for edge_id in chosen:
            edge = self.drawing.get(Edge, edge_id)
            if edge is not None:
                line_style = "dotted" if is_dashed and edge.line == "solid" else edge.line
                self.drawing.put(replace(edge, color=color or edge.color, line=line_style))

    def _ignore(self, line: Line, match: re.Match[str]) -> None:
        """Links and calls are for pages that can be clicked."""

    _HANDLERS = (
        (_SUBGRAPH, _subgraph), (_END, _close), (_DIRECTION, _direct), (DEFINITION, _define), (STYLE, _style),
        (LINK_STYLE, _style_links), (ASSIGNMENT, _assign), (_IGNORED, _ignore),
    )  # fmt: skip


def _named_group(line: Line) -> tuple[str, str]:
    """Return the id and the heading of ``subgraph id [heading]``, ``subgraph heading`` or ``subgraph "heading"``."""
    match = _GROUP_TEXT.match(line.text)
    if match and match["id"].strip():
        return node_id(match["id"]), label_text(line.said(match.start("text"), match.end("text")))
    if match and not match["id"]:
        text = label_text(line.said(match.start("text"), match.end("text")))
        return node_id(text), text
    text = label_text(line.raw)
    return node_id(text), text


def _ids(text: str) -> list[str]:
    return [node_id(each) for each in text.strip('"').split(",") if each.strip()]
