"""State diagrams: states, start and end points, composites with regions, choices, forks, notes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from drawing.markup import unmarked, unquoted
from drawing.model import (
    MAX_EDGE_TEXT_LENGTH,
    MAX_ROWS,
    Color,
    Drawing,
    Edge,
    Group,
    Node,
    Note,
    Row,
    label,
)
from drawing.notation.css import ASSIGNMENT, DEFINITION, STYLE, Classes, color_of_css
from drawing.notation.flowchart import DIRECTIONS
from drawing.notation.lines import Line, Unreadable, without_comment, without_semicolon
from drawing.notation.node_mentions import node_id

HEADER = re.compile(r"state-?\s?(?:diagram|machine)(?:-v2)?\s*[:;]?$", re.IGNORECASE)
MAX_DEPTH = 12
OPEN_LINES = 8  # a quoted description may go over so many lines

_SHAPES = {
    "fork": "fork",
    "join": "fork",
    "choice": "diamond",
    "history": "circle",
    "end": "stop",
    "start": "start",
}
_TYPE = r"(?:<<\s*(?P<type>\w+)\s*>>|\[\[\s*(?P<type2>\w+)\s*\]\])"
_STATE = re.compile(
    r"state\s+(?:\"(?P<label>[^\"]*)\"\s+as\s+(?P<id>[^\s:{<]+)|(?P<id2>[^\s:{<\"]+)\s+as\s+\"(?P<label2>[^\"]*)\""
    rf"|\"(?P<label3>[^\"]*)\"|(?P<id3>[^\"{{<:]+?))\s*{_TYPE}?\s*(?::::\s*(?P<css>[\w-]+))?"
    r"\s*(?:(?P<body>\{.*)|:(?!:)\s*(?P<text>.*))?$",
    re.IGNORECASE,
)
_QUOTED_STATE = re.compile(rf"(?=state\s+\"[^\"]*\"\s+as\s){_STATE.pattern}", re.IGNORECASE)
_TRANSITION = re.compile(
    r"(?P<a>[^:]*?(?::::\s*[\w-]+)?)\s*(?P<arrow>-{2,}>|-+>|\u2192|\u27f6|=+>)\s*(?P<b>\[\*\][^:]*|[^:]*?)\s*"
    r"(?:(?<=\S):::\s*(?P<css>[\w-]+)\s*)?(?::(?!:)\s*(?P<text>.*))?$"
)
_END_CSS = re.compile(r"^(?P<id>.*?)\s*:::\s*(?P<css>[\w-]+)$")
_DESCRIPTION = re.compile(r"(?P<id>[^\s:\"{}]+)\s*(?::::\s*(?P<css>[\w-]+)\s*)?:(?!:)\s*(?P<text>\S.*)$")
_BARE = re.compile(r"(?P<id>[^\s:\"{}<>\[\]()]+)\s*(?::::\s*(?P<css>[\w-]+))?$")
_NOTE = re.compile(
    r"note\s+(?P<side>left|right|over)(?:\s+of)?\s+(?P<id>[^\s:\"]+)\s*(?::\s*(?P<text>.*))?$", re.IGNORECASE
)
_FLOATING = re.compile(r"note\s+\"(?P<text>[^\"]*)\"(?:\s+as\s+\S+)?$", re.IGNORECASE)
_DIRECTION = re.compile(r"direction\s+(?P<direction>TB|TD|BT|LR|RL)\s*;?$", re.IGNORECASE)
_IGNORED = re.compile(r"(?:hide\s+empty|scale\s+\d|click\s+\S|skinparam\s)", re.IGNORECASE)
_OPEN_QUOTE = re.compile(r"state\s+\"[^\"]*$", re.IGNORECASE)
_SIDES: dict[str, Literal["left", "right", "over"]] = {"left": "left", "right": "right", "over": "over"}


@dataclass(slots=True)
class _Scope:
    """A composite whose body is open; ``region`` is the one that statements stand in, once there are several."""

    id: str | None  # None for a brace that opens nothing
    region: str | None = None
    regions: int = 1


@dataclass(slots=True)
class StateReader:
    """Reads ``stateDiagram`` statements."""

    drawing: Drawing
    _scopes: list[_Scope] = field(default_factory=list)
    _root: _Scope = field(default_factory=lambda: _Scope(None))
    _note: tuple[str, Literal["left", "right", "over"], list[str]] | None = None
    _notes: int = 0
    _held: Line | None = None  # a declaration whose quoted description is still open
    _held_lines: int = 0
    _repeats: dict[tuple[str, str], int] = field(default_factory=dict)
    _described: set[str] = field(default_factory=set)
    _classes: Classes = field(default_factory=Classes)

    def read(self, line: Line) -> None:
        """Take one line; braces may open and close composites on it."""
        if self._note is not None:
            self._in_note(line)
            return
        rest: Line | None = self._whole(without_comment(line))
        while rest is not None and rest.text:
            rest = self._statement(rest)

    def _whole(self, line: Line) -> Line | None:
        """Return a line with those before it, when a quoted description goes over several; None while it is open."""
        if self._held is not None:
            line = Line(
                self._held.number, f"{self._held.text}<br>{line.text}", f"{self._held.raw}<br>{line.raw}"
            )
            self._held_lines += 1
        if _OPEN_QUOTE.match(line.text) and self._held_lines < OPEN_LINES:
            self._held = line
            return None
        self._held, self._held_lines = None, 0
        return line

    def end(self) -> None:
        """Take a note that is still open."""
        if self._note is not None:
            self._close_note()

    @property
    def in_body(self) -> bool:
        """Whether the next line is one of a note, where ``title`` is a word like any other."""
        return self._note is not None

    def _statement(self, line: Line) -> Line | None:
        text = without_semicolon(line.text)
        if text.startswith("}"):
            if not self._scopes:
                raise Unreadable("there is nothing open that it could end")
            self._scopes.pop()
            return line.part(1)
        if self._scopes and text.endswith("}") and "{" not in text and ":" not in text:
            at = line.text.rindex("}")
            self._statement(line.part(0, at))
            return line.part(at)
        if re.fullmatch(r"--+", text):
            self._divide()
            return None
        for pattern, handle in self._HANDLERS:
            match = pattern.match(text)
            if match:
                return handle(self, line, match)
        raise Unreadable("it is no state, transition or note")

    # States

    @property
    def _scope(self) -> str | None:
        """The id of the composite or region that statements stand in."""
        for scope in reversed(self._scopes):
            if scope.id is not None:
                return scope.region or scope.id
        return self._root.region

    def _state(self, name: str, *, is_source: bool = True) -> str:
        """Return the id of a state that a statement names; ``[*]`` is the scope's own start or end."""
        name = unquoted(name.strip())
        css = _END_CSS.match(name)
        if css:
            name = css["id"]
        scope = self._scope
        if name.startswith("[*]"):
            return self._point(scope, is_source)
        state_id = node_id(name)
        if not state_id:
            raise Unreadable("it names no state")
        group = self.drawing.get(Group, state_id)
        known = self.drawing.get(Node, state_id)
        if group is not None:
            if scope is not None and scope != group.parent and not self._is_around(state_id, scope):
                self.drawing.put(replace(group, parent=scope))
        elif known is None:
            self.drawing.put(
                Node(state_id, label(unmarked(name)) or state_id, parent=scope, color=self._classes.default)
            )
        elif scope is not None and scope != known.parent and (known.parent is None or "[" not in scope):
            self.drawing.put(replace(known, parent=scope))
        if css:
            self._paint(state_id, self._classes.assign(css["css"], state_id))
        return state_id

    def _point(self, scope: str | None, is_source: bool) -> str:
        role = "start" if is_source else "end"
        point_id = f"{scope or ''}[*]{role}"
        if self.drawing.get(Node, point_id) is None:
            self.drawing.put(Node(point_id, "", "start" if is_source else "stop", role, parent=scope))
        return point_id

    def _is_around(self, outer: str, inner: str | None) -> bool:
        while inner is not None:
            if inner == outer:
                return True
            group = self.drawing.get(Group, inner)
            inner = group.parent if group else None
        return False

    def _declare(self, line: Line, match: re.Match[str]) -> Line | None:
        name = match["id"] or match["id2"] or match["id3"] or match["label3"]
        which = next((each for each in ("label", "label2", "label3") if match[each] is not None), None)
        words = label(unmarked(line.said(match.start(which), match.end(which)))) if which else ""
        kind = (match["type"] or match["type2"] or "").lower()
        body = match["body"]
        state_id = self._compose(name, words) if body else self._state(name)
        if words and not body:
            self._describe(state_id, words, is_name=True)
        node = self.drawing.get(Node, state_id)
        if kind in _SHAPES and node is not None:
            text = "H" if kind == "history" else node.text
            self.drawing.put(replace(node, shape=_SHAPES[kind], text=text))
        if match["css"]:
            self._paint(state_id, self._classes.assign(match["css"], state_id))
        if match["text"]:
            self._describe(state_id, label(unmarked(line.said(match.start("text"), match.end("text")))))
        return line.part(match.start("body") + 1) if body else None

    def _compose(self, name: str, words: str) -> str:
        """Open a composite; a state of that name becomes one."""
        if len(self._scopes) >= MAX_DEPTH:
            self._scopes.append(_Scope(None))
            raise Unreadable(f"states are nested in one another at most {MAX_DEPTH} deep")
        state_id, scope = node_id(unquoted(name)), self._scope
        node, known = self.drawing.get(Node, state_id), self.drawing.get(Group, state_id)
        if self._is_around(state_id, scope) or not state_id:
            self._scopes.append(_Scope(None))
            raise Unreadable("a state cannot stand in itself")
        text = words or (known.text if known else node.text if node else label(unmarked(unquoted(name))))
        if node is not None:
            self.drawing.remove(node)
        parent = scope if scope is not None else known.parent if known else node.parent if node else None
        color = known.color if known else node.color if node else None
        direction = known.direction if known else None
        is_drawn = self.drawing.put(Group(state_id, text, "state", color, parent, direction))
        self._scopes.append(_Scope(state_id if is_drawn else None))
        return state_id

    def _divide(self) -> None:
        """Begin another region; what stood in the composite until now becomes its first one."""
        scope = next((each for each in reversed(self._scopes) if each.id is not None), self._root)
        prefix = scope.id or ""
        if scope.region is None:
            first = f"{prefix}[1]"
            if self.drawing.put(Group(first, "", "region", parent=scope.id)):
                self._move_into(first, scope.id)
        scope.regions += 1
        region = f"{prefix}[{scope.regions}]"
        if self.drawing.put(Group(region, "", "region", parent=scope.id)):
            scope.region = region

    def _move_into(self, region: str, home: str | None) -> None:
        renamed: dict[str, str] = {}
        parts: list[Node | Group] = [*self.drawing.all(Node), *self.drawing.all(Group)]
        for part in parts:
            if part.parent != home or part.id == region:
                continue
            if isinstance(part, Node) and part.role in ("start", "end") and "[*]" in part.id:
                renamed[part.id] = f"{region}[*]{part.role}"
                self.drawing.remove(part)
                self.drawing.put(replace(part, id=renamed[part.id], parent=region))
            else:
                self.drawing.put(replace(part, parent=region))
        for edge in self.drawing.all(Edge):
            if edge.source in renamed or edge.target in renamed:
                self.drawing.remove(edge)
                source, target = renamed.get(edge.source, edge.source), renamed.get(edge.target, edge.target)
                number = edge.id.partition("#")[2]
                edge_id = f"{source}>{target}" + (f"#{number}" if number else "")
                self.drawing.put(replace(edge, id=edge_id, source=source, target=target))

    def _describe(self, state_id: str, words: str, *, is_name: bool = False) -> None:
        """Add a description: the first one stands for the id, further ones are lines under it."""
        group, node = self.drawing.get(Group, state_id), self.drawing.get(Node, state_id)
        if node is not None and node.role in ("start", "end"):
            return
        if group is not None:
            self.drawing.put(replace(group, text=words))
        elif node is not None and (state_id not in self._described or is_name):
            self.drawing.put(replace(node, text=words))
        elif node is not None and words and len(node.rows) < MAX_ROWS:
            self.drawing.put(replace(node, rows=(*node.rows, Row((words.replace("\n", " "),)))))
        self._described.add(state_id)

    def _say_description(self, line: Line, match: re.Match[str]) -> None:
        state_id = self._named(line, match)
        if match["css"]:
            self._paint(state_id, self._classes.assign(match["css"], state_id))
        self._describe(state_id, label(unmarked(line.said(match.start("text"), match.end("text")))))

    def _named(self, line: Line, match: re.Match[str]) -> str:
        """Return the id of a state that has a name; start and end points have none."""
        if match["id"].startswith("[*]"):
            raise Unreadable("start and end points have no words")
        return self._state(line.said(match.start("id"), match.end("id")))

    def _mention(self, line: Line, match: re.Match[str]) -> None:
        state_id = self._state(line.said(match.start("id"), match.end("id")))
        if match["css"]:
            self._paint(state_id, self._classes.assign(match["css"], state_id))

    # Transitions and notes

    def _go(self, line: Line, match: re.Match[str]) -> None:
        if not all(
            match[end].strip().startswith("[*]") or node_id(unquoted(match[end])) for end in ("a", "b")
        ):
            raise Unreadable("a transition needs a state on either side")
        source = self._state(line.said(match.start("a"), match.end("a")))
        target = self._state(line.said(match.start("b"), match.end("b")), is_source=False)
        if match["css"]:
            self._paint(target, self._classes.assign(match["css"], target))
        text = without_semicolon(line.said(match.start("text"), match.end("text"))) if match["text"] else ""
        self._repeats[source, target] = count = self._repeats.get((source, target), 0) + 1
        edge_id = f"{source}>{target}" + (f"#{count}" if count > 1 else "")
        self.drawing.put(Edge(edge_id, source, target, label(unmarked(unquoted(text)), MAX_EDGE_TEXT_LENGTH)))

    def _say_note(self, line: Line, match: re.Match[str]) -> None:
        state_id, side = self._named(line, match), _SIDES[match["side"].lower()]
        if match["text"] is None:
            self._note = (state_id, side, [])
            return
        self._add_note(line.said(match.start("text"), match.end("text")), state_id, side)

    def _in_note(self, line: Line) -> None:
        if re.fullmatch(r"end\s*note", line.text, re.IGNORECASE):
            self._close_note()
        elif self._note is not None:
            self._note[2].append(line.raw)

    def _close_note(self) -> None:
        if self._note is not None:
            state_id, side, lines = self._note
            self._note = None
            self._add_note("<br>".join(lines), state_id, side)

    def _say_floating(self, line: Line, match: re.Match[str]) -> None:
        self._add_note(line.said(match.start("text"), match.end("text")), None, "over")

    def _add_note(self, text: str, target: str | None, side: Literal["left", "right", "over"]) -> None:
        words = label(unmarked(unquoted(text)))
        if words:
            self._notes += 1
            self.drawing.put(Note(str(self._notes), words, (target,) if target else (), side))

    # Direction and colours

    def _direct(self, line: Line, match: re.Match[str]) -> None:
        direction = DIRECTIONS[match["direction"].upper()]
        scope = next((each.id for each in reversed(self._scopes) if each.id is not None), None)
        group = self.drawing.get(Group, scope) if scope else None
        if group is not None:
            self.drawing.put(replace(group, direction=direction))
        else:
            self.drawing.direction = direction

    def _paint(self, state_id: str, color: Color | None) -> None:
        node, group = self.drawing.get(Node, state_id), self.drawing.get(Group, state_id)
        if node is not None and color is not None:
            self.drawing.put(replace(node, color=color))
        elif group is not None and color is not None:
            self.drawing.put(replace(group, color=color))

    def _define(self, line: Line, match: re.Match[str]) -> None:
        for thing, color in self._classes.define(match["names"], match["css"]).items():
            self._paint(thing, color)

    def _assign(self, line: Line, match: re.Match[str]) -> None:
        for name in match["ids"].strip('"').split(","):
            self._paint(node_id(name), self._classes.assign(match["name"], node_id(name)))

    def _style(self, line: Line, match: re.Match[str]) -> None:
        for name in match["ids"].split(","):
            self._paint(node_id(name), color_of_css(match["css"]))

    def _ignore(self, line: Line, match: re.Match[str]) -> None:
        """Links and sizes are for pages and other programs."""

    _HANDLERS = (
        (_DIRECTION, _direct), (DEFINITION, _define), (STYLE, _style), (ASSIGNMENT, _assign), (_IGNORED, _ignore),
        (_NOTE, _say_note), (_FLOATING, _say_floating), (_QUOTED_STATE, _declare), (_TRANSITION, _go),
        (_STATE, _declare),
        (_DESCRIPTION, _say_description), (_BARE, _mention),
    )  # fmt: skip
