"""How long an answer may be asked for, from what a server says about its context and limits."""

from __future__ import annotations

import re

MIN_ANSWER_TOKENS = 500  # a plan of about fifteen shapes
MARGIN = 64  # tokens for what a chat template adds
LADDER = (8_000, 4_000, 2_000, 1_000)  # where a server says no number

_NUMBER = r"(\d[\d,_']*)"
# The whole context, which the prompt shares.
_CONTEXT = (
    rf"(?:max_model_len|max_seq_len|n_ctx)\D{{0,20}}?{_NUMBER}",
    rf"exceeds? context limit: \d+ \+ \d+ > {_NUMBER}",
    rf"{_NUMBER} maximum context",
    rf"context[ _](?:length|size|window|limit)[^\d.]{{0,60}}?{_NUMBER}",
    rf"max_new_tokens`?\D{{0,12}}(?:<=|<|at most|less than)\D{{0,12}}?{_NUMBER}",
    rf"\(tpm\): limit {_NUMBER}|\blimit:? {_NUMBER}, requested",
    rf"(?:prompt is too long|input).{{0,20}}\d+ tokens > {_NUMBER}",
    rf"(?:maximum|limit)[^.\d]{{0,20}}of {_NUMBER} tokens",
)
# The answer alone.
_ANSWER = (
    rf"at most {_NUMBER} (?:completion|output)",
    rf"range of max_\w*tokens\D{{0,20}}\[?\d+, ?{_NUMBER}",
    rf"max_\w*tokens\W{{0,4}} ?\d+ > {_NUMBER}",
    rf"max_\w*tokens\S* (?:must|should) be (?:less than|at most|<=|smaller than|lower than)\D{{0,20}}?{_NUMBER}",
    rf"(?:less than or equal to|lower than|model limit of|no more than|up to)\D{{0,4}}{_NUMBER}",
    rf"maximum allowed(?: value)?(?: is| of)?\D{{0,4}}{_NUMBER}",
)
_PROMPT = (
    rf"n_prompt_tokens\D{{0,4}}{_NUMBER}",
    rf"{_NUMBER} (?:tokens? )?(?:in|from) the (?:input )?(?:messages?|prompt|input)",
    rf"(?:messages|prompt|input)[^.\d]{{0,30}}(?:resulted in|has|contains|of|is) {_NUMBER}(?! maximum)",
    rf"has {_NUMBER} input tokens",
    rf"{_NUMBER} of (?:text )?input",
    rf"given: {_NUMBER}",
    rf"(?:request|input|prompt) \({_NUMBER} tokens\)",
    rf"first {_NUMBER} tokens",
    rf"limit: {_NUMBER} \+",
    rf"too long: {_NUMBER} tokens",
)


class ContextTooSmall(Exception):
    """No plan fits: the tokens that are needed at least, and those the server has (None when it does not say)."""

    def __init__(self, prompt_tokens: int, available: int | None) -> None:
        super().__init__(prompt_tokens, available)
        self.needed = prompt_tokens + MIN_ANSWER_TOKENS
        self.available = available


def find_answer_tokens(text: str, *, asked: int, prompt_tokens: int) -> int | None:
    """Return how many tokens to ask for instead; None when even the smallest number was refused.

    Raises ``ContextTooSmall`` when the server says that the prompt leaves no room.
    """
    context = _find(_CONTEXT, text)
    answer = _find(_ANSWER, text)
    prompt = _find(_PROMPT, text) or prompt_tokens
    if context is not None and not (answer is not None and answer < asked and context > asked + prompt):
        room = context - prompt - MARGIN
        if room < MIN_ANSWER_TOKENS:
            raise ContextTooSmall(prompt, context)
        if room < asked:
            return room
    if answer is not None and MIN_ANSWER_TOKENS <= answer < asked:
        return answer
    return next((tokens for tokens in LADDER if tokens < asked), None)


def _find(patterns: tuple[str, ...], text: str) -> int | None:
    for pattern in patterns:
        match = re.search(pattern, text, re.IGNORECASE)
        if match:
            digits = re.sub(r"\D", "", next(group for group in match.groups() if group))
            return int(digits) if len(digits) <= 9 else None
    return None
