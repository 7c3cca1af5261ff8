"""What a server refuses, and why, whatever status and shape it comes in; ``refusal_words`` has the words.

What follows from a refusal is left to others: ``parameters`` steps down, ``outcomes`` has the failures.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from tasks.designers.chat import refusal_words as words
from tasks.designers.chat.waits import find_wait

MAX_TEXT = 8_000  # characters of an error body that are looked at
MAX_DEPTH = 6
FIRST_ERROR, LAST_STATUS = 400, 599


class Reason(Enum):
    """Why a request was refused."""

    QUOTA = "no credit left"
    FILTERED = "the request was filtered"
    KEY = "the key was refused"
    MODEL = "the model is not known or not allowed"
    SIZE = "the request or the answer asked for is too long"
    PARAMETER = "a parameter is not accepted"
    GENERATION = "the model's output did not fit the format"
    RATE = "too many requests"
    DOWN = "the server is out of order"
    ROUTE = "there is nothing at this address"
    REDIRECT = "the server is at another address"
    OTHER = "the request is not accepted"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal: its reason and status, and what it says. ``text`` may repeat the prompt: never log or store it."""

    reason: Reason
    status: int | None
    text: str
    parameter: str | None = None  # the one refused, as ``Parameters`` names its choices


_CODES: tuple[tuple[Reason, frozenset[str]], ...] = (
    (Reason.QUOTA, words.QUOTA_CODES),
    (Reason.FILTERED, words.FILTER_CODES),
    (Reason.GENERATION, words.GENERATION_CODES),
    (Reason.KEY, words.KEY_CODES),
    (Reason.MODEL, words.MODEL_CODES),
    (Reason.SIZE, words.SIZE_CODES),
    (Reason.RATE, words.RATE_CODES),
)


def read_refusal(body: Any, *, status: int | None) -> Refusal:
    """Return what an error body means; ``status`` is that of HTTP, None for an error within a stream."""
    if isinstance(body, str) and body.lstrip().startswith("<"):
        body = ""  # A page for browsers: any word may be on it.
    strings = list(_strings(body, 0, ""))
    status = _status_in(body) or status
    codes = {value.lower() for key, value in strings if key in ("code", "type", "status", "reason")}
    text = " ".join(value for _, value in strings if value)[:MAX_TEXT]
    named = " ".join(value for key, value in strings if key in ("param", "loc", "parameter", "field"))
    code = next((reason for reason, known in _CODES if codes & known), None)
    comes_back = find_wait({}, body) is not None or "per minute" in text
    reason = _by_code_or_quota(status, code, text, comes_back=comes_back) or _by_words(status, code, text)
    if reason is not None:
        return Refusal(reason, status, text)
    if parameter := _parameter(text, named):
        return Refusal(Reason.PARAMETER, status, text, parameter)
    return Refusal(_by_status(status, text), status, text)


def _by_code_or_quota(
    status: int | None, code: Reason | None, text: str, *, comes_back: bool
) -> Reason | None:
    if code in (Reason.MODEL, Reason.GENERATION, Reason.QUOTA):
        return code
    if status == 402:
        return Reason.QUOTA
    # Gemini calls a limit per minute a quota, too, but says when to come back.
    if words.QUOTA.search(text) and not (status == 429 and comes_back):
        return Reason.QUOTA
    return None


def _by_words(status: int | None, code: Reason | None, text: str) -> Reason | None:
    """Return the reason, but for refused parameters and for what only the status says."""
    is_of_client = status is None or status < 500
    if status == 429:
        return Reason.SIZE if words.TOO_LARGE_FOR_RATE.search(text) else Reason.RATE
    if words.ROUTE.search(text):
        return Reason.ROUTE
    if code is Reason.FILTERED or (code is None and is_of_client and words.FILTERED.search(text)):
        return Reason.FILTERED
    if status == 401 or code is Reason.KEY:
        return Reason.KEY
    if words.GENERATION.search(text):
        return Reason.GENERATION
    if code is Reason.SIZE or status == 413 or words.SIZE.search(text):
        return Reason.SIZE
    return Reason.RATE if code is Reason.RATE and is_of_client else None


def _by_status(status: int | None, text: str) -> Reason:
    if words.KEY.search(text) and status in (None, 400, 403):
        return Reason.KEY
    if words.MODEL.search(text) and status not in (502, 503, 504, 529):
        return Reason.MODEL
    if status is not None and status < FIRST_ERROR:
        return Reason.REDIRECT
    if status in (401, 403, 407):
        return Reason.KEY
    if status in (404, 405, 410):
        return Reason.ROUTE
    if words.RATE.search(text):
        return Reason.RATE
    if status is None or status >= 500 or status in (408, 409, 425) or words.DOWN.search(text):
        return Reason.DOWN
    return Reason.OTHER


def _parameter(text: str, named: str) -> str | None:
    """Return the choice that a complaint is about: the parameter it names as such, else the first in its text."""
    found = [(match.start(), name) for name, pattern in words.PARAMETERS if (match := pattern.search(named))]
    if found:
        return min(found)[1]
    exact = {each.split(".")[0].split("[")[0] for each in named.split()}
    for each, name in words.EXACT_PARAMETERS.items():
        if each in exact:
            return name
    found = [(match.start(), name) for name, pattern in words.PARAMETERS if (match := pattern.search(text))]
    return min(found)[1] if found else None


def _strings(value: Any, depth: int, key: str) -> Iterator[tuple[str, str]]:
    """Return all texts of a body with the key they stand under; JSON within a text is looked into (OpenRouter)."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str):
        yield key, value[:MAX_TEXT]
        if key in ("raw", "error", "message") and value.lstrip()[:1] in ("{", "[") and len(value) < MAX_TEXT:
            try:
                yield from _strings(json.loads(value), depth + 1, key)
            except (ValueError, RecursionError):
                return
    elif isinstance(value, Mapping):
        for name, member in value.items():
            if name not in words.ECHOES:
                yield from _strings(member, depth + 1, str(name))
    elif isinstance(value, list):
        for member in value[:50]:
            yield from _strings(member, depth + 1, key)
    elif isinstance(value, int) and not isinstance(value, bool):
        # With its name: "n_ctx 1024" is what there is of a sentence.
        yield key, f"{key} {value}" if abs(value) < 2**53 and key not in ("code", "status") else ""


def _status_in(body: Any) -> int | None:
    """Return the status that a body itself names: gateways hand errors on within a 200."""
    for holder in body[:3] if isinstance(body, list) else [body]:
        for each in (holder, holder.get("error") if isinstance(holder, Mapping) else None):
            if not isinstance(each, Mapping):
                continue
            for key in ("code", "status", "status_code", "http_status"):
                value = each.get(key)
                if isinstance(value, str) and value.isdigit() and len(value) == 3:
                    value = int(value)
                if type(value) is int and FIRST_ERROR <= value <= LAST_STATUS:
                    return value
    return None
