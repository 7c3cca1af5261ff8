"""Ids for statements that have none: their own words, and which of several with the same words."""

from __future__ import annotations

from dataclasses import dataclass, field

from drawing.notation.lines import clean_id


@dataclass(slots=True)
class Names:
    """Gives ids within one reading of a text; reading a statement again, for a change, gives the same id again."""

    _counts: dict[str, int] = field(default_factory=dict)
    _given: set[str] = field(default_factory=set)

    def id_of(self, text: str) -> str:
        """Return an id for a statement with these words: "Free", then "Free~2" for the next of the same words."""
        base = clean_id(text) or "-"
        count = self._counts.get(base, 0) + 1
        name = base if count == 1 else f"{base}~{count}"
        while name in self._given:
            count += 1
            name = f"{base}~{count}"
        self._counts[base] = count
        self._given.add(name)
        return name
