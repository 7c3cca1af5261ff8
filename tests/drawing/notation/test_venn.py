"""Venn diagrams: every overlap has its words where it is."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from drawing.figure import Figure, Line, Ruler, Text
from drawing.kinds import KINDS
from drawing.layout.venn_geometry import outlines, poles, proportional, regions, room
from drawing.model import Drawing, Group, Node
from drawing.source import read_source
from drawing.theme import get_theme
from tests.drawing.notation.samples import FOLDER

STYLE = get_theme("modern", "default").metrics
INNOVATION = (FOLDER / "venn" / "innovation.mmd").read_text()


def drawing_of(text: str) -> Drawing:
    drawing = read_source(text).drawing
    assert drawing is not None
    return drawing


def figure_of(text: str, font: float = 16.0) -> Figure:
    return KINDS["venn"].place(drawing_of(text), Ruler(STYLE, font))


def unions_of(text: str) -> dict[str, str]:
    return {group.id: group.text for group in drawing_of(text).all(Group) if group.role == "union"}


@pytest.mark.parametrize(
    "text",
    [
        "venn\nset A\nset B\nA & B : both",
        'venn-beta\n  set A\n  set B\n  union A,B["both"]',
        "Venn diagram:\nset A\nset B\nA \u2229 B: both",
        "venn\n- A\n- B\n- A and B: **both**",
        "venn\nA & B : \u201cboth\u201d",
        "venn\nset A\nset B\nunion B, A [both]",
    ],
)
def test_an_overlap_is_read_however_it_is_written(text: str) -> None:
    assert unions_of(text) == {"A&B": "both"}
    assert {group.id for group in drawing_of(text).all(Group) if group.role == "set"} == {"A", "B"}


def test_sets_are_known_by_their_label_too() -> None:
    text = 'venn\nset d["Desirability"]\nset f["Feasibility"]\ndesirability & Feasibility : gadget'
    assert unions_of(text) == {"d&f": "gadget"}


def test_items_values_and_colours_are_read() -> None:
    drawing = drawing_of(
        'venn-beta\nset A["Alpha"]:20\n  text A1["React"]\n  - Views\nset B : 12\nunion A,B["AB"]:3\n  text x["y"]\n'
        "style A fill:#ff6b6b"
    )
    assert [(group.id, group.text, group.color, group.details) for group in drawing.all(Group)] == [
        ("A", "Alpha", "red", (("value", "20"),)),
        ("B", "B", None, (("value", "12"),)),
        ("A&B", "AB", None, (("value", "3"),)),
    ]
    assert [(node.text, node.parent) for node in drawing.all(Node)] == [
        ("React", "A"),
        ("Views", "A"),
        ("y", "A&B"),
    ]


@pytest.mark.parametrize("count", [2, 3, 4])
def test_every_overlap_of_the_outlines_has_room(count: int) -> None:
    shapes = outlines(count)
    found = poles(shapes)
    assert set(found) == set(regions(count))
    assert all(room(shapes, members, point) > 0.06 for members, point in found.items())


def test_two_sets_and_their_overlap_are_as_large_as_their_values() -> None:
    one, other = proportional(200, 120, 30)
    assert other.a**2 / one.a**2 == pytest.approx(120 / 200)
    inside = both = 0
    for i in range(400):
        for j in range(400):
            point = (-3 + 6 * i / 400, -1.2 + 2.4 * j / 400)
            inside += one.depth(point) > 0
            both += one.depth(point) > 0 and other.depth(point) > 0
    assert both / inside == pytest.approx(30 / 200, rel=0.02)


@pytest.mark.parametrize("name", ["innovation", "four", "stack", "values", "untidy", "five"])
@pytest.mark.parametrize("font", [14.0, 16.0, 20.0])
def test_words_stand_in_their_region_and_nowhere_else(name: str, font: float) -> None:
    figure = figure_of((FOLDER / "venn" / f"{name}.mmd").read_text(), font)
    areas = {each.key: each.points for each in figure.elements if isinstance(each, Line) and each.is_filled}
    sets = [key for key in areas if "&" not in key]
    for text in (each for each in figure.elements if isinstance(each, Text)):
        if text.role == "caption" or (text.of or "").endswith(":leader"):
            continue
        members = (text.of or "").removeprefix("group:").split("&")
        half = text.lines.width / 2
        for x in (text.rect.cx - half, text.rect.cx + half):
            for y in (text.rect.y, text.rect.bottom):
                assert {key.removeprefix("group:") for key in sets if _holds(areas[key], (x, y))} == set(
                    members
                )


def _holds(points: tuple[tuple[float, float], ...], at: tuple[float, float]) -> bool:
    turns = [
        (b[0] - a[0]) * (at[1] - a[1]) - (b[1] - a[1]) * (at[0] - a[0])
        for a, b in zip(points, [*points[1:], points[0]], strict=True)
    ]
    return all(turn >= 0 for turn in turns) or all(turn <= 0 for turn in turns)


def test_words_that_do_not_fit_stand_outside_with_a_line_to_their_region() -> None:
    words = "a very long explanation of what both of them share with each other, and more of it " * 3
    figure = figure_of(f"venn\nset A\nset B\nset C\nA & B & C : {words}")
    text = next(
        each for each in figure.elements if isinstance(each, Text) and each.of == "group:A&B&C:leader"
    )
    circles = [each for each in figure.elements if isinstance(each, Line) and each.is_filled]
    xs = [x for circle in circles for x, _ in circle.points]
    assert text.rect.x > max(xs) or text.rect.right < min(xs)


def test_a_fifth_set_is_left_out_and_said() -> None:
    figure = figure_of("venn\n" + "\n".join(f"set {name}" for name in "ABCDE"))
    assert figure.notes == ["A Venn diagram shows 4 sets at most: \u201cE\u201d is left out."]


def test_sets_stand_where_people_expect_them() -> None:
    figure = figure_of(INNOVATION)
    at = {each.lines.text.replace("\n", " "): each.rect for each in figure.elements if isinstance(each, Text)}
    assert at["Desirability"].cy < at["Innovation"].cy < at["Feasibility"].cy
    assert at["Feasibility"].cx < at["Innovation"].cx < at["Viability"].cx
    assert at["Free gadget"].cx < at["Innovation"].cx < at["Wishful thinking"].cx
    assert at["Nobody cares"].cy > at["Innovation"].cy
    distances = [
        math.dist((at[a].cx, at[a].cy), (at[b].cx, at[b].cy))
        for a, b in combinations(("Desirability", "Feasibility", "Viability"), 2)
    ]
    assert min(distances) > 0.6 * max(distances)
