"""Boards: headings and the notes below them, as Markdown writes headings and lists."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import MAX_TITLE_LENGTH, Drawing, Group, Node, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.cross_links import CrossLinks, written_links
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.writing import escaped_class, written_title

DETAIL = "\n\u2013 "  # before each deeper bullet of a note
SIZES = ("wide", "tall")

_HEADING = re.compile(r"(#{1,6})\s*(\S.*?)\s*#*$")
_BOLD_HEADING = re.compile(r"(?:\*\*|__)(?P<text>[^*]+?):?(?:\*\*|__):?$")
_COLON_HEADING = re.compile(r"(?P<text>[^-*\u2022+:|][^:|]{0,60}):$")
_NOTE = re.compile(r"(?:[-*+\u2022\u2013\u00b7]|\d{1,3}[.)])\s+(?:\[[ xX]?\]\s*)?(?P<text>\S.*)$")
_SIZE = re.compile(r"[\s,{(\[]+(wide|tall)[\s,})\]]*$", re.IGNORECASE)
_VOTES = re.compile(
    r"\s*(?:[\u2013:,|-]\s*)?(?:\(\s*\+?(\d{1,3})\s*(?:votes?|stimmen?|\U0001f44d)?\s*\)|\+(\d{1,3})"
    r"|[\U0001f44d\u2605]\s*(?:x|\u00d7)?\s*(\d{1,3})|(\d{1,3})\s*(?:votes?|stimmen?|\U0001f44d))$",
    re.IGNORECASE,
)
_OWNER = re.compile(r"\s+[(]?@([\w][\w .'-]{0,40}?)[)]?$")


@dataclass(slots=True)
class BoardReader:
    """Reads the headings and notes of a board."""

    drawing: Drawing
    _parent: str | None = None
    _indent: int = 0  # of the notes below the present heading
    _last: str | None = None  # the note that a deeper one belongs to
    _names: Names = field(default_factory=Names)
    _headings: Names = field(default_factory=Names)
    _links: CrossLinks = field(init=False)

    def __post_init__(self) -> None:
        self._links = CrossLinks(self.drawing)

    def read(self, line: Line) -> None:
        """Take a heading or a note."""
        note = _NOTE.match(line.text)
        if heading := _HEADING.match(line.text):
            self._heading(line.part(heading.start(2), heading.end(2)), len(heading[1]))
        elif self._links.read(line.part(note.start("text")) if note else line):
            return
        elif note:
            self._note(line.part(note.start("text")), line.indent)
        elif found := _BOLD_HEADING.match(line.text) or _COLON_HEADING.match(line.text):
            self._heading(line.part(found.start("text"), found.end("text")), 2)
        else:
            raise Unreadable("it is no ## heading and no - note")

    def end(self) -> None:
        """Nothing stays open."""

    def _heading(self, line: Line, level: int) -> None:
        body, color = split_class(line)
        if level == 1 and not self.drawing.title and not self.drawing.parts:
            self.drawing.title = label(unmarked(body.raw), MAX_TITLE_LENGTH)
            return
        sizes: list[str] = []
        while (size := _SIZE.search(body.text)) and size.start():
            sizes.append(size[1].lower())
            body = body.part(0, size.start())
        text = label(unmarked(unquoted(body.raw)))
        group_id = self._headings.id_of(text)
        details = tuple(("size", size) for size in SIZES if size in sizes)
        self.drawing.put(Group(group_id, text, "cell", color, details=details))
        self._parent, self._last = group_id, None

    def _note(self, line: Line, indent: int) -> None:
        body, color = split_class(line)
        text = label(unmarked(unquoted(body.raw)))
        note = self.drawing.get(Node, self._last) if self._last and indent > self._indent else None
        if note and text:
            self.drawing.put(replace(note, text=label(f"{note.text}{DETAIL}{text}")))
            return
        text, details = _facts(text)
        if not text:
            raise Unreadable("the note is empty")
        self._indent, self._last = indent, self._names.id_of(text.split(DETAIL)[0])
        self.drawing.put(Node(self._last, text, "sticky", "note", color, self._parent, details=details))


def _facts(text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return a note without what is said about it at its end, and that: who it is given to, and its votes."""
    facts: dict[str, str] = {}
    while True:
        votes, owner = _VOTES.search(text), _OWNER.search(text)
        found = votes or owner
        if not found or not text[: found.start()].strip():
            return text, tuple((name, facts[name]) for name in ("assigned", "votes") if name in facts)
        if votes:
            facts.setdefault("votes", str(int(next(each for each in votes.groups() if each))))
        elif owner:
            facts.setdefault("assigned", owner[1].strip())
        text = text[: found.start()].strip()


def write_board(drawing: Drawing) -> list[str]:
    """Return the drawing as ``board`` lines."""
    lines = [f"board {drawing.settings.get('setting', '')}".strip()]
    lines += written_title(drawing)
    notes = drawing.all(Node)
    lines += [line for note in notes if note.parent is None for line in _written_note(note)]
    for group in drawing.all(Group):
        sizes = "".join(f" {value}" for name, value in group.details if name == "size")
        lines.append(f"## {escaped_class(group.text)}{sizes} {color_class(group.color)}".rstrip())
        lines += [line for note in notes if note.parent == group.id for line in _written_note(note)]
    return lines + written_links(drawing)


def _written_note(note: Node) -> list[str]:
    facts = dict(note.details)
    owner = f" @{facts['assigned']}" if "assigned" in facts else ""
    votes = f" (+{facts['votes']})" if "votes" in facts else ""
    text, *details = note.text.split(DETAIL)
    # A sign before the votes would be read as theirs.
    signs = text[-1:] if facts and not text[-1:].isalnum() else ""
    line = f"- {escaped_class(text, signs)}{owner}{votes} {color_class(note.color)}".rstrip()
    return [line, *(f"    - {escaped_class(each)}" for each in details)]
