"""Class diagrams: classes with members, relations with cardinalities, namespaces and notes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import (
    MAX_EDGE_TEXT_LENGTH,
    MAX_ROWS,
    Color,
    Drawing,
    Edge,
    EdgeEnd,
    Group,
    Node,
    Note,
    label,
)
from drawing.notation.css import DEFINITION, STYLE, Classes, color_of_css
from drawing.notation.flowchart import DIRECTIONS
from drawing.notation.lines import Line, Unreadable, without_comment, without_semicolon
from drawing.notation.members import generics, member
from drawing.notation.node_mentions import node_id

HEADER = re.compile(r"class-?\s?diagram(?:-v2)?\s*[:;]?$", re.IGNORECASE)
MAX_DEPTH = 12

# A letter, digit, _ or $, or what is not ASCII; and with a full stop. Said by what they are not, they compile fast.
_SIGN, _LATER_SIGN = r"[^\x00-#%-/:-@\[-^`{-\x7f]", r"[^\x00-#%-\-/:-@\[-^`{-\x7f]"
_NAME = rf"(?:`[^`]+`|{_SIGN}(?:{_LATER_SIGN}|-(?![-.|>*o(\s]))*)(?:~[^\"<>|]*~)?"
_END = r"<\|+|\|+>|<|>|\*|\(\)"
_RELATION = re.compile(
    rf"(?P<a>{_NAME})\s*(?:\"(?P<tail_text>[^\"]*)\"\s*)?(?P<tail>{_END}|(?<=[\s\"])o(?=[-.]))?"
    rf"(?P<line>-+|\.+|\u2192)(?P<head>{_END}|o(?=[\s\"]))?\s*(?:\"(?P<head_text>[^\"]*)\"\s*)?(?P<b>{_NAME})"
    rf"\s*(?::\s*(?P<text>.*))?$"
)
_CLASS = re.compile(
    rf"(?:abstract\s+)?(?:class|interface|enum)\s+(?P<name>{_NAME})\s*(?:\[\s*(?P<label>\"[^\"]*\"|[^\]]*)\s*\])?"
    rf"\s*(?:(?::::|:::)\s*(?P<css>[\w-]+))?\s*(?:<<(?P<kind>[^>]*)>>)?\s*(?P<more>(?:(?:extends|implements)\s+{_NAME}\s*)*)"
    rf"(?:(?::::)\s*(?P<css2>[\w-]+)\s*)?(?P<body>\{{.*)?$"
)
_SUPER = re.compile(rf"(?P<word>extends|implements)\s+(?P<name>{_NAME})")
_MEMBER = re.compile(rf"(?P<name>{_NAME})\s*:(?!:)\s*(?P<text>\S.*)$")
_ANNOTATION = re.compile(rf"<<\s*(?P<kind>[^>]+?)\s*>>\s*(?P<name>{_NAME})?$")
_NAMESPACE = re.compile(
    r"(?:namespace|package)\s+(?P<name>`[^`]+`|\"[^\"]+\"|[^\s\"{\[]+)\s*(?:\[\s*\"?(?P<label>[^\"\]]*)\"?\s*\])?\s*\{(?P<rest>.*)$"
)
_NOTE = re.compile(rf"note\s+(?:for\s+(?P<name>{_NAME})\s*:?\s*)?(?P<text>\S.*)$", re.IGNORECASE)
_DIRECTION = re.compile(r"direction\s+(?P<direction>TB|TD|BT|LR|RL)\s*;?$", re.IGNORECASE)
_CSS_CLASS = re.compile(r"cssClass\s+(?P<ids>\"[^\"]*\"|\S+)\s+(?P<name>[\w-]+)\s*;?$")
_SHORT_CLASS = re.compile(rf"(?P<name>{_NAME})\s*:::\s*(?P<css>[\w-]+)$")
_IGNORED = re.compile(r"(?:click|link|callback)\s+\S", re.IGNORECASE)

_ENDS: dict[str, EdgeEnd] = {
    "<|": "triangle", "|>": "triangle", "<": "open_arrow", ">": "open_arrow", "*": "filled_diamond", "o": "diamond",
    "()": "lollipop",
}  # fmt: skip
_KINDS = {"interface": "interface", "enum": "enumeration", "abstract": "abstract"}


@dataclass(slots=True)
class ClassDiagramReader:
    """Reads ``classDiagram`` statements."""

    drawing: Drawing
    _body: str | None = None  # the class whose members the lines are
    _namespaces: list[str | None] = field(default_factory=list)
    _repeats: dict[tuple[str, str], int] = field(default_factory=dict)
    _classes: Classes = field(default_factory=Classes)
    _notes: int = 0

    def read(self, line: Line) -> None:
        """Take one line; braces may open and close several bodies on it."""
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
        """Read members up to the end of a class; return what is behind it."""
        closing = line.text.find("}")
        inside = line if closing < 0 else line.part(0, closing)
        for text in re.split(r";(?!\s*$)|;$", inside.raw) if "#" not in inside.raw else [inside.raw]:
            if text.strip():
                self._add_member(self._body or "", text.strip())
        if closing < 0:
            return None
        self._body = None
        return line.part(closing + 1)

    def _statement(self, line: Line) -> Line | None:
        text = without_semicolon(line.text)
        if text.startswith("}"):
            if not self._namespaces:
                raise Unreadable("there is nothing open that it could end")
            self._namespaces.pop()
            return line.part(1)
        if self._namespaces and text.endswith("}") and "{" not in text:
            return self._before_brace(line)
        for pattern, handle in self._HANDLERS:
            match = pattern.match(text)
            if match:
                return handle(self, line, match)
        if re.fullmatch(_NAME, text) and text.lower() not in ("end", "class"):
            self._class(text)
            return None
        raise Unreadable("it is no class, member, relation or note")

    def _before_brace(self, line: Line) -> Line | None:
        """Read a statement that a brace closes on the same line."""
        self._statement(line.part(0, line.text.rindex("}")))
        return line.part(line.text.rindex("}"))

    # Classes and their members

    def _class(self, name: str) -> Node:
        """Return the class of that name, which may come up here for the first time."""
        bare, _, generic = name.strip("`").partition("~") if not name.startswith("`") else _split_quoted(name)
        class_id = node_id(bare)
        if not class_id:
            raise Unreadable("it names no class")
        known = self.drawing.get(Node, class_id)
        home = self._namespaces[-1] if self._namespaces else None
        if known is None:
            shown = bare + (generics(f"~{generic}") if generic else "")
            known = Node(class_id, label(unmarked(shown)), color=self._classes.default, parent=home)
        elif home is not None and home != known.parent:
            known = replace(known, parent=home)
        elif generic and known.text == bare:
            known = replace(known, text=label(unmarked(bare + generics(f"~{generic}"))))
        self.drawing.put(known)
        return known

    def _declare(self, line: Line, match: re.Match[str]) -> Line | None:
        node = self._class(match["name"])
        word = match[0].split()[0].lower()
        if match["label"]:
            text = line.said(match.start("label"), match.end("label"))
            node = replace(node, text=label(unmarked(unquoted(text))) or node.text)
        css = match["css"] or match["css2"]
        if css:
            node = replace(node, color=self._classes.assign(css, node.id) or node.color)
        self.drawing.put(node)
        kind = match["kind"] or _KINDS.get(word, "")
        if kind:
            self._annotate(node.id, kind)
        for parent in _SUPER.finditer(match["more"] or ""):
            line_style = "dotted" if parent["word"] == "implements" else "solid"
            above = self._class(parent["name"])
            self._relate(Edge("", above.id, node.id, "", line_style, "triangle", "none"))  # type: ignore[arg-type]
        if match["body"]:
            self._body = node.id
            return line.part(match.start("body") + 1)
        return None

    def _annotate(self, class_id: str, kind: str) -> None:
        node = self.drawing.get(Node, class_id)
        if node is not None:
            words = " ".join(label(unmarked(kind)).split())
            others = tuple(each for each in node.details if each != ("annotation", words))
            self.drawing.put(replace(node, details=(*others, ("annotation", words))))

    def _add_member(self, class_id: str, text: str) -> None:
        annotation = _ANNOTATION.match(text)
        if annotation and not annotation["name"]:
            self._annotate(class_id, annotation["kind"])
            return
        node = self.drawing.get(Node, class_id)
        row = member(text)
        if node is None or not row.cells[1]:
            return
        if len(node.rows) >= MAX_ROWS:
            raise Unreadable(f"a class shows at most {MAX_ROWS} members")
        self.drawing.put(replace(node, rows=(*node.rows, row)))

    def _say_member(self, line: Line, match: re.Match[str]) -> None:
        node = self._class(match["name"])
        self._add_member(node.id, line.said(match.start("text"), match.end("text")))

    def _say_annotation(self, line: Line, match: re.Match[str]) -> None:
        if match["name"] is None:
            raise Unreadable("it names no class")
        self._annotate(self._class(match["name"]).id, match["kind"])

    # Relations, namespaces, notes

    def _say_relation(self, line: Line, match: re.Match[str]) -> None:
        source, target = self._class(match["a"]), self._class(match["b"])
        text = without_semicolon(line.said(match.start("text"), match.end("text"))) if match["text"] else ""
        tail, head = match["tail"] or "", match["head"] or (">" if match["line"] == "\u2192" else "")
        self._relate(
            Edge(
                "", source.id, target.id, label(unmarked(unquoted(text)), MAX_EDGE_TEXT_LENGTH),
                "dotted" if "." in match["line"] else "solid", _end(tail), _end(head),
                _short(match["tail_text"]), _short(match["head_text"]),
            )
        )  # fmt: skip

    def _relate(self, edge: Edge) -> None:
        pair = (edge.source, edge.target)
        self._repeats[pair] = count = self._repeats.get(pair, 0) + 1
        edge_id = f"{edge.source}>{edge.target}" + (f"#{count}" if count > 1 else "")
        self.drawing.put(replace(edge, id=edge_id))

    def _open_namespace(self, line: Line, match: re.Match[str]) -> Line | None:
        if len(self._namespaces) >= MAX_DEPTH:
            raise Unreadable(f"namespaces are nested in one another at most {MAX_DEPTH} deep")
        parent = self._namespaces[-1] if self._namespaces else None
        name = match["name"].strip('`"')
        for part in name.split(".") if not match["label"] else [name]:
            group_id = node_id(f"{parent}.{part}" if parent else part)
            known = self.drawing.get(Group, group_id)
            text = line.said(match.start("label"), match.end("label")) if match["label"] else part
            if known is None and not self.drawing.put(Group(group_id, label(unmarked(text)), parent=parent)):
                group_id = parent or ""
            parent = group_id or None
        self._namespaces.append(parent)
        return line.part(match.start("rest"))

    def _say_note(self, line: Line, match: re.Match[str]) -> None:
        targets = (self._class(match["name"]).id,) if match["name"] else ()
        self._notes += 1
        text = line.said(match.start("text"), match.end("text"))
        self.drawing.put(Note(str(self._notes), label(unmarked(unquoted(text))), targets))

    def _direct(self, line: Line, match: re.Match[str]) -> None:
        self.drawing.direction = DIRECTIONS[match["direction"].upper()]

    # Colours

    def _paint(self, class_id: str, color: Color | None) -> None:
        node = self.drawing.get(Node, class_id)
        if node is not None and color is not None:
            self.drawing.put(replace(node, color=color))

    def _define(self, line: Line, match: re.Match[str]) -> None:
        for thing, color in self._classes.define(match["names"], match["css"]).items():
            self._paint(thing, color)

    def _assign(self, line: Line, match: re.Match[str]) -> None:
        for name in match["ids"].strip('"').split(","):
            class_id = node_id(name)
            self._paint(class_id, self._classes.assign(match["name"], class_id))

    def _short_assign(self, line: Line, match: re.Match[str]) -> None:
        node = self._class(match["name"])
        self._paint(node.id, self._classes.assign(match["css"], node.id))

    def _style(self, line: Line, match: re.Match[str]) -> None:
        for name in match["ids"].split(","):
            self._paint(node_id(name), color_of_css(match["css"]))

    def _ignore(self, line: Line, match: re.Match[str]) -> None:
        """Links are for pages that can be clicked."""

    _HANDLERS = (
        (_NAMESPACE, _open_namespace), (DEFINITION, _define), (_CSS_CLASS, _assign), (STYLE, _style),
        (_DIRECTION, _direct), (_CLASS, _declare), (_RELATION, _say_relation), (_NOTE, _say_note),
        (_ANNOTATION, _say_annotation), (_IGNORED, _ignore), (_SHORT_CLASS, _short_assign), (_MEMBER, _say_member),
    )  # fmt: skip


def _split_quoted(name: str) -> tuple[str, str, str]:
    """Return what stands between ticks, and the generic behind it."""
    quoted, _, rest = name[1:].partition("`")
    return quoted, "", rest.strip("~") + "~" if rest.strip("~") else ""


def _end(sign: str) -> EdgeEnd:
    sign = re.sub(r"\|+", "|", sign)
    return _ENDS.get(sign, "none")


def _short(text: str | None) -> str:
    return label(unmarked(text), MAX_EDGE_TEXT_LENGTH) if text else ""
