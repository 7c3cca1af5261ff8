"""Where the parts of a board stand: two by two, in columns, or as the well-known canvases have them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from drawing.model import Color, Group


@dataclass(frozen=True, slots=True)
class Place:
    """Where one part stands, in columns and rows."""

    column: int
    row: int
    width: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """The places of all parts, by id, and how many columns there are."""

    columns: int
    places: dict[str, Place]
    colors: tuple[Color, ...] = ("green", "amber", "blue", "purple", "teal", "pink")  # in turn

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return max((place.row + place.height for place in self.places.values()), default=0)


# Parts of the canvases by what their headings hold, with their places: columns are halves, as the lowest row has two
# parts where the others have five.
_BUSINESS_MODEL: dict[str, Place] = {
    r"partner": Place(0, 0, 2, 2),
    r"activit|aktivit": Place(2, 0, 2, 1),
    r"resource|ressource": Place(2, 1, 2, 1),
    r"value|wert|nutzen": Place(4, 0, 2, 2),
    r"relation|beziehung": Place(6, 0, 2, 1),
    r"channel|kan(?:a|\u00e4)l": Place(6, 1, 2, 1),
    r"segment|customers$|kunden$": Place(8, 0, 2, 2),
    r"cost|kosten": Place(0, 2, 5, 1),
    r"revenue|einnahme|erl\u00f6s": Place(5, 2, 5, 1),
}
_LEAN: dict[str, Place] = {
    r"^problem": Place(0, 0, 2, 2),
    r"solution|l\u00f6sung": Place(2, 0, 2, 1),
    r"metric|kennzahl": Place(2, 1, 2, 1),
    r"value|wert": Place(4, 0, 2, 2),
    r"advantage|vorteil": Place(6, 0, 2, 1),
    r"channel|kan(?:a|\u00e4)l": Place(6, 1, 2, 1),
    r"segment|customers$|kunden$": Place(8, 0, 2, 2),
    r"cost|kosten": Place(0, 2, 5, 1),
    r"revenue|einnahme|erl\u00f6s": Place(5, 2, 5, 1),
}
_SWOT: dict[str, Place] = {
    r"^(?:strength|st\u00e4rke|fortaleza|force)": Place(0, 0),
    r"^(?:weakness|schw\u00e4che|debilidad|faiblesse)": Place(1, 0),
    r"^(?:opportunit|chance|oportunidad)": Place(0, 1),
    r"^(?:threat|risik|gefahr|bedrohung|amenaza|menace)": Place(1, 1),
}
MOST_COLUMNS = 4  # side by side when nothing is said


def grid_of(groups: Sequence[Group], setting: str) -> Grid:
    """Return the grid that a board's headings, or the words behind ``board`` ("2x2", "3"), ask for."""
    for known, columns in ((_BUSINESS_MODEL, 10), (_LEAN, 10), (_SWOT, 2)):
        places = _known(groups, known)
        if places:
            return Grid(columns, places, ("gray",) if columns == 10 else ("green", "amber", "blue", "purple"))
    numbers = [int(each) for each in re.findall(r"\d+", setting)][:1]
    columns = min(max(1, numbers[0]), 12) if numbers else _columns(len(groups))
    return Grid(columns, _flow(groups, columns))


def _known(groups: Sequence[Group], places: dict[str, Place]) -> dict[str, Place]:
    """Return the places of a canvas that has exactly these parts, or none."""
    if len(groups) != len(places):
        return {}
    found: dict[str, Place] = {}
    for group in groups:
        matches = [place for pattern, place in places.items() if re.search(pattern, group.text.lower())]
        if not matches or matches[0] in found.values():
            return {}
        found[group.id] = matches[0]
    return found


def _columns(count: int) -> int:
    if count <= MOST_COLUMNS:
        return max(1, count)
    return 3 if count in (5, 6, 9) else MOST_COLUMNS


def _flow(groups: Sequence[Group], columns: int) -> dict[str, Place]:
    """Return the places in reading order; wide parts take two columns, tall ones two rows."""
    taken: set[tuple[int, int]] = set()
    out: dict[str, Place] = {}
    first = 0
    for group in groups:
        sizes = {value for name, value in group.details if name == "size"}
        width = min(2 if "wide" in sizes else 1, columns)
        height = 2 if "tall" in sizes else 1
        at = first
        while True:
            row, column = divmod(at, columns)
            cells = {(row + j, column + i) for i in range(width) for j in range(height)}
            if column + width <= columns and not cells & taken:
                break
            at += 1
        taken |= cells
        out[group.id] = Place(column, row, width, height)
        while divmod(first, columns) in taken:
            first += 1
    return out
