"""Gantt charts: tasks in rows by section, bars to scale on an axis of time, milestones, exclusions, today."""

from __future__ import annotations

from datetime import datetime, timedelta

from drawing.dates import DAYS, read_date, written_date
from drawing.figure import SMALL, Box, Figure, Line, Ruler, Text
from drawing.geometry import Rect
from drawing.layout.time_axis import Range, Tick, make_ticks
from drawing.model import Color, Drawing, Group, Task, key_of
from drawing.schedule import DAY, Calendar, Schedule, make_schedule
from drawing.text import Wrapped
from drawing.theme import Tone, mark, tint

PAGE_WIDTH = 1120.0  # canvas units
NARROWEST_PLOT = 480.0
WIDEST_NAME = 17.0  # em
COLORS: tuple[Color, ...] = ("blue", "teal", "purple", "amber", "green", "pink")
START_LABEL = 5.0  # em before the first tick, from which on the beginning of the axis has its own date
LEAST_BAR = 3.0  # canvas units: what is still seen
NARROWEST_DAY = 5.0  # canvas units from which on excluded days are shaded
LEGEND: tuple[tuple[str, str], ...] = (("done", "Done"), ("active", "Active"), ("crit", "Critical"))


def place_gantt(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the chart in its own coordinates."""
    tasks = drawing.all(Task)
    if not tasks:
        return Figure()
    schedule = make_schedule(drawing)
    return _Chart(drawing, ruler, schedule).place()


class _Chart:
    def __init__(self, drawing: Drawing, ruler: Ruler, schedule: Schedule) -> None:
        self._drawing, self._ruler, self._schedule = drawing, ruler, schedule
        self._tasks = drawing.all(Task)
        end = schedule.end if schedule.end > schedule.start else schedule.start + DAY
        self._range = Range(schedule.start, end, schedule.is_relative)
        name_width = self._name_width()
        names = [ruler.wrap(task.text, name_width) for task in self._tasks]
        self._names = {task.id: name for task, name in zip(self._tasks, names, strict=True)}
        self._pad = ruler.em(0.9)
        heads = [ruler.wrap(each.text, name_width, bold=True) for each in drawing.all(Group)]
        widest = max((each.width for each in [*names, *heads]), default=0.0)
        self._left = widest + 3 * self._pad
        self._width = max(NARROWEST_PLOT, PAGE_WIDTH - self._left)
        self._figure = Figure(notes=list(schedule.notes))
        self._bands: list[Box] = []
        self._bars: list[Box | Line | Text] = []
        self._moments: list[tuple[str, float]] = []  # lines down the whole chart

    def _name_width(self) -> float:
        ruler = self._ruler
        return max(ruler.em(WIDEST_NAME), ruler.longest_word([task.text for task in self._tasks]))

    def _x(self, at: datetime) -> float:
        return self._left + self._range.share(at) * self._width

    def place(self) -> Figure:
        top = self._axis_height()
        bottom = self._rows(top)
        self._figure.add(*self._bands)
        self._shade(top, bottom)
        self._axis(top, bottom)
        self._figure.add(*self._bars)
        self._marks(top, bottom)
        self._legend(bottom + self._pad)
        return self._figure

    # Rows

    def _sections(self) -> list[tuple[Group | None, list[Task]]]:
        groups = {group.id: group for group in self._drawing.all(Group)}
        by_section: dict[str | None, list[Task]] = {None: []} | {key: [] for key in groups}
        for task in self._tasks:
            by_section[task.parent if task.parent in groups else None].append(task)
        return [(groups.get(key or ""), tasks) for key, tasks in by_section.items() if tasks or key]

    def _rows(self, top: float) -> float:
        y = top + self._ruler.em(0.4)
        for number, (group, tasks) in enumerate(self._sections()):
            color = (group.color if group else None) or COLORS[number % len(COLORS)]
            y = self._section(group, tasks, color, y)
        return y

    def _section(self, group: Group | None, tasks: list[Task], color: Color, top: float) -> float:
        ruler, y = self._ruler, top
        if group is not None:
            head = ruler.wrap(group.text, self._left + self._width - 2 * self._pad, bold=True)
            y += ruler.em(0.55)
            if head.lines:
                place = Rect(self._pad, y, head.width + 2, head.height)
                self._bars.append(
                    Text(f"{key_of(group)}:label", place, head, ruler.font, tint(color), is_bold=True, align="left",
                         of=key_of(group))
                )  # fmt: skip
                y += head.height + ruler.em(0.2)
        for task in tasks:
            y = self._task(task, color, group, y)
        if group is None:
            return y + ruler.em(0.5)
        y += ruler.em(0.25)
        rect = Rect(0, top, self._left + self._width + self._pad, y - top)
        ground: Tone = tint(color) if ruler.style.has_fill else "frame"
        corner = ruler.style.corner / 2
        self._bands.append(
            Box(key_of(group), rect, tone=ground, corner=corner, role="frame", stroke_width=1.0)
        )
        return y + ruler.em(0.5)

    def _task(self, task: Task, color: Color, group: Group | None, y: float) -> float:
        ruler, name = self._ruler, self._names[task.id]
        height = max(name.height + ruler.em(0.5), ruler.em(2.0))
        ground: Tone | None = tint(color) if group else None
        home = key_of(group) if group else None
        place = Rect(self._pad * (1.6 if group else 1.0), y, self._left - 2 * self._pad, height)
        span = self._schedule.spans[task.id]
        x, end = self._x(span.start), self._x(span.bar_end)
        middle = y + height / 2
        key = key_of(task)
        if "vert" in task.tags:
            self._moments.append((f"{key}:line", x))
            rect = Rect.around(x, middle, ruler.em(0.7), ruler.em(0.7))
            self._bars.append(Box(key, rect, "circle", "red", group=home))
        elif "milestone" in task.tags:
            size = ruler.em(1.3)
            centre = (x + end) / 2
            rect = Rect.around(min(max(centre, self._left), self._left + self._width), middle, size, size)
            self._bars.append(Box(key, rect, "diamond", self._tone(task, color), group=home))
        else:
            thick = ruler.em(1.15)
            rect = Rect(x, middle - thick / 2, max(end - x, LEAST_BAR), thick)
            corner = min(ruler.style.corner / 2, rect.w / 2)
            self._bars.append(Box(key, rect, tone=self._tone(task, color), corner=corner, group=home))
        if name.lines:
            self._bars.append(
                Text(f"{key}:label", place, name, ruler.font, ground, align="left", of=key, role="caption")
            )
        return y + height

    def _tone(self, task: Task, color: Color) -> Tone:
        if "crit" in task.tags:
            return self._bar("red") if "done" not in task.tags else tint("red")
        if "done" in task.tags:
            return self._bar("gray")
        return "strong" if "active" in task.tags else self._bar(task.color or color)

    def _bar(self, color: Color) -> Tone:
        return mark(color) if self._ruler.style.has_fill else color

    # The axis

    def _ticks(self) -> list[tuple[float, Wrapped]]:
        ruler, settings = self._ruler, self._drawing.settings
        day = settings.get("weekday", "monday").capitalize()
        most = max(2, int(self._width / ruler.em(4.6)))
        ticks = make_ticks(
            self._range, most, tick_format=settings.get("axisFormat", ""),
            interval=settings.get("tickInterval", ""), week_start=DAYS.index(day) if day in DAYS else 0,
        )  # fmt: skip
        if not self._range.is_relative and (
            not ticks or self._x(ticks[0].at) - self._left > ruler.em(START_LABEL)
        ):
            tick_format = settings.get("axisFormat") or (
                "%b %-d" if self._range.end - self._range.start > DAY else "%H:%M"
            )
            ticks.insert(0, Tick(self._range.start, written_date(self._range.start, tick_format)))
        placed = [(self._x(tick.at), ruler.wrap(tick.text, ruler.em(14), scale=SMALL)) for tick in ticks]
        out: list[tuple[float, Wrapped]] = []
        for x, label in placed:
            if not out or x - label.width / 2 > out[-1][0] + out[-1][1].width / 2 + ruler.em(0.5):
                out.append((x, label))
        return out

    def _axis_height(self) -> float:
        return max((label.height for _, label in self._ticks()), default=0.0) + self._ruler.em(0.4)

    def _axis(self, top: float, bottom: float) -> None:
        ruler = self._ruler
        for number, (x, label) in enumerate(self._ticks()):
            line = ((x, top), (x, bottom))
            self._figure.add(
                Line(f"tick:{number}", line, "gray", dash=(2.0, 4.0), width=1.0, role="mark"),
            )
            if label.lines:
                rect = Rect(
                    x - label.width / 2 - 1, top - ruler.em(0.3) - label.height, label.width + 2, label.height
                )
                self._figure.add(
                    Text(f"tick:{number}:label", rect, label, ruler.size(SMALL), is_quiet=True, role="caption",
                         of=f"tick:{number}")
                )  # fmt: skip
        across = ((self._left, top), (self._left + self._width, top))
        self._figure.add(Line("axis", across, width=1.5, role="mark"))

    def _shade(self, top: float, bottom: float) -> None:
        """Grey columns for days on which nobody works, where a day is wide enough to be seen."""
        calendar = Calendar(self._drawing)
        days = (self._range.end - self._range.start) / DAY
        if not calendar or self._width / max(days, 1) < NARROWEST_DAY or self._schedule.is_relative:
            return
        day = self._range.start.replace(hour=0, minute=0, second=0, microsecond=0)
        number = 0
        while day < self._range.end:
            after = day + timedelta(days=1)
            if calendar.is_excluded(day):
                x, end = self._x(max(day, self._range.start)), self._x(min(after, self._range.end))
                self._figure.add(
                    Box(f"free:{number}", Rect(x, top, end - x, bottom - top), tone=tint("gray"), stroke_width=0.0,
                        role="mark")
                )  # fmt: skip
                number += 1
            day = after

    def _marks(self, top: float, bottom: float) -> None:
        """Lines down the whole chart: today's, and those of vertical marks."""
        for key, x in self._moments:
            self._figure.add(
                Line(key, ((x, top), (x, bottom)), "red", dash=(6.0, 4.0), width=1.5, role="mark")
            )
        text = self._drawing.settings.get("today", "")
        date = read_date(text, self._drawing.settings.get("dateFormat", "YYYY-MM-DD")) if text else None
        if date is not None and self._range.start <= date <= self._range.end:
            x = self._x(date)
            self._figure.add(Line("today", ((x, top), (x, bottom)), "red", width=2.0, role="mark"))

    def _legend(self, top: float) -> None:
        """What the colours of tasks mean, where tasks have tags."""
        ruler, x = self._ruler, self._left
        tones: dict[str, Tone] = {"done": self._bar("gray"), "active": "strong", "crit": self._bar("red")}
        for tag, word in LEGEND:
            if not any(tag in task.tags for task in self._tasks):
                continue
            label = ruler.wrap(word, ruler.em(12), scale=SMALL)
            size = ruler.em(0.9)
            self._figure.add(
                Box(f"legend:{tag}", Rect(x, top + (label.height - size) / 2, size, size), tone=tones[tag], corner=3.0),
                Text(f"legend:{tag}:label", Rect(x + 1.5 * size, top, label.width + 2, label.height), label,
                     ruler.size(SMALL), is_quiet=True, align="left", of=f"legend:{tag}", role="caption"),
            )  # fmt: skip
            x += 1.5 * size + label.width + ruler.em(1.6)
