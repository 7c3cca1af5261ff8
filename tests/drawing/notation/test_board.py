"""Boards and kanban boards: what is read, and that everything stands in the part it belongs to."""

from __future__ import annotations

import itertools

import pytest

from drawing.figure import Box, Figure, Ruler, Text
from drawing.geometry import Rect
from drawing.kinds import KINDS
from drawing.layout.board_grid import grid_of
from drawing.model import Drawing, Group, Node
from drawing.source import SourceReader, read_source
from drawing.theme import get_theme
from tests.drawing.notation.samples import FOLDER

STYLE = get_theme("modern", "default").metrics
RETROSPECTIVE = (FOLDER / "board" / "retrospective.mmd").read_text()


def drawing_of(text: str) -> Drawing:
    drawing = read_source(text).drawing
    assert drawing is not None
    return drawing


def figure_of(text: str, font: float = 16.0) -> Figure:
    drawing = drawing_of(text)
    return KINDS[drawing.kind].place(drawing, Ruler(STYLE, font))


def boxes_of(figure: Figure) -> dict[str, Rect]:
    return {each.key: each.rect for each in figure.elements if isinstance(each, Box)}


def content_of(drawing: Drawing) -> dict[str, list[str]]:
    return {
        group.text: [node.text for node in drawing.all(Node) if node.parent == group.id]
        for group in drawing.all(Group)
    }


def test_headings_notes_votes_and_owners_are_read() -> None:
    drawing = drawing_of(RETROSPECTIVE)
    assert content_of(drawing) == {
        "Went well": ["Pairing on checkout", "Fast deploys", "Great demo"],
        "Could be better": ["Flaky tests", "Too many meetings", "Unclear tickets"],
        "Actions": ["Fix flaky tests", "No-meeting Wednesday"],
    }
    assert {node.text: node.details for node in drawing.all(Node) if node.details} == {
        "Flaky tests": (("votes", "5"),),
        "Fix flaky tests": (("assigned", "Jo"),),
        "No-meeting Wednesday": (("assigned", "Ana"),),
    }
    assert [group.color for group in drawing.all(Group)] == ["green", "red", "blue"]
    words = {each.lines.text for each in figure_of(RETROSPECTIVE).elements if isinstance(each, Text)}
    assert {"+5", "Jo", "Ana", "Flaky tests"} <= words


@pytest.mark.parametrize(
    ("note", "text", "details"),
    [
        ("- flaky tests (5 votes)", "flaky tests", (("votes", "5"),)),
        ("* flaky tests \u2013 5 votes", "flaky tests", (("votes", "5"),)),
        ("\u2022 flaky tests +5", "flaky tests", (("votes", "5"),)),
        ("1. fix them (@Jo) (3)", "fix them", (("assigned", "Jo"), ("votes", "3"))),
        ("- [x] **done**", "done", ()),
        ("- price < 5 & > 3", "price < 5 & > 3", ()),
        ("- @Jo", "@Jo", ()),
        ("- released in 2024", "released in 2024", ()),
    ],
)
def test_notes_are_read_however_they_are_written(
    note: str, text: str, details: tuple[tuple[str, str], ...]
) -> None:
    (node,) = drawing_of(f"board\n## A\n{note}").all(Node)
    assert (node.text, node.details) == (text, details)


@pytest.mark.parametrize("sample", ["swot", "retrospective", "business_model", "lean", "wide_tall", "many"])
@pytest.mark.parametrize("font", [14.0, 20.0])
def test_every_note_stands_in_its_part_and_no_parts_overlap(sample: str, font: float) -> None:
    text = (FOLDER / "board" / f"{sample}.mmd").read_text()
    drawing, boxes = drawing_of(text), boxes_of(figure_of(text, font))
    groups = [boxes[f"group:{group.id}"] for group in drawing.all(Group)]
    for node in drawing.all(Node):
        assert boxes[f"group:{node.parent}"].holds(boxes[f"node:{node.id}"])
    notes = [boxes[f"node:{node.id}"] for node in drawing.all(Node)]
    for boxes_alike in (groups, notes):
        for i, one in enumerate(boxes_alike):
            assert not any(one.overlaps(other) for other in boxes_alike[i + 1 :])


def test_a_swot_has_its_corners_whatever_order_its_headings_have() -> None:
    boxes = boxes_of(
        figure_of("board\n## Threats\n- a\n## Opportunities\n- b\n## Weaknesses\n- c\n## Strengths\n- d")
    )
    s, w, o, t = (boxes[f"group:{name}"] for name in ("Strengths", "Weaknesses", "Opportunities", "Threats"))
    assert s.x == o.x < w.x == t.x
    assert s.y == w.y < o.y == t.y
    assert len({(round(each.w, 3), round(each.h, 3)) for each in (s, w, o, t)}) == 1


