"""Ishikawa diagrams: an effect, categories of causes, and causes by indentation, bullets or behind a colon."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Node, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.writing import escaped_class, written_title

MAX_DEPTH = 12

_BULLET = re.compile(r"(?:[-*+\u2022\u2013]|\d{1,3}[.)])\s+(?P<text>\S.*)$")
_HEADING = re.compile(r"(?P<level>#{1,6})\s*(?P<text>\S.*?)\s*#*$")
_COLON = re.compile(r"(?P<name>[^:\"\[(]{1,60}?)\s*:(?!:)\s*(?P<causes>.*)$")
_EFFECT = re.compile(r"(?:effect|problem|head)\s*:\s*(?P<text>\S.*)$", re.IGNORECASE)
_BRACKETS = re.compile(r"[\w-]*\s*(?:\[\"?(?P<a>.*?)\"?\]|\(\"?(?P<b>.*?)\"?\))$")
_COMMA = re.compile(r"\s*[,;\uff0c\u3001]\s*")


@dataclass(slots=True)
class IshikawaReader:
    """Reads ``ishikawa`` statements."""

    drawing: Drawing
    _levels: list[tuple[int, str]] = field(default_factory=list)  # indents and ids, from a category down
    _has_bullets: bool = False  # categories have bullets
    _names: Names = field(default_factory=Names)

    def read(self, line: Line) -> None:
        """Take the effect first, then categories and causes: what is deeper belongs to what stands above it."""
        heading, bullet = _HEADING.match(line.text), _BULLET.match(line.text)
        if effect := _EFFECT.match(line.text):
            self._effect(line.part(effect.start("text")))
        elif heading and self._root() is None:
            self._effect(line.part(heading.start("text"), heading.end("text")))
        elif heading:
            self._levels = []
            self._put(line.part(heading.start("text"), heading.end("text")), -1)
        elif self._root() is None:
            self._effect(line.part(bullet.start("text")) if bullet else line)
        elif bullet:
            self._has_bullets = self._has_bullets or not self._levels
            # A bullet is a cause, even where it stands no deeper than its category.
            is_below = bool(self._levels) and not self._has_bullets and self._levels[0][0] == line.indent
            self._read(line.part(bullet.start("text")), line.indent + is_below)
        else:
            self._read(line, line.indent)

    def end(self) -> None:
        """Nothing stays open."""

    def _root(self) -> Node | None:
        return self.drawing.get(Node, "effect")

    def _effect(self, line: Line) -> None:
        body, color = split_class(line)
        text = _text(body)
        if not text:
            raise Unreadable("the effect has no words")
        self.drawing.put(Node("effect", text, "", "effect", color))

    def _read(self, line: Line, indent: int) -> None:
        colon = _COLON.match(line.text)
        if not colon:
            self._put(line, indent)
            return
        self._put(line.part(colon.start("name"), colon.end("name")), indent)
        for start, end in _spans(line.text, colon.start("causes")):
            self._put(line.part(start, end), indent + 1)

    def _put(self, line: Line, indent: int) -> None:
        body, color = split_class(line)
        text = _text(body)
        if not text:
            raise Unreadable("the cause has no words")
        while self._levels and self._levels[-1][0] >= indent:
            self._levels.pop()
        parent = self._levels[-1][1] if self._levels else "effect"
        role = "cause" if self._levels else "category"
        node_id = self._names.id_of(text if text != "effect" else "effect.")
        self.drawing.put(Node(node_id, text, "", role, color, parent))
        if len(self._levels) < MAX_DEPTH:
            self._levels.append((indent, node_id))


def _spans(text: str, start: int) -> list[tuple[int, int]]:
    """Return where the parts of a list with commas begin and end."""
    spans = []
    for comma in _COMMA.finditer(text, start):
        spans.append((start, comma.start()))
        start = comma.end()
    spans.append((start, len(text)))
    return [(a, b) for a, b in spans if text[a:b].strip()]


def _text(line: Line) -> str:
    bracket = _BRACKETS.match(line.text)
    group = next((each for each in "ab" if bracket and bracket[each]), None)
    said = line.said(bracket.start(group), bracket.end(group)) if bracket and group else line.raw
    return label(unmarked(unquoted(said)))


def write_ishikawa(drawing: Drawing) -> list[str]:
    """Return the drawing as ``ishikawa`` lines."""
    lines = ["ishikawa", *written_title(drawing)]
    nodes = drawing.all(Node)
    lines += [f"effect: {_written(node)}" for node in nodes if node.role == "effect"]
    children: dict[str | None, list[Node]] = {}
    for node in nodes:
        if node.role != "effect":
            children.setdefault(node.parent, []).append(node)
    stack = [(0, node) for node in reversed(children.get("effect", []))]
    while stack:
        depth, node = stack.pop()
        lines.append(f"{'    ' * depth}- {_written(node)}")
        stack += [(depth + 1, child) for child in reversed(children.get(node.id, []))]
    return lines


def _written(node: Node) -> str:
    return f"{escaped_class(node.text, _SIGNS)} {color_class(node.color)}".rstrip()


_SIGNS = ":\uff1a[]()\uff08\uff09\uff3b\uff3d"  # mean something in the words of a cause
