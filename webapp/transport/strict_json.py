"""Request bodies without surprises: JSON that every parser reads the same way, or an error that says what is wrong."""

from __future__ import annotations

import re
import sys
from typing import Any, NoReturn

import jiter
from flask import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from webapp.errors import InvalidRequest, RequestTimedOut, UnsupportedMediaType
from webapp.transport.slow_clients import BodyTooSlow, body_deadline

MAX_BODY_BYTES = 256 * 1024  # a source of 50,000 characters, most of them several bytes
MAX_DEPTH = 32  # of nested objects and arrays
UTF_8 = ("utf-8", "utf8")
TOO_DEEP = f"The body is nested deeper than {MAX_DEPTH} levels."

_PLACE = re.compile(r"line (\d+) column (\d+)$")


class StrictRequest(Request):
    """A request whose ``get_json`` returns an object or raises what is wrong with the body."""

    # One more than allowed: of a chunked body Werkzeug reads so much and drops the rest without a word.
    max_content_length = MAX_BODY_BYTES + 1

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> Any:
        """Return the body; the arguments are those of Flask and change nothing."""
        if self.mimetype != "application/json":
            raise UnsupportedMediaType
        if self.mimetype_params.get("charset", "utf-8").lower() not in UTF_8 or self.content_encoding:
            raise UnsupportedMediaType
        try:
            with body_deadline(self.environ):
                body = self.get_data(cache=True)
        except BodyTooSlow as exc:
            raise RequestTimedOut from exc
        except HTTPException:
            raise
        except Exception as exc:
            # The server that reads it has errors of its own, for chunks that are none or are cut off.
            raise InvalidRequest({"body": ["The body cannot be read to its end."]}) from exc
        if len(body) > MAX_BODY_BYTES:
            raise RequestEntityTooLarge
        return parse_object(body)


def parse_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in ``body``.

    Refused with ``InvalidRequest``: what is not UTF-8 or not JSON (RFC 8259), a name given twice, half a surrogate
    pair, NaN, numbers too large for a float, more than 32 levels, and anything but an object at the top.
    """
    try:
        value = jiter.from_json(body, allow_inf_nan=False, cache_mode="keys", catch_duplicate_keys=True)
    except ValueError as exc:
        _refuse(_describe(str(exc)))
    if not isinstance(value, dict):
        _refuse("The body must be a JSON object.")
    _check(value)
    return value


def _refuse(complaint: str) -> NoReturn:
    raise InvalidRequest({"body": [complaint]})


def _describe(error: str) -> str:
    """Return jiter's complaint in our words: where it is, without repeating what the caller sent."""
    if error.startswith("recursion limit"):
        return TOO_DEEP
    at = _PLACE.search(error)
    place = f" (line {at[1]}, column {at[2]})" if at else ""
    if error.startswith("Detected duplicate key"):
        return f"The body gives a name twice in one object{place}."
    return f"The body is not JSON{place}."


def _check(value: dict[str, Any]) -> None:
    """Refuse what jiter lets through: numbers that overflow elsewhere, and 33 to 200 levels."""
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        below = [child for parent in level for child in (parent.values() if type(parent) is dict else parent)]
        if any(type(child) in (int, float) and abs(child) > sys.float_info.max for child in below):
            _refuse("The body holds a number that is too large.")
        level = [child for child in below if type(child) in (dict, list)]
        if not level:
            return
    _refuse(TOO_DEEP)
