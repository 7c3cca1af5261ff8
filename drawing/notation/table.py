"""Tables: Markdown's, with or without outer pipes and the line of dashes; the first row is the heading."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import Literal

from drawing.markup import unmarked, unquoted
from drawing.model import MAX_TITLE_LENGTH, Cell, Drawing, TableRow, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.writing import escaped_class, written_title

Align = Literal["left", "center", "right"]

_PIPE = re.compile(r"(?<!\\)\|")
_ESCAPED_PIPE = re.compile(r"\\([|\uff5c])")
_ANY_PIPE = re.compile(r"[|\uff5c]")
_DASHES = re.compile(r":?\s*[-\u2013\u2014=]+\s*:?$")
_LONG_DASHES = re.compile(r":?\s*[-\u2013\u2014=]{3,}\s*:?$")
_RULE = re.compile(r"[-+=|\u2500-\u257f\s:]+$")  # of tables that are drawn with signs
_HEADING = re.compile(r"#{1,6}\s+(\S.*?)\s*#*$")
_BULLET = re.compile(r"[-*\u2022]\s+(?=[^|]*\|)")


@dataclass(slots=True)
class TableReader:
    """Reads the rows of a table."""

    drawing: Drawing
    _names: Names = field(default_factory=Names)
    _aligns: list[Align] = field(default_factory=list)
    _count: int = 0  # of rows so far

    def __post_init__(self) -> None:
        rows = self.drawing.all(TableRow)
        self._count = len(rows)
        heading = next((row for row in rows if row.is_heading), None)
        if heading:
            self._aligns = [cell.align for cell in heading.cells]

    def read(self, line: Line) -> None:
        """Take a row, the line of dashes below the heading, or a title."""
        if heading := _HEADING.match(line.text):
            self.drawing.title = label(
                unmarked(line.said(heading.start(1), heading.end(1))), MAX_TITLE_LENGTH
            )
            return
        cells = _cells(line)
        if self._is_rule(line, cells, self._count):
            if self._count <= 1:
                self._align([_align(cell.text) for cell in cells])
            return
        if not cells or (len(cells) < 2 and not line.text.startswith("|")):
            raise Unreadable("it has no cells: there is no | in it")
        read = [split_class(cell) for cell in cells]
        texts = [label(unmarked(unquoted(_ESCAPED_PIPE.sub(r"\1", cell.raw)))) for cell, _ in read]
        row_id = self._names.id_of(texts[0])
        known = self.drawing.get(TableRow, row_id)
        self.drawing.put(
            TableRow(
                row_id,
                tuple(
                    Cell(text, color, self._aligns[i] if i < len(self._aligns) else "left")
                    for i, (text, (_, color)) in enumerate(zip(texts, read, strict=True))
                ),
                known.is_heading if known else not self._count,
            )
        )
        self._count += known is None

    def end(self) -> None:
        """Nothing stays open."""

    @staticmethod
    def _is_rule(line: Line, cells: list[Line], count: int) -> bool:
        """Say whether the line divides rows; a row of single dashes further down says "none" in every cell."""
        if not _RULE.match(line.text):
            return False
        texts = [cell.text for cell in cells if cell.text]
        if not texts:
            return False
        if any("+" in text or "\u2500" <= text[0] <= "\u257f" for text in texts):
            return True
        pattern = _DASHES if count <= 1 else _LONG_DASHES
        return all(pattern.match(text) for text in texts)

    def _align(self, aligns: list[Align]) -> None:
        self._aligns = aligns
        for row in self.drawing.all(TableRow):
            cells = (replace(cell, align=align) for cell, align in zip(row.cells, aligns, strict=False))
            self.drawing.put(replace(row, cells=(*cells, *row.cells[len(aligns) :])))


def _cells(line: Line) -> list[Line]:
    bullet = _BULLET.match(line.text)
    if bullet:
        line = line.part(bullet.end())
    start = 1 if line.text.startswith("|") else 0
    out: list[Line] = []
    for pipe in _PIPE.finditer(line.text, start):
        out.append(line.part(start, pipe.start()))
        start = pipe.end()
    if start < len(line.text):
        out.append(line.part(start))
    return out


def _align(dashes: str) -> Align:
    if dashes.startswith(":") and dashes.endswith(":") and len(dashes) > 1:
        return "center"
    return "right" if dashes.endswith(":") else "left"


_DASHES_OF: dict[Align, str] = {"left": "---", "center": ":---:", "right": "---:"}


def write_table(drawing: Drawing) -> list[str]:
    """Return the drawing as a Markdown table below the word ``table``."""
    lines = ["table"]
    lines += written_title(drawing)
    for row in drawing.all(TableRow):
        lines.append("| " + " | ".join(map(_written_cell, row.cells)) + " |")
        if row.is_heading:
            lines.append("| " + " | ".join(_DASHES_OF[align] for align in _aligns(drawing)) + " |")
    return lines


def _aligns(drawing: Drawing) -> list[Align]:
    aligns: list[Align] = []
    for row in drawing.all(TableRow):
        aligns += [cell.align for cell in row.cells[len(aligns) :]]
    return aligns


def _written_cell(cell: Cell) -> str:
    text = escaped_class(cell.text)
    text = _ANY_PIPE.sub(lambda match: "\\" + match[0], text)
    return f"{text} {color_class(cell.color)}".strip()
