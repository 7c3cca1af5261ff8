"""A text that only looks like a plan costs time in proportion to its length, however it is made."""

from __future__ import annotations

import time

import pytest

from tasks.designers.chat.plan_reader import JsonPlanReader
from tasks.designers.chat.refusals import read_refusal
from tasks.designers.chat.thinking import ThinkingFilter

LENGTH = 400_000  # characters: more is not read of any answer
SECONDS = 10.0  # of this thread alone; the slowest takes less than one, a quadratic one minutes
REPEATED = [
    '{"', '"', '\\"{', "{'a': ", '"a", ', "/*", "// ", "# ", "```\n{", "<think ", "</think>", "[TH", "<|channel|>",
    '{"kind": "node", "items": [', '[{"items": [', '{"items": [{"kind": "node", ', ",  ", "&quot;{",
]  # fmt: skip


@pytest.mark.parametrize("piece", REPEATED)
def test_hostile_text_costs_linear_time(piece: str) -> None:
    text = (piece * LENGTH)[:LENGTH]
    reader = JsonPlanReader()
    thinking = ThinkingFilter(lambda: reader.is_open)
    began = time.thread_time()
    for start in range(0, LENGTH, 400):
        for part in thinking.feed(text[start : start + 400]):
            if isinstance(part, str):
                reader.feed(part)
    reader.finish()
    assert time.thread_time() - began < SECONDS


@pytest.mark.parametrize(
    "words", ["model ", "stream ", "try again in ", "1m ", "context length ", "max_tokens "]
)
def test_hostile_refusal_costs_little(words: str) -> None:
    began = time.thread_time()
    read_refusal({"error": {"message": words * 20_000}}, status=400)
    assert time.thread_time() - began < SECONDS
