"""Mind maps, org charts and folders: what belongs to what is said by indentation alone."""

from __future__ import annotations

from typing import Any

import pytest

from drawing.kinds import KINDS
from drawing.model import Node
from tests.drawing.notation.reading import box_of, drawing_of, drawn, parents_of, texts_of


@pytest.mark.parametrize("header", ["mindmap", "orgchart", "treeView-beta", "familytree"])
def test_indentation_is_relative(header: str) -> None:
    text = f"{header}\n  A\n      B\n    C\n          D\n     E"
    assert parents_of(text) == {"A": None, "B": "A", "C": "A", "D": "C", "E": "C"}


def test_a_mind_map_has_one_subject() -> None:
    assert parents_of("mindmap\nA\n  B\nC") == {"A": None, "B": "A", "C": "A"}


def test_an_org_chart_may_have_several_heads() -> None:
    assert parents_of("orgchart\nA\n  B\nC") == {"A": None, "B": "A", "C": None}


@pytest.mark.parametrize(
    ("said", "words", "shape"),
    [
        ("id[Square]", "Square", "rectangle"),
        ("id(Rounded)", "Rounded", "rounded"),
        ("id((Circle))", "Circle", "circle"),
        ("id))Bang((", "Bang", "burst"),
        ("id)Cloud(", "Cloud", "cloud"),
        ("id{{Hexagon}}", "Hexagon", "hexagon"),
        ("Plain (with brackets)", "Plain (with brackets)", ""),
        ("Costs: 5 & more", "Costs: 5 & more", ""),
        ('id["`**Bold** _words_`"]', "Bold words", "rectangle"),
        ("a<br/>b", "a\nb", ""),
    ],
)
def test_shapes_of_thoughts(said: str, words: str, shape: str) -> None:
    node = drawing_of(f"mindmap\nroot\n  {said}").all(Node)[1]
    assert (node.text, node.shape) == (words, shape)


def test_icons_and_classes_belong_to_the_line_before() -> None:
    text = "mindmap\nroot\n  A\n  ::icon(fa fa-book)\n  B\n  :::urgent red"
    nodes = {node.id: node for node in drawing_of(text).all(Node)}
    assert nodes["A"].details == (("icon", "fa fa-book"),)
    assert nodes["B"].color == "red"


def test_the_same_words_twice_are_two_nodes() -> None:
    assert list(texts_of("mindmap\nroot\n  A\n    x\n  B\n    x").values()) == ["root", "A", "x", "B", "x"]


def test_markdown_lists_and_headings_are_trees() -> None:
    text = "mindmap\n# Trip\n## Before\n- pack\n- book\n## After\n1. rest"
    assert parents_of(text) == {
        "Trip": None,
        "Before": "Trip",
        "pack": "Before",
        "book": "Before",
        "After": "Trip",
        "rest": "After",
    }


def test_branches_go_to_both_sides_of_the_subject() -> None:
    objects = drawn("mindmap\nSubject\n  One\n  Two\n  Three\n  Four")
    middle = box_of(objects, "Subject")[0]
    sides = [box_of(objects, words)[0] > middle for words in ("One", "Two", "Three", "Four")]
    assert sides == [True, True, False, False]


def test_a_title_is_a_second_smaller_line() -> None:
    objects = drawn("orgchart\nAna Silva | VP Sales\n  Tom")
    name, title = box_of(objects, "Ana Silva"), box_of(objects, "VP Sales")
    assert name[3] <= title[1] + 1
    sizes = {
        each.properties["text"]: each.properties["fontSize"] for each in objects if each.object_type == "text"
    }
    assert sizes["VP Sales"] < sizes["Ana Silva"]


def test_people_have_the_colour_of_their_team() -> None:
    objects = drawn("orgchart\nBoss\n  Sales:::green\n    Ana\n  Tech:::purple\n    Sam")
    labels = {
        each.properties["text"]: str(each.properties.get("of"))
        for each in objects
        if each.object_type == "text"
    }
    fills = {each.id: each.properties["fill"] for each in objects if each.object_type == "rectangle"}
    assert fills[labels["Ana"]] == fills[labels["Sales"]] != fills[labels["Sam"]] == fills[labels["Tech"]]


def test_managers_stand_over_the_middle_of_their_people() -> None:
    objects = drawn("orgchart\nBoss\n  One\n  Two\n  Three")
    centres = [sum(box_of(objects, words)[::2]) / 2 for words in ("Boss", "One", "Three")]
    assert abs(centres[0] - (centres[1] + centres[2]) / 2) < 1


