"""Answers of real model servers, recorded byte for byte: each is drawn whole, or fails with the right word."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from drawing.model import Edge, Node
from drawing.source import read_source
from tests.tasks.quirks import GOOD
from tests.tasks.reading import Outcome, ask

Drawn = tuple[list[str], list[tuple[str, str, str | None]]]
FOLDER = Path(__file__).parent / "model_server_cases"


class Expected(NamedTuple):
    """What comes of a recording: the failure's code, or a drawing after so many requests."""

    code: str | None = None
    requests: int = 1
    is_final: bool = True  # a failure that is not tried again
    is_estimated: bool = False  # the usage


CASES = {
    "bom": Expected(),
    "content_list": Expected(),
    "ctx_llamacpp": Expected("model_context_too_small"),
    "ctx_vllm": Expected(requests=2),
    "cut_stop": Expected("model_interrupted", is_final=False),
    "early_role_think": Expected(),
    "empty_once": Expected("model_bad_answer", is_final=False),
    "fin_each_cut": Expected("model_interrupted", is_final=False, is_estimated=True),
    "fin_error": Expected("model_interrupted", is_final=False),
    "fin_resource": Expected("model_interrupted", is_final=False),
    "fin_sensitive": Expected("content_filtered"),
    "groq_validate_once": Expected(requests=2),
    "json_200_error": Expected("model_unavailable", is_final=False),
    "keepalive_think": Expected(),
    "mermaid": Expected(),
    "model_perm": Expected("model_not_found"),
    "n2_choices": Expected(),
    "no_stream": Expected(),
    "other_keys": Expected(),
    "prose_draft": Expected(),
    "pycomment": Expected(),
    "rate_minute": Expected("model_rate_limited", is_final=False),
    "reasoning_only": Expected(),
    "rf403": Expected(requests=2),
    "rf404_openrouter": Expected(requests=2),
    "rf500": Expected(requests=2),
    "rf_stream_error": Expected(requests=2),
    "stream_options_422": Expected(requests=2),
    "stream_verify": Expected(requests=2),
    "surrogates": Expected(),
    "system_role": Expected(requests=2),
    "think_inline": Expected(),
    "tool_args": Expected(),
    "type_keys": Expected(),
    "usage_anthropic": Expected(),
    "usage_minus": Expected(is_estimated=True),
    "usage_neg": Expected(is_estimated=True),
    "usage_xgroq": Expected(),
}


def test_each_recording_has_its_expectation() -> None:
    assert {path.stem for path in FOLDER.glob("*.txt")} == set(CASES)


@pytest.mark.parametrize("plan_format", ["json", "notation"])
@pytest.mark.parametrize("name", CASES)
def test_recorded_answer(name: str, plan_format: str) -> None:
    """Whatever form was asked for: the one that comes is read."""
    expected = CASES[name]
    recording = (FOLDER / f"{name}.txt").read_bytes()
    outcome = ask(recording, *[GOOD] * (expected.requests - 1), plan_format=plan_format)
    assert (outcome.code, outcome.is_final if outcome.code else True) == (expected.code, expected.is_final)
    assert len(outcome.bodies) == expected.requests
    assert outcome.usage.is_estimated is expected.is_estimated
    if expected.code is None:
        assert drawn(outcome) == DRAWN.get(name, ORDER)
        assert outcome.notes == []


def drawn(outcome: Outcome) -> Drawn:
    """Return the texts and arrows of an answer, whichever form it came in."""
    drawing = read_source(outcome.source).drawing
    if drawing is None:
        return outcome.texts, outcome.arrows
    names = {node.id: f"n{number}" for number, node in enumerate(drawing.all(Node), 1)}
    arrows = [(names[each.source], names[each.target], each.text or None) for each in drawing.all(Edge)]
    return [node.text for node in drawing.all(Node)], arrows


ORDER: Drawn = (["Receive order", "Pack parcel", "Send parcel"], [("n1", "n2", None), ("n2", "n3", "ready")])
DRAWN = {
    "type_keys": (["Receive order", "Pack parcel"], [("n1", "n2", "ok")]),
    "surrogates": (["Receive 📦 order", "Pack parcel", "Send parcel"], ORDER[1]),
}


def test_wait_of_a_body_is_the_servers_wish() -> None:
    outcome = ask((FOLDER / "rate_minute.txt").read_bytes())
    assert outcome.retry_after_seconds == 38


def test_recipe_for_vllm_asks_for_what_fits() -> None:
    outcome = ask((FOLDER / "ctx_vllm.txt").read_bytes(), GOOD)
    assert [body["max_tokens"] for body in outcome.bodies] == [16_000, 8192 - 1650 - 64]
    assert [body["response_format"]["type"] for body in outcome.bodies] == ["json_schema"] * 2


def test_tokens_needed_and_had_are_said() -> None:
    outcome: Outcome = ask((FOLDER / "ctx_llamacpp.txt").read_bytes())
    assert "2,150 tokens" in outcome.operator_message
    assert "1,024" in outcome.operator_message
