"""Every JSON plan can be written as notation that says the same."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest
from hypothesis import given, settings

from bench.plans import generated_plans, written_plans
from drawing.markup import unmarked
from drawing.model import Drawing, Edge, Group, Node, PlacedShape
from drawing.plan import Edge as PlanEdge
from drawing.plan import Header, Plan
from drawing.plan import Node as PlanNode
from drawing.plan_collector import PlanCollector
from drawing.session import DrawingSession
from drawing.source import read_source, write_source
from tests.drawing.strategies import plans

PLANS = written_plans() | {f"generated{i}": plan for i, plan in enumerate(generated_plans(60))}


def lost_labels(plan: Plan) -> list[str]:
    """The words of connectors to what is not there."""
    known = {item.id for item in plan.items if not isinstance(item, PlanEdge)}
    return [
        unmarked(item.label)
        for item in plan.items
        if isinstance(item, PlanEdge) and item.label and not {item.source, item.target} <= known
    ]


def reader_of(plan: Plan) -> PlanCollector:
    reader = PlanCollector(plan.header)
    for item in plan.items:
        reader.take(item)
    reader.close()
    return reader


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
    drawing = reader_of(plan).drawing
    again = read_source(write_source(drawing))

    assert again.notes == ()
    assert again.drawing == drawing
    words = words_of(drawing)
    for item in plan.items:
        for line in unmarked(getattr(item, "text", None) or "").split("\n"):
            assert not line or "".join(line.split()) in words
    said = Counter(unmarked(item.label) for item in plan.items if isinstance(item, PlanEdge) and item.label)
    assert said - Counter(edge.text for edge in drawing.all(Edge)) == Counter(lost_labels(plan))


@settings(max_examples=50, deadline=None)
@given(plan=plans())
def test_no_plan_is_too_strange_to_be_written(plan: Plan) -> None:
    drawing = reader_of(plan).drawing
    again = read_source(write_source(drawing)).drawing

    assert again is not None
    assert write_source(again) == write_source(drawing)


def test_ids_of_a_plan_are_kept_where_notation_takes_them() -> None:
    plan = written_plans()["flow_login"]
    drawing = reader_of(plan).drawing
    assert {node.id for node in drawing.all(Node)} == {
        item.id for item in plan.items if isinstance(item, PlanNode)
    }


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