def test_a_business_model_canvas_has_its_true_arrangement() -> None:
    boxes = boxes_of(figure_of((FOLDER / "board" / "business_model.mmd").read_text()))
    part = {key.removeprefix("group:"): rect for key, rect in boxes.items() if key.startswith("group:")}
    row = [
        "Key Partners",
        "Key Activities",
        "Value Propositions",
        "Customer Relationships",
        "Customer Segments",
    ]
    assert [part[name].x for name in row] == sorted(part[name].x for name in row)
    assert len({part[name].y for name in row}) == 1
    assert part["Key Resources"].x == part["Key Activities"].x
    assert part["Channels"].x == part["Customer Relationships"].x
    assert part["Key Partners"].bottom == part["Key Resources"].bottom == part["Channels"].bottom
    assert part["Cost Structure"].y == part["Revenue Streams"].y > part["Key Partners"].bottom
    assert part["Cost Structure"].x == part["Key Partners"].x
    assert part["Revenue Streams"].right == pytest.approx(part["Customer Segments"].right)


def test_wide_and_tall_parts_take_two_columns_or_rows() -> None:
    groups = drawing_of((FOLDER / "board" / "wide_tall.mmd").read_text()).all(Group)
    places = grid_of(groups, "3").places
    assert [(p.column, p.row, p.width, p.height) for p in places.values()] == [
        (0, 0, 2, 1),
        (2, 0, 1, 2),
        (0, 1, 1, 1),
        (1, 1, 1, 1),
    ]


def test_a_note_said_again_changes_and_may_move() -> None:
    drawing = drawing_of(RETROSPECTIVE)
    change = SourceReader(drawing)
    change.feed("## Actions\n- Flaky tests (7 votes)\n## Thanks\n- Great cake\n")
    change.close()
    assert content_of(drawing)["Actions"] == ["Flaky tests", "Fix flaky tests", "No-meeting Wednesday"]
    assert content_of(drawing)["Thanks"] == ["Great cake"]
    assert drawing.get(Node, "Flaky tests") == Node(
        "Flaky tests", "Flaky tests", "sticky", "note", None, "Actions", details=(("votes", "7"),)
    )


# Kanban

SPRINT = {
    "Todo": ["payment webhooks", "dark mode", "export to PDF"],
    "In progress": ["onboarding emails", "search filters"],
    "Review": ["invoice bug"],
    "Done": ["SSO", "landing page"],
}


@pytest.mark.parametrize(
    "text",
    [
        (FOLDER / "kanban" / "one_line.mmd").read_text(),
        "kanban\n" + "; ".join(f"[{name}] {', '.join(cards)}" for name, cards in SPRINT.items()),
        "kanban\n" + " ".join(f"[{name}] {', '.join(cards)}" for name, cards in SPRINT.items()),
        "kanban\n"
        + "".join(
            f"  {name}\n" + "".join(f"    [{card}]\n" for card in cards) for name, cards in SPRINT.items()
        ),
        "kanban\n"
        + "".join(f"[{name}]\n" + "".join(f"  {card}\n" for card in cards) for name, cards in SPRINT.items()),
        "kanban\n"
        + "".join(
            f"## {name}\n" + "".join(f"- {card}\n" for card in cards) for name, cards in SPRINT.items()
        ),
        "kanban\n"
        + "".join(f"{name}:\n" + "".join(f"* {card}\n" for card in cards) for name, cards in SPRINT.items()),
    ],
)
def test_columns_and_cards_are_read_however_they_are_written(text: str) -> None:
    assert content_of(drawing_of(text)) == SPRINT


def test_anything_deeper_than_the_first_column_is_a_card() -> None:
    text = "kanban\n    a\n         b\n      c\n   d\n            e"
    assert content_of(drawing_of(text)) == {"a": ["b", "c"], "d": ["e"]}


def test_cards_keep_what_is_said_about_them() -> None:
    drawing = drawing_of((FOLDER / "kanban" / "metadata.mmd").read_text())
    card = drawing.get(Node, "k1")
    assert card is not None
    assert card.details == (("assigned", "Ada"), ("ticket", "PL-17"), ("priority", "Very High"))
    assert [node.text for node in drawing.all(Node) if node.id.startswith("k3")] == [
        "Rate limits",
        "Rename the worker",
    ]


@pytest.mark.parametrize("sample", ["sprint", "metadata", "untidy", "headings"])
def test_cards_stand_below_each_other_in_equally_wide_columns(sample: str) -> None:
    text = (FOLDER / "kanban" / f"{sample}.mmd").read_text()
    drawing, boxes = drawing_of(text), boxes_of(figure_of(text))
    columns = [boxes[f"group:{group.id}"] for group in drawing.all(Group)]
    assert len({(column.y, column.w, column.h) for column in columns}) == 1
    assert [column.x for column in columns] == sorted(column.x for column in columns)
    for group in drawing.all(Group):
        cards = [boxes[f"node:{node.id}"] for node in drawing.all(Node) if node.parent == group.id]
        assert all(boxes[f"group:{group.id}"].holds(card) for card in cards)
        assert all(upper.bottom < lower.y for upper, lower in itertools.pairwise(cards))
