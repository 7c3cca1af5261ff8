"""Connectors between the same two shapes are spread, with their own words along them, and boxes keep their size."""

from __future__ import annotations

import uuid
from itertools import combinations

import pytest

from bench.plans import load
from drawing.canvas import Canvas
from drawing.geometry import polyline_to_rect
from drawing.object_index import index_objects
from drawing.plan import Direction, Edge, Header, Node, Plan
from drawing.quality import count_crossings
from drawing.session import draw_plan
from drawing.theme import Style
from tests.drawing.test_cases import CASES


def bundle(count: int, direction: Direction, style: Style = "modern", *, has_words: bool = True) -> Canvas:
    words = "start button|stop|timer|an error|power loss|reset by hand".split("|")
    edges = [
        Edge(*(("a", "b") if i % 2 == 0 else ("b", "a")), words[i] if has_words else None)
        for i in range(count)
    ]
    plan = Plan(Header("", "flowchart", direction), (Node("a", "Idle"), Node("b", "Running"), *edges))
    return draw_plan(plan, style=style, namespace=uuid.UUID(int=4))


@pytest.mark.parametrize("style", ["modern", "corporate", "creative", "minimal"])
@pytest.mark.parametrize("direction", ["down", "right"])
@pytest.mark.parametrize("count", range(2, 7))
def test_each_label_stands_at_its_own_line(count: int, direction: Direction, style: Style) -> None:
    canvas = bundle(count, direction, style)

    assert canvas.quality.defects == ()
    index = index_objects(canvas.objects)
    for text, box in index.texts.values():
        own = index.routes.get(text.properties["of"])
        if own is not None:
            others = [points for key, (_, points) in index.routes.items() if key != own[0].id]
            nearest = min(polyline_to_rect(points, box) for points in others)
            assert polyline_to_rect(own[1], box) + 2 <= nearest


def test_bundles_of_placed_shapes_are_lanes_side_by_side() -> None:
    canvas = draw_plan(load(CASES / "freeform_bundles.json"), namespace=uuid.UUID(int=4))

    assert canvas.quality.defects == ()
    routes = {
        item.properties["label"]: points for item, points in index_objects(canvas.objects).routes.values()
    }
    heights = [routes[word][len(routes[word]) // 2][1] for word in ("request", "response", "cancel")]
    assert heights == sorted(heights)
    assert abs(routes["write"][0][0] - routes["read"][0][0]) >= 12


@pytest.mark.parametrize("direction", ["down", "right"])
def test_boxes_are_not_stretched_for_a_bundle(direction: Direction) -> None:
    alone, many = bundle(1, direction, has_words=False), bundle(6, direction)

    def boxes(canvas: Canvas) -> list[tuple[float, float]]:
        scale = next(i.properties["fontSize"] for i in canvas.objects if i.properties.get("text") == "Idle")
        found = [item.properties for item in canvas.objects if item.object_type == "rectangle"]
        return [(p["width"] / scale, p["height"] / scale) for p in found]

    for one, other in zip(boxes(alone), boxes(many), strict=True):
        assert other == pytest.approx(one, rel=0.05)


@pytest.mark.parametrize("direction", ["down", "right"])
def test_lanes_do_not_cross_and_keep_their_distance(direction: Direction) -> None:
    routes = [points for _, points in index_objects(bundle(5, direction).objects).routes.values()]

    across = 0 if direction == "down" else 1
    middles = [points[len(points) // 2][across] for points in routes]
    assert count_crossings(routes) == 0
    assert all(abs(a - b) >= 12 for a, b in combinations(middles, 2))