def test_files_are_indented_under_their_folder() -> None:
    objects = drawn('treeView-beta\n"src"\n    "a.ts"\n    "lib"\n        "b.ts"\n"c.md"')
    boxes = [box_of(objects, words) for words in ("src", "a.ts", "lib", "b.ts", "c.md")]
    assert [box[1] for box in boxes] == sorted(box[1] for box in boxes)
    assert boxes[0][0] < boxes[1][0] == boxes[2][0] < boxes[3][0]
    assert boxes[4][0] == boxes[0][0]


def test_a_listing_of_folders_is_read_as_it_is() -> None:
    text = "treeView\napp\n├── models\n│   └── user.py\n└── main.py"
    assert parents_of(text) == {"app": None, "models": "app", "user_py": "models", "main_py": "app"}


def test_couples_stand_side_by_side_over_their_children() -> None:
    objects = drawn("familytree\nAnn | 1900 & Bob | 1899\n  Cy\n  Di & Ed\n    Flo")
    boxes = {name: box_of(objects, name) for name in ("Ann", "Bob", "Cy", "Di", "Ed", "Flo")}
    middle = {name: (box[0] + box[2]) / 2 for name, box in boxes.items()}
    assert boxes["Ann"][1] == boxes["Bob"][1] < boxes["Cy"][1] == boxes["Di"][1] < boxes["Flo"][1]
    assert middle["Ann"] < middle["Bob"]
    # Children hang from between their parents, and lines end at the child, not at the one it married.
    assert abs((middle["Di"] + middle["Ed"]) / 2 - middle["Flo"]) < 1
    to_di = next(
        item.properties
        for item in objects
        if item.object_type == "line"
        and abs(end_of(item.properties)[0] - middle["Di"]) < 1
        and abs(end_of(item.properties)[1] - boxes["Di"][1]) < 40
    )
    assert abs(to_di["x"] - (middle["Ann"] + middle["Bob"]) / 2) < 1
    assert box_of(objects, "1900")[1] > boxes["Ann"][1]


def end_of(properties: dict[str, Any]) -> tuple[float, float]:
    dx, dy = properties["points"][-2:]
    return properties["x"] + dx, properties["y"] + dy


@pytest.mark.parametrize(
    ("line", "name", "details"),
    [
        ("Ann & Bob", "Ann", {"partner": "Bob"}),
        ("Ann + Bob", "Ann", {"partner": "Bob"}),
        ("Ann \u221e Bob", "Ann", {"partner": "Bob"}),
        ("Ann and Bob", "Ann", {"partner": "Bob"}),
        (
            "Ann (1900-1980) & Bob | 1899",
            "Ann",
            {"years": "1900-1980", "partner": "Bob", "partner years": "1899"},
        ),
        ("Ann (the younger)", "Ann (the younger)", {}),
        ("Alexandra", "Alexandra", {}),
        ('"Smith &amp; Sons"', "Smith & Sons", {}),
        ('"Jon and Co" & "Ann | 1900"', "Jon and Co", {"partner": "Ann | 1900"}),
        ('"A + B (1900)"', "A + B (1900)", {}),
        ('"Rosa" | "about 1900" & Max', "Rosa", {"years": "about 1900", "partner": "Max"}),
    ],
)
def test_a_couple_is_read_however_it_is_written(line: str, name: str, details: dict[str, str]) -> None:
    drawing = drawing_of(f"familytree\n{line}")
    [node] = drawing.all(Node)
    assert drawing_of("\n".join(KINDS["familytree"].write(drawing))).parts == drawing.parts
    assert node.text == name
    assert {key: value for key, value in node.details if value} == details


@pytest.mark.parametrize("icon", ["fa fa-book", "database", "mdi:account"])
def test_an_icon_stands_before_the_words_of_a_thought(icon: str) -> None:
    plain, with_icon = (
        drawn(f"mindmap\nroot\n  One\n{line}  Two\n  Three") for line in ("", f"  ::icon({icon})\n")
    )
    assert len(with_icon) == len(plain) + 1
    new = next(item for item in with_icon if item.properties.get("role") == "mark")
    left, top, _, bottom = box_of(with_icon, "One")
    assert new.properties["x"] + new.properties["width"] <= left
    assert top - 4 <= new.properties["y"] <= bottom


def test_an_unknown_icon_is_not_drawn_and_loses_nothing() -> None:
    text = "mindmap\nroot\n  One\n  ::icon(no such icon)\n"
    assert len(drawn(text)) == len(drawn("mindmap\nroot\n  One\n"))
    assert "no such icon" in "\n".join(KINDS["mindmap"].write(drawing_of(text)))
