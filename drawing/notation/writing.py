"""Labels as notation writes them, so that reading them again gives the same text."""

from __future__ import annotations

import re

from drawing.markup import unmarked
from drawing.model import Drawing

_ALWAYS = re.compile(r"[#;<\"]|%(?=%)|^[:\uff1a+-]")
_CLASS = re.compile(r":(?=::\s*[\w-]+\s*$)")
_FIRST_SIGN = re.compile(r"^[^\w#&]|^&(?!#)")
_ANY = re.compile(r"[^\w\s]|_|(?<=\s)\s|^\s|\s$")


_QUOTES = re.compile("[\u201c-\u201f\uff02`]|&+(?=[\u201c-\u201f\uff02`])")


def escaped(text: str, signs: str = "") -> str:
    """Return a label as one line: breaks are ``<br>``, what could mean something else is an entity such as ``#59;``.

    ``signs`` are further characters that mean something where the label stands.
    """
    return "<br>".join(_line(line, signs) for line in text.split("\n"))


def written_title(drawing: Drawing) -> list[str]:
    """Return the statement that says a drawing's title; none when it has none."""
    title = escaped(drawing.title)
    return [f"title {_FIRST_SIGN.sub(_entity, title)}"] if title else []


def escaped_class(text: str, signs: str = "") -> str:
    """Return a label as one line that may stand before a ``:::colour``, and has none of its own at its end."""
    return _CLASS.sub("#58;", escaped(text, signs))


def quoted(text: str, signs: str = "") -> str:
    """Return a label between quotes; quotes and ticks in it, also typographic ones, and ``signs`` are entities."""
    return f'"{_QUOTES.sub(_entity, escaped(text, signs))}"'


def _line(text: str, signs: str) -> str:
    pattern = re.compile(f"{_ALWAYS.pattern}|[{re.escape(signs)}]") if signs else _ALWAYS
    plain = pattern.sub(_entity, text)
    return plain if unmarked(plain) == text else _ANY.sub(_entity, text)


def _entity(match: re.Match[str]) -> str:
    return "".join(f"#{ord(sign)};" for sign in match[0])
