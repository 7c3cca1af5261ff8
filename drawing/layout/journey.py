"""User journeys: tasks in columns under their sections, moods as faces on a line between 1 and 5, people as dots."""

from __future__ import annotations

import math

from drawing.figure import SMALL, Box, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect
from drawing.model import Color, Drawing, Group, Task, key_of
from drawing.theme import Tone, tint

PAGE_WIDTH = 1120.0  # canvas units
COLORS: tuple[Color, ...] = ("blue", "teal", "purple", "amber", "green", "pink")
PEOPLE: tuple[Color, ...] = ("purple", "amber", "teal", "pink", "blue", "green", "red", "gray")
PLOT_HEIGHT = 11.0  # em
WIDEST = 11.0  # em: a column
NARROWEST = 6.0
MOST_COLUMNS = 10  # in a row of the journey


def place_journey(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the journey in its own coordinates."""
    tasks = drawing.all(Task)
    return _Journey(drawing, ruler).place() if tasks else Figure()


def mood(score: float) -> Color:
    """Return the colour of a score: red up to 2, amber up to 3, green above."""
    return "red" if score <= 2 else "amber" if score <= 3 else "green"


class _Journey:
    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._ruler = ruler
        self._figure = Figure()
        groups = {group.id: group for group in drawing.all(Group)}
        order: dict[str | None, list[Task]] = {None: []} | {key: [] for key in groups}
        for task in drawing.all(Task):
            order[task.parent if task.parent in groups else None].append(task)
        self._columns: list[tuple[Group | None, Task, Color]] = []
        for number, (key, tasks) in enumerate((key, tasks) for key, tasks in order.items() if tasks):
            group = groups.get(key or "")
            color = (group.color if group else None) or COLORS[number % len(COLORS)]
            self._columns += [(group, task, task.color or color) for task in tasks]
        self._people = list(dict.fromkeys(name for _, task, _ in self._columns for name in task.people))
        rows = -(-len(self._columns) // MOST_COLUMNS)
        self._per_row = -(-len(self._columns) // rows)
        self._gap = ruler.em(0.7)
        texts = [task.text for _, task, _ in self._columns]
        pad = ruler.em(1.2)
        share = (PAGE_WIDTH - ruler.em(2.5)) / self._per_row - self._gap
        widest = max(ruler.width(text) for text in texts) + pad
        least = max(ruler.longest_word(texts) + pad, ruler.em(NARROWEST))
        self._width = max(min(widest, ruler.em(WIDEST), share), min(least, ruler.em(16)))
        self._left = ruler.em(2.5)
        self._y = 0.0

    def place(self) -> Figure:
        for start in range(0, len(self._columns), self._per_row):
            self._row(self._columns[start : start + self._per_row], start // self._per_row)
        self._legend()
        return self._figure

    def _x(self, column: int) -> float:
        return self._left + column * (self._width + self._gap)

    def _row(self, columns: list[tuple[Group | None, Task, Color]], row: int) -> None:
        ruler = self._ruler
        self._y += self._headings(columns, row)
        labels = [ruler.wrap(task.text, self._width - ruler.em(1.0)) for _, task, _ in columns]
        tall = max(label.height for label in labels) + ruler.em(1.0)
        top = self._y + tall + ruler.em(3.0)
        bottom = top + ruler.em(PLOT_HEIGHT)
        self._scale(top, bottom, self._x(len(columns) - 1) + self._width, row)
        points: list[Point] = []
        for i, ((_, task, color), label) in enumerate(zip(columns, labels, strict=True)):
            key, rect = key_of(task), Rect(self._x(i), self._y, self._width, tall)
            corner = min(ruler.style.corner / 2, tall / 2)
            self._figure.add(Box(key, rect, tone=color, corner=corner))
            self._figure.add(Text(f"{key}:label", rect, label, ruler.font, color, of=key))
            self._dots(task, rect)
            y = bottom - (self._score(task) - 1) / 4 * (bottom - top)
            stem = ((rect.cx, rect.bottom + ruler.em(1.5)), (rect.cx, y))
            self._figure.add(Line(f"{key}:stem", stem, "gray", dash=(2.0, 4.0), width=1.0, role="mark"))
            points.append((rect.cx, y))
        if len(points) > 1:
            self._figure.add(Line(f"mood:{row}", tuple(points), "gray", width=2.0, role="mark"))
        for (_, task, _), (x, y) in zip(columns, points, strict=True):
            self._face(task, x, y)
        self._y = bottom + ruler.em(2.6)

    @staticmethod
    def _score(task: Task) -> float:
        return 3.0 if task.score is None else max(task.score, 0.0)

    def _headings(self, columns: list[tuple[Group | None, Task, Color]], row: int) -> float:
        ruler = self._ruler
        runs: list[tuple[Group, int, int, Color]] = []
        for i, (group, _, color) in enumerate(columns):
            if group is None:
                continue
            if runs and runs[-1][0] is group:
                runs[-1] = (group, runs[-1][1], i, runs[-1][3])
            else:
                runs.append((group, i, i, group.color or color))
        if not runs:
            return 0.0
        widths = [self._x(b) + self._width - self._x(a) for _, a, b, _ in runs]
        labels = [
            ruler.wrap(run[0].text, w - ruler.em(1), bold=True) for run, w in zip(runs, widths, strict=True)
        ]
        tall = max(label.height for label in labels) + ruler.em(0.8)
        for (group, a, _, color), label, width in zip(runs, labels, widths, strict=True):
            key = f"{key_of(group)}:{row}" if row else key_of(group)
            rect, ground = Rect(self._x(a), self._y, width, tall), tint(color)
            corner = min(ruler.style.corner, tall / 2)
            self._figure.add(Box(key, rect, tone=ground, corner=corner, stroke_width=1.0))
            self._figure.add(Text(f"{key}:label", rect, label, ruler.font, ground, is_bold=True, of=key))
        return tall + ruler.em(0.6)

    def _dots(self, task: Task, rect: Rect) -> None:
        """The people of a task, below its box."""
        ruler, size = self._ruler, self._ruler.em(0.75)
        step = min(size * 1.25, (rect.w - size) / max(1, len(task.people) - 1))
        left = rect.cx - step * (len(task.people) - 1) / 2
        for i, name in enumerate(task.people):
            place = Rect.around(left + i * step, rect.bottom + ruler.em(0.9), size, size)
            self._figure.add(
                Box(
                    f"{key_of(task)}:person:{i}",
                    place,
                    "circle",
                    self._tone(name),
                    stroke_width=1.5,
                    role="mark",
                )
            )

    def _tone(self, name: str) -> Tone:
        return PEOPLE[self._people.index(name) % len(PEOPLE)]

    def _scale(self, top: float, bottom: float, right: float, row: int) -> None:
        """Lines for the scores from 1 to 5, each with its number."""
        ruler = self._ruler
        for score in range(1, 6):
            y = bottom - (score - 1) / 4 * (bottom - top)
            line = ((self._left - ruler.em(0.6), y), (right, y))
            self._figure.add(
                Line(f"scale:{row}:{score}", line, "gray", dash=(2.0, 4.0), width=1.0, role="mark")
            )
            label = ruler.wrap(str(score), ruler.em(2), scale=SMALL)
            place = Rect(0, y - label.height / 2, ruler.em(1.4), label.height)
            self._figure.add(
                Text(f"scale:{row}:{score}:label", place, label, ruler.size(SMALL), is_quiet=True, align="right",
                     of=f"scale:{row}:{score}", role="caption")
            )  # fmt: skip

    def _face(self, task: Task, x: float, y: float) -> None:
        key, radius = f"{key_of(task)}:face", self._ruler.em(0.95)
        tone = tint(mood(self._score(task)))  # pale in any scheme, so that its eyes and mouth are seen
        self._figure.add(Box(key, Rect.around(x, y, 2 * radius, 2 * radius), "circle", tone, role="mark"))
        for name, side in (("left", -1), ("right", 1)):
            eye = Rect.around(x + side * radius * 0.36, y - radius * 0.25, radius * 0.2, radius * 0.2)
            self._figure.add(Box(f"{key}:{name}", eye, "circle", "plain", stroke_width=1.5, role="mark"))
        # The mouth is a piece of a curve that bends with the score: up at 5, down at 1.
        bend = (self._score(task) - 3) / 2 * radius * 0.35
        mouth = tuple(
            (x + radius * 0.5 * t, y + radius * 0.32 + bend * (math.cos(t * math.pi / 2) - 0.5))
            for t in (-1.0, -0.75, -0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0)
        )
        self._figure.add(Line(f"{key}:mouth", mouth, width=1.5, role="mark"))

    def _legend(self) -> None:
        """The people and their colours."""
        ruler, x, size = self._ruler, self._left, self._ruler.em(0.75)
        right = self._x(self._per_row - 1) + self._width
        y = self._y - ruler.em(0.8)
        for i, name in enumerate(self._people):
            label = ruler.wrap(name, ruler.em(14), scale=SMALL)
            if x > self._left and x + label.width + 2 * size > right:
                x, y = self._left, y + ruler.line() + ruler.em(0.3)
            dot = Rect(x, y + (label.height - size) / 2, size, size)
            place = Rect(x + 1.6 * size, y, label.width + 2, label.height)
            self._figure.add(
                Box(f"person:{i}", dot, "circle", self._tone(name), stroke_width=1.5, role="mark")
            )
            self._figure.add(
                Text(f"person:{i}:label", place, label, ruler.size(SMALL), is_quiet=True, align="left",
                     of=f"person:{i}", role="caption")
            )  # fmt: skip
            x = place.right + ruler.em(1.4)
