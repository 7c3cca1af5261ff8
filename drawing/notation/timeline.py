"""Timelines: ``period : event : event`` below ``section`` lines; a line that begins with a colon goes on."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Group, Node, Row, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.cross_links import CrossLinks, written_links
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.sections import begin_section, written_section
from drawing.notation.writing import escaped, written_title

_COLON = re.compile(r"(?<!\d):|:(?!\d)|(?<=\d{4}):")  # not that of "10:30"
_URL = re.compile(r"https?$", re.IGNORECASE)
_BULLET = re.compile(r"[-*\u2022]\s+")
_DASH = re.compile(r"\s+[-\u2013\u2014]\s+")
# What a period may not begin with as it stands.
_RESERVED = re.compile(r"section|title|acc|timeline|[-*\u2022%~`:]", re.IGNORECASE)


@dataclass(slots=True)
class TimelineReader:
    """Reads ``timeline`` statements."""

    drawing: Drawing
    _section: str | None = None
    _last: str | None = None  # the period that a line goes on with
    _names: Names = field(default_factory=Names)
    _links: CrossLinks = field(init=False)

    def __post_init__(self) -> None:
        self._links = CrossLinks(self.drawing)

    def read(self, line: Line) -> None:
        """Take a section, or a period with its events."""
        if section := begin_section(line, self.drawing):
            self._section = section
            return
        if self._links.read(line):
            return
        bullet = _BULLET.match(line.text)
        body, color = split_class(line.part(bullet.end()) if bullet else line)
        first, *events = self._pieces(body)
        if not first:
            self._go_on(events)
            return
        if bullet and not events and self._last is not None:
            self._go_on([first])
            return
        self._last = self._names.id_of(first)
        rows = tuple(Row((event,)) for event in events if event)
        self.drawing.put(Node(self._last, first, "", "period", color, self._section, rows))

    def end(self) -> None:
        """Nothing stays open."""

    def _pieces(self, line: Line) -> list[str]:
        """Return the texts between colons; a dash divides too where there is no colon at all."""
        ends = [m.start() for m in _COLON.finditer(line.text) if not _URL.search(line.text[: m.start()])]
        if not ends and (dash := _DASH.search(line.text)):
            return [self._text(line.said(0, dash.start())), self._text(line.said(dash.end()))]
        starts = [0, *(end + 1 for end in ends)]
        return [self._text(line.said(a, b)) for a, b in zip(starts, [*ends, len(line.text)], strict=True)]

    @staticmethod
    def _text(said: str) -> str:
        return label(unmarked(unquoted(said)))

    def _go_on(self, events: list[str]) -> None:
        period = self.drawing.get(Node, self._last or "")
        if period is None:
            raise Unreadable("there is no period that it could go on with")
        rows = tuple(Row((event,)) for event in events if event)
        self.drawing.put(replace(period, rows=(*period.rows, *rows)))


def write_timeline(drawing: Drawing) -> list[str]:
    """Return the drawing as ``timeline`` lines."""
    lines = ["timeline" + (" TD" if drawing.direction == "down" else ""), *written_title(drawing)]
    section: str | None = None
    for part in drawing.parts.values():
        match part:
            case Group():
                lines.append(written_section(part))
                section = part.id
            case Node():
                group = drawing.get(Group, part.parent or "")
                if group is not None and part.parent != section:
                    lines.append(written_section(group))
                    section = group.id
                pieces = [_written(part.text, is_first=True), *(_written(row.cells[0]) for row in part.rows)]
                if len(pieces) == 1 and _DASH.search(pieces[0]):
                    pieces.append("")
                lines.append(f"        {' : '.join(pieces).rstrip()}{color_class(part.color)}")
    return lines + written_links(drawing, "        ")


def _written(text: str, *, is_first: bool = False) -> str:
    out = escaped(text).replace(":", "#58;")
    return f"#{ord(out[0])};{out[1:]}" if is_first and _RESERVED.match(out) else out
