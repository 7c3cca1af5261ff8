"""A designer that asks any server which speaks OpenAI's chat completions.

How servers differ is left to ``tasks.designers.chat``. Here a drawing is asked for, otherwise as long as the server
refuses a parameter, and once more when the answer cannot be read or has faults that no layout can hide.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from time import monotonic

from core import tracing
from core.attempts import Usage
from core.settings import PlanFormat, Provider
from core.spans import Attributes, Span
from drawing.model import Drawing
from drawing.plan import Edge, Group, Node, Shape
from tasks.designers import Note, Request, Said, Source
from tasks.designers.chat.answer import Answer, Reader
from tasks.designers.chat.answer_reader import AnswerReader
from tasks.designers.chat.change_reader import ChangeReader
from tasks.designers.chat.endings import Ending
from tasks.designers.chat.endpoint import find_endpoint
from tasks.designers.chat.exchange import Exchange
from tasks.designers.chat.label_reader import LabelReader
from tasks.designers.chat.negotiation import Negotiation, Offer
from tasks.designers.chat.outcomes import too_small
from tasks.designers.chat.parameters import first_parameters
from tasks.designers.chat.plan_reader import RESTART
from tasks.designers.chat.sizes import ContextTooSmall
from tasks.designers.chat.transport import Patience, Transport
from tasks.designers.forms import Form, FormMemory
from tasks.designers.labels import kind_of_request
from tasks.designers.phrases import find_title
from tasks.designers.prompts import EXAMPLE_WORDS, Message, build_messages
from tasks.designers.repair import Repair, find_outcome
from tasks.designers.review import is_copied, review

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
        plan_format: PlanFormat = "auto",
    ) -> None:
        self.model = model
        self._timeout_seconds = timeout_seconds
        self._idle_seconds = idle_timeout_seconds
        self._endpoint = find_endpoint(base_url, api_key=api_key, model=model)
        parameters = first_parameters(model=model, base_url=base_url)
        self._plan_format = plan_format
        self._forms = FormMemory()
        self._negotiations = {
            Form.NOTATION: Negotiation(self._endpoint, parameters.for_notation()),
            Form.JSON: Negotiation(self._endpoint, parameters),
            Form.LABELS: Negotiation(self._endpoint, parameters.for_labels()),
        }
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
        """Yield notation or a plan as it comes, Notes, and the Usage as it grows; raises ModelFailure."""
        with tracing.span(f"chat {self.model}", kind="client", attributes=self._attributes) as span:
            async with aclosing(self._ask(request, span)) as said:
                async for each in said:
                    yield each

    async def _ask(self, request: Request, span: Span) -> AsyncGenerator[Said, None]:
        answers = _Answers(monotonic() + self._timeout_seconds, span)
        form = self._form() if not request.is_change else Form.NOTATION
        async with aclosing(self._converse(form, [], request, answers)) as said:
            async for each in said:
                yield each
        repair = None if request.is_change else self._repair(form, answers.exchange, request)
        if repair is None:
            for note in _judge(answers.exchange, request):
                yield note
            return
        first = answers.exchange
        second: list[Said] = []
        async with aclosing(self._converse(repair.form, repair.messages, request, answers)) as said:
            async for each in said:
                if isinstance(each, Usage):
                    yield each
                else:
                    second.append(each)
        is_better = repair.is_better(first, answers.exchange, request)
        for said_again in (RESTART, *second) if is_better else ():
            yield said_again
        self._forms.note(form, repair.form if is_better else form)
        for note in [Note(repair.note), *_judge(answers.exchange if is_better else first, request)]:
            yield note

    async def _converse(
        self, form: Form, more: list[Message], request: Request, answers: _Answers
    ) -> AsyncGenerator[Said, None]:
        """Yield one answer, asked for otherwise as long as the server refuses a parameter; it stays in ``answers``."""
        negotiation = self._negotiations[form]
        offer = negotiation.begin()
        for _ in range(MAX_REQUESTS):
            messages = build_messages(request, form=form, says_schema=offer.parameters.says_schema)
            exchange = Exchange(
                parameters=offer.parameters,
                model=self.model,
                messages=messages + more,
                answer=Answer(_reader_for(form, request)),
            )
            answers.exchange = exchange
            try:
                async with aclosing(self._run(exchange, offer, answers.deadline)) as said:
                    async for each in said:
                        answers.note_first(each)
                        yield answers.spent + each if isinstance(each, Usage) else each
            finally:
                answers.span.set(_attributes_of(exchange))
            answers.spent += exchange.usage
            other = self._next_offer(negotiation, offer, exchange)
            if other is None:
                break
            offer = other
        yield answers.spent
        negotiation.note(offer, exchange)

    def _form(self) -> Form:
        if self._plan_format != "auto":
            return Form(self._plan_format)
        return self._forms.choose()

    def _repair(self, form: Form, exchange: Exchange, request: Request) -> Repair | None:
        """Return what to ask once more for, if anything; only an answer that came whole is worth it."""
        if exchange.failure is not None or exchange.answer.ending is not Ending.CLEAN:
            return None
        answer, is_free = exchange.answer, self._plan_format == "auto" and form is not Form.LABELS
        if answer.drawing is not None and answer.drawing.parts:
            return self._review(
                form, answer.drawing, request, is_free=is_free, is_notation=answer.is_notation
            )
        is_lost = answer.has_words and not answer.is_readable and not answer.is_refused
        if not is_lost or not is_free:
            return None
        return Repair.of_form(Form.JSON if form is Form.NOTATION else Form.LABELS)

    def _review(
        self, form: Form, drawing: Drawing, request: Request, *, is_free: bool, is_notation: bool
    ) -> Repair | None:
        """Return what to ask once more for because of what was drawn."""
        words = request.instructions
        if is_free and is_copied(drawing, words=words, example_words=EXAMPLE_WORDS):
            return Repair.of_copy()
        self._forms.note(form, form)
        if not is_notation:
            return None
        complaints = review(drawing, words=words, example_words=EXAMPLE_WORDS)
        return Repair.of_content(form, drawing, complaints) if complaints else None

    def _run(self, exchange: Exchange, offer: Offer, deadline: float) -> AsyncGenerator[Said, None]:
        patience = Patience(
            first=self._idle_seconds * FIRST_WORD_PATIENCE,
            idle=self._idle_seconds,
            total=max(0.0, deadline - monotonic()),
        )
        headers = {**self._endpoint.headers, **tracing.headers()}
        return exchange.run(self._transport, url=offer.url, headers=headers, patience=patience)

    def _next_offer(self, negotiation: Negotiation, offer: Offer, exchange: Exchange) -> Offer | None:
        try:
            return negotiation.next_offer(offer, exchange)
        except ContextTooSmall as exc:
            exchange.failure = too_small(exc)
            return None


def _reader_for(form: Form, request: Request) -> Callable[[], Reader]:
    """Return what makes the reader of an answer."""
    if request.is_change:
        return ChangeReader
    if form is not Form.LABELS:
        return AnswerReader
    return partial(LabelReader, kind_of_request(request.instructions), find_title(request.instructions))


class _Answers:
    """What one request for a drawing has come to so far: its last exchange, and what all of them cost."""

    exchange: Exchange

    def __init__(self, deadline: float, span: Span) -> None:
        self.deadline = deadline
        self.span = span
        self.spent = Usage()
        self._has_items = False

    def note_first(self, said: Said) -> None:
        """Tell the trace when the first thing that can be drawn was there."""
        if not self._has_items and isinstance(said, Node | Edge | Group | Shape | Source):
            self._has_items = True
            self.span.event("first_item")


def _judge(exchange: Exchange, request: Request) -> list[Note]:
    """Return the notes that the answer needs; raises the failure that it is."""
    failure, notes = find_outcome(exchange, request)
    if failure is not None:
        raise failure from None
    return [Note(text) for text in notes]


def _attributes_of(exchange: Exchange) -> Attributes:
    """Return what is known of an answer, as a span has it: none of its words."""
    usage, finish_reason = exchange.usage, exchange.answer.finish_reason
    return {
        "gen_ai.response.model": exchange.model,
        "gen_ai.response.finish_reasons": [finish_reason] if finish_reason else None,
        "gen_ai.usage.input_tokens": usage.input_tokens or None,
        "gen_ai.usage.output_tokens": usage.output_tokens or None,
    }
