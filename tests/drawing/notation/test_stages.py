"""Cycles, funnels, pyramids and processes: stages in order, as large as their values."""

from __future__ import annotations

import itertools
import math

import pytest

from drawing.figure import Box, Figure, Line, Ruler, Text
from drawing.kinds import KINDS
from drawing.model import Drawing, Value
from drawing.source import read_source
from drawing.theme import get_theme
from tests.drawing.notation.samples import FOLDER

RULER = Ruler(get_theme("modern", "default").metrics, 16.0)


def drawing_of(text: str) -> Drawing:
    drawing = read_source(text).drawing
    assert drawing is not None
    return drawing


def figure_of(text: str, font: float = 16.0) -> Figure:
    drawing = drawing_of(text)
    return KINDS[drawing.kind].place(drawing, Ruler(RULER.style, font))


def pieces_of(figure: Figure) -> list[Line]:
    return [each for each in figure.elements if isinstance(each, Line) and each.is_filled]


@pytest.mark.parametrize(
    "text",
    [
        "cycle\nPlan\nDo\nCheck\nAct",
        "Cycle:\n- Plan\n- Do\n- Check\n- Act\nThat is all.",
        "cycle\n1. Plan\n2. Do\n3) Check\n4. Act",
        "cycle\nPlan -> Do --> Check \u2192 Act",
        "```\ncycle\n  **Plan**\n  Do\n  Check\n  Act\n```\nThat is all.",
    ],
)
def test_stages_are_read_however_they_are_written(text: str) -> None:
    assert [value.text for value in drawing_of(text).all(Value)] == ["Plan", "Do", "Check", "Act"]


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("1200", 1200), ("1,200", 1200), ("1 200", 1200), ("12.5 %", 12.5), ("12,5 %", 12.5), ("1.5k", 1500),
        ("$ 900", 900), ("90 \u20ac", 90), ("3 days", 3), ("2M", 2e6),
    ],
)  # fmt: skip
def test_values_are_read_and_kept_as_they_were_written(said: str, value: float) -> None:
    (stage,) = drawing_of(f"funnel\nOffers : {said}").all(Value)
    assert (stage.text, stage.value, stage.said) == ("Offers", value, said)


def test_words_behind_a_colon_and_deeper_bullets_are_details() -> None:
    stages = drawing_of(
        "process\nFirst day : tour, lunch\n- Plan: the week\n    - with Jo\n    - with Ana"
    ).all(Value)
    assert [value.text for value in stages] == ["First day\ntour, lunch", "Plan\nthe week\nwith Jo\nwith Ana"]


def test_a_funnel_is_as_wide_as_its_values() -> None:
    text = (FOLDER / "funnel" / "sales.mmd").read_text()
    pieces, stages = pieces_of(figure_of(text)), drawing_of(text).all(Value)
    widest = max(stage.value or 0 for stage in stages)
    tops = [piece.points[1][0] - piece.points[0][0] for piece in pieces]
    for top, stage in zip(tops, stages, strict=True):
        assert top / tops[0] == pytest.approx(max((stage.value or 0) / widest, 0.02), rel=0.01)
    for upper, lower in itertools.pairwise(pieces):
        assert upper.points[2][0] - upper.points[3][0] == pytest.approx(
            lower.points[1][0] - lower.points[0][0]
        )
        assert upper.points[2][1] < lower.points[0][1]


def test_the_levels_of_a_pyramid_are_as_high_as_their_values() -> None:
    pieces = pieces_of(figure_of((FOLDER / "pyramid" / "tests.mmd").read_text()))
    heights = [piece.points[-1][1] - piece.points[0][1] for piece in pieces]
    gap = pieces[1].points[0][1] - pieces[0].points[-1][1]
    heights = [height + gap for height in heights[:-1]] + heights[-1:]
    assert [height / sum(heights) for height in heights] == pytest.approx([0.1, 0.3, 0.6], rel=0.01)
    assert len(pieces[0].points) == 3  # the top is one


@pytest.mark.parametrize("kind", ["funnel", "pyramid"])
@pytest.mark.parametrize("font", [14.0, 16.0, 20.0])
def test_words_stand_in_their_piece_or_beside_all_pieces(kind: str, font: float) -> None:
    for path in sorted((FOLDER / kind).glob("*.mmd")):
        figure = figure_of(path.read_text(), font)
        pieces = {piece.key: piece.points for piece in pieces_of(figure)}
        for text in (each for each in figure.elements if isinstance(each, Text)):
            left, right = text.rect.cx - text.lines.width / 2, text.rect.cx + text.lines.width / 2
            if text.align == "left":
                left, right = text.rect.x, text.rect.x + text.lines.width
            for key, points in pieces.items():
                for y in (text.rect.y + 1, text.rect.bottom - 1):
                    span = _span(points, y)
                    if span is None:
                        continue
                    if key == text.of:
                        assert span[0] <= left <= right <= span[1], (path.stem, text.lines.text)
                    else:
                        assert right <= span[0] or left >= span[1], (path.stem, text.lines.text)


def _span(points: tuple[tuple[float, float], ...], y: float) -> tuple[float, float] | None:
    xs = [
        ax + (bx - ax) * (y - ay) / (by - ay)
        for (ax, ay), (bx, by) in zip(points, [*points[1:], points[0]], strict=True)
        if ay != by and min(ay, by) <= y <= max(ay, by)
    ]
    return (min(xs), max(xs)) if xs else None


@pytest.mark.parametrize("count", [2, 3, 4, 6, 9, 14])
def test_a_cycle_goes_clockwise_from_the_top_and_back(count: int) -> None:
    figure = figure_of("cycle\n" + "\n".join(f"Stage {i}" for i in range(count)))
    boxes = [each for each in figure.elements if isinstance(each, Box)]
    arrows = [each for each in figure.elements if isinstance(each, Line)]
    assert [(each.source, each.target) for each in arrows] == [
        (boxes[i].key, boxes[(i + 1) % count].key) for i in range(count)
    ]
    assert boxes[0].rect.y == min(box.rect.y for box in boxes)
    cx = (min(box.rect.x for box in boxes) + max(box.rect.right for box in boxes)) / 2
    cy = (boxes[0].rect.cy + max(box.rect.cy for box in boxes)) / 2
    if count % 2 == 0:
        angles = [math.atan2(box.rect.cx - cx, cy - box.rect.cy) % (2 * math.pi) for box in boxes]
        assert angles == sorted(angles)
    for one, other in itertools.combinations(boxes, 2):
        assert not one.rect.overlaps(other.rect, 20)


def test_a_process_runs_in_rows_from_left_to_right() -> None:
    boxes = [
        each
        for each in figure_of((FOLDER / "process" / "nine.mmd").read_text()).elements
        if isinstance(each, Box)
    ]
    assert {box.shape for box in boxes} == {"chevron"}
    assert [box.rect.y for box in boxes] == sorted(box.rect.y for box in boxes)
    rows = [list(row) for _, row in itertools.groupby(boxes, key=lambda box: box.rect.y)]
    assert [len(row) for row in rows] == [5, 4]
    assert all(a.rect.x < b.rect.x for row in rows for a, b in itertools.pairwise(row))
    assert len({(box.rect.w, box.rect.h) for box in boxes}) == 1
