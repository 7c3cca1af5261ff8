"""Where new parts of a drawing go in a change: ``after X`` and ``before X`` say it for what follows them."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from drawing.model import Drawing, Message, Note, Part, Step, key_of
from drawing.notation.lines import Line, Unreadable
from drawing.notation.removal import find_named

_PLACE = re.compile(r"(?P<side>after|before)\s+(?P<name>\S.*?)\s*:?$", re.IGNORECASE)
_ARROW = re.compile(r"[-=.]{1,3}[>x)]|\u2192")
_IN_TIME: tuple[type[Part], ...] = (Message, Note, Step)  # what a sequence has in one order


@dataclass(slots=True)
class Placement:
    """A place in the order of a drawing's parts; what is put there moves it on."""

    drawing: Drawing
    _after: str | None  # the key of the part before it; None for the beginning
    _kinds: tuple[type[Part], ...]

    def put(self, known: AbstractSet[str]) -> None:
        """Move the parts there that were not known before a statement."""
        parts = self.drawing.parts
        new = [key for key, part in parts.items() if key not in known and isinstance(part, self._kinds)]
        if not new or (self._after is not None and self._after not in parts):
            return
        rest = [key for key in parts if key not in new]
        at = 0 if self._after is None else rest.index(self._after) + 1
        self.drawing.parts = {key: parts[key] for key in [*rest[:at], *new, *rest[at:]]}
        self._after = new[-1]


def read_placement(drawing: Drawing, line: Line) -> Placement | None:
    """Return the place that a statement such as "after U->>A: ask" names; None when it is no such statement.

    Raises Unreadable for a connector that is not there: read as one, it would begin at somebody called "after U".
    """
    match = _PLACE.match(line.text)
    found = find_named(drawing, line.part(match.start("name"), match.end("name"))) if match else []
    if match is None:
        return None
    if not found:
        if _ARROW.search(match["name"]):
            raise Unreadable("there is nothing of that name")
        return None
    is_after = match["side"].lower() == "after"
    part = found[-1] if is_after else found[0]
    kinds = _IN_TIME if isinstance(part, _IN_TIME) else (type(part),)
    key = key_of(part)
    if not is_after:
        keys = list(drawing.parts)
        at = keys.index(key)
        return Placement(drawing, keys[at - 1] if at else None, kinds)
    return Placement(drawing, key, kinds)
