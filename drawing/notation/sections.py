"""``section`` lines of timelines, gantt charts and journeys, read and written; a Markdown heading begins one, too."""

from __future__ import annotations

import re

from drawing.markup import unmarked, unquoted
from drawing.model import Drawing, Group, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, clean_id
from drawing.notation.writing import escaped_class

_SECTION = re.compile(r"(?:section\b\s*:?|#{1,6}\s)\s*(?=\S|$)", re.IGNORECASE)
_UNNAMED = "-"


def begin_section(line: Line, drawing: Drawing) -> str | None:
    """Put the section that a line begins into the drawing and return its id; None if the line is none."""
    match = _SECTION.match(line.text)
    if match is None:
        return None
    body, color = split_class(line.part(match.end()))
    text = label(unmarked(unquoted(body.raw))).replace("\n", " ")
    section_id = clean_id(text) or _UNNAMED
    known = drawing.get(Group, section_id)
    drawing.put(Group(section_id, text, "section", color or (known.color if known else None)))
    return section_id


def written_section(section: Group) -> str:
    """Return the line that begins a section."""
    return f"    section {escaped_class(section.text)}{color_class(section.color)}".rstrip()
