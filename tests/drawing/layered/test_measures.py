"""What ``make bench-layout`` counts is found, each on a drawing of two boxes and a line."""

from __future__ import annotations

import pytest

from bench.layout.engines import ours
from bench.layout.graphs import Box, Graph, Group, Line, generated
from bench.layout.measures import Drawing, Measure, slide_text
from drawing.geometry import Point, Rect

GRAPH = Graph(
    "two",
    "down",
    [Box("a", 100, 50), Box("b", 100, 50), Box("c", 100, 50)],
    [],
    [Line("ab", "a", "b", (30, 20)), Line("cb", "c", "b")],
)
RECTS = {"a": Rect(0, 0, 100, 50), "b": Rect(0, 150, 100, 50), "c": Rect(200, 0, 100, 50)}
DOWN: list[Point] = [(50, 50), (50, 150)]
OVER: list[Point] = [(250, 50), (250, 100), (80, 100), (80, 150)]


def measured(**changes: dict[str, object]) -> Measure:
    parts: dict[str, dict[str, object]] = {
        "rects": dict(RECTS),
        "frames": {},
        "routes": {"ab": DOWN, "cb": OVER},
        "labels": {"ab": Rect(5, 70, 30, 20)},
    }
    for name, change in changes.items():
        parts[name] |= change
    return Measure(GRAPH, Drawing(**parts))  # type: ignore[arg-type]


def test_a_tidy_drawing_has_no_fault() -> None:
    measure = measured()

    assert measure.hard() == []
    assert measure.crossings() == 0
    assert measure.label_owners() == (0, 0)
    assert (measure.kinks(), measure.short_heads(), measure.bends()) == (0, 0, 2)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"rects": {"c": Rect(60, 0, 100, 50)}}, "boxes overlap"),
        ({"rects": {"c": Rect(0, 80, 100, 30)}}, "line through a box"),
        ({"routes": {"cb": [(250, 50), (250, 80), (20, 80), (20, 150)]}}, "line through a label"),
        ({"routes": {"ab": [(50, 60), (50, 150)]}}, "loose end"),
        ({"labels": {"ab": Rect(90, 30, 30, 20)}}, "label on a box"),
    ],
)  # fmt: skip
def test_each_fault_is_found(changes: dict[str, dict[str, object]], fault: str) -> None:
    assert any(found.startswith(fault) for found in measured(**changes).hard())


def test_jogs_short_heads_and_labels_of_others_are_counted() -> None:
    jog: list[Point] = [(50, 50), (50, 90), (56, 90), (56, 150)]
    short: list[Point] = [(250, 50), (250, 145), (80, 145), (80, 150)]

    assert measured(routes={"ab": jog}).kinks() == 1
    assert measured(routes={"cb": short}).short_heads() == 1
    assert measured(labels={"ab": Rect(200, 72, 30, 20)}).label_owners() == (1, 1)


def test_a_line_through_a_foreign_frame_is_counted() -> None:
    graph = Graph(
        "framed", "down", [*GRAPH.boxes[:2], Box("c", 40, 30, group="f")], [Group("f")], GRAPH.lines[:1]
    )
    drawing = Drawing(dict(RECTS), {"f": Rect(20, 70, 300, 50)}, {"ab": DOWN})

    assert Measure(graph, drawing).foreign_frames() == ["line through a foreign frame: ab f"]


def test_text_on_a_slide_is_as_large_as_the_wider_side_lets_it_be() -> None:
    wide = Drawing({"a": Rect(0, 0, 1771.2, 10)})

    assert slide_text(wide) == pytest.approx(8.0)


@pytest.mark.parametrize("graph", generated(36), ids=lambda graph: str(graph.name))
def test_our_layouts_of_generated_graphs_have_no_fault(graph: Graph) -> None:
    layout = ours(graph)
    routes = {key: list(route) for key, route in layout.routes.items()}
    measure = Measure(graph, Drawing(layout.rects, layout.frames, routes, layout.labels, layout.headings))

    assert measure.hard() + measure.foreign_frames() == []
    assert measure.label_owners() == (0, 0)
