"""Markup in labels: breaks break the line, entities are decoded, tags and Markdown are dropped, bold is kept.

For every text that a model or a person wrote as a label; ``drawing.text`` measures and wraps what comes out.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

LONGEST_SPAN = 300  # code points between two marks that belong together; a bound on the time a text takes

_LINE_TAGS = frozenset("br p div li tr h1 h2 h3 h4 h5 h6".split())  # they break a line
_LONE_TAGS = _LINE_TAGS | frozenset("hr wbr img ul ol table tbody thead span font center".split())
_PAIRED_TAGS = frozenset(
    "a abbr b big blockquote cite code del em i ins kbd label mark pre q s samp small strike strong sub sup td th tt "
    "u var".split()
)
_BOLD_TAGS = frozenset(("b", "strong", "th", "h1", "h2", "h3", "h4", "h5", "h6"))
_MARK = re.compile(r"[<&\\*_`~\[#]")
_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,9})(\s[^<>]{0,200})?\s?(/?)>")
_COMMENT = re.compile(rf"<!--.{{0,{LONGEST_SPAN}}}?-->", re.DOTALL)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_CODE = re.compile(r"#(\d{2,7}|[A-Za-z]{2,10});")  # Mermaid's own: #35; is #, #quot; is "
_LITERAL_BREAK = re.compile(r"\\r\\n|\\n")
_PATH = re.compile(r"^\W*[A-Za-z]:\\|^\\\\|\\[A-Za-mo-qsu-z0-9]")  # a word such as C:\new or docs\plans\new

_SPAN = rf"(?=\S)([^\n]{{1,{LONGEST_SPAN}}}?)(?<=\S)"
_START, _END = r"(?<![\w\\])", r"(?!\w)"
_STRONG = re.compile(rf"{_START}\*\*{_SPAN}\*\*{_END}|{_START}__(?=\S*[A-Z\s]){_SPAN}__{_END}")
_WEAK = (
    re.compile(rf"{_START}\*(?!\*){_SPAN}(?<!\*)\*(?!\*){_END}"),
    re.compile(rf"{_START}_(?!_){_SPAN}(?<!_)_(?!_){_END}"),
    re.compile(rf"~~{_SPAN}~~"),
    re.compile(rf"```{_SPAN}```"),
    re.compile(rf"`{_SPAN}`"),
)
_LINK = re.compile(r"!?\[([^\[\]\n]{1,200})\]\((?:https?:|mailto:|/|#|\.)[^()\s]{0,300}\)")
_HEADING = re.compile(r"^#{2,6} +", re.MULTILINE)
_ESCAPE = re.compile(r"\\([*_`~\[\]#<>])")
_BLANKS = re.compile(r"[ \t]*\n[ \t]*")


@dataclass(frozen=True, slots=True)
class PlainText:
    """A label without markup; ``is_bold`` says that the whole of it was marked as bold."""

    text: str
    is_bold: bool = False


def read_markup(text: str) -> PlainText:
    """Return what a reader of the rendered text would see.

    "**Pay**<br>by &lt;card&gt;" is "Pay", a new line, and "by <card>". What only looks like markup stays:
    ``List<String>``, ``2*3*4``, ``snake_case_name``, ``__init__``, ``C:\\new``, a ``<b>`` that is never closed.
    """
    if not _MARK.search(text):
        return PlainText(text)
    text, has_bold_tags = _without_tags(_broken(text))
    text, is_strong = _without_emphasis(text)
    text = _ESCAPE.sub(r"\1", text)
    text = _ENTITY.sub(lambda match: html.unescape(match[0]), text)
    text = _CODE.sub(_decoded, text)
    return PlainText(_BLANKS.sub("\n", text).strip(), has_bold_tags or is_strong)


def unmarked(text: str) -> str:
    """Return a label's text without markup."""
    return read_markup(text.strip()).text


def unquoted(text: str) -> str:
    """Return a label without the quotes around it; a Markdown string ("`…`") loses its ticks too."""
    text = text.strip()
    if text[:1] not in _OPENING:
        return text
    for opening, closing in _QUOTES:
        if len(text) >= len(opening) + len(closing) and text.startswith(opening) and text.endswith(closing):
            return text[len(opening) : len(text) - len(closing)].strip()
    return text


_QUOTES = (
    ('"`', '`"'), ('"', '"'), ("\u201c", "\u201d"), ("\u201e", "\u201c"), ("\u00ab", "\u00bb"), ("\u201d", "\u201d"),
    ("\u201c", "\u201c"), ("\u201c", '"'), ('"', "\u201d"), ("\u201e", "\u201d"),
)  # fmt: skip
_OPENING = frozenset(opening[0] for opening, _ in _QUOTES)


def _decoded(match: re.Match[str]) -> str:
    name = match[1]
    if name.isdigit():
        code = int(name)
        return chr(code) if 31 < code < 0x110000 and not 0xD800 <= code < 0xE000 else ""
    text = html.unescape(f"&{name};")
    return match[0] if text.startswith("&") and len(text) > 1 else text


def _broken(text: str) -> str:
    """Turn a literal ``\\n`` into a line break, except in words that look like a path."""
    if "\\" not in text:
        return text
    words = re.split(r"(\s+)", text)
    return "".join(word if _PATH.search(word) else _LITERAL_BREAK.sub("\n", word) for word in words)


def _without_tags(text: str) -> tuple[str, bool]:
    """Return the text without tags, and whether tags made all of it bold."""
    if "<" not in text:
        return text, False
    text = _COMMENT.sub("", text)
    closed = {match[2].lower() for match in _TAG.finditer(text) if match[1]}
    opened = {match[2].lower() for match in _TAG.finditer(text) if not match[1]}
    known = _LONE_TAGS | (_PAIRED_TAGS & opened & closed)
    first, last = _first_and_last_tag(text)
    is_bold = first == last and first in _BOLD_TAGS & known and text.lower().count(f"<{first}") == 1

    def replaced(match: re.Match[str]) -> str:
        name = match[2].lower()
        if name not in known:
            return match[0]
        if name not in _LINE_TAGS:
            return ""
        # One break between two blocks, none before the first: strip() takes those at the ends.
        return "\n" if name == "br" or not match[1] else ""

    return _TAG.sub(replaced, text).strip(), is_bold


def _first_and_last_tag(text: str) -> tuple[str, str]:
    """Return the names of the tags that a text begins and ends with; empty where it does not."""
    whole = text.strip()
    first = _TAG.match(whole)
    last = _TAG.match(whole, whole.rfind("<"))
    return (
        first[2].lower() if first and not first[1] else "",
        last[2].lower() if last and last[1] and last.end() == len(whole) else "-",
    )


def _without_emphasis(text: str) -> tuple[str, bool]:
    whole = text.strip()
    match = _STRONG.fullmatch(whole)
    is_bold = bool(match and "**" not in (match[1] or "")) or bool(
        _HEADING.match(whole) and "\n" not in whole
    )
    text = _HEADING.sub("", text)
    text = _LINK.sub(r"\1", text)
    text = _STRONG.sub(lambda m: m[1] or m[2], text)
    for mark in _WEAK:
        text = mark.sub(r"\1", text)
    return text, is_bold
