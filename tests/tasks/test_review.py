"""Faults of content that a drawing is sent back for."""

from __future__ import annotations

from drawing.model import Drawing, Edge, Group, Node, Part
from tasks.designers.prompts import EXAMPLE_WORDS
from tasks.designers.review import MOST, review

WORDS = "How we approve invoices: check the amount, then pay"


def flow(*parts: Part, kind: str = "flowchart", title: str = "Invoice approval") -> Drawing:
    drawing = Drawing(kind, title)
    for part in parts:
        drawing.put(part)
    return drawing


def complaints(drawing: Drawing, words: str = WORDS) -> list[str]:
    return review(drawing, words=words, example_words=EXAMPLE_WORDS)


def test_a_sound_flow_is_not_sent_back() -> None:
    drawing = flow(
        Node("a", "Invoice", role="start"),
        Node("b", "Over 5000?", role="decision"),
        Node("c", "Pay"),
        Node("d", "Ask"),
        Edge("a>b", "a", "b"),
        Edge("b>c", "b", "c", "no"),
        Edge("b>d", "b", "d", "yes"),
    )
    assert complaints(drawing) == []


def test_a_decision_with_one_way_out() -> None:
    drawing = flow(
        Node("a", "Invoice"),
        Node("b", "Over 5000?", role="decision"),
        Edge("1", "a", "b"),
        Edge("2", "b", "a"),
    )
    assert complaints(drawing) == ["The decision “Over 5000?” needs at least two ways out."]


def test_a_decision_whose_ways_are_not_labelled() -> None:
    drawing = flow(
        Node("b", "Invoice right?", role="decision"),
        Node("c", "Pay"),
        Node("d", "Ask"),
        Edge("1", "b", "c"),
        Edge("2", "b", "d"),
    )
    assert complaints(drawing) == ["Label the ways out of the decision “Invoice right?”."]


def test_a_step_that_nothing_leads_to() -> None:
    drawing = flow(Node("a", "Invoice"), Node("b", "Pay"), Node("c", "Archive"), Edge("1", "a", "b"))
    assert complaints(drawing) == ["Nothing leads to or from “Archive”; connect it."]


def test_members_of_a_connected_group_are_connected() -> None:
    drawing = flow(
        Node("a", "Invoice"), Group("g", "Pay"), Node("b", "Bank", parent="g"), Edge("1", "a", "g")
    )
    assert complaints(drawing) == []


def test_a_lane_without_a_step() -> None:
    drawing = flow(Group("x", "Team"), Group("y", "Boss"), Node("a", "Invoice", parent="x"), kind="swimlanes")
    assert complaints(drawing) == ["The lane “Boss” is empty."]


def test_the_prompts_own_example() -> None:
    drawing = flow(
        Node("a", "Open pull request"),
        Node("b", "Tests pass?"),
        Node("c", "Merge"),
        title="Pull request review",
    )
    assert complaints(drawing)[0].startswith("This is the example")
    assert complaints(drawing, "How we review a pull request: open it, tests pass, merge") == []


def test_another_subject_than_the_persons() -> None:
    drawing = flow(Node("a", "Bake bread"), title="Baking")
    assert complaints(drawing)[0].startswith("No word of the person's text")
    assert complaints(drawing, "Bäckerei") == []


def test_another_script_cannot_be_compared() -> None:
    assert complaints(flow(Node("a", "Invoice")), "ارسم مخطط تدفق للفواتير") == []
    assert complaints(flow(Node("a", "发票审批"), title="发票")) == []


def test_no_more_complaints_than_a_model_can_follow() -> None:
    nodes = [Node(str(i), f"Invoice {i}") for i in range(20)]
    assert len(complaints(flow(*nodes, Edge("e", "0", "1")))) == MOST
