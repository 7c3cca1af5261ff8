"""The part of a drawing that a statement names: by its id, or by its words where no other part has the same."""

from __future__ import annotations

from drawing.markup import unmarked, unquoted
from drawing.model import (
    Drawing,
    Edge,
    Group,
    Message,
    Node,
    Note,
    Part,
    PlacedShape,
    Series,
    Spot,
    TableRow,
    Task,
    Value,
)
from drawing.notation.lines import clean_id

# Where a name is looked for, in this order.
NAMED: tuple[type[Part], ...] = (
    Node, Group, PlacedShape, Task, Value, TableRow, Spot, Series, Message, Edge, Note
)  # fmt: skip


def find_part(drawing: Drawing, said: str, kinds: tuple[type[Part], ...] = NAMED) -> Part | None:
    """Return the part of one of these kinds with that id, else the only one with those words."""
    exact = unquoted(said.strip())
    name = clean_id(unmarked(exact))
    for each in (exact, name):
        for kind in kinds:
            part = drawing.get(kind, each)
            if part is not None:
                return part
    words = [
        part
        for part in drawing.parts.values()
        if isinstance(part, kinds) and _words(part).casefold() == name.casefold()
    ]
    return words[0] if name and len(words) == 1 else None


def _words(part: Part) -> str:
    text = part.cells[0].text if isinstance(part, TableRow) else getattr(part, "text", "")
    return clean_id(text.split("\n")[0])
