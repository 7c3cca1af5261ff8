"""When the tasks of a gantt chart begin and end: dates, durations, ``after``, ``until`` exclusions, as in Mermaid."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from drawing.dates import DAYS, NO_YEAR, add_duration, read_date
from drawing.model import Drawing, Task

DAY = timedelta(days=1)
LONGEST_EXTENSION = 4_000  # days that exclusions may lengthen a task by

_AFTER = re.compile(r"after\s+(\S.*)$", re.IGNORECASE)
_UNTIL = re.compile(r"until\s+(\S.*)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """When a task begins, ends for those after it, and ends as a bar, before the excluded days at its end."""

    start: datetime
    end: datetime
    bar_end: datetime


@dataclass(slots=True)
class Schedule:
    """The spans of tasks by id; ``is_relative`` says that no date was named, so that only days can be counted."""

    spans: dict[str, Span] = field(default_factory=dict)
    is_relative: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def start(self) -> datetime:
        """The first moment of all."""
        return min(span.start for span in self.spans.values())

    @property
    def end(self) -> datetime:
        """The last moment of all."""
        return max(max(span.bar_end, span.start) for span in self.spans.values())


class Calendar:
    """The days on which nobody works."""

    def __init__(self, drawing: Drawing) -> None:
        date_format = drawing.settings.get("dateFormat", "YYYY-MM-DD")
        weekend = drawing.settings.get("weekend", "saturday").lower()
        words = re.split(r"[,\s]+", drawing.settings.get("excludes", "").lower())
        self._days = {DAYS.index(day) for word in words for day in [word.capitalize()] if day in DAYS}
        if "weekends" in words or "weekend" in words:
            self._days |= {4, 5} if weekend == "friday" else {5, 6}
        self._dates = {date.date() for word in words if (date := read_date(word, date_format))}
        included = re.split(r"[,\s]+", drawing.settings.get("includes", "").lower())
        self._included = {date.date() for word in included if (date := read_date(word, date_format))}

    def __bool__(self) -> bool:
        return bool(self._days or self._dates) and len(self._days) < 7

    def is_excluded(self, day: datetime) -> bool:
        """Say whether nobody works on a day."""
        if day.date() in self._included:
            return False
        return day.weekday() in self._days or day.date() in self._dates


def make_schedule(drawing: Drawing) -> Schedule:
    """Return when each task takes place. What cannot be read follows the task before it and is said in ``notes``."""
    return _Maker(drawing).make()


class _Maker:
    def __init__(self, drawing: Drawing) -> None:
        self._tasks = drawing.all(Task)
        self._format = drawing.settings.get("dateFormat", "YYYY-MM-DD")
        self._is_inclusive = drawing.settings.get("inclusiveEndDates", "").lower() in ("yes", "true", "on")
        self._calendar = Calendar(drawing)
        self._schedule = Schedule()
        self._names = {task.text.casefold(): task.id for task in reversed(self._tasks)}
        self._ids = {task.id for task in self._tasks}
        dates = [
            date for task in self._tasks for text in (task.start, task.end) if (date := self._date(text))
        ]
        self._schedule.is_relative = not dates
        self._base = min(dates, default=datetime(NO_YEAR, 1, 4))  # noqa: DTZ001 - a Monday

    def _date(self, text: str) -> datetime | None:
        return read_date(text, self._format) if text else None

    def make(self) -> Schedule:
        waiting = list(range(len(self._tasks)))
        while waiting:
            left = [i for i in waiting if not self._place(i, is_forced=False)]
            if len(left) == len(waiting):
                self._place(left.pop(0), is_forced=True)  # It waits for itself, or for what is not there.
            waiting = left
        return self._schedule

    def _place(self, index: int, *, is_forced: bool) -> bool:
        task = self._tasks[index]
        start = self._start(index, task, is_forced)
        if start is None:
            return False
        until = _UNTIL.match(task.end)
        end: datetime | None = None
        is_fixed = True
        if until:
            known = [
                self._schedule.spans[each] for each in self._named(until[1]) if each in self._schedule.spans
            ]
            if not known and not is_forced and self._named(until[1]):
                return False
            end = min((span.start for span in known), default=None)
        elif (end := self._date(task.end)) is not None:
            end += DAY if self._is_inclusive else timedelta()
        else:
            is_fixed = False
            end = add_duration(start, task.end) if task.end else None
        if end is None:
            is_fixed = False
            length = timedelta() if "milestone" in task.tags or "vert" in task.tags else DAY
            end = start + length
            if task.end:
                self._schedule.notes.append(
                    f"The end “{task.end}” of “{task.text}” is no date and no duration."
                )
        end = max(end, start)
        span = Span(start, end, end)
        if self._calendar and not is_fixed:
            span = self._lengthened(start, end)
        self._schedule.spans[task.id] = span
        return True

    def _start(self, index: int, task: Task, is_forced: bool) -> datetime | None:
        spans = self._schedule.spans
        after = _AFTER.match(task.start)
        if after:
            named = self._named(after[1])
            if named and all(each in spans for each in named):
                return max(spans[each].end for each in named)
            if not is_forced and named:
                return None
            known = [spans[each].end for each in named if each in spans]
            self._schedule.notes.append(f"“{task.text}” comes after “{after[1]}”, which is not there.")
            return max(known, default=None) or self._previous_end(index) or self._base
        if (date := self._date(task.start)) is not None:
            return date
        if "milestone" in task.tags and not task.start and (date := self._date(task.end)) is not None:
            return date
        if task.start:
            self._schedule.notes.append(f"The start “{task.start}” of “{task.text}” is no date.")
        previous = self._previous_end(index)
        return previous or (self._base if index == 0 or is_forced else None)

    def _previous_end(self, index: int) -> datetime | None:
        previous = self._schedule.spans.get(self._tasks[index - 1].id) if index else None
        return previous.end if previous else None

    def _named(self, text: str) -> list[str]:
        """Return the ids that a list of ids, or the name of a task, means."""
        if text.casefold() in self._names and text not in self._ids:
            return [self._names[text.casefold()]]
        words = text.replace(",", " ").split()
        return [each if each in self._ids else self._names[each.casefold()]
                for each in words if each in self._ids or each.casefold() in self._names]  # fmt: skip

    def _lengthened(self, start: datetime, end: datetime) -> Span:
        """Return the span with a day more for each excluded day in it, as Mermaid counts them."""
        day, bar_end, is_excluded = start + DAY, end, False
        for _ in range(LONGEST_EXTENSION):
            if day > end:
                break
            if not is_excluded:
                bar_end = end
            is_excluded = self._calendar.is_excluded(day)
            if is_excluded:
                end += DAY
            day += DAY
        return Span(start, end, bar_end)
