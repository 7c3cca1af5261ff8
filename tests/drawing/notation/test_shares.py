"""Treemaps, packets and Sankey diagrams: areas, widths and flows are true to their values."""

from __future__ import annotations

from itertools import combinations

import pytest

from drawing.figure import Box, Figure, Line, Ruler, Text
from drawing.kinds import KINDS
from drawing.model import Drawing, Edge, Node, Value
from drawing.notation.packet import bits_of
from drawing.source import read_source
from drawing.theme import get_theme
from tests.drawing.notation.samples import FOLDER

STYLE = get_theme("modern", "default").metrics


def drawing_of(text: str) -> Drawing:
    drawing = read_source(text).drawing
    assert drawing is not None
    return drawing


def figure_of(text: str, font: float = 16.0) -> Figure:
    drawing = drawing_of(text)
    return KINDS[drawing.kind].place(drawing, Ruler(STYLE, font))


def boxes_of(figure: Figure) -> dict[str, Box]:
    return {each.key.partition(":")[2]: each for each in figure.elements if isinstance(each, Box)}


# Treemaps


@pytest.mark.parametrize("name", ["budget", "nested", "classes", "tiny", "untidy"])
@pytest.mark.parametrize("font", [14.0, 20.0])
def test_areas_of_a_treemap_are_as_its_values(name: str, font: float) -> None:
    text = (FOLDER / "treemap" / f"{name}.mmd").read_text()
    values = drawing_of(text).all(Value)
    parents = {value.parent for value in values}
    leaves = [value for value in values if value.id not in parents]
    boxes = boxes_of(figure_of(text, font))
    areas = {value.id: boxes[value.id].rect.w * boxes[value.id].rect.h for value in leaves}
    total, sum_of_values = sum(areas.values()), sum(value.value or 0 for value in leaves)
    for value in leaves:
        assert areas[value.id] / total == pytest.approx((value.value or 0) / sum_of_values, rel=0.01)
    for value in values:
        if value.parent:
            assert boxes[value.parent].rect.holds(boxes[value.id].rect, 0.5)
    for one, other in combinations(leaves, 2):
        assert not boxes[one.id].rect.overlaps(boxes[other.id].rect, -0.5)


def test_words_too_large_for_their_part_stand_below_the_treemap() -> None:
    texts = [
        each.lines.text
        for each in figure_of((FOLDER / "treemap" / "tiny.mmd").read_text()).elements
        if isinstance(each, Text)
    ]
    assert "A tiny one with a long name: 2 \u00b7 Another tiny one: 1" in texts


def test_colour_classes_are_read_before_and_behind_their_use() -> None:
    drawing = drawing_of((FOLDER / "treemap" / "classes.mmd").read_text())
    assert {value.text: value.color for value in drawing.all(Value)} == {
        "Products": "teal", "Phones": None, "Cases": "amber", "Services": None, "Repair": None,
    }  # fmt: skip


# Packets


def test_fields_are_read_by_range_and_by_width() -> None:
    drawing = drawing_of('packet\n0-15: "Source"\n+16: "Target"\n32: "Bit"\n33 to 40: Rest')
    assert [(value.text, bits_of(value)) for value in drawing.all(Value)] == [
        ("Source", (0, 15)),
        ("Target", (16, 31)),
        ("Bit", (32, 32)),
        ("Rest", (33, 40)),
    ]


def test_fields_are_as_wide_as_their_bits_and_go_on_in_the_next_row() -> None:
    boxes = boxes_of(figure_of((FOLDER / "packet" / "rows.mmd").read_text()))
    header = [box.rect for key, box in boxes.items() if key.startswith("Header")]
    assert len(header) == 3
    assert len({(rect.x, rect.w) for rect in header}) == 1
    assert [rect.y for rect in header] == sorted(rect.y for rect in header)
    assert boxes["x"].rect.w / header[0].w == pytest.approx(5 / 32)
    assert boxes["x"].rect.y > header[-1].bottom


# Sankey diagrams


@pytest.mark.parametrize(
    "line",
    [
        "Gas,Heat,12.5",
        '"Gas","Heat",12.5',
        "Gas -> Heat : 12.5",
        "Gas --> Heat: 12.5",
        "Gas \u2192 Heat : 12.5",
    ],
)
def test_a_flow_is_read_however_it_is_written(line: str) -> None:
    (edge,) = drawing_of(f"sankey\n{line}").all(Edge)
    assert (edge.source, edge.target, edge.value) == ("Gas", "Heat", 12.5)


@pytest.mark.parametrize("name", ["money", "quoted", "arrows", "untidy"])
def test_nodes_and_ribbons_are_as_high_as_their_flow(name: str) -> None:
    text = (FOLDER / "sankey" / f"{name}.mmd").read_text()
    drawing, figure = drawing_of(text), figure_of(text)
    boxes = boxes_of(figure)
    edges = drawing.all(Edge)
    ribbons = {each.key.removeprefix("edge:"): each for each in figure.elements if isinstance(each, Line)}
    unit = boxes[edges[0].source].rect.h / max(
        sum(edge.value or 0 for edge in edges if edge.source == edges[0].source),
        sum(edge.value or 0 for edge in edges if edge.target == edges[0].source),
    )
    for node in drawing.all(Node):
        inflow = sum(edge.value or 0 for edge in edges if edge.target == node.id)
        outflow = sum(edge.value or 0 for edge in edges if edge.source == node.id)
        assert boxes[node.id].rect.h == pytest.approx(max(inflow, outflow) * unit, rel=0.01)
    for edge in edges:
        points = ribbons[edge.id].points
        assert points[-1][1] - points[0][1] == pytest.approx((edge.value or 0) * unit, rel=0.01)
        assert points[0][0] == pytest.approx(boxes[edge.source].rect.right)
        assert points[len(points) // 2 - 1][0] == pytest.approx(boxes[edge.target].rect.x)
        assert boxes[edge.source].rect.right < boxes[edge.target].rect.x


def test_flows_that_go_round_in_circles_are_drawn() -> None:
    figure = figure_of((FOLDER / "sankey" / "circle.mmd").read_text())
    assert len([each for each in figure.elements if isinstance(each, Line)]) == 3
    assert len({box.rect.x for box in boxes_of(figure).values()}) == 3
