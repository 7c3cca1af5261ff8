"""Entity-relationship diagrams: entities with attributes, relationships with crow's feet or in words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import MAX_EDGE_TEXT_LENGTH, MAX_ROWS, Color, Drawing, Edge, EdgeEnd, Node, Row, label
from drawing.notation.colors import color_class
from drawing.notation.css import ASSIGNMENT, DEFINITION, STYLE, Classes, color_of_css
from drawing.notation.flowchart import DIRECTIONS
from drawing.notation.lines import Line, Unreadable, without_comment, without_semicolon
from drawing.notation.members import generics
from drawing.notation.node_mentions import node_id
from drawing.notation.writing import escaped, quoted, written_title
from drawing.text import clean

HEADER = re.compile(r"(?:er-?\s?diagram|entity[- ]?relationship(?:[- ]diagram)?)\s*[:;]?$", re.IGNORECASE)

_SIGNS: dict[str, EdgeEnd] = {
    "|o": "zero_or_one", "o|": "zero_or_one", "||": "one", "}o": "zero_or_more", "o{": "zero_or_more",
    "}|": "one_or_more", "|{": "one_or_more", "one or zero": "zero_or_one", "zero or one": "zero_or_one",
    "one or more": "one_or_more", "one or many": "one_or_more", "many(1)": "one_or_more", "1+": "one_or_more",
    "zero or more": "zero_or_more", "zero or many": "zero_or_more", "many(0)": "zero_or_more", "0+": "zero_or_more",
    "many": "zero_or_more", "only one": "one", "exactly one": "one", "one": "one", "1": "one", "*": "zero_or_more",
    "n": "zero_or_more", "m": "zero_or_more", "|": "one", "0..1": "zero_or_one", "1..*": "one_or_more",
    "0..*": "zero_or_more",
}  # fmt: skip
_WRITTEN: dict[EdgeEnd, tuple[str, str]] = {
    "zero_or_one": ("|o", "o|"), "one": ("||", "||"), "zero_or_more": ("}o", "o{"), "one_or_more": ("}|", "|{"),
}  # fmt: skip
_CARDINALITY = "|".join(re.escape(sign) for sign in sorted(_SIGNS, key=len, reverse=True))
# A letter, digit or _, or what is not ASCII; and with . and *. Said by what they are not, they compile fast.
_SIGN, _LATER_SIGN = r"[^\x00-/:-@\[-^`{-\x7f]", r"[^\x00-)+-\-/:-@\[-^`{-\x7f]"
_NAME = rf"(?:\"[^\"]+\"|{_SIGN}(?:{_LATER_SIGN}|-(?!-|\.))*)"
_ALIAS = r"(?:\s*\[\s*(?P<label>\"[^\"]*\"|[^\]]*)\s*\])?"
_CSS = r"(?:\s*:::\s*(?P<css>[\w-]+(?:\s*,\s*[\w-]+)*))?"
_RELATION = re.compile(
    rf"(?P<a>{_NAME}){_CSS}\s*(?P<tail>{_CARDINALITY})?\s*"
    rf"(?P<line>--+|\.\.+|\.-+|-+\.|(?<=\s)(?:optionally\s+to|to)(?=\s)|->|-->)\s*"
    rf"(?P<head>(?:{_CARDINALITY})(?=\s|\")|[|o][|{{])?\s*(?P<b>{_NAME})\s*(?::::\s*(?P<css2>[\w-]+(?:\s*,\s*[\w-]+)*)\s*)?"
    rf"(?::(?!:)\s*(?P<text>.*))?$",
    re.IGNORECASE,
)
_ENTITY = re.compile(rf"(?P<name>{_NAME}){_ALIAS}{_CSS}\s*(?P<body>\{{.*)?$")
_ATTRIBUTE = re.compile(
    r"\s*(?P<type>(?![%`~])[^\s,;\"{}()]+(?:\([^)]*\))?(?:\[\])*[?:]*)(?:\s+(?P<name>(?!(?:PK|FK|UK)\b)[^\s,;\"{}()%`~][^\s,;\"{}()]*(?:\([^)]*\))?(?:\[\])*\??))?"
    r"(?P<keys>(?:[\s,]*\b(?:PK|FK|UK)\b)*)\s*(?:\"(?P<comment>[^\"]*)\")?\s*[,;]?"
)
_DIRECTION = re.compile(r"direction\s+(?P<direction>TB|TD|BT|LR|RL)\s*;?$", re.IGNORECASE)


@dataclass(slots=True)
class EntityReader:
    """Reads ``erDiagram`` statements."""

    drawing: Drawing
    _body: str | None = None  # the entity whose attributes the lines are
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
        """Whether the next line stands between braces, where ``title`` is a name like any other."""
        return self._body is not None

    def _in_body(self, line: Line) -> Line | None:
        closing = line.text.find("}")
        inside = " ".join(clean(line.text if closing < 0 else line.text[:closing]).split())
        at = 0
        while at < len(inside) and (match := _ATTRIBUTE.match(inside, at)):
            self._add_attribute(match)
            at = match.end()
        if closing < 0:
            return None
        self._body = None
        return line.part(closing + 1)

    def _add_attribute(self, match: re.Match[str]) -> None:
        node = self.drawing.get(Node, self._body or "")
        if node is None:
            return
        kind, name = match["type"], match["name"] or ""
        if not name or kind.endswith(":"):
            kind, name = name, kind  # A name alone, or ``name: type``.
        kind, name = kind.rstrip(":"), name.rstrip(":")
        keys = ", ".join(re.findall(r"PK|FK|UK", match["keys"]))
        comment = label(unmarked(match["comment"] or "")).replace("\n", " ")
        if not name:
            return
        row = Row((label(generics(kind)), label(generics(name)), keys, comment))
        if len(node.rows) >= MAX_ROWS:
            raise Unreadable(f"an entity shows at most {MAX_ROWS} attributes")
        known = [index for index, other in enumerate(node.rows) if other.cells[1] == row.cells[1]]
        rows = list(node.rows)
        if known:
            rows[known[0]] = row  # Said again: it changes.
        else:
            rows.append(row)
        self.drawing.put(replace(node, rows=tuple(rows)))

    def _statement(self, line: Line) -> Line | None:
        text = without_semicolon(line.text)
        for pattern, handle in self._HANDLERS:
            match = pattern.match(text)
            if match:
                return handle(self, line, match)
        raise Unreadable("it is no entity and no relationship")

    def _entity(self, name: str) -> Node:
        """Return the entity of that name, which may come up here for the first time."""
        words = unquoted(name)
        entity_id = node_id(words)
        if not entity_id:
            raise Unreadable("it names no entity")
        known = self.drawing.get(Node, entity_id)
        if known is None:
            known = Node(entity_id, label(unmarked(words)), color=self._classes.default)
            self.drawing.put(known)
        return known

    def _declare(self, line: Line, match: re.Match[str]) -> Line | None:
        node = self._entity(line.said(match.start("name"), match.end("name")))
        if match["label"]:
            text = line.said(match.start("label"), match.end("label"))
            node = replace(node, text=label(unmarked(unquoted(text))) or node.text)
        for css in re.findall(r"[\w-]+", match["css"] or ""):
            node = replace(node, color=self._classes.assign(css, node.id) or node.color)
        self.drawing.put(node)
        if match["body"]:
            self._body = node.id
            return line.part(match.start("body") + 1)
        return None

    def _relate(self, line: Line, match: re.Match[str]) -> None:
        ends = [self._entity(line.said(match.start(name), match.end(name))) for name in ("a", "b")]
        for node, css in zip(ends, (match["css"], match["css2"]), strict=True):
            for name in re.findall(r"[\w-]+", css or ""):
                self._paint(node.id, self._classes.assign(name, node.id))
        pair = (ends[0].id, ends[1].id)
        self._repeats[pair] = count = self._repeats.get(pair, 0) + 1
        text = without_semicolon(line.said(match.start("text"), match.end("text"))) if match["text"] else ""
        way = " ".join(match["line"].lower().split())
        is_dotted = "." in way or way.startswith("optionally")
        head: EdgeEnd = _sign(match["head"]) if match["head"] or ">" not in way else "arrow"
        self.drawing.put(
            Edge(
                f"{pair[0]}>{pair[1]}" + (f"#{count}" if count > 1 else ""), *pair,
                label(unmarked(unquoted(text)), MAX_EDGE_TEXT_LENGTH), "dotted" if is_dotted else "solid",
                _sign(match["tail"]), head,
            )
        )  # fmt: skip

    def _direct(self, line: Line, match: re.Match[str]) -> None:
        self.drawing.direction = DIRECTIONS[match["direction"].upper()]

    def _paint(self, entity_id: str, color: Color | None) -> None:
        node = self.drawing.get(Node, entity_id)
        if node is not None and color is not None:
            self.drawing.put(replace(node, color=color))

    def _define(self, line: Line, match: re.Match[str]) -> None:
        for thing, color in self._classes.define(match["names"], match["css"]).items():
            self._paint(thing, color)

    def _assign(self, line: Line, match: re.Match[str]) -> None:
        for name in match["ids"].strip('"').split(","):
            self._paint(node_id(name), self._classes.assign(match["name"], node_id(name)))

    def _style(self, line: Line, match: re.Match[str]) -> None:
        for name in match["ids"].split(","):
            self._paint(node_id(name), color_of_css(match["css"]))

    _HANDLERS = (
        (_DIRECTION, _direct), (DEFINITION, _define), (STYLE, _style), (_RELATION, _relate), (ASSIGNMENT, _assign),
        (_ENTITY, _declare),
    )  # fmt: skip


def _sign(text: str | None) -> EdgeEnd:
    return _SIGNS.get(" ".join((text or "").lower().split()), "none")


def write_entities(drawing: Drawing) -> list[str]:
    """Return the drawing as ``erDiagram`` lines."""
    words = {"down": "TB", "up": "BT", "right": "LR", "left": "RL"}
    lines = ["erDiagram"]
    lines += [f"    {title}" for title in written_title(drawing)]
    if drawing.direction:
        lines.append(f"    direction {words[drawing.direction]}")
    for node in drawing.all(Node):
        lines += _written_entity(node)
    return lines + [f"    {_written_relation(edge)}" for edge in drawing.all(Edge)]


def _written_entity(node: Node) -> list[str]:
    alias = f"[{quoted(node.text)}]" if node.text != node.id else ""
    head = f'    "{node.id}"{alias}{color_class(node.color)}'
    if not node.rows:
        return [head]
    rows = []
    for row in node.rows:
        kind, name, keys, comment = row.cells
        words = " ".join(each for each in (kind, name) if each)
        rows.append(
            f"        {words}{' ' + keys if keys else ''}" + (f" {quoted(comment)}" if comment else "")
        )
    return [f"{head} {{", *rows, "    }"]


def _written_relation(edge: Edge) -> str:
    tail = _WRITTEN.get(edge.tail, ("", ""))[0]
    head = _WRITTEN.get(edge.head, ("", ""))[1]
    line = (".." if edge.line == "dotted" else "--") + (">" if edge.head == "arrow" else "")
    text = f" : {escaped(edge.text)}" if edge.text else ""
    return f'"{edge.source}" {tail}{line}{head} "{edge.target}"{text}'
