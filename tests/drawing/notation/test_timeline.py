"""Timelines: periods and their events, however they were written."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from drawing.model import Group, Node
from drawing.source import read_source, write_source
from tests.drawing.notation.reading import box_of, drawn

SAMPLES = Path(__file__).parent / "samples" / "timeline"


def periods(name: str) -> dict[str, list[str]]:
    drawing = read_source((SAMPLES / f"{name}.mmd").read_text(encoding="utf-8")).drawing
    assert drawing is not None
    return {node.text: [row.cells[0] for row in node.rows] for node in drawing.all(Node)}


def test_events_follow_colons_and_lines_that_begin_with_one_go_on() -> None:
    assert periods("social")["2004"] == ["Facebook", "Google"]


def test_times_and_addresses_keep_their_colons() -> None:
    assert periods("down")["10:30"] == ["Coffee at last"]
    assert periods("colours")["Sold"] == ["to a larger bakery, see https://example.com/news"]


def test_an_untidy_text_is_read_with_all_it_says() -> None:
    assert periods("untidy") == {
        "2019": ["Idea", "written on a napkin"],
        "2020": ["Company founded"],
        "2022": ["First hire", "#1 in the shop", "still on it"],
    }


def test_sections_hold_their_periods() -> None:
    drawing = read_source((SAMPLES / "sections.mmd").read_text(encoding="utf-8")).drawing
    assert drawing is not None
    assert [(node.text, node.parent) for node in drawing.all(Node)][2:4] == [
        ("Industry 3.0", "17th to 20th century"),
        ("Industry 4.0", "21st century"),
    ]
    assert [group.text for group in drawing.all(Group)] == ["17th to 20th century", "21st century"]


@pytest.mark.parametrize(
    "lines",
    ["timeline\n section\n 2004 : Facebook", "gantt\n section\n Dig : 2d", "journey\n section:\n Pay: 3"],
)
def test_a_section_may_have_no_name(lines: str) -> None:
    drawing = read_source(lines).drawing
    assert drawing is not None
    assert [group.text for group in drawing.all(Group)] == [""]
    again = read_source(write_source(drawing)).drawing
    assert again is not None
    assert again.parts == drawing.parts


@pytest.mark.parametrize(
    ("lengths", "rows"),
    [
        ((3, 3, 4), [6, 4]),  # where a section ends
        ((5, 5), [5, 5]),
        ((4, 3, 3), [4, 6]),
        ((4, 4, 4), [6, 6]),  # else as equally long as can be: with sections there would be three
        ((6, 1), [4, 3]),  # or one hardly anything
        ((0, 10), [5, 5]),
    ],
)
def test_rows_end_with_sections_where_that_takes_no_more_of_them(
    lengths: tuple[int, ...], rows: list[int]
) -> None:
    text = "timeline\n" + "".join(
        f"section S{number}\n"
        + "".join(f"Year{number}{i} : what happened in that year\n" for i in range(length))
        for number, length in enumerate(lengths)
        if length
    )
    tops = Counter(
        box_of(drawn(text), f"Year{number}{i}")[1] for number, n in enumerate(lengths) for i in range(n)
    )
    assert [count for _, count in sorted(tops.items())] == rows
