"""Which parameters a server takes: the best first, and what to leave out once it refuses one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from tasks.designers.endpoint import is_openai
from tasks.designers.prompts import wire_schema

MAX_ANSWER_TOKENS = 16_000  # a plan of 60 nodes takes about 6,000; the rest is for models that think first

# Families that think before they answer; the "chat" models among them do not.
_REASONING = re.compile(r"(?:o\d|gpt-(?:[5-9]|\d\d))(?!.*chat)")

# Which list of choices a word in a complaint is about.
_WORDS = {
    "response_format": "formats",
    "json_schema": "formats",
    "max_completion_tokens": "limits",
    "max_tokens": "limits",
    "reasoning_effort": "efforts",
    "stream_options": "has_usage",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """The parameters in use and those to try after a refusal; the first of each is in use, None leaves it out."""

    formats: tuple[str | None, ...] = ("json_schema", "json_object", None)
    limits: tuple[str | None, ...] = ("max_tokens", "max_completion_tokens", None)
    efforts: tuple[str | None, ...] = (None,)
    has_usage: tuple[bool, ...] = (True, False)

    @property
    def says_schema(self) -> bool:
        """True when the prompt has to spell the schema out, as the server does not enforce it."""
        return self.formats[0] != "json_schema"

    def parameters(self) -> dict[str, Any]:
        """Return what a request to ``/chat/completions`` says besides model and messages."""
        chosen: dict[str, Any] = {}
        if self.formats[0]:
            chosen["response_format"] = _response_format(self.formats[0])
        if self.limits[0]:
            chosen[self.limits[0]] = MAX_ANSWER_TOKENS
        if self.efforts[0]:
            chosen["reasoning_effort"] = self.efforts[0]
        if self.has_usage[0]:
            chosen["stream_options"] = {"include_usage": True}
        return chosen

    def step_down(self, complaint: str) -> Dialect | None:
        """Return what to try after a server answered 400 with that complaint; None when nothing is left.

        The parameter named first is given up; a complaint that names none is taken to be about the format.
        """
        named = [(complaint.find(word), name) for word, name in _WORDS.items() if word in complaint]
        name = min(named)[1] if named else "formats"
        choices = getattr(self, name)
        if len(choices) < 2:
            return None
        return replace(self, **{name: choices[1:]})


def first_dialect(*, model: str, base_url: str | None) -> Dialect:
    """Return what to begin with: OpenAI's own parameters for its server, the commonly understood ones elsewhere."""
    if not is_openai(base_url):
        return Dialect()
    efforts = ("low", None) if _REASONING.match(model) else (None,)
    return Dialect(limits=("max_completion_tokens", "max_tokens", None), efforts=efforts)


def _response_format(name: str) -> dict[str, Any]:
    if name != "json_schema":
        return {"type": name}
    return {"type": name, "json_schema": {"name": "plan", "strict": True, "schema": wire_schema()}}
