"""Pie charts: numbers however they are written, and slices true to them."""

from __future__ import annotations

import math
import uuid
from pathlib import Path

import pytest

from drawing.model import Value
from drawing.notation.numbers import read_number, shown_number, written_number
from drawing.object_index import points_of
from drawing.session import DrawingSession
from drawing.source import read_source

SAMPLES = Path(__file__).parent / "samples" / "pie"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("386", 386), ("42.96", 42.96), ("1,234", 1234), ("1,234.5", 1234.5), ("1.234,5", 1234.5), ("12,5", 12.5),
        ("1 234 567", 1234567), ("1.234", 1.234), ("\u22123", -3), (".5", 0.5), ("1e3", 1000), ("1'000", 1000),
        ("9" * 18, None), ("", None), ("-", None),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, value: float | None) -> None:
    assert read_number(text) == value


@pytest.mark.parametrize("value", [0.0, 5.0, -3.0, 42.96, 1e14, 0.00125, 1 / 3])
def test_a_written_number_reads_the_same(value: float) -> None:
    assert read_number(written_number(value)) == value


def test_numbers_are_shown_for_people() -> None:
    assert [shown_number(each) for each in (1234567, 42.96, 0.00125, -3, 10.5)] == [
        "1,234,567", "42.96", "0.00125", "-3", "10.5",
    ]  # fmt: skip


def test_slices_are_true_to_their_values() -> None:
    session = DrawingSession(namespace=uuid.UUID(int=1))
    session.feed('pie\n"A" : 50\n"B" : 30\n"C" : 19\n"D" : 1\n')
    slices = [
        points_of(item.properties) for item in session.finish().objects if item.properties.get("closed")
    ]

    def area(points: tuple[tuple[float, float], ...]) -> float:
        pairs = zip(points, (*points[1:], points[0]), strict=True)
        return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2

    total = sum(map(area, slices))
    assert [area(points) / total for points in slices] == pytest.approx([0.5, 0.3, 0.19, 0.01], abs=0.002)
    radius = math.dist(slices[0][0], slices[0][1])
    assert slices[0][1][1] == pytest.approx(slices[0][0][1] - radius, abs=0.2)  # the first begins at the top


def test_an_untidy_text_is_read_with_all_it_says() -> None:
    read = read_source((SAMPLES / "untidy.mmd").read_text(encoding="utf-8"))
    assert read.drawing is not None

    assert [(value.text, value.value) for value in read.drawing.all(Value)] == [
        ("Wind", 1234.5), ('Sun & "rain"', 1300), ("Coal", 25), ("Gas", 300),
    ]  # fmt: skip
    assert len(read.notes) == 2
