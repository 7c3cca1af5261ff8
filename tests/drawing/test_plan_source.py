"""Every JSON plan can be written as notation that says the same."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given, settings

from bench.plans import generated_plans, written_plans
from drawing.graph import Collector, Graph
from drawing.markup import unmarked
from drawing.model import Drawing, Edge, Group, Node, PlacedShape
from drawing.plan import Edge as PlanEdge
from drawing.plan import Header, Plan
from drawing.plan import Node as PlanNode
from drawing.plan_source import plan_source
from drawing.session import DrawingSession, draw_source
from drawing.source import read_source, write_source
from tests.drawing.strategies import plans

PLANS = written_plans() | {f"generated{i}": plan for i, plan in enumerate(generated_plans(60))}


def graph_of(plan: Plan) -> Graph:
    collector = Collector(plan.header)
    for item in plan.items:
        collector.add(item)
    return collector.graph()


def words_of(drawing: Drawing) -> set[str]:
    """All texts of nodes and groups, and the cells of rows, without blanks."""
    parts: list[Node | Group | PlacedShape] = [
        *drawing.all(Node),
        *drawing.all(Group),
        *drawing.all(PlacedShape),
    ]
    texts = [part.text for part in parts]
    texts += [cell for node in drawing.all(Node) for row in node.rows for cell in row.cells]
    return {"".join(line.split()) for text in texts for line in text.split("\n")}


@pytest.mark.parametrize("plan", PLANS.values(), ids=list(PLANS))
def test_a_plan_as_notation_says_the_same(plan: Plan) -> None:
    graph = graph_of(plan)
    reader = read_source(plan_source(graph))
    drawing = reader.drawing
    assert drawing is not None
    assert reader.notes == ()
    assert drawing.title == unmarked(plan.header.title)
    words = words_of(drawing)
    for node in (*graph.nodes.values(), *graph.groups.values()):
        for line in unmarked(node.text or "").split("\n"):
            assert not line or "".join(line.split()) in words
    links = sorted(unmarked(link.label or "") for link in graph.links)
    said = sorted(
        edge.text for edge in drawing.all(Edge) if edge.text or len(drawing.all(Edge)) == len(links)
    )
    assert [each for each in said if each] == [each for each in links if each]
    assert len(drawing.all(Edge)) == len(links) + (len(graph.parents) if links else 0)
    draw_source(plan_source(graph), namespace=uuid.UUID(int=5))


@settings(max_examples=50, deadline=None)
@given(plan=plans())
def test_no_plan_is_too_strange_to_be_written(plan: Plan) -> None:
    graph = graph_of(plan)
    if graph.nodes or graph.groups:
        drawing = read_source(plan_source(graph)).drawing
        assert drawing is not None
        assert write_source(drawing) == write_source(
            read_source(write_source(drawing)).drawing or Drawing("x")
        )


def test_ids_of_a_plan_are_kept_where_notation_takes_them() -> None:
    plan = written_plans()["flow_login"]
    drawing = read_source(plan_source(graph_of(plan))).drawing
    assert drawing is not None
    assert {f"node:{node.id}" for node in drawing.all(Node)} == set(graph_of(plan).nodes)


def test_a_session_has_its_drawing_as_notation_however_it_was_said() -> None:
    session = DrawingSession(namespace=uuid.UUID(int=5))
    assert session.notation is None
    session.begin(Header("Tea", "flowchart", "right"))
    session.take(PlanNode("a", "Boil"))
    session.take(PlanNode("b", "Pour"))
    session.take(PlanEdge("a", "b", "then"))
    assert session.notation is not None
    assert (
        read_source(session.notation).drawing
        == read_source("flowchart LR\ntitle Tea\na[Boil] -->|then| b[Pour]").drawing
    )
    session = DrawingSession(namespace=uuid.UUID(int=5))
    session.feed("funnel\nA : 3\n")
    assert session.notation == "funnel\n- A : 3\n"
