"""Blocks with a heading and rows under it, in columns: classes, entities, requirements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drawing.figure import SMALL, Align, Box, Element, Line, Ruler, Text
from drawing.geometry import Rect
from drawing.layout.compound import Block
from drawing.text import Wrapped
from drawing.theme import Tone

CELL_WIDTH = 22.0  # em: a cell is broken where it is wider
MAX_CORNER = 8.0  # canvas units


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands above the rows: a name, and small words over it such as «interface»."""

    text: str
    small: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """How the cells of one column look."""

    is_quiet: bool = False
    is_bold: bool = False
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Record:
    """A block's content; each section is a list of rows, and a rule stands between sections."""

    key: str
    heading: Heading
    sections: Sequence[Sequence[Sequence[str]]]
    columns: Sequence[Column]
    tone: Tone = "blue"
    frame: str | None = None


def record_block(record: Record, ruler: Ruler) -> Block:
    """Return the record measured: as wide as its widest row, each row as high as its highest cell."""
    return _Measured(record, ruler).block()


class _Measured:
    def __init__(self, record: Record, ruler: Ruler) -> None:
        self._record, self._ruler = record, ruler
        self._pad, self._gap = ruler.em(0.8), ruler.em(0.9)
        heading = record.heading
        width = max(ruler.em(15), ruler.longest_word([heading.text], bold=True))
        self._title = ruler.wrap(heading.text, width, bold=True)
        self._small = [ruler.wrap(each, width, scale=SMALL) for each in heading.small]
        self._cells = [
            [[self._cell(text, at) for at, text in enumerate(row)] for row in rows]
            for rows in record.sections
        ]
        self._widths = [
            max((row[at].width for rows in self._cells for row in rows if at < len(row)), default=0.0)
            for at in range(len(record.columns))
        ]
        self._top = self._head_height()

    def _cell(self, text: str, at: int) -> Wrapped:
        column = self._record.columns[at]
        width = max(
            self._ruler.em(CELL_WIDTH), self._ruler.longest_word([text], scale=SMALL, bold=column.is_bold)
        )
        return self._ruler.wrap(text, min(width, self._ruler.em(40)), scale=SMALL, bold=column.is_bold)

    def _head_height(self) -> float:
        small = sum(each.height for each in self._small)
        return 2 * self._ruler.em(0.55) + small + max(self._title.height, self._ruler.line())

    def _row_height(self, row: Sequence[Wrapped]) -> float:
        return max([self._ruler.line(SMALL), *(cell.height for cell in row)]) + self._ruler.em(0.2)

    def _section_height(self, rows: Sequence[Sequence[Wrapped]]) -> float:
        return sum(self._row_height(row) for row in rows) + self._ruler.em(0.6)

    def block(self) -> Block:
        used = [width for width in self._widths if width]
        inner = max(sum(used) + self._gap * max(0, len(used) - 1), self._title.width,
                    *(each.width for each in self._small), self._ruler.em(6))  # fmt: skip
        height = self._top + sum(self._section_height(rows) for rows in self._cells)
        w, h = _even(inner + 2 * self._pad + 6), _even(height + (3 if self._cells else 0))
        return Block(self._record.key, w, h, self._draw, "rectangle", self._record.frame,
                     min(self._ruler.style.corner, MAX_CORNER))  # fmt: skip

    def _draw(self, rect: Rect) -> list[Element]:
        record, ruler, key = self._record, self._ruler, self._record.key
        corner = min(ruler.style.corner, MAX_CORNER)
        out: list[Element] = [Box(key, rect, "rectangle", record.tone, corner, group=record.frame)]
        y = rect.y + ruler.em(0.55)
        if not self._cells:
            y = rect.cy - (self._top / 2 - ruler.em(0.55))
        for number, small in enumerate(self._small):
            place = Rect(rect.x, y, rect.w, small.height)
            out.append(Text(f"{key}:small:{number}", place, small, ruler.size(SMALL), record.tone, of=key))
            y += small.height
        place = Rect(rect.x, y, rect.w, self._title.height)
        out.append(Text(f"{key}:label", place, self._title, ruler.font, record.tone, is_bold=True, of=key))
        if self._cells:
            out += self._body(rect, corner)
        return out

    def _body(self, rect: Rect, corner: float) -> list[Element]:
        ruler, key = self._ruler, self._record.key
        top = rect.y + self._top
        owner, ground, out = key, self._record.tone, list[Element]()
        edge = max(2.0, ruler.style.stroke_width)
        if ruler.style.has_fill:
            owner, ground = f"{key}:body", "plain"
            body = Rect(rect.x + edge, top, rect.w - 2 * edge, rect.bottom - edge - top)
            out.append(Box(owner, body, "rectangle", "plain", max(0.0, corner - edge), group=key, role="mark",
                           stroke_width=0.0))  # fmt: skip
        else:
            out.append(self._rule("rule", rect, top))
        y = top
        for number, rows in enumerate(self._cells):
            if number:
                out.append(self._rule(f"rule:{number}", rect, y))
            y += ruler.em(0.3)
            for at, row in enumerate(rows):
                out += self._row(f"{key}:row:{number}:{at}", rect, y, row, owner, ground)
                y += self._row_height(row)
            y += ruler.em(0.3)
        return out

    def _row(
        self, key: str, rect: Rect, y: float, row: Sequence[Wrapped], owner: str, ground: Tone
    ) -> list[Element]:
        ruler, x, out = self._ruler, rect.x + self._pad + 3, list[Element]()
        line = ruler.line(SMALL)
        for at, cell in enumerate(row):
            column, width = self._record.columns[at], self._widths[at]
            if cell.lines:
                place = Rect(x, y + ruler.em(0.1), width + 2, max(cell.height, line))
                out.append(Text(f"{key}:{at}", place, cell, ruler.size(SMALL), None if column.is_quiet else ground,
                                column.is_quiet, column.is_bold, align=column.align, of=owner))  # fmt: skip
            x += width + self._gap if width else 0.0
        return out

    def _rule(self, name: str, rect: Rect, y: float) -> Line:
        key = self._record.key
        return Line(
            f"{key}:{name}", ((rect.x, y), (rect.right, y)), self._record.tone, width=1.0, of=key, role="mark"
        )


def _even(length: float) -> float:
    whole = int(length) + (length > int(length))
    return float(whole + whole % 2)
