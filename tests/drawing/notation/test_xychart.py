"""Charts of bars and lines: axes and numbers as written, bars true to their values on one base."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from drawing.canvas import Canvas
from drawing.geometry import Rect
from drawing.layout.scale import make_scale
from drawing.model import Series
from drawing.object_index import object_box
from drawing.session import DrawingSession
from drawing.source import read_source

SAMPLES = Path(__file__).parent / "samples" / "xychart"


def draw(source: str) -> Canvas:
    session = DrawingSession(namespace=uuid.UUID(int=1))
    session.feed(source)
    return session.finish()


def bars(canvas: Canvas) -> list[Rect]:
    return [
        object_box(item)
        for item in canvas.objects
        if item.object_type == "rectangle" and item.properties.get("role") != "mark"
    ]


def test_bars_are_true_to_their_values_and_stand_on_one_base() -> None:
    a, b, c = bars(draw("xychart\nx-axis [a, b, c]\nbar [10, 25, 40]\n"))

    assert [b.h / a.h, c.h / a.h] == pytest.approx([2.5, 4], rel=0.01)
    assert a.bottom == pytest.approx(b.bottom, abs=0.1) == pytest.approx(c.bottom, abs=0.1)


def test_negative_bars_hang_from_zero() -> None:
    up, down = bars(draw("xychart\nbar [4, -2]\n"))

    assert down.y == pytest.approx(up.bottom, abs=0.1)
    assert up.h / down.h == pytest.approx(2, rel=0.01)


def test_level_bars_grow_to_the_right() -> None:
    a, b = bars(draw("xychart horizontal\nbar [3, 6]\n"))

    assert (b.w / a.w, b.x) == pytest.approx((2, a.x), rel=0.01)
    assert b.y > a.y


def test_an_axis_runs_as_asked() -> None:
    a, b = bars(draw("xychart\ny-axis 4000 --> 8000\nbar [5000, 8000]\n"))

    assert b.h / a.h == pytest.approx(4, rel=0.01)


@pytest.mark.parametrize(
    ("values", "low", "high", "expected"),
    [
        ([3.0, 47.0], None, None, (0, 50)), ([-3.5, 6.0], None, None, (-4, 6)), ([5.0], 0.0, 10.0, (0, 10)),
        ([12.0], 0.0, 10.0, (0, 12)), ([], None, None, (0, 1)), ([0.0], None, None, (0, 1)),
    ],
)  # fmt: skip
def test_scales_end_at_round_numbers(
    values: list[float], low: float | None, high: float | None, expected: tuple[float, float]
) -> None:
    scale = make_scale(values, low, high, 8, has_zero=True)

    assert (scale.low, scale.high) == expected
    assert all(scale.low <= tick <= scale.high for tick in scale.ticks)


def test_a_chart_has_a_limit_that_is_said() -> None:
    row = ", ".join(["1"] * 100)
    read = read_source("xychart\n" + f"bar [{row}]\n" * 4)
    assert read.drawing is not None

    assert len(read.drawing.all(Series)) == 3
    assert "at most 300 values" in read.notes[0]


def test_an_untidy_text_is_read_with_all_it_says() -> None:
    read = read_source((SAMPLES / "untidy.mmd").read_text(encoding="utf-8"))
    assert read.drawing is not None
    series = {each.role: each for each in read.drawing.all(Series)}

    assert series["x"].names == ("apples", "pears, green", "plums")
    assert (series["y"].text, series["y"].low, series["y"].high) == ("Sold", 0, 50)
    assert (series["bar"].text, series["bar"].values) == ("this year", (12, 45, 30))
    assert len(read.notes) == 1
