"""Tables: what is read from Markdown, and where cells stand."""

from __future__ import annotations

import itertools

import pytest

from drawing.figure import Box, Ruler, Text
from drawing.layout.table import PAGE_WIDTH, place_table
from drawing.model import Drawing, TableRow
from drawing.source import SourceReader, read_source
from drawing.theme import get_theme
from tests.drawing.notation.samples import FOLDER

RULER = Ruler(get_theme("modern", "default").metrics, 16.0)
PLANS = "| Plan | Price | Users |\n|---|--:|:-:|\n| Free | 0 | 1 |\n| Team | 10 | 25 |\n"


def drawing_of(text: str) -> Drawing:
    drawing = read_source(text).drawing
    assert drawing is not None
    return drawing


def texts_of(text: str) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in drawing_of(text).all(TableRow)]


WORDS = [["Plan", "Price", "Users"], ["Free", "0", "1"], ["Team", "10", "25"]]


@pytest.mark.parametrize(
    "text",
    [
        PLANS,
        f"table\n{PLANS}",
        f"Table:\n{PLANS}",
        f"Here you are:\n\n```markdown\n{PLANS}```\nAnything else?",
        "table\nPlan | Price | Users\n---|---|---\nFree | 0 | 1\nTeam | 10 | 25",
        "Plan | Price | Users\nFree | 0 | 1\nTeam | 10 | 25\n",
        PLANS.replace("|", "\uff5c"),
        PLANS.replace("Plan", "**Plan**").replace("Free", "`Free`"),
    ],
)
def test_a_table_is_read_however_it_is_written(text: str) -> None:
    assert texts_of(text) == WORDS
    assert [row.is_heading for row in drawing_of(text).all(TableRow)] == [True, False, False]


def test_alignment_colour_breaks_and_pipes_of_cells_are_read() -> None:
    drawing = drawing_of("| A | B | C |\n|:--|--:|:-:|\n| a \\| b | x<br>y :::green | **z** |")
    heading, row = drawing.all(TableRow)
    assert [cell.align for cell in heading.cells] == ["left", "right", "center"]
    assert [cell.align for cell in row.cells] == ["left", "right", "center"]
    assert [cell.text for cell in row.cells] == ["a | b", "x\ny", "z"]
    assert [cell.color for cell in row.cells] == [None, "green", None]


def test_a_row_said_again_changes_the_row_and_keeps_its_place() -> None:
    drawing = drawing_of(PLANS)

    change = SourceReader(drawing)
    change.feed("| Free | 0 | 3 |\n| Company | 49 | 500 |\n")
    change.close()
    assert [[cell.text for cell in row.cells] for row in drawing.all(TableRow)] == [
        ["Plan", "Price", "Users"],
        ["Free", "0", "3"],
        ["Team", "10", "25"],
        ["Company", "49", "500"],
    ]
    assert [cell.align for cell in drawing.all(TableRow)[3].cells] == ["left", "right", "center"]


def test_rows_with_the_same_first_word_are_rows_of_their_own() -> None:
    assert [
        row[1] for row in texts_of("| Year | Event |\n|--|--|\n| 1969 | Apollo 11 |\n| 1969 | Apollo 12 |")
    ] == [
        "Event",
        "Apollo 11",
        "Apollo 12",
    ]


def test_a_line_without_cells_is_left_out_and_said() -> None:
    reader = read_source("table\n| a | b |\nand so on\n| c | d |")
    assert texts_of("table\n| a | b |\nand so on\n| c | d |") == [["a", "b"], ["c", "d"]]
    assert reader.notes == (
        "Line 3 (\u201cand so on\u201d) is left out: it has no cells: there is no | in it.",
    )


@pytest.mark.parametrize("sample", ["databases", "journey_map", "roadmap", "no_dashes"])
@pytest.mark.parametrize("font", [14.0, 16.0, 20.0])
def test_cells_of_a_row_are_equally_high_and_columns_equally_wide(sample: str, font: float) -> None:
    drawing = drawing_of((FOLDER / "table" / f"{sample}.mmd").read_text())
    figure = place_table(drawing, Ruler(RULER.style, font))
    boxes = [each for each in figure.elements if isinstance(each, Box)]
    by_row: dict[str, list[Box]] = {}
    for box in boxes:
        by_row.setdefault(box.key.rpartition(":")[0], []).append(box)
    assert len(by_row) == len(drawing.all(TableRow))
    rows = list(by_row.values())
    assert {len(row) for row in rows} == {max(len(row.cells) for row in drawing.all(TableRow))}
    assert len({box.rect.h for row in rows[1:] for box in row}) == 1
    for row in rows:
        assert len({box.rect.y for box in row}) == 1
        assert all(a.rect.right == b.rect.x for a, b in itertools.pairwise(row))
    assert len({tuple(box.rect.w for box in row) for row in rows}) == 1
    assert all(upper[0].rect.bottom == lower[0].rect.y for upper, lower in itertools.pairwise(rows))


def test_long_texts_wrap_within_the_page_and_stay_in_their_cells() -> None:
    words = "several words that go on and on until they need more than a line of their own " * 2
    figure = place_table(
        drawing_of("table\n| A | B | C | D |\n" + f"| {words} | {words} | {words} | x |"), RULER
    )
    boxes = {each.key: each for each in figure.elements if isinstance(each, Box)}
    texts = [each for each in figure.elements if isinstance(each, Text)]
    assert figure.bounds().w <= PAGE_WIDTH + 1
    assert max(len(text.lines.lines) for text in texts) > 2
    for text in texts:
        assert boxes[text.of or ""].rect.holds(text.rect, 0.5)
        assert text.lines.height <= text.rect.h


def test_numbers_stand_right_and_ticks_in_the_middle() -> None:
    figure = place_table(
        drawing_of("table\n| Item | Price | Done |\n| Pen | 1.50 | \u2713 |\n| Ink | 12 | \u2717 |"), RULER
    )
    aligns = {each.lines.text: each.align for each in figure.elements if isinstance(each, Text)}
    assert aligns == {
        "Item": "left", "Pen": "left", "Ink": "left", "Price": "right", "1.50": "right", "12": "right",
        "Done": "center", "\u2713": "center", "\u2717": "center",
    }  # fmt: skip
