"""How an answer ended, from the finish reasons of many servers."""

from __future__ import annotations

import re
from enum import Enum


class Ending(Enum):
    """What a finish reason means for the plan."""

    CLEAN = "the model has finished"
    LENGTH = "cut at a length limit"
    FILTERED = "withheld by a filter"
    REFUSED = "the model declines"
    BROKEN = "the server broke off"


_CLEAN = frozenset(
    "stop end_turn eos eos_token stop_sequence stop_token complete completed done finish finished end tool_calls"
    " tool_call tool_use function_call normal success succeeded ok".split()
)
_WORDS: tuple[tuple[Ending, re.Pattern[str]], ...] = (
    (Ending.REFUSED, re.compile(r"refus")),
    (
        Ending.FILTERED,
        re.compile(
            r"filter|sensitiv|safety|recitation|blocklist|blocked|prohibited|spii|moderat|guardrail|flagged|violat"
            r"|censor|risk|policy|inspection|unsafe|harm"
        ),
    ),
    (Ending.BROKEN, re.compile(r"error|abort|cancel|insufficient|network|timeout|timed|unavail|repetition")),
    (
        Ending.LENGTH,
        re.compile(
            r"length|max_?(?:output_?|new_?|completion_?)?tokens|token_?s?_?limit|truncat|window|incomplete"
        ),
    ),
)  # fmt: skip


def read_ending(reason: object) -> Ending | None:
    """Return what a ``finish_reason`` means; None when it says nothing yet. An unknown word is no clean end."""
    if not isinstance(reason, str):
        return None
    word = re.sub(r"[^a-z0-9]+", "_", reason.strip().lower()).strip("_")
    word = word.removeprefix("finish_reason_")
    if word in ("", "null", "none", "unspecified", "in_progress"):
        return None
    if word in _CLEAN:
        return Ending.CLEAN
    return next((ending for ending, pattern in _WORDS if pattern.search(word)), Ending.BROKEN)
