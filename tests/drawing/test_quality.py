from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from drawing.canvas import CanvasObject, ObjectType
from drawing.geometry import Rect
from drawing.quality import judge


def shape(
    key: str, x: float, y: float, kind: ObjectType = "rectangle", z: int = 10, **more: Any
) -> CanvasObject:
    colours = {"fill": "#FFFFFF", "stroke": "#333333", "strokeWidth": 2}
    return CanvasObject(key, kind, {"x": x, "y": y, "width": 100, "height": 60, **colours, **more}, z)


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
    quality = judge(GOOD, Rect(0, 0, 1000, 1000))

    assert quality.to_json() == {"score": 100.0, "defects": [], "slide_text_points": 38.4}


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
        (text("u", 170, 140, of="1"), "A label is far from its connector"),
        (text("u", 500, 0, "a <b>b</b>", width=120), "Markup is shown as text"),
        (text("u", 500, 0, "x &rarr; y", width=120), "Markup is shown as text"),
        (shape("c", -5, -5, width=110, height=70, z=11), "Something is hidden behind other shapes"),
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


def test_a_label_at_another_connectors_line_is_a_defect() -> None:
    below = arrow("2", [100, 55, 300, 55])
    word = text("w", 170, 33, of="1", height=16, fontSize=12)  # 3 units below its own line, 6 above the other

    assert judge([*GOOD, below, word]).defects == ()
    strange = judge([*GOOD, below, replace(word, properties={**word.properties, "y": 37})]).defects
    assert strange == ("A label is nearer to another connector than to its own: text “word”.",)


def test_a_shape_is_hidden_only_by_what_lies_on_top() -> None:
    under = replace(shape("c", -5, -5, width=110, height=70), z_index=1)

    assert not any("hidden" in defect for defect in judge([under, *GOOD]).defects)


def test_a_box_stretched_for_its_connectors_is_a_defect_and_a_row_of_cards_is_not() -> None:
    wide = shape("a", 0, 0, width=495)
    words = text("t", 217, 20, "Running", of="a", role="label")
    lines = [arrow("1", [100, 60, 100, 100], "a", "b"), arrow("2", [400, 60, 400, 100], "a", "b")]
    low = shape("b", 0, 100, width=100), shape("c", 0, 300, width=100)

    (defect,) = [each for each in judge([wide, words, *lines, *low]).defects if "stretched" in each]
    assert "Running" in defect
    cards = shape("b", 0, 100, width=495), shape("c", 0, 300, width=495)
    assert not any("stretched" in each for each in judge([wide, words, *lines, *cards]).defects)


@pytest.mark.parametrize(
    ("size", "points", "score"),
    [
        ((900, 500), 17.1, 100.0),
        ((1000, 900), 9.6, 99.0),
        ((1000, 1500), 5.8, 79.4),
        ((6000, 500), 2.6, 75.0),
    ],
)
def test_text_that_is_small_on_a_slide_costs_points(
    size: tuple[float, float], points: float, score: float
) -> None:
    page = Rect(0, 0, *size)
    sheet = shape("s", 0, 0, width=size[0], height=size[1])

    quality = judge([sheet, text("t", 20, 20, of="s", role="label")], page)

    assert (quality.slide_text_points, quality.score) == (points, score)
    assert any("too small for a slide" in defect for defect in quality.defects) == (points < 8)


def test_what_is_left_out_lowers_the_score() -> None:
    quality = judge(GOOD, omissions=["41 shapes are left out."])

    assert (quality.score, quality.defects) == (90.0, ("41 shapes are left out.",))
