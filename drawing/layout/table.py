"""Tables: columns as wide as their texts and the page ask for, a heading, and rows of one height below it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from drawing.figure import Align as TextAlign
from drawing.figure import Box, Figure, Ruler, Text
from drawing.geometry import Rect
from drawing.model import Cell, Drawing, TableRow, key_of
from drawing.text import Wrapped
from drawing.theme import Tone, tint

PAGE_WIDTH = 1160.0  # canvas units: what fills a slide
WIDEST_WORD = 14.0  # em: longer words are broken
WIDEST_CELL = 20.0  # em: longer texts take several lines
NARROWEST = 3.0  # em
NAMES = 0.2  # of the page: a first column no wider than that keeps its words in one line
ALIKE = 2.2  # columns whose widths differ by no more than this factor are made equal
PAD_X = 0.8  # em
PAD_Y = 0.55

_NUMBER = re.compile(
    r"[-+\u2212~<>\u2248$\u20ac\u00a3\u00a5]?\s?\d[\d.,'\u00a0\u202f ]*\s?(?:%|[kKMG\u20ac$\u00a3]|[a-zA-Z]{1,3})?$"
)
_MARK = re.compile(
    r"(?:[\u2713\u2714\u2717\u2718\u2705\u274c\u00d7xX\u2013\u2014-]|\u2b50+|yes|no|ja|nein|n/a)$",
    re.IGNORECASE,
)


def place_table(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the table in its own coordinates."""
    rows = drawing.all(TableRow)
    if rows and rows[0].is_heading and len(rows) > 1 and not any(cell.text for cell in rows[0].cells):
        rows = rows[1:]  # A heading without words is none.
    count = max((len(row.cells) for row in rows), default=0)
    if not count:
        return Figure()
    columns = [[row.cells[i] if i < len(row.cells) else Cell("") for row in rows] for i in range(count)]
    bolds = [[row.is_heading or i == 0 for row in rows] for i in range(count)]
    widths = _widths(columns, bolds, ruler)
    pad = ruler.em(PAD_X)
    labels = [
        [
            ruler.wrap(cell.text, width - 2 * pad, bold=bold)
            for cell, bold in zip(cells, column_bolds, strict=True)
        ]
        for cells, column_bolds, width in zip(columns, bolds, widths, strict=True)
    ]
    heights = _heights(rows, labels, ruler)
    figure, y = Figure(), 0.0
    for j, (row, height) in enumerate(zip(rows, heights, strict=True)):
        x = 0.0
        for i, width in enumerate(widths):
            rect = Rect(x, y, width, height)
            _cell(
                figure, row, i, columns[i][j], rect, labels[i][j], _align(columns[i], rows, ruler, i), ruler
            )
            x += width
        y += height
    return figure


def _cell(
    figure: Figure,
    row: TableRow,
    column: int,
    cell: Cell,
    rect: Rect,
    lines: Wrapped,
    align: TextAlign,
    ruler: Ruler,
) -> None:
    key = f"{key_of(row)}:{column}"
    is_first = column == 0
    tone: Tone = "strong" if row.is_heading else "frame" if is_first else "plain"
    if cell.color:
        # In a style without fills the ground of a cell is still what says its colour.
        tone = cell.color if ruler.style.has_fill else tint(cell.color)
    figure.add(Box(key, rect, tone=tone, stroke_width=1.0))
    if lines.lines:
        place = Rect(rect.x + ruler.em(PAD_X), rect.y, rect.w - 2 * ruler.em(PAD_X), rect.h)
        figure.add(
            Text(
                f"{key}:label",
                place,
                lines,
                ruler.font,
                tone,
                is_bold=row.is_heading or is_first,
                align=align,
                of=key,
            )
        )


def _heights(rows: Sequence[TableRow], labels: list[list[Wrapped]], ruler: Ruler) -> list[float]:
    """Return the rows' heights: one for the heading, and one for all others."""
    needed = [
        max([ruler.line(), *(column[j].height for column in labels)]) + 2 * ruler.em(PAD_Y)
        for j in range(len(rows))
    ]
    body = max((need for row, need in zip(rows, needed, strict=True) if not row.is_heading), default=0.0)
    return [need if row.is_heading else body for row, need in zip(rows, needed, strict=True)]


def _widths(columns: list[list[Cell]], bolds: list[list[bool]], ruler: Ruler) -> list[float]:
    """Return the columns' widths: as their texts are in one line, or less where the page is not wide enough."""
    pad = 2 * ruler.em(PAD_X) + 1.0
    least, ideal = [], []
    for cells, column_bolds in zip(columns, bolds, strict=True):
        pairs = list(zip(cells, column_bolds, strict=True))
        word = max(ruler.longest_word([cell.text], bold=bold) for cell, bold in pairs)
        whole = max(ruler.width(cell.text, bold=bold) for cell, bold in pairs)
        least.append(max(min(word, ruler.em(WIDEST_WORD)), ruler.em(NARROWEST)) + pad)
        ideal.append(max(min(whole, ruler.em(WIDEST_CELL)) + pad, least[-1]))
    if ideal[0] <= NAMES * PAGE_WIDTH:
        least[0] = ideal[0]  # The names of rows are short, and stay in one line.
    room = max(PAGE_WIDTH, sum(least))
    if sum(ideal) > room:
        share = (room - sum(least)) / (sum(ideal) - sum(least))
        ideal = [low + (high - low) * share for low, high in zip(least, ideal, strict=True)]
    return _alike(ideal, least, room)


def _alike(widths: list[float], least: list[float], room: float) -> list[float]:
    """Return the widths with one for all columns but the first, where they are nearly that already."""
    others = widths[1:]
    if len(others) < 2 or max(others) > ALIKE * min(others):
        return widths
    mean = sum(others) / len(others)
    width = max(others) if widths[0] + max(others) * len(others) <= room else max(mean, *least[1:])
    if widths[0] + width * len(others) > max(room, sum(widths)) + 1.0:
        return widths
    return [widths[0], *(width for _ in others)]


def _align(cells: Sequence[Cell], rows: Sequence[TableRow], ruler: Ruler, column: int) -> TextAlign:
    """Return how a column stands: as said, else numbers to the right and marks in the middle."""
    if column == 0 or any(cell.align != "left" for cell in cells):
        return next((cell.align for cell in cells if cell.align != "left"), "left")
    body = [cell.text for cell, row in zip(cells, rows, strict=True) if cell.text and not row.is_heading]
    if body and all(_MARK.match(text) for text in body):
        return "center"
    return "right" if body and all(_NUMBER.match(text) for text in body) else "left"
