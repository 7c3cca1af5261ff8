"""Finds out what a server accepts: begins with the best, steps down after a refusal, and remembers it for a while."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic

from tasks.designers.chat.endpoint import Endpoint
from tasks.designers.chat.exchange import Exchange
from tasks.designers.chat.parameters import Parameters
from tasks.designers.chat.refusals import Reason, Refusal
from tasks.designers.chat.usage import BYTES_A_TOKEN

REMEMBER_SECONDS = 3600.0  # the server may be another one by then


@dataclass(frozen=True, slots=True)
class Offer:
    """What a request is made with."""

    url: str
    parameters: Parameters
    is_certain: bool = True  # the server said what it refuses; else it may be well with it the next time


class Negotiation:
    """What one server accepts, as far as it is known; shared by all jobs of a process."""

    def __init__(self, endpoint: Endpoint, first: Parameters) -> None:
        self._urls = endpoint.urls
        self._first = Offer(endpoint.urls[0], first)
        self._remembered = self._first
        self._remembered_until = 0.0
        self._has_failed = False  # the server's last failure came at once, to a request with a format

    def begin(self) -> Offer:
        """Return what to ask with."""
        return self._remembered if monotonic() < self._remembered_until else self._first

    def next_offer(self, offer: Offer, exchange: Exchange) -> Offer | None:
        """Return what to try after a refusal; None when the exchange stands. Raises ``ContextTooSmall``."""
        refusal = exchange.refusal
        if refusal is None or exchange.answer.has_words:
            return None
        if refusal.reason is Reason.ROUTE:
            return self._next_url(offer)
        if refusal.reason is Reason.DOWN:
            return self._after_failure(offer, exchange)
        prompt_tokens = exchange.counter.request_bytes // BYTES_A_TOKEN
        parameters = offer.parameters.step_down(refusal, prompt_tokens=prompt_tokens)
        if parameters is None:
            return None
        return replace(offer, parameters=parameters, is_certain=offer.is_certain and _is_certain(refusal))

    def note(self, offer: Offer, exchange: Exchange) -> None:
        """Remember what was accepted, and whether the server failed at once."""
        if exchange.refusal is not None and not exchange.answer.has_words:
            is_failure = exchange.refusal.reason is Reason.DOWN and exchange.is_immediate
            self._has_failed = is_failure and offer.parameters.has_format
            return
        if not exchange.counter.is_accepted:
            return
        if offer.parameters.has_format:
            self._has_failed = False
        if offer.is_certain and offer != self.begin():
            self._remembered, self._remembered_until = offer, monotonic() + REMEMBER_SECONDS

    def _next_url(self, offer: Offer) -> Offer | None:
        later = self._urls[self._urls.index(offer.url) + 1 :]
        return replace(offer, url=later[0]) if later else None

    def _after_failure(self, offer: Offer, exchange: Exchange) -> Offer | None:
        """A server that fails at once, again and again, may stumble over the format: ask once without one."""
        if self._has_failed and exchange.is_immediate and offer.parameters.has_format:
            return replace(offer, parameters=offer.parameters.without_format(), is_certain=False)
        return None


def _is_certain(refusal: Refusal) -> bool:
    return refusal.reason in (Reason.PARAMETER, Reason.SIZE)
