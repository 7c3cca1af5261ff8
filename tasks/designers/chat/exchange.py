"""One request to a chat completions server and the answer to it, read to its end or to what stopped it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from core.attempts import Usage
from tasks.designers.chat.answer import Answer
from tasks.designers.chat.chunks import read_chunk
from tasks.designers.chat.outcomes import failure_of
from tasks.designers.chat.parameters import Parameters
from tasks.designers.chat.plan_reader import Part
from tasks.designers.chat.refusals import Refusal, read_refusal
from tasks.designers.chat.sse import Sign
from tasks.designers.chat.transport import Overdue, Patience, Refused, Transport, Unreachable, Unreadable
from tasks.designers.chat.usage import UsageCounter
from tasks.designers.failures import ModelFailure, PermanentFailure, TransientFailure

FAREWELL_SECONDS = 3.0  # for the usage, once the answer is complete
IMMEDIATE_SECONDS = 3.0  # a failure within this time may be about the request itself
USAGE_STEP = 32  # tokens between two reports of what is streamed

_PACKED = "The model's server sends compressed responses although none were asked for. Turn that off there."


class Exchange:
    """One request and what came of it: an answer to judge, or a failure."""

    def __init__(
        self,
        *,
        parameters: Parameters,
        model: str,
        messages: list[dict[str, str]],
        answer: Answer | None = None,
    ) -> None:
        self.parameters = parameters
        self.answer = answer or Answer()
        self.model: str | None = None  # as the server calls it
        self.refusal: Refusal | None = None
        self.failure: ModelFailure | None = None
        self.is_immediate = False
        self.counter = UsageCounter(sum(len(each["content"].encode("utf-8", "replace")) for each in messages))
        self._body = parameters.body(model=model, messages=messages)
        self._reported = Usage()

    @property
    def usage(self) -> Usage:
        """What it cost so far."""
        return self.counter.total

    async def run(
        self, transport: Transport, *, url: str, headers: Mapping[str, str], patience: Patience
    ) -> AsyncGenerator[Part | Usage, None]:
        """Yield the plan as it comes, and the usage so far; what stopped the answer is kept in ``failure``."""
        if not self.parameters.streams:
            patience.wait_for_all()
        try:
            async with (
                transport.post(url, headers=headers, body=self._body, patience=patience) as response,
                aclosing(response.values()) as values,
            ):
                async for value in values:
                    for part in self._take(value, patience):
                        yield part
                    if self._is_over(value):
                        break
        except Refused as refused:
            self.is_immediate = refused.seconds < IMMEDIATE_SECONDS
            self._refuse(refused.body, status=refused.status, headers=refused.headers)
        except Overdue:
            self._note_silence()
        except Unreachable:
            if not self.counter.is_accepted:
                self.failure = TransientFailure("model_unavailable")
        except Unreadable as exc:
            self._note_unreadable(is_packed=exc.is_packed)
        if self.failure is None:
            for part in self.answer.finish():
                yield part

    def _take(self, value: Any, patience: Patience) -> list[Part | Usage]:
        if value is Sign.PAGE:
            self.failure = PermanentFailure("model_bad_answer")
        if isinstance(value, Sign):
            self.answer.is_done = self.answer.is_done or value is Sign.DONE
            return []
        chunk = read_chunk(value)
        if isinstance(value, Mapping):
            self.counter.read(value)
        if chunk.error is not None:
            if not self.answer.is_whole:
                self._refuse(chunk.error, status=None, headers={})
            return []
        self.counter.is_accepted = True
        self.model = self.model or chunk.model
        self.counter.count_text(chunk.text or chunk.tool_text)
        self.counter.count_text(chunk.thinking)
        found: list[Part | Usage] = [*self.answer.feed(chunk)]
        if self.answer.has_words:
            patience.expect_more()
        if self.answer.is_complete:
            patience.wait_for_farewell(FAREWELL_SECONDS)
        usage = self.usage
        if (
            usage.output_tokens >= self._reported.output_tokens + USAGE_STEP
            or not self._reported.input_tokens
        ):
            self._reported = usage
            found.append(usage)
        return found

    def _is_over(self, value: Any) -> bool:
        is_end = value in (Sign.DONE, Sign.BROKEN)
        return is_end or self.failure is not None or self.refusal is not None or self.answer.is_too_long

    def _refuse(self, body: Any, *, status: int | None, headers: Mapping[str, str]) -> None:
        self.refusal = read_refusal(body, status=status)
        self.failure = failure_of(self.refusal, headers=headers, body=body, has_words=self.answer.has_words)

    def _note_silence(self) -> None:
        """A server that is silent after the answer's end has only not hung up."""
        if self.answer.ending is None and not self.answer.is_whole:
            self.failure = TransientFailure("model_timeout", was_accepted=self.counter.is_accepted)

    def _note_unreadable(self, *, is_packed: bool) -> None:
        if is_packed:
            self.failure = PermanentFailure("model_bad_answer", operator_message=_PACKED)
        elif not self.answer.has_words:
            self.failure = PermanentFailure("model_bad_answer")
        else:
            self.answer.is_overlong = True
