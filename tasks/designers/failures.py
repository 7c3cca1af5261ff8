"""What can go wrong with a model's server, and whether it may go right later; waiting is left to the queue."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import openai

from core import clock

QUOTA_CODES = frozenset({"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"})
FILTER_CODES = frozenset({"content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation"})
RATE_CODES = frozenset({"rate_limit_exceeded", "rate_limit_error", "requests", "tokens"})
REQUEST_TIMEOUT, CONFLICT = 408, 409
PAYMENT_REQUIRED = 402

MESSAGES = {
    "model_unauthorized": "The model's server refused the API key. Check OPENAI_API_KEY.",
    "model_not_found": "The model's server does not know this model. Check OPENAI_MODEL and OPENAI_BASE_URL.",
    "model_quota_exhausted": "The account at the model's server has no credit left. Add credit, then retry.",
    "model_rate_limited": "The model's server is receiving too many requests at the moment.",
    "model_unavailable": "The model's server cannot be reached or is out of order at the moment.",
    "model_interrupted": "The model's answer broke off before it was complete.",
    "model_timeout": "The model took too long to answer.",
    "model_refused": "The model declined to draw this. Describe the drawing in other words and retry.",
    "content_filtered": "The model's server filtered the answer. Describe the drawing in other words and retry.",
    "model_invalid_request": "The model's server did not accept the request. Check that OPENAI_MODEL can chat.",
    "model_bad_answer": "The model's server did not answer with a plan. Check OPENAI_BASE_URL and OPENAI_MODEL.",
    "plan_unusable": "The model's plan had nothing that can be drawn. Describe the drawing in more detail and retry.",
}


class ModelFailure(Exception):
    """The model gave no plan: a stable ``code`` and a ``message`` to act on, never the server's own words.

    Raise it ``from None``: what servers answer may repeat the prompt or the key, and tracebacks get logged.
    """

    def __init__(self, code: str, message: str | None = None) -> None:
        self.code = code
        self.message = message or MESSAGES[code]
        super().__init__(code, self.message)


class TransientFailure(ModelFailure):
    """Trying again later may help; ``retry_after_seconds`` is the server's own wish, if it has one."""

    def __init__(
        self, code: str, message: str | None = None, *, retry_after_seconds: float | None = None
    ) -> None:
        super().__init__(code, message)
        self.retry_after_seconds = retry_after_seconds


class PermanentFailure(ModelFailure):
    """Trying again would fail again, or cost the same tokens for the same answer."""


def failure_of(error: Exception, *, has_begun: bool) -> ModelFailure:
    """Return the failure that an error of the client stands for; ``has_begun`` once the answer is streaming."""
    if isinstance(error, openai.APIStatusError):
        return _status_failure(error)
    if isinstance(error, openai.APITimeoutError | TimeoutError):
        return TransientFailure("model_timeout")
    if isinstance(error, openai.APIConnectionError) and not has_begun:
        return TransientFailure("model_unavailable")
    if isinstance(error, openai.APIError):
        return _stream_failure(error)
    # Whatever else breaks while reading: a line that is not JSON, a chunk of another shape.
    return TransientFailure("model_interrupted" if has_begun else "model_unavailable")


def retry_after(headers: Mapping[str, str], *, now: datetime | None = None) -> float | None:
    """Return the seconds that ``Retry-After`` (RFC 9110, section 10.2.3) asks for; None if it says nothing usable.

    Understands seconds, an HTTP date, and OpenAI's ``retry-after-ms``.
    """
    milliseconds = _seconds(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _seconds(value)
    if seconds is not None or not value:
        return seconds
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - (now or clock.now())).total_seconds())


def error_names(error: openai.APIError) -> set[str]:
    """Return the machine-readable words of an error: its code and its type."""
    body = error.body if isinstance(error.body, Mapping) else {}
    inner = body.get("error")
    found: list[Any] = [error.code, error.type, body.get("code"), body.get("type")]
    if isinstance(inner, Mapping):
        found += [inner.get("code"), inner.get("type")]
    return {each for each in found if isinstance(each, str)}


def _status_failure(error: openai.APIStatusError) -> ModelFailure:
    status, names = error.status_code, error_names(error)
    wait = retry_after(error.response.headers)
    if names & QUOTA_CODES or status == PAYMENT_REQUIRED:
        return PermanentFailure("model_quota_exhausted")
    if names & FILTER_CODES:
        return PermanentFailure("content_filtered")
    if status == 429:
        return TransientFailure("model_rate_limited", retry_after_seconds=wait)
    if status >= 500 or status in (REQUEST_TIMEOUT, CONFLICT):
        return TransientFailure("model_unavailable", retry_after_seconds=wait)
    code = {401: "model_unauthorized", 403: "model_unauthorized", 404: "model_not_found"}.get(status)
    return PermanentFailure(code or "model_invalid_request")


def _stream_failure(error: openai.APIError) -> ModelFailure:
    names = error_names(error)
    if names & QUOTA_CODES:
        return PermanentFailure("model_quota_exhausted")
    if names & FILTER_CODES:
        return PermanentFailure("content_filtered")
    return TransientFailure("model_rate_limited" if names & RATE_CODES else "model_interrupted")


def _seconds(value: str | None) -> float | None:
    try:
        seconds = float(value) if value else -1.0
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None
