"""How model servers differ from the manual: blank answers, and answers in other places."""

from __future__ import annotations

import json

import pytest

from tasks.designers import Request
from tests.tasks.quirks import (
    GOOD,
    PLAN,
    ROLE,
    TEXT,
    answer,
    chunk,
    document,
    message,
    pieces,
    refusal,
    stream,
    texts,
)
from tests.tasks.reading import ask, check_drawn, check_failed

BLANK = {
    "nothing": stream(),
    "role only": stream(ROLE, chunk({}, "stop")),
    "spaces": answer("  \n \t "),
    "empty body": document("", kind="text/event-stream"),
    "empty document": document({}),
    "no choices": document({"choices": []}),
    "empty message": document(message("")),
    "null": document(
        {
            "choices": [
                {"index": 0, "message": {"role": "assistant", "content": None}, "finish_reason": "stop"}
            ]
        }
    ),
    "strange values": stream(
        7, [], "data: null\n\n", {"choices": "none"}, {"choices": [3]}, chunk({"content": 5})
    ),
}


@pytest.mark.parametrize("name", BLANK)
def test_blank_answer_is_asked_for_again(name: str) -> None:
    outcome = ask(BLANK[name])
    assert outcome.code in ("model_bad_answer", "model_interrupted")
    assert not outcome.is_final


PLACES = {
    "message in a stream's place": document(message()),
    "message on many lines": document(json.dumps(message(), indent=2)),
    "message as an event": stream(message()),
    "whole message after its deltas": stream(*texts(TEXT), message()),
    "plain completion": stream(
        *[{"choices": [{"index": 0, "text": piece}]} for piece in pieces(TEXT)], chunk({}, "stop")
    ),
    "content list of strings": stream(
        *[chunk({"content": [piece]}) for piece in pieces(TEXT)], chunk({}, "stop")
    ),
    "text as an object": stream(
        chunk({"content": [{"type": "text", "text": {"value": TEXT}}]}), chunk({}, "stop")
    ),
    "output text": stream(chunk({"content": [{"type": "output_text", "text": TEXT}]}), chunk({}, "stop")),
    "plan as an object": document(message(PLAN)),  # type: ignore[arg-type]
    "parsed": document(message("", parsed=PLAN)),
    "tool call as an object": document(
        message("", tool_calls=[{"function": {"name": "plan", "arguments": PLAN}}])
    ),
    "function call": document(message("", function_call={"name": "plan", "arguments": TEXT})),
    "reasoning details": stream(
        chunk({"reasoning_details": [{"type": "reasoning.text", "text": TEXT}]}), chunk({}, "stop")
    ),
    "reasoning": stream(*texts(TEXT, "reasoning"), chunk({}, "stop")),
    "Ollama's own lines": document(
        "\n".join(json.dumps({"message": {"content": piece}, "done": False}) for piece in pieces(TEXT))
        + '\n{"message": {"content": ""}, "done": true, "done_reason": "stop", "prompt_eval_count": 5, "eval_count": 6}\n',
        kind="application/x-ndjson",
    ),
    "lines without a prefix": stream(
        "\n".join(json.dumps(each) for each in [*texts(TEXT), chunk({}, "stop")]) + "\n"
    ),
    "no space after data": stream(
        *[f"data:{json.dumps(each)}\n\n" for each in [*texts(TEXT), chunk({}, "stop")]]
    ),
    "one line end between events": stream(
        *[f"data: {json.dumps(each)}\n" for each in [*texts(TEXT), chunk({}, "stop")]]
    ),
    "carriage returns": stream(
        *[f"data: {json.dumps(each)}\r\n\r\n" for each in [*texts(TEXT), chunk({}, "stop")]]
    ),
    "an event on many lines": stream(
        *[
            "".join(f"data: {line}\n" for line in json.dumps(each, indent=1).split("\n")) + "\n"
            for each in texts(TEXT)
        ],
        chunk({}, "stop"),
    ),
    "second choice in between": stream(
        *[
            {
                "choices": [
                    {"index": 1, "delta": {"content": "zzz"}},
                    {"index": 0, "delta": {"content": piece}},
                ]
            }
            for piece in pieces(TEXT)
        ],
        chunk({}, "stop"),
    ),
    "the text so far, each time": stream(
        *[chunk({"content": TEXT[:end]}) for end in range(50, len(TEXT), 50)],
        chunk({"content": TEXT}, "stop"),
    ),
    "the text once more at the end": stream(*texts(TEXT), chunk({"content": TEXT}, "stop")),
    "delta and message": stream(
        *[
            {"choices": [{"index": 0, "delta": {"content": piece}, "message": {"content": piece}}]}
            for piece in pieces(TEXT)
        ],
        chunk({}, "stop"),
    ),
    "an error after the plan": stream(*texts(TEXT), {"error": {"message": "overloaded", "code": 502}}),
    "accepted": GOOD.replace(b"200 OK", b"202 Accepted"),
    "type of a document": stream(*texts(TEXT), chunk({}, "stop"), head="Content-Type: application/json"),
}


@pytest.mark.parametrize("name", PLACES)
def test_answer_in_another_place_is_read(name: str) -> None:
    check_drawn(ask(PLACES[name]))


@pytest.mark.parametrize(
    "refused",
    [
        refusal(400, "Your organization must be verified to stream this model.", param="stream"),
        refusal(400, "Streaming is not supported for this model."),
        refusal(422, "stream is not supported"),
        document({"detail": [{"loc": ["body", "stream"], "msg": "must be false"}]}, "422 No"),
    ],
)
def test_server_that_does_not_stream_is_asked_without(refused: bytes) -> None:
    outcome = ask(refused, document(message()))
    check_drawn(outcome, requests=2)
    assert outcome.bodies[1]["stream"] is False
    assert "stream_options" not in outcome.bodies[1]


@pytest.mark.parametrize("piece", ["\n" * 1000, " " * 1000, "ha " * 400])
def test_endless_answer_ends_within_its_limits(piece: str) -> None:
    outcome = ask(stream(*[chunk({"content": piece})] * 500))
    assert outcome.code == "plan_unusable"


def test_endless_blanks_after_the_plan_are_cut() -> None:
    check_drawn(ask(stream(*texts(TEXT), *[chunk({"content": " " * 1000})] * 500)))


def test_prose_is_asked_for_once_more_and_then_given_up() -> None:
    prose = answer("Sure! I would draw a box.")
    check_failed(ask(prose), "model_bad_answer", is_final=False)
    second = Request("An order", earlier_failure="model_bad_answer")
    check_failed(ask(prose, request=second), "model_bad_answer", is_final=True)


def test_page_for_browsers_ends_the_job() -> None:
    page = document("<!DOCTYPE html>\n<html>Log in</html>", kind="text/html")
    check_failed(ask(page), "model_bad_answer", is_final=True)
