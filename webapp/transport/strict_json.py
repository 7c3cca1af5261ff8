"""Request bodies without surprises: JSON that every parser reads the same way, or an error that says what is wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, NoReturn

from flask import Request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from webapp.errors import InvalidRequest, UnsupportedMediaType

MAX_BODY_BYTES = 256 * 1024  # a source of 50,000 characters, most of them several bytes
MAX_DEPTH = 32  # of nested objects and arrays
MAX_INTEGER_DIGITS = 308  # larger numbers overflow in most other programs
UTF_8 = ("utf-8", "utf8")


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
            body = self.get_data(cache=True)
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

    Refused with ``InvalidRequest``: what is not UTF-8 or not JSON (RFC 8259), a name given twice, NaN and infinity,
    integers of more than 308 digits, more than 32 levels, and anything but an object at the top.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_constant,
            parse_int=_integer,
            parse_float=_float,
        )
    except UnicodeDecodeError:
        _refuse("The body is not UTF-8.")
    except RecursionError:
        _refuse(f"The body is nested deeper than {MAX_DEPTH} levels.")
    except json.JSONDecodeError as exc:
        _refuse(f"The body is not JSON: line {exc.lineno}, column {exc.colno}.")
    if not isinstance(value, dict):
        _refuse("The body must be a JSON object.")
    _check_depth(value)
    return value


def _refuse(complaint: str) -> NoReturn:
    raise InvalidRequest({"body": [complaint]})


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        _refuse("The body gives a name twice in one object.")
    return value


def _constant(text: str) -> NoReturn:
    _refuse(f"{text} is not a JSON number.")


def _integer(text: str) -> int:
    if len(text) > MAX_INTEGER_DIGITS:
        _refuse(f"The body holds an integer of more than {MAX_INTEGER_DIGITS} digits.")
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refuse("The body holds a number that is too large.")
    return value


_CHILDREN: dict[type, Callable[[Any], list[Any]]] = {dict: lambda it: list(it.values()), list: lambda it: it}


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [
            child for parent in level for child in _CHILDREN[type(parent)](parent) if type(child) in _CHILDREN
        ]
        if not level:
            return
    _refuse(f"The body is nested deeper than {MAX_DEPTH} levels.")
