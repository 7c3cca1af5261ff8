"""How model servers differ from the manual: thinking, drafts and corrections: only the last complete answer is drawn."""

from __future__ import annotations

import pytest

from tests.tasks.quirks import (
    DRAFT,
    TEXT,
    answer,
    chunk,
    pieces,
    stream,
    texts,
)
from tests.tasks.reading import ask, check_drawn

THOUGHTS = {
    "think": f"<think>A draft: {DRAFT}</think>{TEXT}",
    "thinking": f"<thinking>{DRAFT}\n</thinking>\n```json\n{TEXT}\n```",
    "mistral": f"[THINK]{DRAFT}[/THINK]{TEXT}",
    "kimi": f"◁think▷{DRAFT}◁/think▷{TEXT}",
    "reasoning": f"<reasoning>{DRAFT}</reasoning>\n<answer>{TEXT}</answer>",
    "seed": f"<seed:think>{DRAFT}</seed:think>{TEXT}",
    "cohere": f"<|START_THINKING|>{DRAFT}<|END_THINKING|>{TEXT}",
    "open thoughts": f"<|begin_of_thought|>{DRAFT}<|end_of_thought|><|begin_of_solution|>{TEXT}<|end_of_solution|>",
    "upper case": f"<THINK>{DRAFT}</THINK>{TEXT}",
    "attribute": f'<think duration="3">{DRAFT}</think>{TEXT}',
    "harmony": f"<|channel|>analysis<|message|>{DRAFT}<|end|><|start|>assistant<|channel|>final<|message|>{TEXT}<|return|>",
    "harmony, commentary": f"<|channel|>commentary<|message|>Hm {{a}}<|end|><|channel|>final <|constrain|>json<|message|>{TEXT}",
    "harmony without its tokens": f"analysisThe user wants an order. {DRAFT}assistantfinal{TEXT}",
    "lone end": f"The person wants an order.\n{DRAFT}\n</think>\n{TEXT}",
    "lone end, unfinished draft": f"{DRAFT[:-40]}\n</think>\n{TEXT}",
    "twice": f"<think>{DRAFT}</think>Hm.<think>again {DRAFT}</think>{TEXT}",
    "nested": f"<think>a <think>{DRAFT}</think> b </think>{TEXT}",
    "braces in prose": f'<think>Use {{n1}} and [n2], {{"a": [1</think>{TEXT}',
    "never closed": f"<think>Let me see. {DRAFT} Better: {TEXT}",
    "never closed, plan only": f"<think>{TEXT}",
    "two fences": f"```json\n{DRAFT}\n```\nOn reflection:\n```json\n{TEXT}\n```",
    "wait": f"{DRAFT}\n\nWait, let me correct that:\n\n{TEXT}",
    "no words between": f"{DRAFT}\n{TEXT}",
    "three drafts": f"{DRAFT} No. {DRAFT} No. {TEXT}",
    "broke off in a list": f"{DRAFT[: DRAFT.index(', {' + chr(34) + 'kind' + chr(34) + ': ' + chr(34) + 'node', 200)]}, {TEXT}",
    "draft, then half a correction": f"{TEXT}\nOn reflection:\n{DRAFT[:200]}",
    "draft, then something else": f'{TEXT}\n{{"comment": "I hope that helps", "items": []}}',
    "draft as lists": f'[{{"id": "x", "text": "FIRST"}}]\nBetter:\n{TEXT}',
}


@pytest.mark.parametrize("name", THOUGHTS)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_only_the_last_complete_answer_is_drawn(name: str, size: int) -> None:
    parts = [chunk({"content": piece}) for piece in pieces(THOUGHTS[name], size)]
    check_drawn(ask(stream(*parts, chunk({}, "stop"))))


@pytest.mark.parametrize("key", ["reasoning_content", "reasoning", "thinking"])
def test_thinking_of_its_own_is_not_drawn(key: str) -> None:
    check_drawn(ask(stream(*texts(DRAFT, key), *texts(TEXT), chunk({}, "stop"))))


def test_thinking_in_the_content_list_is_not_drawn() -> None:
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": DRAFT}]}
    parts = [chunk({"content": [thought]}), chunk({"content": [{"type": "text", "text": TEXT}]})]
    check_drawn(ask(stream(*parts, chunk({}, "stop"))))


def test_tag_as_a_word_of_the_plan_is_drawn() -> None:
    text = TEXT.replace("Pack parcel", "Write <think> or </think>")
    assert ask(answer(text)).texts[1] == "Write <think> or </think>" or "think" in ask(answer(text)).texts[1]


def test_correction_takes_back_what_was_drawn() -> None:
    outcome = ask(answer(f"{DRAFT}\nWait:\n{TEXT}"))
    assert outcome.restarts == 1
    check_drawn(outcome)
