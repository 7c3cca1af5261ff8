"""Dates and durations as gantt charts write them: Day.js formats in, d3 formats out, without a clock or a locale."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta
from functools import lru_cache

NO_YEAR = 1904  # of dates that name none; a leap year
MONTHS = "January February March April May June July August September October November December".split()
DAYS = "Monday Tuesday Wednesday Thursday Friday Saturday Sunday".split()

_TOKEN = re.compile(
    r"\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|Do|DD|D|HH|H|hh|h|mm|m|ss|s|SSS|A|a|X|x|(.)", re.DOTALL
)
_NAMES = "|".join([*MONTHS, *(name[:3] for name in MONTHS), "Sept"])
_PATTERNS = {
    "YYYY": r"(?P<year>\d{4})", "YY": r"(?P<short>\d{2})", "MMMM": rf"(?P<name>{_NAMES})\.?",
    "MMM": rf"(?P<name>{_NAMES})\.?", "MM": r"(?P<month>\d{1,2})", "M": r"(?P<month>\d{1,2})",
    "DD": r"(?P<day>\d{1,2})", "D": r"(?P<day>\d{1,2})", "Do": r"(?P<day>\d{1,2})(?:st|nd|rd|th)",
    "HH": r"(?P<hour>\d{1,2})", "H": r"(?P<hour>\d{1,2})", "hh": r"(?P<hour>\d{1,2})", "h": r"(?P<hour>\d{1,2})",
    "mm": r"(?P<minute>\d{1,2})", "m": r"(?P<minute>\d{1,2})", "ss": r"(?P<second>\d{1,2})",
    "s": r"(?P<second>\d{1,2})", "SSS": r"(?P<milli>\d{1,3})", "A": r"(?P<half>[AaPp][Mm])",
    "a": r"(?P<half>[AaPp][Mm])", "X": r"(?P<unix>\d{1,10}(?:\.\d{1,3})?)", "x": r"(?P<unixms>\d{1,13})",
}  # fmt: skip
# What people write when they do not keep to the format.
_OTHER_FORMATS = (
    "YYYY-MM-DD", "YYYY-MM-DDTHH:mm", "YYYY-MM-DDTHH:mm:ss", "YYYY-MM-DD HH:mm", "YYYY-MM-DD HH:mm:ss", "YYYY/MM/DD",
    "DD.MM.YYYY", "DD.MM.YY", "DD.MM.", "MM/DD/YYYY", "YYYY-MM", "MMM D, YYYY", "MMM D YYYY", "D MMM YYYY",
    "D. MMM YYYY", "MMM YYYY", "MMM D", "D MMM", "MMM", "HH:mm", "HH:mm:ss", "YYYY",
)  # fmt: skip
_QUARTER = re.compile(r"Q([1-4])(?:\s*[-/ ]?\s*(\d{4}))?$|(\d{4})\s*[-/ ]?\s*Q([1-4])$", re.IGNORECASE)
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,4})?)\s*([A-Za-z]+)$")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}  # seconds
_LONG_UNITS = {
    "sec": "s", "second": "s", "min": "m", "minute": "m", "hr": "h", "hour": "h", "day": "d", "week": "w", "wk": "w",
    "month": "M", "mo": "M", "year": "y", "yr": "y", "quarter": "Q", "mon": "M",
}  # fmt: skip


def read_date(text: str, date_format: str = "YYYY-MM-DD") -> datetime | None:
    """Return the date that a text says in a Day.js format, or in another usual form; None if it says none."""
    text = " ".join(text.split())
    for each in (date_format, *_OTHER_FORMATS):
        match = _pattern(each).fullmatch(text)
        if match and (date := _date(match.groupdict())):
            return date
    if quarter := _QUARTER.match(text):
        number, year = quarter[1] or quarter[4], quarter[2] or quarter[3]
        return datetime(int(year or NO_YEAR), 3 * int(number) - 2, 1)  # noqa: DTZ001 - charts know no time zone
    return None


@lru_cache(maxsize=256)
def _pattern(date_format: str) -> re.Pattern[str]:
    out, used = "", set()
    for token in _TOKEN.finditer(date_format[:60]):
        pattern = _PATTERNS.get(token[0])
        if pattern is None or pattern in used:
            out += re.escape(token[1] if token[1] is not None else token[0])
        else:
            used.add(pattern)
            out += pattern
    try:
        return re.compile(out, re.IGNORECASE)
    except re.error:  # Two tokens for the same thing.
        return re.compile(r"(?!)")


def _date(groups: dict[str, str | None]) -> datetime | None:
    said = {name: value for name, value in groups.items() if value}
    try:
        if "unix" in said or "unixms" in said:
            seconds = float(said.get("unix") or 0) or int(said.get("unixms", "0")) / 1000
            return datetime(1970, 1, 1) + timedelta(seconds=seconds)  # noqa: DTZ001
        year = int(said.get("year") or 0) or (2000 + int(said["short"]) if "short" in said else NO_YEAR)
        names = [name[:3].lower() for name in MONTHS]
        month = names.index(said["name"][:3].lower()) + 1 if "name" in said else int(said.get("month", "1"))
        hour = int(said.get("hour", "0"))
        if "half" in said:
            hour = hour % 12 + (12 if said["half"].lower() == "pm" else 0)
        return datetime(  # noqa: DTZ001
            year, month, int(said.get("day", "1")), hour, int(said.get("minute", "0")),
            int(said.get("second", "0")), int(said.get("milli", "0")) * 1000,
        )  # fmt: skip
    except ValueError:
        return None


def add_duration(start: datetime, text: str) -> datetime | None:
    """Return when something ends that lasts as long as "3d", "1.5h", "2 weeks" or "1M" say; None for anything else."""
    match = _DURATION.match(text.strip())
    if not match:
        return None
    unit = match[2]
    if unit not in (*_UNITS, "M", "y"):
        word = unit.lower()
        unit = _LONG_UNITS.get(word) or _LONG_UNITS.get(word.removesuffix("s")) or word
    try:
        if unit in ("M", "y", "Q"):
            return add_months(start, float(match[1]) * {"M": 1, "Q": 3, "y": 12}[unit])
        return start + timedelta(seconds=float(match[1]) * _UNITS[unit]) if unit in _UNITS else None
    except OverflowError:
        return None


def add_months(start: datetime, count: float) -> datetime:
    """Return the same day so many months later, or the last day of a shorter month. Raises OverflowError."""
    months = start.year * 12 + start.month - 1 + int(count)
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        raise OverflowError
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return start.replace(year=year, month=month + 1, day=day) + timedelta(days=(count % 1) * 30)


def written_date(date: datetime, tick_format: str) -> str:
    """Return a date in a d3 format, such as "%b %-d"; a directive that is not known stays as it is."""
    return re.sub(r"%([-_0]?)([A-Za-z%])", lambda match: _directive(date, match), tick_format[:60])


def _directive(date: datetime, match: re.Match[str]) -> str:
    hour = (date.hour + 11) % 12 + 1
    numbers = {
        "d": (date.day, 2), "m": (date.month, 2), "H": (date.hour, 2), "I": (hour, 2), "M": (date.minute, 2),
        "S": (date.second, 2), "y": (date.year % 100, 2), "j": (date.timetuple().tm_yday, 3),
        "L": (date.microsecond // 1000, 3), "V": (date.isocalendar()[1], 2), "U": (_week(date, 6), 2),
        "W": (_week(date, 0), 2),
    }  # fmt: skip
    name = match[2]
    if name in numbers:
        value, digits = numbers[name]
        return str(value) if match[1] == "-" else str(value).zfill(digits)
    month, day = MONTHS[date.month - 1], DAYS[date.weekday()]
    words = {
        "Y": str(date.year), "b": month[:3], "B": month, "h": month[:3], "a": day[:3], "A": day, "e": str(date.day),
        "p": "PM" if date.hour > 11 else "AM", "q": str((date.month + 2) // 3), "u": str(date.isoweekday()),
        "w": str(date.isoweekday() % 7), "%": "%",
    }  # fmt: skip
    return words.get(name, match[0])


def _week(date: datetime, first: int) -> int:
    """Return the week of the year; weeks begin on weekday ``first`` (0 is Monday), days before the first are week 0."""
    return (date.timetuple().tm_yday + 6 - (date.weekday() - first) % 7) // 7
