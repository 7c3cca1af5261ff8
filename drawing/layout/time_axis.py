"""An axis of time: where its ticks are and what they are called, by the calendar and never crowded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from drawing.dates import NO_YEAR, add_months, written_date

Unit = Literal["minute", "hour", "day", "week", "month", "year"]
MOST_TICKS = 400  # whatever a tick interval says

_STEPS: tuple[tuple[Unit, int], ...] = (
    ("minute", 1), ("minute", 5), ("minute", 15), ("minute", 30), ("hour", 1), ("hour", 2), ("hour", 3), ("hour", 6),
    ("hour", 12), ("day", 1), ("day", 2), ("week", 1), ("week", 2), ("month", 1), ("month", 2), ("month", 3),
    ("month", 6), ("year", 1), ("year", 2), ("year", 5), ("year", 10), ("year", 20), ("year", 50), ("year", 100),
    ("year", 500),
)  # fmt: skip
_SECONDS = {
    "minute": 60.0,
    "hour": 3600.0,
    "day": 86_400.0,
    "week": 604_800.0,
    "month": 2_629_800.0,
    "year": 31_557_600.0,
}
_INTERVAL = re.compile(r"(\d{1,4})\s*(minute|hour|day|week|month|year)s?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the axis and its words."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Range:
    """From when to when an axis runs; ``is_relative`` counts days from its beginning instead of naming dates."""

    start: datetime
    end: datetime
    is_relative: bool = False

    def share(self, at: datetime) -> float:
        """Return where a moment is on the axis, 0 at its beginning and 1 at its end."""
        length = (self.end - self.start).total_seconds()
        return (at - self.start).total_seconds() / length if length else 0.0


def make_ticks(
    span: Range, most: int, *, tick_format: str = "", interval: str = "", week_start: int = 0
) -> list[Tick]:
    """Return at most about ``most`` ticks; ``tick_format`` is d3's, ``interval`` such as "2week"."""
    seconds = (span.end - span.start).total_seconds()
    unit, count = next(
        ((unit, count) for unit, count in _STEPS if seconds / (_SECONDS[unit] * count) <= max(1, most)),
        _STEPS[-1],
    )
    asked = _INTERVAL.match(interval.strip())
    if asked and (number := int(asked[1])) and seconds / (_SECONDS[asked[2].lower()] * number) <= 1.5 * most:
        unit, count = next(unit for unit, _ in _STEPS if unit == asked[2].lower()), number
    if span.is_relative:
        return list(_counted(span, unit, count))
    dates = list(_dates(span, unit, count, week_start))
    texts = [written_date(date, tick_format) if tick_format else _text(date, unit, count) for date in dates]
    if not tick_format:
        texts = _with_larger_unit(dates, texts, unit)
    return [Tick(date, text) for date, text in zip(dates, texts, strict=True)]


def _counted(span: Range, unit: Unit, count: int) -> Iterator[Tick]:
    """Ticks such as "Day 1", "Week 3", at the beginning of each."""
    at, number = span.start, 1
    for _ in range(MOST_TICKS):
        if at >= span.end:
            return
        yield Tick(at, f"{unit.capitalize()} {number}")
        at, number = _next(at, unit, count), number + count


def _dates(span: Range, unit: Unit, count: int, week_start: int) -> Iterator[datetime]:
    at = _floor(span.start, unit, count, week_start)
    for _ in range(MOST_TICKS):
        if at > span.end:
            return
        if at >= span.start:
            yield at
        try:
            at = _next(at, unit, count)
        except OverflowError:
            return


def _floor(at: datetime, unit: Unit, count: int, week_start: int) -> datetime:
    day = at.replace(hour=0, minute=0, second=0, microsecond=0)
    match unit:
        case "minute":
            minutes = at.hour * 60 + at.minute
            return day + timedelta(minutes=minutes - minutes % count)
        case "hour":
            return day + timedelta(hours=at.hour - at.hour % count)
        case "day":
            return day
        case "week":
            return day - timedelta(days=(day.weekday() - week_start) % 7)
        case "month":
            months = day.month - 1
            return day.replace(month=months - months % min(count, 12) + 1, day=1)
        case "year":
            return day.replace(year=max(1, day.year - day.year % count), month=1, day=1)


def _next(at: datetime, unit: Unit, count: int) -> datetime:
    if unit in ("month", "year"):
        return add_months(at, count * (12 if unit == "year" else 1))
    return at + timedelta(seconds=_SECONDS[unit] * count)


def _text(date: datetime, unit: Unit, count: int) -> str:
    if unit in ("minute", "hour"):
        return written_date(date, "%H:%M")
    if unit in ("day", "week"):
        return written_date(date, "%b %-d")
    if unit == "month":
        return written_date(date, "Q%q" if count == 3 else "%b")
    return written_date(date, "%Y")


def _with_larger_unit(dates: list[datetime], texts: list[str], unit: Unit) -> list[str]:
    """Add a second line where the year begins, or the day for hours; dates without a year have none."""
    out = []
    for i, (date, text) in enumerate(zip(dates, texts, strict=True)):
        before = dates[i - 1] if i else None
        second = ""
        if unit in ("minute", "hour"):
            if date.year == NO_YEAR and date.month == date.day == 1:
                second = ""
            elif before is None or before.date() != date.date():
                second = written_date(date, "%b %-d")
        elif unit != "year" and date.year != NO_YEAR and (before is None or before.year != date.year):
            second = str(date.year)
        out.append(f"{text}\n{second}" if second else text)
    return out
