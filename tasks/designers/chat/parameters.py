"""Which parameters a server takes: the best first, and what to leave out once it refuses one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from tasks.designers.chat.endpoint import is_openai
from tasks.designers.chat.refusals import Reason, Refusal
from tasks.designers.chat.sizes import ContextTooSmall, find_answer_tokens
from tasks.designers.labels import ANSWER_TOKENS
from tasks.designers.prompts import wire_schema

MAX_ANSWER_TOKENS = 16_000  # a plan of 60 nodes takes about 6,000; the rest is for models that think first

# Families that think before they answer; the "chat" models among them do not.
_REASONING = re.compile(r"(?:o\d|gpt-(?:[5-9]|\d\d))(?!.*chat)")


@dataclass(frozen=True, slots=True)
class Parameters:
    """The parameters in use and those to try after a refusal; the first of each is in use, None leaves it out."""

    formats: tuple[str | None, ...] = ("json_schema", "json_object", None)
    limits: tuple[str | None, ...] = ("max_tokens", "max_completion_tokens", None)
    efforts: tuple[str | None, ...] = (None,)
    has_usage: tuple[bool, ...] = (True, False)
    is_streamed: tuple[bool, ...] = (True, False)
    roles: tuple[str, ...] = ("system", "user")  # who says the instructions
    answer_tokens: int = MAX_ANSWER_TOKENS

    @property
    def says_schema(self) -> bool:
        """True when the prompt has to spell the schema out, as the server does not enforce it."""
        return self.formats[0] != "json_schema"

    @property
    def streams(self) -> bool:
        """True when the answer is asked for as a stream."""
        return self.is_streamed[0]

    @property
    def has_format(self) -> bool:
        """True when a response format is asked for."""
        return self.formats[0] is not None

    def body(self, *, model: str, messages: list[dict[str, str]]) -> dict[str, Any]:
        """Return what a request to ``/chat/completions`` says."""
        chosen: dict[str, Any] = {"model": model, "messages": self._with_roles(messages)}
        chosen["stream"] = self.streams
        if self.formats[0]:
            chosen["response_format"] = _response_format(self.formats[0])
        if self.limits[0]:
            chosen[self.limits[0]] = self.answer_tokens
        if self.efforts[0]:
            chosen["reasoning_effort"] = self.efforts[0]
        if self.has_usage[0] and self.streams:
            chosen["stream_options"] = {"include_usage": True}
        return chosen

    def without_format(self) -> Parameters:
        """Return the same without a response format."""
        return replace(self, formats=(None,))

    def for_notation(self) -> Parameters:
        """Return the same for answers in notation, which no format describes.

        A server that complains of a format all the same is asked once more, as it is.
        """
        return replace(self, formats=(None, None))

    def for_labels(self) -> Parameters:
        """Return the same for answers that are a list of labels."""
        return replace(self.for_notation(), answer_tokens=ANSWER_TOKENS)

    def step_down(self, refusal: Refusal, *, prompt_tokens: int) -> Parameters | None:
        """Return what to try after a refusal; None when nothing is left that could be the reason.

        ``prompt_tokens`` is an estimate. Raises ``ContextTooSmall`` when no plan fits beside the prompt.
        """
        if refusal.reason is Reason.SIZE:
            return self._smaller(refusal, prompt_tokens)
        if refusal.reason is Reason.GENERATION:
            return self._next("formats")
        if refusal.reason is Reason.PARAMETER and refusal.parameter is not None:
            return self._next(refusal.parameter) or self._next("formats")
        if refusal.reason is Reason.OTHER:
            # It does not say what it is about: most often the format, else one of the rest.
            return self._next("formats") or self._bare()
        return None

    def _next(self, name: str) -> Parameters | None:
        choices = getattr(self, name)
        return replace(self, **{name: choices[1:]}) if len(choices) > 1 else None

    def _smaller(self, refusal: Refusal, prompt_tokens: int) -> Parameters | None:
        if self.limits[0] is None:
            raise ContextTooSmall(prompt_tokens, None)
        tokens = find_answer_tokens(refusal.text, asked=self.answer_tokens, prompt_tokens=prompt_tokens)
        return replace(self, answer_tokens=tokens) if tokens else replace(self, limits=(None,))

    def _bare(self) -> Parameters | None:
        bare = replace(
            self, formats=(None,), limits=(None,), efforts=(None,), has_usage=(False,), roles=("user",)
        )
        return None if bare == self else bare

    def _with_roles(self, messages: list[dict[str, str]]) -> list[dict[str, str]]:
        if self.roles[0] == "system":
            return messages
        return [{"role": "user", "content": "\n\n".join(message["content"] for message in messages)}]


def first_parameters(*, model: str, base_url: str | None) -> Parameters:
    """Return what to begin with: OpenAI's own parameters for its server, the commonly understood ones elsewhere."""
    if not is_openai(base_url):
        return Parameters()
    efforts = ("low", None) if _REASONING.match(model) else (None,)
    return Parameters(limits=("max_completion_tokens", "max_tokens", None), efforts=efforts)


def _response_format(name: str) -> dict[str, Any]:
    if name != "json_schema":
        return {"type": name}
    return {"type": name, "json_schema": {"name": "plan", "strict": True, "schema": wire_schema()}}
