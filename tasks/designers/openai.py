"""A designer that streams plans from any server which speaks OpenAI's chat completions."""

from __future__ import annotations

import asyncio
import itertools
import logging
import math
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import Any, TypeVar

import openai
from openai import AsyncStream

from core import tracing
from core.attempts import Usage
from core.settings import Provider
from core.spans import Attributes, Span
from drawing.plan import Header, InvalidItem, parse_item
from drawing.scanner import PlanScanner
from tasks.designers import Note, Request, Said
from tasks.designers.dialect import Dialect, first_dialect
from tasks.designers.failures import (
    FILTER_CODES,
    QUOTA_CODES,
    PermanentFailure,
    TransientFailure,
    error_names,
    failure_of,
)
from tasks.designers.prompts import build_messages

CONNECT_TIMEOUT = 10.0  # seconds
FIRST_WORD_PATIENCE = 2  # times the idle timeout: models read, and some think, before they write
MAX_ANSWER_LENGTH = 400_000  # characters; ten times the largest plan that is drawn
STREAMS_A_CLIENT = 50  # a client looks at all of its connections whenever one begins or ends
NO_KEY = "none"  # The client refuses an empty key, servers of one's own need none.

Member = TypeVar("Member")


class OpenAIDesigner:
    """Streams plans; one instance serves all jobs of a process and remembers what its server understands."""

    generator: Provider = "openai"

    def __init__(
        self,
        *,
        api_key: str | None,
        base_url: str | None,
        model: str,
        timeout_seconds: float,
        idle_timeout_seconds: float,
        max_streams: int = 1,
    ) -> None:
        self.model = model
        self._timeout_seconds = timeout_seconds
        self._idle_timeout_seconds = idle_timeout_seconds
        self._first_word_seconds = idle_timeout_seconds * FIRST_WORD_PATIENCE
        self._dialect = first_dialect(model=model, base_url=base_url)
        # The queue waits between tries, so that a worker's place is not taken by a sleeping job.
        self._clients = [
            openai.AsyncOpenAI(
                api_key=api_key or NO_KEY,
                base_url=base_url,
                max_retries=0,
                timeout=openai.Timeout(timeout_seconds, connect=CONNECT_TIMEOUT),
            )
            for _ in range(math.ceil(max_streams / STREAMS_A_CLIENT))
        ]
        self._next_client = itertools.cycle(self._clients)
        # As the semantic conventions for generative AI name it.
        self._asked: Attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": model,
            "gen_ai.request.stream": True,
            "server.address": self._clients[0].base_url.host,
            "server.port": self._clients[0].base_url.port,
        }
        # At DEBUG the client logs whole requests, prompts included.
        logging.getLogger("openai").setLevel(logging.INFO)

    async def close(self) -> None:
        """Close idle connections."""
        for client in self._clients:
            await client.close()

    async def design(self, request: Request) -> AsyncGenerator[Said, None]:
        """Yield the Header, Items as they are complete, then Notes and the Usage; raises ModelFailure."""
        with tracing.span(f"chat {self.model}", kind="client", attributes=self._asked) as span:
            answer = _Answer(span)
            try:
                async with aclosing(self._chunks(request, answer)) as chunks:
                    async for chunk in chunks:
                        for said in answer.read(chunk):
                            yield said
                        if answer.is_too_long:
                            break
                for said in answer.end():
                    yield said
            finally:
                span.set(answer.told())

    async def _chunks(self, request: Request, answer: _Answer) -> AsyncGenerator[object, None]:
        """Yield the chunks of one answer, within the time limits."""
        deadline = _now() + self._timeout_seconds
        stream = await self._open(request, deadline)
        answer.is_event_stream = "event-stream" in stream.response.headers.get("content-type", "")
        patience = self._first_word_seconds
        async with stream, aclosing(aiter(stream)) as chunks:  # type: ignore[type-var]
            while True:
                # The limits hold for the wait alone: around a yield they would interrupt the caller.
                try:
                    async with asyncio.timeout_at(min(_now() + patience, deadline)):
                        chunk = await anext(chunks, None)
                except (openai.APIError, TimeoutError, ValueError, TypeError, AttributeError) as exc:
                    if answer.finish_reason:
                        return  # Only the farewell is missing.
                    raise failure_of(exc, has_begun=True) from None
                if chunk is None:
                    return
                patience = self._idle_timeout_seconds
                yield chunk

    async def _open(self, request: Request, deadline: float) -> AsyncStream[object]:
        """Return the running answer, stepping down until the server accepts the parameters."""
        dialect = self._dialect
        while True:
            try:
                async with asyncio.timeout_at(min(_now() + self._first_word_seconds, deadline)):
                    stream = await self._create(request, dialect)
            except (openai.BadRequestError, openai.UnprocessableEntityError) as exc:
                simpler = _step_down(dialect, exc)
                if simpler is None:
                    raise failure_of(exc, has_begun=False) from None
                dialect = simpler
            except (openai.APIError, TimeoutError, ValueError) as exc:
                raise failure_of(exc, has_begun=False) from None
            else:
                self._dialect = dialect
                return stream

    async def _create(self, request: Request, dialect: Dialect) -> AsyncStream[object]:
        messages = build_messages(request, says_schema=dialect.says_schema)
        body = {"model": self.model, "messages": messages, "stream": True, **dialect.parameters()}
        # As chat.completions.create, but for the client's models: making them of each chunk costs more than all
        # else that is done with it.
        return await next(self._next_client).post(
            "/chat/completions",
            cast_to=object,
            body=body,
            options={"headers": tracing.headers()},
            stream=True,
            stream_cls=AsyncStream[object],
        )


