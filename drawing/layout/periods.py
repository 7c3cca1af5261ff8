"""Timelines of periods: headings along an axis, the events of each as cards below it; long ones take several rows."""

from __future__ import annotations

from itertools import accumulate, groupby

from drawing.figure import Box, Figure, Line, Ruler, Text
from drawing.geometry import Rect
from drawing.layout.cross_links import cross_link_room, link_up
from drawing.model import Color, Drawing, Group, Node, key_of
from drawing.theme import Tone, tint

PAGE_WIDTH = 1120.0  # canvas units
COLORS: tuple[Color, ...] = ("blue", "teal", "purple", "amber", "green", "pink")
WIDEST = 11.0  # em: a column
NARROWEST = 7.0
SHORTEST_ROW = 0.4  # of the longest: rows that end with a section may be that uneven


def place_periods(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the timeline in its own coordinates."""
    periods = drawing.all(Node)
    if not periods:
        return Figure()
    return link_up(_Timeline(drawing, ruler).place(_by_section(drawing, periods)), drawing, ruler)


def _by_section(drawing: Drawing, periods: list[Node]) -> list[tuple[Group | None, list[Node]]]:
    groups = {group.id: group for group in drawing.all(Group)}
    found: dict[str | None, list[Node]] = {None: []} | {key: [] for key in groups}
    for period in periods:
        found[period.parent if period.parent in groups else None].append(period)
    return [(groups.get(key or ""), nodes) for key, nodes in found.items() if nodes]


class _Timeline:
    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._ruler = ruler
        self._figure = Figure()
        nodes = drawing.all(Node)
        self._gap = ruler.gap(0.9) + cross_link_room(drawing, ruler)
        pad = 2 * ruler.em(0.7)
        texts = [node.text for node in nodes] + [row.cells[0] for node in nodes for row in node.rows]
        word = max(ruler.longest_word([node.text for node in nodes], bold=True), ruler.longest_word(texts))
        widest = max((ruler.width(text, bold=True) for text in texts), default=0.0)
        count = min(len(nodes), 6)
        share = (PAGE_WIDTH - self._gap * (count - 1)) / count
        ideal = min(widest, ruler.em(WIDEST)) + pad
        self._width = max(min(ideal, share), min(word, ruler.em(14)) + pad, ruler.em(NARROWEST))
        self._is_down = drawing.direction == "down"
        per_row = int((PAGE_WIDTH + self._gap) // (self._width + self._gap))
        self._per_row = 1 if self._is_down else max(1, per_row)
        self._y = 0.0
        self._begun: set[str] = set()  # sections that have a heading

    def place(self, sections: list[tuple[Group | None, list[Node]]]) -> Figure:
        number = 0
        columns: list[tuple[Group | None, Node, Tone]] = []
        for group, nodes in sections:
            for node in nodes:
                color = node.color or (group.color if group else None)
                columns.append((group, node, color or COLORS[number % len(COLORS)]))
                number += group is None
            number += group is not None
        if self._is_down:
            self._down(columns)
            return self._figure
        start = 0
        for row, end in enumerate(self._row_ends([group.id if group else None for group, _, _ in columns])):
            self._row(columns[start:end], row)
            start = end
        return self._figure

    def _row_ends(self, sections: list[str | None]) -> list[int]:
        """Return where rows end: where sections do, if that takes no more rows, else as equally long as can be."""
        count, most = len(sections), self._per_row
        rows = -(-count // most)
        lengths: list[int] = []
        for section, run in groupby(sections):
            for size in [len(list(run))] if section else [1] * len(list(run)):
                if lengths and lengths[-1] + size <= most:
                    lengths[-1] += size
                else:
                    lengths.append(size)
        if len(lengths) == rows and max(lengths) <= most and min(lengths) >= SHORTEST_ROW * max(lengths):
            return list(accumulate(lengths))
        size = -(-count // rows)
        return [min(start + size, count) for start in range(0, count, size)]

    def _row(self, columns: list[tuple[Group | None, Node, Tone]], row: int) -> None:
        ruler, pitch = self._ruler, self._width + self._gap
        top = self._y + self._headings(columns, row)
        heads = [ruler.wrap(node.text, self._width - ruler.em(1.0), bold=True) for _, node, _ in columns]
        tall = max(head.height for head in heads) + ruler.em(0.9)
        axis = top + tall + ruler.em(0.8)
        end = (len(columns) - 1) * pitch + self._width
        self._figure.add(Line(f"axis:{row}", ((0, axis), (end, axis)), "gray", width=2.0, role="mark"))
        lowest = axis
        for i, ((_, node, tone), head) in enumerate(zip(columns, heads, strict=True)):
            key, x = key_of(node), i * pitch
            rect = Rect(x, top, self._width, tall)
            corner = min(ruler.style.corner, tall / 2)
            middle = x + self._width / 2
            self._figure.add(Line(f"{key}:stem", ((middle, rect.bottom), (middle, axis)), tone, role="mark"))
            self._figure.add(Box(key, rect, tone=tone, corner=corner))
            self._figure.add(Text(f"{key}:label", rect, head, ruler.font, tone, is_bold=True, of=key))
            size = ruler.em(0.7)
            dot = Rect.around(middle, axis, size, size)
            self._figure.add(Box(f"{key}:dot", dot, "circle", tone, role="mark"))
            lowest = max(lowest, self._events(node, tone, x, axis + ruler.em(0.9)))
        self._y = lowest + ruler.gap(2.0)

    def _headings(self, columns: list[tuple[Group | None, Node, Tone]], row: int) -> float:
        """Draw the bands of sections over their columns; return how high they are."""
        ruler, pitch = self._ruler, self._width + self._gap
        runs: list[tuple[Group, int, int, Tone]] = []
        for i, (group, _, tone) in enumerate(columns):
            if group is None:
                continue
            if runs and runs[-1][0] is group and runs[-1][2] == i - 1:
                runs[-1] = (group, runs[-1][1], i, tone)
            else:
                runs.append((group, i, i, tone))
        labels = [
            ruler.wrap(group.text, (b - a) * pitch + self._width - ruler.em(1.0), bold=True)
            for group, a, b, _ in runs
        ]
        tall = max((label.height for label in labels), default=0.0) + ruler.em(0.8)
        for (group, a, b, tone), label in zip(runs, labels, strict=True):
            # A section that goes on in the next row has its heading there as well.
            key = f"{key_of(group)}:{row}" if group.id in self._begun else key_of(group)
            self._begun.add(group.id)
            rect = Rect(a * pitch, self._y, (b - a) * pitch + self._width, tall)
            ground = tint(tone)
            self._figure.add(
                Box(key, rect, tone=ground, corner=min(ruler.style.corner, tall / 2), stroke_width=1.0)
            )
            if label.lines:
                self._figure.add(Text(f"{key}:label", rect, label, ruler.font, ground, is_bold=True, of=key))
        return tall + ruler.em(0.8) if runs else 0.0

    def _events(self, node: Node, tone: Tone, x: float, y: float) -> float:
        ruler, key = self._ruler, key_of(node)
        for number, row in enumerate(node.rows):
            label = ruler.wrap(row.cells[0], self._width - ruler.em(1.4))
            if not label.lines:
                continue
            rect = Rect(x, y, self._width, label.height + ruler.em(0.9))
            ground = tint(tone)
            corner = min(ruler.style.corner / 2, rect.h / 2)
            self._figure.add(Box(f"{key}:{number}", rect, tone=ground, corner=corner, stroke_width=1.0))
            self._figure.add(
                Text(f"{key}:{number}:label", rect, label, ruler.font, ground, of=f"{key}:{number}")
            )
            y = rect.bottom + ruler.em(0.5)
        return y

    def _down(self, columns: list[tuple[Group | None, Node, Tone]]) -> None:
        """Periods below each other at the left of an axis, their events at its right."""
        ruler, y = self._ruler, 0.0
        axis = self._width + ruler.em(1.2)
        wide = ruler.em(24)
        last: Group | None = None
        dots: list[float] = []
        for group, node, tone in columns:
            if group is not None and group is not last:
                label = ruler.wrap(group.text, axis + wide, bold=True)
                rect = Rect(0, y, axis + ruler.em(1.2) + wide, label.height + ruler.em(0.8))
                key = key_of(group)
                corner = min(ruler.style.corner, rect.h / 2)
                self._figure.add(Box(key, rect, tone=tint(tone), corner=corner, stroke_width=1.0))
                if label.lines:
                    self._figure.add(
                        Text(f"{key}:label", rect, label, ruler.font, tint(tone), is_bold=True, of=key)
                    )
                y = rect.bottom + ruler.em(0.9)
            last, key = group, key_of(node)
            head = ruler.wrap(node.text, self._width - ruler.em(1.0), bold=True)
            rect = Rect(0, y, self._width, head.height + ruler.em(0.9))
            corner = min(ruler.style.corner, rect.h / 2)
            self._figure.add(Box(key, rect, tone=tone, corner=corner))
            self._figure.add(Text(f"{key}:label", rect, head, ruler.font, tone, is_bold=True, of=key))
            size = ruler.em(0.7)
            self._figure.add(Line(f"{key}:stem", ((rect.right, rect.cy), (axis, rect.cy)), tone, role="mark"))
            self._figure.add(
                Box(f"{key}:dot", Rect.around(axis, rect.cy, size, size), "circle", tone, role="mark")
            )
            dots.append(rect.cy)
            narrow, self._width = self._width, wide
            bottom = self._events(node, tone, axis + ruler.em(1.2), y)
            self._width = narrow
            y = max(rect.bottom, bottom) + ruler.em(0.7)
        if len(dots) > 1:
            line = Line("axis:0", ((axis, dots[0]), (axis, dots[-1])), "gray", width=2.0, role="mark")
            self._figure.elements.insert(0, line)
