"""Which failure a refusal or a broken connection is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tasks.designers.chat.refusals import Reason, Refusal
from tasks.designers.chat.sizes import ContextTooSmall
from tasks.designers.chat.waits import find_wait
from tasks.designers.failures import ModelFailure, PermanentFailure, TransientFailure

LONGEST_WAIT = 480.0  # seconds a job waits for a server that says when to come back
BELIEVED_WAIT = 14 * 86_400.0  # seconds; what is longer is a mistake, and no reason to give up

_PERMANENT = {
    Reason.QUOTA: "model_quota_exhausted",
    Reason.FILTERED: "content_filtered",
    Reason.KEY: "model_unauthorized",
    Reason.MODEL: "model_not_found",
    Reason.ROUTE: "model_not_found",
    Reason.SIZE: "model_context_too_small",
    Reason.PARAMETER: "model_invalid_request",
    Reason.OTHER: "model_invalid_request",
}
_REDIRECTED = "The model's server redirects, which is not followed. Set OPENAI_BASE_URL to the final address."


def failure_of(
    refusal: Refusal, *, headers: Mapping[str, str], body: Any, has_words: bool = False
) -> ModelFailure:
    """Return the failure that a refusal stands for; ``has_words`` once a part of the answer has come."""
    if refusal.reason is Reason.REDIRECT:
        return PermanentFailure("model_bad_answer", operator_message=_REDIRECTED)
    if refusal.reason in _PERMANENT:
        return PermanentFailure(_PERMANENT[refusal.reason])
    if refusal.reason is Reason.GENERATION or (has_words and refusal.reason is Reason.DOWN):
        return TransientFailure("model_interrupted")
    code = "model_rate_limited" if refusal.reason is Reason.RATE else "model_unavailable"
    wait = find_wait(headers, body)
    if wait is not None and LONGEST_WAIT < wait <= BELIEVED_WAIT:
        until = say_duration(wait)
        return PermanentFailure(
            code,
            f"The AI service takes no more requests for {until}. Try again then.",
            operator_message=f"The model's server asks to come back in {until}.",
        )
    return TransientFailure(code, retry_after_seconds=None if wait is None else min(wait, LONGEST_WAIT))


def too_small(error: ContextTooSmall) -> PermanentFailure:
    """Return the failure of a context that no plan fits into, with the tokens needed and had."""
    had = "fewer" if error.available is None else f"{error.available:,}"
    return PermanentFailure(
        "model_context_too_small",
        operator_message=f"The model's context is too small: a plan needs {error.needed:,} tokens at least, the server"
        f" has {had}. Raise its context size, or use another model.",
    )


def say_duration(seconds: float) -> str:
    """Return a duration in words: "7 hours and 12 minutes"."""
    minutes = round(seconds / 60)
    days, minutes = divmod(minutes, 24 * 60)
    hours, minutes = divmod(minutes, 60)
    parts = [
        f"{count} {unit}{'' if count == 1 else 's'}"
        for count, unit in ((days, "day"), (hours, "hour"), (minutes, "minute"))
        if count
    ]
    return " and ".join(parts[:2]) or "a moment"
