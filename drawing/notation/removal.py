"""Finds what a statement names in a drawing, and takes it out with all that hangs on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from drawing.markup import unmarked, unquoted
from drawing.model import (
    MAX_EDGE_TEXT_LENGTH,
    Drawing,
    Edge,
    Group,
    Message,
    Node,
    Note,
    Part,
    Step,
    Task,
    Value,
    label,
)
from drawing.notation.lines import Line
from drawing.notation.part_names import find_part

_ARROW = re.compile(r"\s*(?:<?[-=][-=.]*[->x)o]+|\u2192)\s*(?:\|[^|]*\|\s*)?")
_REMOVE = re.compile(r"(?:remove|delete)\s+(?P<name>\S.*?)\s*;?$", re.IGNORECASE)


def remove_named(drawing: Drawing, line: Line) -> bool:
    """Carry out "remove ID" or "remove A --> B: words"; False when it is no such statement, or names nothing there.

    What stood in a removed group or below a removed node stands where that stood; its connectors go with it.
    """
    match = _REMOVE.match(line.text)
    if not match:
        return False
    said = line.part(match.start("name"), match.end("name"))
    found = find_named(drawing, said)
    for part in found:
        take_out(drawing, part)
    return bool(found)


def find_named(drawing: Drawing, said: Line) -> list[Part]:
    """Return the part with that name, or all connectors that "A --> B" names; "A --> B: words" names one of them."""
    found: list[Part] = [*_connectors(drawing, said)]
    if not found and (part := find_part(drawing, said.raw)):
        found = [part]
    return found


def _connectors(drawing: Drawing, said: Line) -> Iterator[Edge | Message]:
    arrow = _ARROW.search(said.text)
    source = find_part(drawing, said.said(0, arrow.start())) if arrow and arrow.start() else None
    if arrow is None or source is None:
        return
    connectors: list[Edge | Message] = [*drawing.all(Edge), *drawing.all(Message)]
    connectors = [each for each in connectors if each.source == source.id]
    if target := find_part(drawing, said.said(arrow.end())):
        yield from (each for each in connectors if each.target == target.id)
        return
    for colon in re.finditer(r":\s", said.text[arrow.end() :]):
        at = arrow.end() + colon.start()
        target, words = find_part(drawing, said.said(arrow.end(), at)), said.said(at + 1)
        if target is not None:
            same = [each for each in connectors if each.target == target.id and _is_said(each, words)]
            yield from same[:1]


def _is_said(connector: Edge | Message, words: str) -> bool:
    said = label(unmarked(unquoted(words)), MAX_EDGE_TEXT_LENGTH)
    return " ".join(connector.text.split()).casefold() == " ".join(said.split()).casefold()


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
