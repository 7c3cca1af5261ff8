"""What can go wrong with a model's server, and whether it may go right later; waiting is left to the queue.

Each failure has two sentences: one for the person at the canvas, and one for the operator, who can do something about
it. Neither repeats the server's own words, as those may hold the prompt or the key.
"""

from __future__ import annotations

from typing import NamedTuple


class Sentences(NamedTuple):
    """What a failure is called: for the person who waits for a drawing, and for the operator."""

    person: str
    operator: str


_NOT_AVAILABLE = "Drawing is not available right now. The operator of this service has been notified."

MESSAGES = {
    "model_unauthorized": Sentences(
        _NOT_AVAILABLE, "The model's server refused the API key. Check OPENAI_API_KEY, and what the key may use."
    ),
    "model_not_found": Sentences(
        _NOT_AVAILABLE,
        "The model's server does not know this model, or not for this key. Check OPENAI_MODEL and OPENAI_BASE_URL.",
    ),
    "model_quota_exhausted": Sentences(
        _NOT_AVAILABLE, "The account at the model's server has no credit left. Add credit, then retry the failed jobs."
    ),
    "model_invalid_request": Sentences(
        _NOT_AVAILABLE, "The model's server did not accept the request. Check that OPENAI_MODEL can chat."
    ),
    "model_context_too_small": Sentences(
        _NOT_AVAILABLE, "The model's context is too small for a plan. Raise it at the server, or use another model."
    ),
    "model_rate_limited": Sentences(
        "Many drawings are being made right now. This one will be tried again.",
        "The model's server limits the rate of requests. Lower MAX_CONCURRENT_JOBS, or raise the limit there.",
    ),
    "model_unavailable": Sentences(
        "The AI service does not respond at the moment.", "The model's server cannot be reached or is out of order."
    ),
    "model_interrupted": Sentences(
        "The AI service broke off before the drawing was complete.",
        "The model's answer broke off before it was complete.",
    ),
    "model_timeout": Sentences(
        "The AI service took too long.",
        "The model took too long. A slow server needs larger AI_TIMEOUT_SECONDS and AI_IDLE_TIMEOUT_SECONDS.",
    ),
    "model_refused": Sentences(
        "The AI declined to draw this. Describe the drawing in other words and retry.", "The model declined to answer."
    ),
    "content_filtered": Sentences(
        "The AI service filtered this drawing. Describe it in other words and retry.",
        "The content filter of the model's server withheld the request or the answer.",
    ),
    "model_bad_answer": Sentences(
        "The AI service did not answer with a drawing. Try again, or describe it in other words.",
        "The model's server did not answer with a plan. Check OPENAI_BASE_URL and OPENAI_MODEL.",
    ),
    "plan_unusable": Sentences(
        "The plan had nothing that can be drawn. Describe the drawing in more detail and retry.",
        "The model's plan had nothing that can be drawn.",
    ),
}  # fmt: skip


class ModelFailure(Exception):
    """The model gave no plan: a stable ``code``, a ``message`` for the person and an ``operator_message``.

    Raise it ``from None``: what servers answer may repeat the prompt or the key, and tracebacks get logged.
    """

    def __init__(self, code: str, message: str | None = None, *, operator_message: str | None = None) -> None:
        known = MESSAGES.get(code)
        self.code = code
        self.message = message or (known.person if known else "Something went wrong on our side.")
        self.operator_message = operator_message or (known.operator if known else self.message)
        super().__init__(code, self.message)


class TransientFailure(ModelFailure):
    """Trying again later may help; ``retry_after_seconds`` is the server's own wish, if it has one."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        operator_message: str | None = None,
        retry_after_seconds: float | None = None,
        was_accepted: bool = False,
    ) -> None:
        super().__init__(code, message, operator_message=operator_message)
        self.retry_after_seconds = retry_after_seconds
        self.was_accepted = was_accepted  # the server had begun to answer: it is not down


class PermanentFailure(ModelFailure):
    """Trying again would fail again, or cost the same tokens for the same answer."""
