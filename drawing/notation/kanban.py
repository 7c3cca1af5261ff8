"""Kanban boards: Mermaid's columns and cards, also as headings with bullets or as ``[Todo] card, card``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Group, Node, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable, clean_id
from drawing.notation.names import Names
from drawing.notation.writing import escaped, escaped_class, written_title

FACTS = ("assigned", "ticket", "priority")

_FACTS = re.compile(r"\s*@\{(?P<facts>[^}]*)\}?\s*$")
_FACT = re.compile(
    r"[\"']?(?P<name>[A-Za-z]+)[\"']?\s*[:=]\s*(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)'|(?P<c>[^,}]*))"
)
_NAMES = {
    "assigned": "assigned", "assignee": "assigned", "owner": "assigned", "ticket": "ticket", "id": "ticket",
    "priority": "priority", "prio": "priority",
}  # fmt: skip
_BRACKETS = re.compile(
    r"(?P<id>[^\s\[\](){}\"]*)\s*(?:\[(?P<square>.*)\]|\((?P<round>.*)\)|\{(?P<curly>.*)\})$"
)
_COLUMN = re.compile(r"\[(?P<name>[^\[\]]+)\]\s*:?\s*")
_ONE_LINE = re.compile(rf"{_COLUMN.pattern}(?P<cards>[^\s@:].*)$")
_HEADING = re.compile(r"#{1,6}\s*(?P<text>\S.*?)\s*#*$")
_COLON = re.compile(r"(?P<text>[^-*\u2022+:|\[][^:|\[]{0,60}):$")
_BULLET = re.compile(r"(?:[-*+\u2022]|\d{1,3}[.)])\s+(?:\[[ xX]?\]\s+)?(?P<text>\S.*)$")
_OWNER = re.compile(r"\s+\(?@([\w][\w.'-]{0,40})\)?$")
_SEPARATOR = re.compile(r"\s*[,;]\s+|\s*;\s*|\s*[\uff0c\u3001]\s*")
_ID = re.compile(r"[^\s\[\](){}\"]+")
_SIGNS = "'\"{}"  # mean something in the facts of a card
_ICON = re.compile(r"::icon\(|:::\s*$")


@dataclass(slots=True)
class KanbanReader:
    """Reads ``kanban`` statements."""

    drawing: Drawing
    _column: str | None = None
    _indent: int | None = None  # of the columns
    _has_bullets: bool = False  # columns are headings here, and cards have bullets or stand below them
    _names: Names = field(default_factory=Names)
    _columns: Names = field(default_factory=Names)
    _given: set[str] = field(default_factory=set)  # ids of the cards of a drawing that is being changed

    def __post_init__(self) -> None:
        self._given = {card.id for card in self.drawing.all(Node)}

    def read(self, line: Line) -> None:
        """Take a column or a card: a column stands no deeper than the first one."""
        if _ICON.match(line.text):
            return
        if heading := _HEADING.match(line.text) or _COLON.match(line.text):
            self._has_bullets = True
            self._put_column(line.part(heading.start("text"), heading.end("text")))
        elif bullet := _BULLET.match(line.text):
            self._put_card(line.part(bullet.start("text")))
        elif self._names_given(line):
            self._put_card(line)
        elif self._is_column(line):
            row = _ONE_LINE.match(line.text)
            if row and not row["cards"].startswith("@"):
                self._put_row(line)
            else:
                self._put_column(line)
        else:
            self._put_card(line)

    def end(self) -> None:
        """Nothing stays open."""

    def _names_given(self, line: Line) -> bool:
        """Say whether the line says a card again that was there before."""
        if not self._given:
            return False
        body, _ = split_class(line)
        facts = _FACTS.search(body.text)
        name, text = _named(body.part(0, facts.start()) if facts else body)
        return (name or clean_id(text)) in self._given

    def _is_column(self, line: Line) -> bool:
        if self._indent is None:
            self._indent = line.indent
            return not self._has_bullets
        if self._has_bullets:
            return False
        return line.indent <= self._indent

    def _put_row(self, line: Line) -> None:
        """Take "[Todo] payment webhooks, dark mode [Doing] emails": columns with their cards."""
        columns = list(_COLUMN.finditer(line.text))
        ends = [column.start() for column in columns[1:]] + [len(line.text)]
        for column, end in zip(columns, ends, strict=True):
            self._put_column(line.part(column.start("name"), column.end("name")))
            start = column.end()
            for separator in [*_SEPARATOR.finditer(line.text, start, end)]:
                if line.text[start : separator.start()].strip(" ;,"):
                    self._put_card(line.part(start, separator.start()))
                start = separator.end()
            if line.text[start:end].strip(" ;,"):
                self._put_card(line.part(start, end))

    def _put_column(self, line: Line) -> None:
        body, color = split_class(line)
        facts = _FACTS.search(body.text)
        name, text = _named(body.part(0, facts.start()) if facts else body)
        if not text:
            raise Unreadable("the column has no name")
        self._column = self._columns.id_of(name or text)
        self.drawing.put(Group(self._column, text, "column", color))

    def _put_card(self, line: Line) -> None:
        body, color = split_class(line)
        facts: dict[str, str] = {}
        if said := _FACTS.search(body.text):
            facts = _facts(body.said(said.start("facts"), said.end("facts")))
            body = body.part(0, said.start())
            body, color = (body, color) if color else split_class(body)
        name, text = _named(body)
        text = facts.pop("label", "") or text
        while (owner := _OWNER.search(text)) and text[: owner.start()].strip():
            text = text[: owner.start()].strip()
            facts.setdefault("assigned", owner[1])
        if not text:
            raise Unreadable("the card is empty")
        details = tuple((fact, facts[fact]) for fact in FACTS if facts.get(fact))
        card_id = self._names.id_of(name or text)
        known = self.drawing.get(Node, card_id) if card_id in self._given else None
        if known is not None:  # What is not said again stays.
            self.drawing.put(
                replace(
                    known,
                    text=text,
                    color=color or known.color,
                    parent=self._column or known.parent,
                    details=details or known.details,
                )
            )
            return
        self.drawing.put(Node(card_id, text, "", "card", color, self._column, details=details))


def _named(line: Line) -> tuple[str, str]:
    """Return the id of a statement such as ``docs[Create a blog]``, empty if it has none, and its text."""
    match = _BRACKETS.match(line.text)
    if not match:
        return "", label(unmarked(unquoted(line.raw)))
    kind = next(kind for kind in ("square", "round", "curly") if match[kind] is not None)
    if kind != "square" and not match["id"]:
        return "", label(unmarked(line.raw))
    inner = line.said(match.start(kind), match.end(kind)).strip("()[]{}") if kind != "square" else ""
    inner = inner or line.said(match.start(kind), match.end(kind))
    name = clean_id(line.said(match.start("id"), match.end("id"))).replace(" ", "_")
    return name, label(unmarked(unquoted(inner)))


def _facts(text: str) -> dict[str, str]:
    out: dict[str, str] = {}
    for match in _FACT.finditer(text):
        name = match["name"].lower()
        value = next((match[each] for each in "abc" if match[each] is not None), "")
        if name in _NAMES or name == "label":
            out[_NAMES.get(name, name)] = label(unmarked(value.strip(" '\"\u201c\u201d\u201e")), 80).replace(
                "\n", " "
            )
    return out


def write_kanban(drawing: Drawing) -> list[str]:
    """Return the drawing as ``kanban`` lines."""
    lines = ["kanban"]
    lines += written_title(drawing)
    cards = drawing.all(Node)
    lines += [f"- {_written_card(card)}" for card in cards if card.parent is None]
    for group in drawing.all(Group):
        lines.append(f"    {_written_name(group.id, group.text)}{color_class(group.color)}")
        lines += [f"        {_written_card(card)}" for card in cards if card.parent == group.id]
    return lines


def _written_name(part_id: str, text: str) -> str:
    name = "" if part_id == (clean_id(text) or "-") or not _ID.fullmatch(part_id) else part_id
    return f"{name}[{escaped_class(text, '[]')}]"


def _written_card(card: Node) -> str:
    facts = ", ".join(f"{name}: '{escaped(value, _SIGNS)}'" for name, value in card.details)
    return _written_name(card.id, card.text) + (f"@{{ {facts} }}" if facts else "") + color_class(card.color)
