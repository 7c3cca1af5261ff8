from __future__ import annotations

from typing import Any

import pytest

from drawing.canvas import CanvasObject, ObjectType
from drawing.geometry import Rect
from drawing.quality import judge


def shape(key: str, x: float, y: float, kind: ObjectType = "rectangle", **more: Any) -> CanvasObject:
    colours = {"fill": "#FFFFFF", "stroke": "#333333", "strokeWidth": 2}
    return CanvasObject(key, kind, {"x": x, "y": y, "width": 100, "height": 60, **colours, **more}, 10)


def text(key: str, x: float, y: float, words: str = "word", **more: Any) -> CanvasObject:
    place = {"x": x, "y": y, "width": 60, "height": 20, "text": words, "fontSize": 16, "color": "#222222"}
    return CanvasObject(key, "text", {**place, **more}, 30)


def arrow(key: str, points: list[float], source: str = "a", target: str = "b", **more: Any) -> CanvasObject:
    x, y, *rest = points
    relative = [0, 0, *(value - (x, y)[i % 2] for i, value in enumerate(rest))]
    ends = {"from": source, "to": target, "stroke": "#333333", "strokeWidth": 2}
    return CanvasObject(key, "arrow", {"x": x, "y": y, "points": relative, **ends, **more}, 20)


A, B = shape("a", 0, 0), shape("b", 300, 0)
GOOD = [A, B, arrow("1", [100, 30, 300, 30]), text("t", 20, 20, of="a", role="label")]


def test_a_tidy_drawing_has_full_marks() -> None:
    assert judge(GOOD, Rect(0, 0, 1000, 1000)).to_json() == {"score": 100.0, "defects": []}


@pytest.mark.parametrize(
    ("extra", "complaint"),
    [
        (shape("c", 50, 30), "Two shapes overlap"),
        (text("u", 40, 25), "Two texts overlap"),
        (text("u", 290, 10), "A shape covers a text that is not its own"),
        (text("u", 500, 0, "far too many words for it"), "A text is wider than its box"),
        (text("u", 500, 0, "two\nlines"), "A text is higher than its box"),
        (text("u", 380, 20, of="b", role="label"), "A text sticks out of its shape"),
        (arrow("2", [100, 50, 290, 50]), "A connector's end is loose"),
        (arrow("2", [100, 30, 350, 30, 350, 0], "a", "c"), "A connector runs through a shape"),
        (arrow("2", [50, 0, 50, -40, 350, -40, 350, 60], "a", "b"), "A connector runs through its own shape"),
        (arrow("2", [0, 30, 100, 30, 300, 30], "x", "y"), "Two connectors lie on each other"),
        (text("u", 500, 0, color="#DDDDDD"), "A text is hard to read on its ground"),
        (shape("c", 0, 200, stroke="#DDDDDD"), "A line is too pale on white"),
        (shape("c", 950, 0), "An object leaves the page"),
        (arrow("2", [50, 0, 50, -40, 350, -40, 350, 0]), "A connector leaves the page"),
    ],
)
def test_each_defect_is_found(extra: CanvasObject, complaint: str) -> None:
    quality = judge([*GOOD, extra], Rect(0, 0, 1000, 1000))

    assert any(defect.startswith(complaint) for defect in quality.defects)
    assert quality.score <= 90


def test_a_number_that_is_not_finite_makes_a_drawing_worthless() -> None:
    assert judge([*GOOD, shape("c", float("nan"), 0)]).score == 0


def test_a_shape_in_its_frame_does_not_overlap_it() -> None:
    frame = shape("f", -20, -20, width=200, height=200, role="frame")
    inside: dict[str, Any] = {"in": "f"}
    member = shape("a", 0, 0, **inside)

    assert judge([frame, member]).defects == ()


def test_a_crossing_costs_points_but_is_no_defect() -> None:
    others = [shape("c", 150, -200), shape("d", 150, 200), arrow("2", [200, -140, 200, 200], "c", "d")]

    quality = judge([*GOOD, *others])

    assert quality.defects == ()
    assert quality.score == 90


@pytest.mark.parametrize(
    ("kind", "point"),
    [("diamond", (50.0, 0.0)), ("circle", (50.0, 0.0)), ("star", (50.0, 0.0)), ("heart", (50.0, 100.0))],
)
def test_a_connector_is_bound_to_the_outline_and_not_to_its_box(
    kind: ObjectType, point: tuple[float, float]
) -> None:
    size = {"radius": 50} if kind == "circle" else {}
    pointed = shape("a", 50, 50, kind, height=100, **size)
    away = -40 if point[1] == 0 else 140

    tight = judge([pointed, B, arrow("1", [*point, 50, away, 350, away, 350, 0 if away < 0 else 60])])
    loose = judge([pointed, B, arrow("1", [5, 5, 5, -40, 350, -40, 350, 0])])

    assert tight.defects == ()
    assert "is loose" in loose.defects[0]
