"""Radar charts: curves in the order of the axes, points where their values belong."""

from __future__ import annotations

import math
import uuid
from pathlib import Path

import pytest

from drawing.model import Series, Value
from drawing.object_index import object_box
from drawing.session import DrawingSession
from drawing.source import read_source

SAMPLES = Path(__file__).parent / "samples" / "radar"


def test_points_are_true_to_their_values() -> None:
    session = DrawingSession(namespace=uuid.UUID(int=1))
    session.feed("radar-beta\naxis a, b, c, d\ncurve x{2, 4, 6, 8}\ncurve y{ d: 8, b: 4 }\nmax 8\n")
    circles = [object_box(item) for item in session.finish().objects if item.object_type == "circle"]
    dots = [(box.cx, box.cy) for box in circles if box.w < 12]
    first, second = dots[:4], dots[4:]
    # Opposite points lie on lines through the centre.
    centre = (first[0][0], first[1][1])

    radii = [math.dist(dot, centre) for dot in first]
    assert [radius / radii[3] for radius in radii] == pytest.approx([0.25, 0.5, 0.75, 1], abs=0.01)
    assert [x for dot in sorted(second) for x in dot] == pytest.approx(
        [x for dot in sorted([first[1], first[3]]) for x in dot], abs=0.2
    )


def test_an_untidy_text_is_read_with_all_it_says() -> None:
    read = read_source((SAMPLES / "untidy.mmd").read_text(encoding="utf-8"))
    assert read.drawing is not None

    assert [axis.text for axis in read.drawing.all(Value)] == ["Coding", "Talking, listening", "Planning"]
    assert [(each.text, each.values, each.names) for each in read.drawing.all(Series)] == [
        ("Ann-Marie", (4, 5, 3), ()),
        ("Bob", (2, 5), ("Coding", "Planning")),
    ]
    assert len(read.notes) == 1