class _Answer:
    """Reads the chunks of one answer and judges it at its end."""

    def __init__(self, span: Span) -> None:
        self.finish_reason: str | None = None
        self.is_event_stream = True
        self._span = span
        self._scanner = PlanScanner()
        self._model: str | None = None
        self._length = 0
        self._is_refused = False
        self._items = 0
        self._invalid = 0
        self._usage: Usage | None = None

    @property
    def is_too_long(self) -> bool:
        """True when no plan is that long: the model repeats itself."""
        return self._length > MAX_ANSWER_LENGTH

    def read(self, chunk: object) -> Iterator[Said]:
        """Yield what a chunk completes; what is not of the format's shape says nothing."""
        self._model = self._model or _member(chunk, "model", str)
        usage = _member(chunk, "usage", dict)
        if usage:
            self._usage = Usage(
                _member(usage, "prompt_tokens", int) or 0, _member(usage, "completion_tokens", int) or 0
            )
        # The last chunk carries the usage and no choices.
        for choice in _member(chunk, "choices", list) or ():
            self.finish_reason = _member(choice, "finish_reason", str) or self.finish_reason
            delta = _member(choice, "delta", dict)
            self._is_refused = self._is_refused or bool(_member(delta, "refusal", str))
            if content := _member(delta, "content", str):
                self._length += len(content)
                yield from self._checked(self._scanner.feed(content))

    def end(self) -> Iterator[Said]:
        """Yield what is left to say; raises ModelFailure if the answer is no plan or was cut."""
        self._raise_if_withheld()
        # Some servers never say that they have finished; brackets that all close say it too.
        if self.finish_reason is None and not self._scanner.is_complete and not self.is_too_long:
            self._raise_cut()
        yield from self._checked(self._scanner.close())
        if not self._items:
            is_plan = self._scanner.items_seen or self._scanner.items_skipped or self._scanner.is_complete
            was_cut = self.finish_reason == "length"
            raise PermanentFailure("plan_unusable" if is_plan or was_cut else "model_bad_answer")
        yield from self._notes()
        if self._usage:
            yield self._usage

    def _checked(self, found: list[Header | dict[str, Any]]) -> Iterator[Said]:
        for thing in found:
            if isinstance(thing, Header):
                yield thing
                continue
            try:
                item = parse_item(thing)
            except InvalidItem:
                self._invalid += 1
            else:
                self._items += 1
                if self._items == 1:
                    self._span.event("first_item")
                yield item

    def told(self) -> Attributes:
        """Return what is known of the answer so far, as a span tells it: none of its words."""
        usage = self._usage
        return {
            "gen_ai.response.model": self._model,
            "gen_ai.response.finish_reasons": [self.finish_reason] if self.finish_reason else None,
            "gen_ai.usage.input_tokens": usage.input_tokens if usage else None,
            "gen_ai.usage.output_tokens": usage.output_tokens if usage else None,
        }

    def _raise_if_withheld(self) -> None:
        if self.finish_reason == "content_filter":
            raise PermanentFailure("content_filtered")
        if self._is_refused:
            raise PermanentFailure("model_refused")

    def _raise_cut(self) -> None:
        if not self.is_event_stream and not self._length:
            raise PermanentFailure("model_bad_answer")
        raise TransientFailure("model_interrupted")

    def _notes(self) -> Iterator[Note]:
        left_out = self._invalid + self._scanner.items_skipped
        if left_out:
            what = "1 item of the plan was" if left_out == 1 else f"{left_out} items of the plan were"
            yield Note(f"{what} unreadable and left out.")
        if self.finish_reason == "length" or self.is_too_long:
            yield Note(
                "The model's answer was cut at its length limit; what had arrived until then is drawn."
            )


def _member(thing: object, key: str, kind: type[Member]) -> Member | None:
    """Return a member of a JSON object; None when there is no such object, member or kind of it."""
    value = thing.get(key) if isinstance(thing, dict) else None
    return value if isinstance(value, kind) else None


def _step_down(dialect: Dialect, refusal: openai.APIStatusError) -> Dialect | None:
    if error_names(refusal) & (QUOTA_CODES | FILTER_CODES):
        return None
    return dialect.step_down(f"{refusal.param or ''} {refusal.message}")


def _now() -> float:
    return asyncio.get_running_loop().time()
