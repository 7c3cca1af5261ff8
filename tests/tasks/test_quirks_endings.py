"""How model servers differ from the manual: how answers end, and how long they may take."""

from __future__ import annotations

import pytest

from tasks.designers import Request
from tests.tasks.quirks import (
    CUT,
    ROLE,
    TEXT,
    answer,
    chunk,
    stream,
    texts,
)
from tests.tasks.reading import EDGES, ORDER, ask, check_drawn, check_failed

# How an answer ends


BROKEN_ENDS = (
    "error abort aborted insufficient_system_resource network_error OTHER MALFORMED_FUNCTION_CALL cancelled timeout"
    " server_error unknown repetition_truncation FINISH_REASON_UNSPECIFIED_ERROR pause_turn"
).split()
FILTERED_ENDS = [
    *"content_filter sensitive SAFETY PROHIBITED_CONTENT BLOCKLIST SPII guardrail_intervened".split(),
    *"content_filtered IMAGE_SAFETY flagged risk_control".split(),
    "content_filter: RECITATION",
    "FinishReason.SAFETY",
]
LENGTH_ENDS = (
    "length MAX_TOKENS max_output_tokens model_length token_limit model_context_window_exceeded".split()
)
CLEAN_ENDS = "stop STOP eos end_turn stop_sequence tool_calls COMPLETE FINISH_REASON_STOP eos_token".split()


@pytest.mark.parametrize("finish", [*BROKEN_ENDS, "stop", "tool_calls"])
def test_half_a_plan_is_asked_for_again_whatever_the_finish_reason(finish: str) -> None:
    check_failed(ask(answer(CUT, finish)), "model_interrupted", is_final=False)


@pytest.mark.parametrize("finish", ["error", "stop", "OTHER"])
def test_half_a_plan_is_drawn_with_a_note_when_it_stays_so(finish: str) -> None:
    outcome = ask(answer(CUT, finish), request=Request("An order", draws_cut=True))
    assert (outcome.code, outcome.texts) == (None, ORDER)
    assert outcome.arrows == EDGES[:1]
    assert ["broke off" in note for note in outcome.notes] == [True]


@pytest.mark.parametrize("finish", FILTERED_ENDS)
@pytest.mark.parametrize("text", ["", CUT])
def test_withheld_answer_is_filtered_in_every_vendors_words(finish: str, text: str) -> None:
    check_failed(ask(answer(text, finish)), "content_filtered", is_final=True)


@pytest.mark.parametrize("finish", LENGTH_ENDS)
def test_answer_cut_by_length_is_drawn_with_a_note(finish: str) -> None:
    outcome = ask(answer(CUT, finish))
    assert (outcome.code, outcome.texts, len(outcome.notes)) == (None, ORDER, 1)
    assert "length limit" in outcome.notes[0]


@pytest.mark.parametrize("finish", [*CLEAN_ENDS, *BROKEN_ENDS, "length"])
def test_whole_plan_is_drawn_without_a_note_whatever_the_finish_reason(finish: str) -> None:
    check_drawn(ask(answer(TEXT, finish)))


def test_connection_that_breaks_after_a_finish_reason_leaves_half_a_plan() -> None:
    broken = stream(*texts(CUT), chunk({}, "stop"), done=False, end="\n<<connection reset here>>\n")
    check_failed(ask(broken), "model_interrupted", is_final=False)
    assert ask(broken, request=Request("An order", draws_cut=True)).texts == ORDER


def test_connection_that_breaks_after_the_whole_plan_costs_nothing() -> None:
    check_drawn(ask(stream(*texts(TEXT), done=False, end="\n<<connection reset here>>\n")))


def test_server_that_never_hangs_up_after_the_answer_is_left() -> None:
    check_drawn(ask(stream(*texts(TEXT), chunk({}, "stop"), done=False, end="\n<<silence>>\n")))
    check_drawn(ask(stream(*texts(TEXT), done=False, end="\n<<silence>>\n")))


def test_declined_answer_is_refused() -> None:
    check_failed(
        ask(stream(chunk({"refusal": "I cannot."}), chunk({}, "stop"))), "model_refused", is_final=True
    )
    check_failed(ask(answer("", "refusal")), "model_refused", is_final=True)


# Patience (the circuit breaker has tests of its own)


WAIT = "\n<<4 s of silence>>\n"


@pytest.mark.parametrize(
    "sign",
    [
        ": ping\n\n",
        "data:\n\n",
        "event: ping\ndata: {}\n\n",
        ": OPENROUTER PROCESSING\n\n",
        "\n",
        "data: ping\n\n",
    ],
)
def test_comments_and_pings_are_signs_of_life(sign: str) -> None:
    check_drawn(ask(stream(*[sign + WAIT] * 4, ROLE, *texts(TEXT), chunk({}, "stop"))))


@pytest.mark.slow
def test_patience_changes_at_the_first_word() -> None:
    late = "\n<<8 s of silence>>\n"
    for empty in (ROLE, chunk({"content": ""}), chunk({"content": None}), chunk({"content": "\n"})):
        check_drawn(ask(stream(empty, late, *texts(TEXT), chunk({}, "stop"))))
    for word in (chunk({"content": "Here"}), chunk({"reasoning_content": "Hm"})):
        check_failed(ask(stream(word, late, *texts(TEXT), done=False)), "model_timeout", is_final=False)


@pytest.mark.slow
def test_endless_pings_end_with_the_time_of_one_try() -> None:
    outcome = ask(stream(*[": ping\n\n<<3 s of silence>>\n"] * 30, done=False), total=20)
    check_failed(outcome, "model_timeout", is_final=False)
