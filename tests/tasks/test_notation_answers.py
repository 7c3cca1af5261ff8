"""Answers in notation: handed on as they stream, read when cut, asked for once more when they are no diagram."""

from __future__ import annotations

from typing import Any

import pytest

from drawing.model import Message, Node
from drawing.source import read_source
from tasks.designers import Request
from tasks.designers.forms import TIMES_BEFORE_ANOTHER, Form, FormMemory
from tasks.designers.repair import UNREADABLE
from tests.tasks.quirks import TEXT, answer, chunk, pieces, stream
from tests.tasks.reading import Outcome, ask, check_drawn

DIAGRAM = "sequenceDiagram\ntitle An order\nactor U as Buyer\nU->>Shop: order\nShop-->>U: parcel\n"
MESSAGES = [("U", "Shop", "order"), ("Shop", "U", "parcel")]
REQUEST = Request("How an order goes between buyer and shop")


def read(*recordings: bytes, **options: Any) -> Outcome:
    return ask(*recordings, request=REQUEST, **{"plan_format": "auto"} | options)


def messages(outcome: Outcome) -> list[tuple[str, str, str]]:
    drawing = read_source(outcome.source).drawing
    assert drawing is not None
    return [(each.source, each.target, each.text) for each in drawing.all(Message)]


def test_notation_is_handed_on_piece_by_piece() -> None:
    outcome = read(answer(DIAGRAM))
    assert (outcome.failure, outcome.source, outcome.notes, outcome.restarts) == (None, DIAGRAM, [], 0)
    assert messages(outcome) == MESSAGES
    body = outcome.bodies[0]
    assert "response_format" not in body
    assert "title " in body["messages"][0]["content"]
    assert outcome.usage.output_tokens == 300


@pytest.mark.parametrize(
    "text",
    [
        f"Sure, here it is:\n\n```mermaid\n{DIAGRAM}```\nAnything else?",
        f"<think>Let me see: sequenceDiagram\nA->>B: draft</think>{DIAGRAM}",
        f"```mermaid\nsequenceDiagram\nA->>B: draft\n```\nWait, let me correct that:\n```mermaid\n{DIAGRAM}```",
        DIAGRAM.replace("\n", "\r\n"),
        DIAGRAM.rstrip("\n"),
    ],
    ids=["chatter", "thinking", "second thought", "CRLF", "no newline at the end"],
)
def test_what_is_around_the_notation_does_not_matter(text: str) -> None:
    outcome = read(answer(text))
    assert outcome.failure is None
    assert messages(outcome) == MESSAGES
    assert outcome.notes == []


def test_a_json_plan_is_read_whatever_was_asked_for() -> None:
    check_drawn(read(answer(TEXT)))


def test_prose_is_asked_for_once_more_as_a_json_plan() -> None:
    outcome = read(answer("I would draw a box for the buyer."), answer(TEXT))
    check_drawn(outcome, requests=2, notes=1)
    assert outcome.notes == [UNREADABLE]
    assert "response_format" not in outcome.bodies[0]
    assert outcome.bodies[1]["response_format"]["type"] == "json_schema"
    assert outcome.usage.output_tokens == 600


def test_prose_twice_fails_as_a_bad_answer() -> None:
    outcome = read(answer("No idea."), answer("Still none."))
    assert (outcome.code, len(outcome.bodies)) == ("model_bad_answer", 2)


def test_an_operator_may_insist_on_one_form() -> None:
    assert len(read(answer("No idea."), plan_format="notation").bodies) == 1
    outcome = read(answer(TEXT), plan_format="json")
    assert "response_format" in outcome.bodies[0]


def test_a_model_that_cannot_write_notation_is_asked_for_plans_from_then_on() -> None:
    prose, plan = answer("I would draw a box."), answer(TEXT)
    outcome = read(*[prose, plan] * TIMES_BEFORE_ANOTHER, plan, times=TIMES_BEFORE_ANOTHER + 1)
    check_drawn(outcome, requests=2 * TIMES_BEFORE_ANOTHER + 1)
    assert "response_format" in outcome.bodies[-1]


def test_one_readable_answer_clears_the_memory() -> None:
    memory = FormMemory()
    for served in (Form.JSON, Form.NOTATION, Form.JSON, Form.LABELS):
        memory.note(Form.NOTATION, served)
        assert memory.choose() is Form.NOTATION
    memory.note(Form.NOTATION, Form.LABELS)
    assert memory.choose() is Form.LABELS


def test_a_drawing_about_something_else_is_corrected_once() -> None:
    wrong = "sequenceDiagram\nAlice->>Bob: zzzz qqqq\n"
    outcome = read(answer(wrong), answer(DIAGRAM))
    assert messages(outcome) == MESSAGES
    assert outcome.restarts == 1
    assert len(outcome.notes) == 1
    said, correction = outcome.bodies[1]["messages"][-2:]
    assert said["role"] == "assistant"
    assert "zzzz" in said["content"]
    assert "No word of the person's text" in correction["content"]


@pytest.mark.parametrize(
    "second", ["I cannot.", "sequenceDiagram\nAlice->>Bob: yyyy vvvv\n"], ids=["prose", "no better"]
)
def test_a_correction_that_is_no_better_changes_nothing(second: str) -> None:
    first = "sequenceDiagram\nAlice->>Bob: zzzz qqqq\n"
    outcome = read(answer(first), answer(second))
    assert (outcome.failure, outcome.source, outcome.restarts) == (None, first, 0)
    assert len(outcome.bodies) == 2


def test_notation_cut_at_its_length_is_drawn_and_said() -> None:
    outcome = read(answer(DIAGRAM[:-10], finish="length"))
    assert outcome.failure is None
    assert messages(outcome)[0] == MESSAGES[0]
    assert any("length limit" in note for note in outcome.notes)


def test_notation_that_breaks_off_is_tried_again_and_drawn_at_last() -> None:
    cut = stream(*[chunk({"content": piece}) for piece in pieces(DIAGRAM)], done=False)
    outcome = read(cut)
    assert (outcome.code, outcome.is_final) == ("model_interrupted", False)
    last = ask(cut, request=Request(REQUEST.instructions, draws_cut=True), plan_format="auto")
    assert last.failure is None
    assert messages(last) == MESSAGES
    assert len(last.notes) == 1


def test_a_server_without_finish_reasons_says_done() -> None:
    outcome = read(stream(*[chunk({"content": piece}) for piece in pieces(DIAGRAM)]))
    assert outcome.failure is None
    assert messages(outcome) == MESSAGES


def test_a_header_with_nothing_below_it_is_no_drawing() -> None:
    outcome = read(answer("sequenceDiagram\n"), answer(TEXT))
    check_drawn(outcome, requests=2, notes=1)


def test_names_are_not_lost_between_two_pieces() -> None:
    drawing = read_source(read(answer(DIAGRAM)).source).drawing
    assert drawing is not None
    assert [node.text for node in drawing.all(Node)] == ["Buyer", "Shop"]
