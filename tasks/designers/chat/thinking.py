"""Keeps a model's thinking apart from its answer: tags of many models, whole or cut between two deltas.

A thinking that is closed but was never opened (the prompt's template had opened it) ends everything before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from enum import Enum

MAX_THINKING = 400_000  # characters that are kept, for an answer that is nowhere else
MAX_TAG = 64  # characters

_NAMES = (
    r"(?:antml:|ant|seed:)?(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|analysis|scratchpad"
    r"|inner_monologue|start_thinking|begin_of_thought)"
)
_OPEN = rf"<\|?{_NAMES}(?:\s[^<>]{{0,40}})?\|?>|\[THINK\]|◁think▷|<unused94>"
_CLOSE = (
    rf"<\|?/{_NAMES}\|?>|<\|(?:END_THINKING|end_of_thought|/think)\|>|\[/THINK\]|◁/think▷|<unused95>"
    r"|assistantfinal"
)
# OpenAI's harmony: <|channel|>analysis<|message|>…<|end|><|start|>assistant<|channel|>final<|message|>…
_CHANNEL = r"<\|channel\|?>\s*(?P<channel>\w{1,20})[^<]{0,40}<\|message\|>"
_SPECIAL = (
    r"<\|(?:start|end|return|call|constrain|message|eot_id|im_start|im_end|endoftext|begin_of_solution"
    r"|end_of_solution)\|>(?:assistant)?"
)
_TAG = re.compile(rf"(?P<open>{_OPEN})|(?P<close>{_CLOSE})|{_CHANNEL}|(?P<special>{_SPECIAL})", re.IGNORECASE)
# A tail that may become a tag with the next delta.
_TAIL = re.compile(
    r"(?:<\|?/?\|?[a-z_:0-9]{0,20}(?:[\s|][^<>]{0,40})?|<\|channel\|?>[^<]{0,60}(?:<(?:\|[a-z]{0,10}\|?)?)?"
    r"|\[/?(?:T(?:H(?:I(?:N(?:K)?)?)?)?)?|◁/?[a-z]{0,6})\Z",
    re.IGNORECASE,
)
_FINAL = "assistantfinal"
_FIRST = "<[◁"  # characters that tags begin with, all but that one


class Mark(Enum):
    """What is between two texts of an answer."""

    RESTART = "what came before was thinking"


class ThinkingFilter:
    """Splits deltas into the answer's text and marks; the thinking is kept in ``thinking``.

    ``is_inside`` says whether the text handed out so far ends within a plan: a tag there is a word of the plan.
    """

    def __init__(self, is_inside: Callable[[], bool]) -> None:
        self.thinking = ""
        self._is_inside = is_inside
        self._is_thinking = False
        self._rest = ""
        self._has_text = False
        self._last = ""  # character that was handed out
        self._kept: list[str] = []
        self._kept_length = 0

    def feed(self, text: str) -> Iterator[str | Mark]:
        """Yield what the delta adds; to be read to the end, and each part before the next is asked for."""
        text, self._rest = self._rest + text, ""
        tail = self._find_tail(text)
        text, self._rest = text[:tail], text[tail:]
        yield from self._split(text)

    def close(self) -> Iterator[str | Mark]:
        """Yield what was held back, as the answer is over."""
        text, self._rest = self._rest, ""
        yield from self._split(text)
        self.thinking = "".join(self._kept)

    def _split(self, text: str) -> Iterator[str | Mark]:
        if not (any(first in text for first in _FIRST) or _FINAL in text.lower()):
            yield from self._hand_out(text)
            return
        place = 0
        for tag in _TAG.finditer(text):
            yield from self._hand_out(text[place : tag.start()])
            place = tag.end()
            if self._is_word(tag):
                yield from self._hand_out(tag[0])
                continue
            yield from self._enter(tag)
        yield from self._hand_out(text[place:])

    def _enter(self, tag: re.Match[str]) -> Iterator[str | Mark]:
        was_thinking = self._is_thinking
        if tag["open"]:
            self._is_thinking = True
        elif tag["close"]:
            self._is_thinking = False
            if not was_thinking and self._has_text:
                yield Mark.RESTART
                self._has_text = False
        elif tag["channel"]:
            self._is_thinking = tag["channel"].lower() not in ("final", "response", "answer")
        elif was_thinking and tag["special"].lower().startswith("<|end|"):
            self._is_thinking = False

    def _is_word(self, tag: re.Match[str]) -> bool:
        """Return whether a tag is a word of the plan: within it, and not on a line of its own."""
        if self._is_thinking or not self._is_inside():
            return False
        after = tag.string[tag.end() : tag.end() + 1]
        return not (tag["close"] and "\n" in (self._last, after))

    def _hand_out(self, text: str) -> Iterator[str]:
        if not text:
            return
        if self._is_thinking:
            if self._kept_length < MAX_THINKING:
                self._kept.append(text)
                self._kept_length += len(text)
            return
        self._has_text = self._has_text or not text.isspace()
        self._last = text[-1]
        yield text

    def _find_tail(self, text: str) -> int:
        """Return where a tag begins that the next delta may complete; the text's end if there is none."""
        start = max(0, len(text) - MAX_TAG)
        match = _TAIL.search(text, start)
        if match:
            return match.start()
        # Templates whose special tokens got lost write "analysis…assistantfinal…".
        for length in range(min(len(_FINAL) - 1, len(text)), 3, -1):
            if text.endswith(_FINAL[:length]):
                return len(text) - length
        return len(text)
