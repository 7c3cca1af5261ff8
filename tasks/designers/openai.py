"""A designer that asks any server which speaks OpenAI's chat completions.

How servers differ is left to ``tasks.designers.chat``. Here one plan is asked for, and asked for otherwise as long as
the server refuses a parameter.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from time import monotonic

from core import tracing
from core.attempts import Usage
from core.settings import Provider
from core.spans import Attributes, Span
from drawing.plan import Edge, Group, Node, Shape
from tasks.designers import Note, Request, Said
from tasks.designers.chat.endpoint import find_endpoint
from tasks.designers.chat.exchange import Exchange
from tasks.designers.chat.negotiation import Negotiation, Offer
from tasks.designers.chat.outcomes import too_small
from tasks.designers.chat.parameters import first_parameters
from tasks.designers.chat.sizes import ContextTooSmall
from tasks.designers.chat.transport import Patience, Transport
from tasks.designers.prompts import build_messages

FIRST_WORD_PATIENCE = 2  # times the idle timeout: models read, and some think, before they write
MAX_REQUESTS = 12  # for one plan; all but the last were refused


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
        self._idle_seconds = idle_timeout_seconds
        self._endpoint = find_endpoint(base_url, api_key=api_key, model=model)
        self._negotiation = Negotiation(self._endpoint, first_parameters(model=model, base_url=base_url))
        self._transport = Transport(max_streams=max_streams)
        # As the semantic conventions for generative AI name it.
        self._attributes: Attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": model,
            "gen_ai.request.stream": True,
            "server.address": self._endpoint.host,
            "server.port": self._endpoint.port,
        }

    async def close(self) -> None:
        """Close idle connections."""
        await self._transport.close()

    async def design(self, request: Request) -> AsyncGenerator[Said, None]:
        """Yield the Header, Items as they are complete, Notes, and the Usage as it grows; raises ModelFailure."""
        with tracing.span(f"chat {self.model}", kind="client", attributes=self._attributes) as span:
            async with aclosing(self._ask(request, span)) as said:
                async for each in said:
                    yield each

    async def _ask(self, request: Request, span: Span) -> AsyncGenerator[Said, None]:
        deadline = monotonic() + self._timeout_seconds
        spent = Usage()
        has_items = False
        offer = self._negotiation.begin()
        for _ in range(MAX_REQUESTS):
            exchange = self._begin(request, offer)
            try:
                async with aclosing(self._run(exchange, offer, deadline)) as said:
                    async for each in said:
                        if not has_items and isinstance(each, Node | Edge | Group | Shape):
                            has_items = True
                            span.event("first_item")
                        yield spent + each if isinstance(each, Usage) else each
            finally:
                span.set(_attributes_of(exchange))
            spent += exchange.usage
            other = self._next_offer(offer, exchange)
            if other is None:
                break
            offer = other
        yield spent
        self._negotiation.note(offer, exchange)
        for note in _judge(exchange, request):
            yield note

    def _begin(self, request: Request, offer: Offer) -> Exchange:
        messages = build_messages(request, says_schema=offer.parameters.says_schema)
        return Exchange(parameters=offer.parameters, model=self.model, messages=messages)

    def _run(self, exchange: Exchange, offer: Offer, deadline: float) -> AsyncGenerator[Said, None]:
        patience = Patience(
            first=self._idle_seconds * FIRST_WORD_PATIENCE,
            idle=self._idle_seconds,
            total=max(0.0, deadline - monotonic()),
        )
        headers = {**self._endpoint.headers, **tracing.headers()}
        return exchange.run(self._transport, url=offer.url, headers=headers, patience=patience)

    def _next_offer(self, offer: Offer, exchange: Exchange) -> Offer | None:
        try:
            return self._negotiation.next_offer(offer, exchange)
        except ContextTooSmall as exc:
            exchange.failure = too_small(exc)
            return None


def _judge(exchange: Exchange, request: Request) -> list[Note]:
    """Return the notes that the answer needs; raises the failure that it is."""
    if exchange.failure is not None:
        raise exchange.failure from None
    judgement = exchange.answer.judge(
        draws_cut=request.draws_cut, is_second=request.earlier_failure == "model_bad_answer"
    )
    if judgement.failure is not None:
        raise judgement.failure from None
    return [Note(text) for text in judgement.notes]


def _attributes_of(exchange: Exchange) -> Attributes:
    """Return what is known of an answer, as a span has it: none of its words."""
    usage, finish_reason = exchange.usage, exchange.answer.finish_reason
    return {
        "gen_ai.response.model": exchange.model,
        "gen_ai.response.finish_reasons": [finish_reason] if finish_reason else None,
        "gen_ai.usage.input_tokens": usage.input_tokens or None,
        "gen_ai.usage.output_tokens": usage.output_tokens or None,
    }
