"""Dates, durations and exclusions of gantt charts come out as Mermaid 12 reckons them."""

from __future__ import annotations

from datetime import datetime

import pytest

from drawing.dates import add_duration, read_date, written_date
from drawing.layout.time_axis import Range, make_ticks
from drawing.schedule import make_schedule
from drawing.source import read_source


def day(text: str) -> datetime:
    return datetime.fromisoformat(text)


def spans(source: str) -> dict[str, tuple[str, str]]:
    """Return beginning and end of the bars of a chart by the names of the tasks."""
    drawing = read_source(source).drawing
    assert drawing is not None
    schedule = make_schedule(drawing)
    return {
        part.text: (
            schedule.spans[part.id].start.isoformat()[:16],
            schedule.spans[part.id].bar_end.isoformat()[:16],
        )
        for part in drawing.parts.values()
        if part.id in schedule.spans
    }


@pytest.mark.parametrize(
    ("text", "date_format", "expected"),
    [
        ("2026-02-03", "YYYY-MM-DD", "2026-02-03"),
        ("03/02/26", "DD/MM/YY", "2026-02-03"),
        ("3 Feb 2026", "D MMM YYYY", "2026-02-03"),
        ("February 3rd, 2026", "MMMM Do, YYYY", "2026-02-03"),
        ("02-03-2026 04:05 PM", "MM-DD-YYYY hh:mm A", "2026-02-03T16:05"),
        ("1770076800", "X", "2026-02-03"),
        ("3.2.2026", "YYYY-MM-DD", "2026-02-03"),
        ("Q2 2026", "YYYY-MM-DD", "2026-04-01"),
        ("2026-02-30", "YYYY-MM-DD", None),
        ("soon", "YYYY-MM-DD", None),
        ("", "YYYY-MM-DD", None),
    ],
)
def test_dates_are_read(text: str, date_format: str, expected: str | None) -> None:
    assert read_date(text, date_format) == (day(expected) if expected else None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("3d", "2026-02-03"), ("36h", "2026-02-01T12:00"), ("2w", "2026-02-14"),
        ("1M", "2026-02-28"),
        ("90m", "2026-01-31T01:30"), ("1y", "2027-01-31"), ("2 weeks", "2026-02-14"),
        ("1.5d", "2026-02-01T12:00"), ("3x", None), ("d", None),
        ("999999y", None),
    ],
)  # fmt: skip
def test_durations_are_added(text: str, expected: str | None) -> None:
    assert add_duration(day("2026-01-31"), text) == (day(expected) if expected else None)


def test_ticks_are_written_as_d3_does() -> None:
    assert written_date(day("2026-03-05T14:07"), "%Y-%m-%d %H:%M|%-d %b|%a %e|%I %p|%y|Q%q|%j") == (
        "2026-03-05 14:07|5 Mar|Thu 5|02 PM|26|Q1|064"
    )


def test_one_item_is_an_end_two_are_start_and_end_three_begin_with_an_id() -> None:
    assert spans(
        "gantt\nA : a1, 2026-01-01, 3d\nB : 2d\nC : 2026-01-10, 2026-01-12\n"
        "D : after a1, 1d\nE : until c\nF : c, 2026-02-01, 1d\n"
    ) == {
        "A": ("2026-01-01T00:00", "2026-01-04T00:00"),
        "B": ("2026-01-04T00:00", "2026-01-06T00:00"),
        "C": ("2026-01-10T00:00", "2026-01-12T00:00"),
        "D": ("2026-01-04T00:00", "2026-01-05T00:00"),
        "E": ("2026-01-05T00:00", "2026-02-01T00:00"),
        "F": ("2026-02-01T00:00", "2026-02-02T00:00"),
    }


def test_after_waits_for_the_last_of_several_even_when_they_come_later() -> None:
    found = spans("gantt\nZ : z, after a b, 1d\nA : a, 2026-01-01, 3d\nB : b, 2026-01-01, 9d\n")
    assert found["Z"] == ("2026-01-10T00:00", "2026-01-11T00:00")


def test_excluded_days_lengthen_durations_but_not_named_ends() -> None:
    found = spans(
        "gantt\nexcludes weekends\nA : a, 2026-03-05, 5d\nB : after a, 1d\n"
        "C : 2026-03-02, 5d\nD : 2026-03-06, 2026-03-09\n"
    )
    assert found["A"] == ("2026-03-05T00:00", "2026-03-12T00:00")  # Thursday to Thursday
    assert found["B"][0] == "2026-03-12T00:00"
    assert found["C"] == ("2026-03-02T00:00", "2026-03-07T00:00")  # the bar ends where the weekend begins
    assert found["D"] == ("2026-03-06T00:00", "2026-03-09T00:00")


def test_inclusive_end_dates_are_a_day_longer() -> None:
    assert spans("gantt\ninclusiveEndDates\nA : 2026-01-01, 2026-01-02\n")["A"][1] == "2026-01-03T00:00"


def test_a_circle_and_a_missing_task_do_not_hang() -> None:
    found = spans("gantt\nA : a, after b, 1d\nB : b, after a, 1d\nC : after nowhere, 1d\n")
    assert set(found) == {"A", "B", "C"}


@pytest.mark.parametrize(
    ("start", "end", "first", "count"),
    [
        ("2026-01-05", "2026-01-12", "Jan 5\n2026", 8),
        ("2026-01-01", "2026-12-31", "Jan\n2026", 12),
        ("2020-01-01", "2030-01-01", "2020", 11),
        ("2026-01-05T08:00", "2026-01-05T17:00", "08:00\nJan 5", 10),
    ],
)
def test_ticks_follow_the_calendar(start: str, end: str, first: str, count: int) -> None:
    ticks = make_ticks(Range(day(start), day(end)), 12)
    assert (ticks[0].text, len(ticks)) == (first, count)
    assert all(0 <= Range(day(start), day(end)).share(tick.at) <= 1 for tick in ticks)
