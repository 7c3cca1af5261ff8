"""Members of classes as class diagrams write them: visibility, generics between tildes, return types."""

from __future__ import annotations

import re

from drawing.markup import unmarked
from drawing.model import MAX_TEXT_LENGTH, Row, label
from drawing.text import clean

ATTRIBUTES, METHODS = "attributes", "methods"
_VISIBILITY = "+-#~"
_METHOD = re.compile(r"(#(?!\d+;)|[+~-])?\s*(.+?)\((.*)\)\s*([$*]?)\s*:?\s*(.*?)\s*([$*]?)$")
_ENTITY = re.compile(r"#\d+;")
_BLANKS = re.compile(r"\s*\(\s*")
_RETURNED = re.compile(r"\) : ([^()]*)$")


def member(text: str) -> Row:
    """Return a member as a row of two cells, its visibility and its words.

    ``+add(int a) bool`` is "+" and "add(int a) : bool". Signs of static (``$``) and abstract (``*``) members are
    left out.
    """
    text = " ".join(clean(text).split())
    method = _METHOD.match(text) if ")" in text else None
    if method:
        visibility, name, arguments, _, returned, _ = method.groups()
        words, returned = (
            f"{generics(name.strip())}({generics(arguments.strip())})",
            _shown(generics(returned)),
        )
        words = _BLANKS.sub("(", _shown(words)) + (f" : {returned}" if returned else "")
        return Row((visibility or "", words), METHODS)
    visibility = text[:1] if text[:1] in _VISIBILITY and not _ENTITY.match(text) else ""
    words = text[len(visibility) :].rstrip()
    if words[-1:] in ("$", "*") and len(words) > 1:
        words = words[:-1]
    return Row((visibility, _shown(generics(words.strip()))), ATTRIBUTES)


def written_member(row: Row) -> str:
    """Return a member's line; reading it gives the same row."""
    visibility, words = row.cells
    plain = _RETURNED.sub(r") \1", words) if row.section == METHODS else words
    for text in (plain, words):
        tilded = text.replace("<", "~").replace(">", "~")
        for candidate in (text, tilded, re.sub(r"[<~&#*$`_{}%;]", lambda sign: f"#{ord(sign[0])};", text)):
            line = f"{visibility}{candidate}"
            if not _SPECIAL.search(_ENTITY.sub("", line)) and member(line) == row:
                return line
    return visibility + re.sub(r"[^\w\s():]", lambda sign: f"#{ord(sign[0])};", words)


_SPECIAL = re.compile(r"[{};\n]|^\s|<<|%%")


def _shown(text: str) -> str:
    return " ".join(label(unmarked(text), MAX_TEXT_LENGTH).split())


def generics(text: str) -> str:
    """Return a text with ``<T>`` for ``~T~``; pairs nest from outside in, and end at commas between them."""
    if text.count("~") < 2:
        return text
    sets: list[str] = []
    pieces = text.split(",")
    at = 0
    while at < len(pieces):
        piece = pieces[at]
        while piece.count("~") == 1 and at + 1 < len(pieces) and pieces[at + 1].count("~") == 1:
            at += 1
            piece = f"{piece},{pieces[at]}"
        sets.append(_nested(piece))
        at += 1
    return ",".join(sets)


def _nested(text: str) -> str:
    places = [at for at, char in enumerate(text) if char == "~"]
    if len(places) % 2 and text.startswith("~"):
        places = places[1:]
    chars = list(text)
    while len(places) >= 2:
        chars[places[0]], chars[places[-1]] = "<", ">"
        places = places[1:-1]
    return "".join(chars)
