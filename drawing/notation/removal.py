"""Takes what a ``remove`` statement names out of a drawing, with all that hangs on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from drawing.model import Drawing, Edge, Group, Message, Node, Note, Part, Step, Task, Value
from drawing.notation.lines import Line
from drawing.notation.part_names import find_part

_ARROW = re.compile(r"\s*(?:<?[-=][-=.]*[->x)o]+|\u2192)\s*(?:\|[^|]*\|\s*)?")
_REMOVE = re.compile(r"(?:remove|delete)\s+(?P<name>\S.*?)\s*;?$", re.IGNORECASE)


def remove_named(drawing: Drawing, line: Line) -> bool:
    """Carry out "remove ID" or "remove A --> B"; False when the line is no such statement, or names nothing there.

    What stood in a removed group or below a removed node stands where that stood; its connectors go with it.
    """
    match = _REMOVE.match(line.text)
    if not match:
        return False
    said = line.part(match.start("name"), match.end("name"))
    found: list[Part] = [*_connectors(drawing, said)]
    if not found and (part := find_part(drawing, said.raw)):
        found = [part]
    for part in found:
        take_out(drawing, part)
    return bool(found)


def _connectors(drawing: Drawing, said: Line) -> Iterator[Edge | Message]:
    """Yield all connectors from the one to the other that "A --> B" names."""
    arrow = _ARROW.search(said.text)
    if not arrow or not arrow.start():
        return
    ends = [find_part(drawing, said.said(0, arrow.start())), find_part(drawing, said.said(arrow.end()))]
    if ends[0] is None or ends[1] is None:
        return
    connectors: list[Edge | Message] = [*drawing.all(Edge), *drawing.all(Message)]
    yield from (each for each in connectors if (each.source, each.target) == (ends[0].id, ends[1].id))


def take_out(drawing: Drawing, part: Part) -> None:
    """Take a part out of its drawing, with all that hangs on it."""
    drawing.remove(part)
    if isinstance(part, Edge | Message | Note):
        return
    home = getattr(part, "parent", None)
    for other in list(drawing.parts.values()):
        match other:
            case Edge() | Message() if part.id in (other.source, other.target):
                drawing.remove(other)
            case Step() if other.target == part.id:
                drawing.remove(other)
            case Note() if part.id in other.targets:
                targets = tuple(each for each in other.targets if each != part.id)
                if targets:
                    drawing.put(replace(other, targets=targets))
                else:
                    drawing.remove(other)
            case Node() | Group() | Task() | Value() if other.parent == part.id:
                drawing.put(replace(other, parent=home))
