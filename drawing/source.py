"""Notation in, a drawing out, line by line as it arrives; and a drawing written as notation.

What surrounds the notation (fences, chatter, thinking, front matter, comments) is left aside here; what a statement
means is each kind's own (``drawing.notation``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum, auto

from drawing.kinds import KINDS, Kind, kind_of
from drawing.markup import unmarked, unquoted
from drawing.model import MAX_TITLE_LENGTH, Drawing, label
from drawing.notation.flowchart import DIRECTIONS
from drawing.notation.lines import MAX_LINES, KindReader, Line, LineBuffer, Problem, Unreadable
from drawing.notation.placement import Placement, read_placement
from drawing.notation.removal import remove_named

MAX_PROBLEMS = 12  # said one by one
BEGINNING = 30  # characters of a line that are shown with what is wrong with it

_FENCE = re.compile(r"(?:```+|~~~+)\s*([\w-]*)\s*(.*)$")
_TITLE = re.compile(r"title(?:\s*:\s*|\s+)(?![-=.~<|(\[{&:])(\S.*)$", re.IGNORECASE)
_SINGLE_QUOTED = re.compile(r"^'(.*)'$")
_FRONT_TITLE = re.compile(r"title\s*:\s*[\"']?(.*?)[\"']?\s*$", re.IGNORECASE)
_ACCESSIBILITY = re.compile(r"acc(?:Title|Descr)\s*:|accDescr\s*\{", re.IGNORECASE)
_NOTE = re.compile(r"%%\s*note\s*:\s*(.+)$", re.IGNORECASE)
_THINKING = re.compile(r"<(/?)(?:think|thinking|thought|reasoning)>", re.IGNORECASE)


class _Skipping(Enum):
    """What is being passed over until its end comes."""

    NOTHING = auto()
    THINKING = auto()
    FRONT_MATTER = auto()
    DIRECTIVE = auto()
    DESCRIPTION = auto()


# Kinds of Mermaid's that are not drawn: said plainly where one is the header.
_UNKNOWN_KIND = re.compile(r"(zenuml|wardley(?:-beta)?|eventmodeling|info)\b[^.?!]{0,20}$", re.IGNORECASE)


@dataclass(slots=True)
class SourceReader:
    """Reads notation that arrives in pieces; ``drawing`` is what it says so far, None before its header."""

    drawing: Drawing | None = None
    keeps_drawing: bool = (
        False  # a header begins no other drawing: all that is said changes the one that is there
    )
    statements: int = 0  # read so far
    remarks: list[str] = field(default_factory=list)  # what the author says to the person: ``%% note: …``
    _problems: list[Problem] = field(default_factory=list)
    _problem_count: int = 0
    _unknown_kind: str = ""  # that the first line names
    _buffer: LineBuffer = field(default_factory=LineBuffer)
    _reader: KindReader | None = None
    _title: str = ""
    _skipping: _Skipping = _Skipping.NOTHING
    _has_begun: bool = False  # a line that is not blank has been seen
    _in_fence: bool = False
    _is_fresh: bool = True  # nothing was read behind the last fence
    _is_over: bool = False  # the fence around the drawing has been closed
    _is_closed: bool = False
    _place: Placement | None = None  # where new parts go; at the end when None
    _is_change: bool = (
        False  # a drawing was there before: what is said changes it, until a header begins another
    )

    def __post_init__(self) -> None:
        if self.drawing is not None:
            self._reader = KINDS[self.drawing.kind].read(self.drawing)
            self._is_change = True

    def feed(self, text: str) -> bool:
        """Take a piece of text, cut anywhere; return whether the drawing may have changed."""
        before = self.statements
        for line in self._buffer.feed(text):
            self._take(line)
        return self.statements != before

    def close(self) -> bool:
        """Take the end of the text; return whether the drawing may have changed."""
        before = self.statements
        for line in self._buffer.rest():
            self._take(line)
        if self._reader is not None and not self._is_closed:
            self._is_closed = True
            self._reader.end()
            self.statements += 1
        return self.statements != before

    @property
    def has_text(self) -> bool:
        """True when any line was there."""
        return self._has_begun

    @property
    def why_no_drawing(self) -> str:
        """Say to the author why there is no drawing."""
        if self._unknown_kind:
            return f"“{self._unknown_kind}” is a kind of notation that is not drawn here."
        return "The first line of notation names the kind of drawing, such as “flowchart LR”."

    @property
    def notes(self) -> tuple[str, ...]:
        """The author's remarks, and one sentence for each line that was left out."""
        more = self._problem_count - len(self._problems)
        tail = (f"{more} further lines could not be read.",) if more else ()
        return (*self.remarks, *(problem.sentence() for problem in self._problems), *tail)

    def _take(self, line: Line) -> None:
        if line.number > MAX_LINES:
            if line.number == MAX_LINES + 1:
                self._complain(line, f"only the first {MAX_LINES} lines are read")
            return
        if self._is_passed_over(line) or not line.text:
            return
        if _FENCE.match(line.text):
            self._fence(line)
            return
        is_first, self._has_begun = not self._has_begun, True
        if is_first and line.text == "---":
            self._skipping = _Skipping.FRONT_MATTER
            return
        if line.text.startswith("%%"):
            self._comment(line)
            return
        self._statement(line)

    def _is_passed_over(self, line: Line) -> bool:
        """Say whether the line belongs to what surrounds the notation and ends or goes on with it."""
        for tag in _THINKING.finditer(line.text) if "<" in line.text else ():
            if tag[1]:
                self._start_over()  # All that came before it was thinking, even without a tag at its beginning.
                self._skipping = _Skipping.NOTHING
                rest = line.part(tag.end())
                if rest.text:
                    self._take(rest)
                return True
            self._skipping = _Skipping.THINKING
        match self._skipping:
            case _Skipping.NOTHING:
                return False
            case _Skipping.FRONT_MATTER:
                if line.text == "---":
                    self._skipping = _Skipping.NOTHING
                elif title := _FRONT_TITLE.match(line.text):
                    self._title = title[1]
            case _Skipping.DIRECTIVE if "}%%" in line.text:
                self._skipping = _Skipping.NOTHING
            case _Skipping.DESCRIPTION if "}" in line.text:
                self._skipping = _Skipping.NOTHING
        return True

    def _fence(self, line: Line) -> None:
        match = _FENCE.match(line.text)
        is_opening = bool(match and match[1]) or not self._in_fence
        if is_opening and self._in_fence and match and not match[1]:
            is_opening = False
        self._in_fence = is_opening
        if is_opening:
            self._is_fresh = True
            if match and match[2]:  # "```mermaid flowchart LR" on one line
                self._statement(line.part(match.start(2)))
        elif self._reader is not None:
            self._is_over = True

    def _comment(self, line: Line) -> None:
        if line.text.startswith("%%{"):
            if "}%%" not in line.text:
                self._skipping = _Skipping.DIRECTIVE
        elif note := _NOTE.match(line.text):
            self.remarks.append(unmarked(line.said(note.start(1))))

    def _statement(self, line: Line) -> None:
        found = kind_of(line.text)
        # A row is a table's header and first row at once; but in a change it is one more row.
        is_row = self._is_change and found is not None and "rest" in found[1].groupdict() and found[1]["rest"]
        if found and self.keeps_drawing and not is_row:
            self._is_over = False
            return
        if found and not is_row and (self._reader is None or self._is_fresh or not found[0].is_plain):
            self._begin(*found, line)
            return
        if self._reader is None:
            if title := _TITLE.match(line.text):
                self._title = line.said(title.start(1))
            elif unknown := _UNKNOWN_KIND.match(line.text):
                self._unknown_kind = unknown[1]
            return
        if self._is_over:
            return
        if _ACCESSIBILITY.match(line.text):
            if "{" in line.text and "}" not in line.text:
                self._skipping = _Skipping.DESCRIPTION
            return
        title = None if getattr(self._reader, "in_body", False) else _TITLE.match(line.text)
        if title:
            self._say_title(line.said(title.start(1)))
            return
        self._is_fresh = False
        if self._is_change and self.drawing is not None:
            if remove_named(self.drawing, line):
                self.statements += 1
                return
            if self._placed(line):
                return
        known = frozenset(self.drawing.parts) if self._place and self.drawing else frozenset()
        try:
            self._reader.read(line)
        except Unreadable as exc:
            self._complain(line, str(exc))
        else:
            self.statements += 1
            if self._place is not None:
                self._place.put(known)

    def _placed(self, line: Line) -> bool:
        """Take a statement that says where new parts go; False when the line is none."""
        assert self.drawing is not None  # noqa: S101 - only called with a drawing
        try:
            place = read_placement(self.drawing, line)
        except Unreadable as exc:
            self._complain(line, str(exc))
            return True
        self._place = place or self._place
        return place is not None

    def _begin(self, kind: Kind, match: re.Match[str], line: Line) -> None:
        self._start_over()
        self.drawing = Drawing(kind.name)
        self._is_change, self._place = False, None
        self._reader = kind.read(self.drawing)
        self._is_fresh = False
        self.statements += 1
        if self._title:
            self._say_title(self._title)
        groups = match.groupdict()
        if groups.get("title"):
            self._say_title(line.said(match.start("title"), match.end("title")))
        for name in ("direction", "setting"):
            if groups.get(name):
                self._set(name, groups[name])
        if groups.get("rest"):
            self._statement_of_header(line.part(match.start("rest"), match.end("rest")))

    def _statement_of_header(self, line: Line) -> None:
        assert self._reader is not None  # noqa: S101 - _begin has just made it
        try:
            self._reader.read(line)
        except Unreadable as exc:
            self._complain(line, str(exc))

    def _set(self, name: str, value: str) -> None:
        assert self.drawing is not None  # noqa: S101 - _begin has just made it
        if name == "direction":
            self.drawing.direction = DIRECTIONS.get(value.upper())
        else:
            self.drawing.settings[name] = value.lower()

    def _say_title(self, title: str) -> None:
        assert self.drawing is not None  # noqa: S101 - only called with a drawing
        self.drawing.title = label(unmarked(unquoted(_SINGLE_QUOTED.sub(r"\1", title))), MAX_TITLE_LENGTH)
        self.statements += 1

    def _start_over(self) -> None:
        """Forget what was read: a second header is a model's second thought."""
        self.drawing, self._reader = None, None
        self.remarks.clear()
        self._problems.clear()
        self._problem_count = 0
        self._is_over = False
        self._is_fresh = True

    def _complain(self, line: Line, why: str) -> None:
        self._problem_count += 1
        if len(self._problems) < MAX_PROBLEMS:
            beginning = line.raw if len(line.raw) <= BEGINNING else f"{line.raw[:BEGINNING].rstrip()}…"
            self._problems.append(Problem(line.number, beginning, why))


def read_source(text: str) -> SourceReader:
    """Return what a whole text says: its ``drawing`` (None without a header) and ``notes``."""
    reader = SourceReader()
    reader.feed(text)
    reader.close()
    return reader


def write_source(drawing: Drawing) -> str:
    """Return a drawing as notation; reading it again gives the same drawing."""
    return "\n".join(KINDS[drawing.kind].write(drawing)) + "\n"
