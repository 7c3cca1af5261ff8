"""What an answer cost, in tokens: read from wherever servers write it, estimated where they do not.

A value that cannot be true (negative, a fraction, a boolean, more than any model writes) is not believed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.attempts import Usage

MAX_BELIEVED = 2_000_000  # tokens of one answer; the largest contexts hold about as many
BYTES_A_TOKEN = 4  # of UTF-8, for an estimate

_INPUT = (
    "prompt_tokens", "input_tokens", "promptTokenCount", "inputTokens", "inputTokenCount", "prompt_eval_count",
    "prompt_n",
)  # fmt: skip
_OUTPUT = (
    "completion_tokens", "output_tokens", "candidatesTokenCount", "outputTokens", "outputTokenCount", "eval_count",
    "generated_tokens", "predicted_n",
)  # fmt: skip
_TOTAL = ("total_tokens", "totalTokenCount", "totalTokens")
# Tokens of the prompt that Anthropic's form counts apart; OpenAI's "cached_tokens" are within prompt_tokens.
_CACHED = ("cache_read_input_tokens", "cache_creation_input_tokens")
_CACHE_PARTS = ("prompt_cache_hit_tokens", "prompt_cache_miss_tokens")  # DeepSeek's; together the prompt
_PLACES = ("usage", "usageMetadata", "usage_metadata", "x_groq", "timings", "message", "meta")


@dataclass(slots=True)
class UsageCounter:
    """Counts one request: what the server says, else what was sent and streamed."""

    request_bytes: int
    is_accepted: bool = False  # the server has begun to answer: the prompt was read
    streamed_bytes: int = 0
    _input: int | None = None
    _output: int | None = None

    def count_text(self, text: str) -> None:
        """Count text of the answer or of its thinking."""
        self.streamed_bytes += len(text) if text.isascii() else len(text.encode("utf-8", "replace"))

    def read(self, chunk: Mapping[str, Any]) -> None:
        """Take what a chunk says; servers that say it several times say the sum so far."""
        for said in _find(chunk):
            given, written = _read(said)
            if given is not None:
                self._input = max(given, self._input or 0)
            if written is not None:
                self._output = max(written, self._output or 0)

    @property
    def total(self) -> Usage:
        """The usage so far; ``is_estimated`` where the server did not say it, or not believably."""
        if not self.is_accepted:
            return Usage()
        streamed = -(-self.streamed_bytes // BYTES_A_TOKEN)
        # None, or zero for an answer that has words, says nothing.
        has_output = self._output is not None and (self._output > 0 or not streamed)
        has_input = bool(self._input)
        return Usage(
            input_tokens=(self._input or 0) if has_input else -(-self.request_bytes // BYTES_A_TOKEN),
            output_tokens=(self._output or 0) if has_output else streamed,
            is_estimated=not (has_input and has_output),
        )


def _find(chunk: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the objects that may hold the usage: of the chunk, or of its first choice (Moonshot)."""
    found = [chunk]
    choices = chunk.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], Mapping):
        found.append(choices[0])
    for holder in list(found):
        for place in _PLACES:
            inner = holder.get(place)
            if isinstance(inner, Mapping):
                found.append(inner)
                nested = inner.get("usage")
                if isinstance(nested, Mapping):
                    found.append(nested)
    return found


def _read(said: Mapping[str, Any]) -> tuple[int | None, int | None]:
    given, written = _first(said, _INPUT), _first(said, _OUTPUT)
    if given is None and (parts := [n for key in _CACHE_PARTS if (n := _tokens(said.get(key))) is not None]):
        given = sum(parts)
    if given is not None and "prompt_tokens" not in said:
        given += sum(_tokens(said.get(key)) or 0 for key in _CACHED)
    total = _first(said, _TOTAL)
    if given is not None and total is not None and total > given + (written or 0):
        # The thinking of some servers is in the total only (xAI, Gemini).
        written = total - given
    return _believed(given), _believed(written)


def _first(said: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    return next((number for name in names if (number := _tokens(said.get(name))) is not None), None)


def _tokens(value: object) -> int | None:
    return _believed(value) if isinstance(value, int) and not isinstance(value, bool) else None


def _believed(value: int | None) -> int | None:
    return value if value is not None and 0 <= value <= MAX_BELIEVED else None
