"""How long a server wants to be left alone: the one place that reads waits, from headers and from bodies."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from core import clock

LONGEST_BELIEVED = 32 * 86_400.0  # seconds; a month is the longest period of any quota
MAX_DEPTH = 6  # nested values that are looked at in a body

# "retry after 20", "try again in 1m2.5s", "Please retry in 7h12m0s", "wait 3 minutes".
_SENTENCE = re.compile(
    r"(?:(?:try|retry|available|again|resets?|wait|reset)\b[^.\d\n]{0,40}?)"
    r"(?P<wait>\d[\d.]*\s*(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)\b"
    r"(?:[\s,]*(?:and\s+)?\d[\d.]*\s*(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)\b)*"
    r"|(?:\d[\d.]*(?:ms|[smhd]))+)",
    re.IGNORECASE,
)
_PART = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|milli|s|m|h|d)", re.IGNORECASE)
_UNITS = {"ms": 0.001, "milli": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
_BODY_KEYS = re.compile(
    r"\A(?:retry_?delay|retry_?after(?:_?seconds|_?secs?|_?s)?|wait_?seconds|reset_?in)\Z", re.I
)
_BODY_MS_KEYS = re.compile(r"\Aretry_?after_?(?:ms|millis(?:econds)?)\Z", re.I)
# The server's own limits: when the one that is used up is full again.
_RESETS = re.compile(
    r"\A(?:x-)?ratelimit-reset(?:-(requests|tokens|input-tokens|output-tokens|after))?\Z", re.I
)
_EPOCH = 1_000_000_000.0  # a reset larger than this is a time, not a wait


def find_wait(headers: Mapping[str, str], body: Any = None, *, now: datetime | None = None) -> float | None:
    """Return the seconds that a refusal asks to wait; None if it says nothing that can be believed.

    ``Retry-After`` (RFC 9110, section 10.2.3) wins, then the body's members (``retryDelay``, ``retry_after``), its
    sentences ("try again in 1m2.5s") and at last the headers that say when a limit is reset.
    """
    now = now or clock.now()
    for found in (_from_header(headers, now), _from_body(body), _from_resets(headers, now)):
        if found is not None:
            return min(found, LONGEST_BELIEVED)
    return None


def parse_duration(text: str) -> float | None:
    """Return the seconds of "38s", "1m2.5s", "7h12m", "20 seconds" or a bare number of seconds."""
    bare = _number(text)
    if bare is not None:
        return bare
    parts = _PART.findall(text)
    return sum(float(number) * _UNITS[unit.lower()] for number, unit in parts) if parts else None


def _from_header(headers: Mapping[str, str], now: datetime) -> float | None:
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if not value:
        return None
    seconds = _number(value)
    if seconds is not None:
        return seconds
    try:
        moment = parsedate_to_datetime(value)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())
    except (ValueError, OverflowError, TypeError):
        return parse_duration(value) if re.fullmatch(r"[\d.smhd\s]+", value) else None


def _from_body(body: Any) -> float | None:
    waits: list[float] = []
    for key, value in _walk(body, 0):
        if _BODY_MS_KEYS.match(key) and (seconds := _member_seconds(value)) is not None:
            waits.append(seconds / 1000)
        elif _BODY_KEYS.match(key) and (seconds := _member_seconds(value)) is not None:
            waits.append(seconds)
    if waits:
        return max(waits)
    for _, value in _walk(body, 0):
        if isinstance(value, str) and (found := _SENTENCE.search(value[:2000])):
            return parse_duration(found["wait"])
    return None


def _member_seconds(value: Any) -> float | None:
    if isinstance(value, Mapping):  # {"seconds": 38, "nanos": 5}
        value = value.get("seconds")
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if 0 <= value < math.inf else None
    return parse_duration(value) if isinstance(value, str) else None


def _walk(value: Any, depth: int, key: str = "") -> Iterator[tuple[str, Any]]:
    if depth > MAX_DEPTH:
        return
    yield key, value
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from _walk(member, depth + 1, str(name))
    elif isinstance(value, list):
        for member in value[:50]:
            yield from _walk(member, depth + 1, key)


def _from_resets(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return when a limit that is used up is full again; the longest, where it is not said which one is."""
    waits = []
    for name, value in headers.items():
        match = _RESETS.match(name) or re.match(r"\Aanthropic-ratelimit-(\S+)-reset\Z", name, re.I)
        if match is None:
            continue
        left = _number(headers.get(re.sub(r"reset", "remaining", name.lower())))
        if left is not None and left > 0:
            continue
        seconds = _reset_seconds(value, now)
        if seconds is not None:
            waits.append(seconds)
    return max(waits, default=None)


def _reset_seconds(value: str, now: datetime) -> float | None:
    seconds = parse_duration(value) if not re.match(r"\A\d{4}-\d\d-", value) else None
    if seconds is None:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - now).total_seconds())
    if seconds > _EPOCH * 1000:
        seconds /= 1000  # OpenRouter's are in milliseconds.
    return max(0.0, seconds - now.timestamp()) if seconds > _EPOCH else seconds


def _number(value: str | None) -> float | None:
    try:
        seconds = float(value) if value else -1.0
    except ValueError:
        return None
    return seconds if 0 <= seconds < math.inf else None
