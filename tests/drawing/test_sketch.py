from __future__ import annotations

import uuid

import pytest
from hypothesis import HealthCheck, given, settings

from drawing.canvas import Bounds, Canvas, CanvasObject
from drawing.diagram import Collector
from drawing.plan import Edge, Group, Header, Node, Plan, PlanUnusable, Shape
from drawing.quality import box_of, judge
from drawing.sketch import Sketch, draw_plan
from tests.drawing.strategies import plans

NAMESPACE = uuid.UUID("0b5c4f7e-5d0f-4c0a-8a52-0d3f3c6a4b11")
FORBIDDEN = (
    "not finite",
    "overlap",
    "covers",
    "wider",
    "higher",
    "sticks out",
    "is loose",
    "hard to read",
    "too pale",
    "leaves the page",
)
LOGIN = Plan(
    Header("Login", "flowchart"),
    (
        Node("start", "Open the app", role="start"),
        Edge("start", "form"),
        Node("form", "Enter the password"),
        Edge("form", "valid"),
        Node("valid", "Is it right?", role="decision"),
        Edge("valid", "form", "no"),
        Edge("valid", "home", "yes"),
        Node("home", "Home", role="end"),
    ),
)


def draw(plan: Plan, **options: object) -> Canvas:
    return draw_plan(plan, namespace=NAMESPACE, **options)  # type: ignore[arg-type]


def texts_of(canvas: Canvas) -> list[str]:
    return [
        item.properties["text"].replace("\n", " ") for item in canvas.objects if item.object_type == "text"
    ]


def connectors_of(canvas: Canvas) -> list[CanvasObject]:
    return [item for item in canvas.objects if "from" in item.properties]


def object_id(key: str) -> str:
    return str(uuid.uuid5(NAMESPACE, key))


def serious(canvas: Canvas) -> list[str]:
    return [defect for defect in canvas.quality.defects if any(word in defect for word in FORBIDDEN)]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_any_plan_becomes_a_canvas_without_serious_defects(plan: Plan) -> None:
    canvas = draw(plan)

    assert serious(canvas) == [], plan
    assert 0 <= canvas.quality.score <= 100


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans())
def test_every_node_and_every_edge_between_known_nodes_is_drawn(plan: Plan) -> None:
    collector = Collector(plan.header)
    for item in plan.items:
        collector.add(item)
    graph = collector.graph()

    drawn = {item.id for item in draw(plan).objects}

    assert {object_id(key) for key in [*graph.nodes, *graph.groups]} <= drawn
    assert {object_id(link.key) for link in graph.links} <= drawn


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(plans(14))
def test_the_canvas_is_whole_after_each_item(plan: Plan) -> None:
    sketch = Sketch(namespace=NAMESPACE)
    shown = {item.id: item for item in sketch.begin(plan.header)}
    for item in plan.items:
        changed = sketch.add(item)
        assert len({each.id for each in changed}) == len(changed)
        assert all(shown.get(each.id) != each for each in changed)
        shown |= {each.id: each for each in changed}
        defects = judge(list(shown.values())).defects
        assert [d for d in defects if any(word in d for word in FORBIDDEN[:7])] == []

    assert set(shown) <= {item.id for item in sketch.finish().objects}
