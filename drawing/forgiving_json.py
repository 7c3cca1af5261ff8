"""JSON as models write it: with comments, trailing commas, raw newlines, and the words of Python and JavaScript."""

from __future__ import annotations

import json
import re
from typing import Any

# Strings stay as they are; comments and trailing commas go, Python's and JavaScript's words become JSON's.
_FORGIVEN = re.compile(
    # A string that is not closed goes to the end: looking for its end once more at each quote would be quadratic.
    r'(?P<string>"(?:[^"\\]|\\.?)*+(?:"|\Z))|(?P<comment>//[^\n]*|#[^\n]*|/\*.{0,500}?\*/)'
    r"|(?P<word>\b(?:None|True|False|NaN|undefined)\b)",
    re.DOTALL,
)
_TRAILING_COMMA = re.compile(r'("(?:[^"\\]|\\.?)*+(?:"|\Z))|,(?=\s{0,200}[}\]])', re.DOTALL)
_WORDS = {"None": "null", "True": "true", "False": "false", "NaN": "null", "undefined": "null"}


def load_json(literal: str) -> Any:
    """Return the JSON value, forgiving what ``forgive`` does and raw newlines in strings; None if it is none."""
    try:
        return json.loads(literal, strict=False)
    except (ValueError, RecursionError):
        pass
    try:
        return json.loads(forgive(literal), strict=False)
    except (ValueError, RecursionError):
        return None


def forgive(text: str) -> str:
    """Return the text without comments and trailing commas, with Python's and JavaScript's words as JSON's."""
    text = _FORGIVEN.sub(_replacement, text)
    return _TRAILING_COMMA.sub(r"\1", text)


def _replacement(match: re.Match[str]) -> str:
    if match["string"]:
        return match["string"]
    return _WORDS[match["word"]] if match["word"] else ""
