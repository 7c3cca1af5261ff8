"""The connectors of flowcharts as they are written: ``-->``, ``-. text .->``, ``o==o``, ``~~~``, and what people type.

A link is read at a place of a line; what stands at its ends is left to the reader of the statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from drawing.markup import unmarked, unquoted
from drawing.model import MAX_EDGE_TEXT_LENGTH, EdgeEnd, LineStyle, label
from drawing.notation.lines import Line

MAX_LENGTH = 8  # ranks that a connector may span


@dataclass(frozen=True, slots=True)
class Link:
    """A connector without its ends; ``end`` is the place behind it."""

    end: int
    text: str = ""
    line: LineStyle = "solid"
    tail: EdgeEnd = "none"
    head: EdgeEnd = "arrow"
    length: int = 1
    name: str = ""  # as in ``name@-->``


_NAME = re.compile(r"([^\s\"@{}\[\]()|<>&;]{1,80})@(?=[xo<]?[-=~.\u2192])")
_WHOLE = re.compile(
    r"(?P<invisible>~~~+)"
    r"|(?P<tail>[xo]?|<+)(?:(?P<solid>--+)(?P<head>[-xo]|\|?>+)|(?P<thick>==+)(?P<thick_head>[=xo]|>+)"
    r"|(?P<dotted>-?\.+-)(?P<dotted_head>[xo]|>*))"
    r"|(?P<loose><?(?:->+|=>+|~>|\.\.+>|-\|>|[\u2013\u2014-]+>)|[\u2192\u27f6\u279c\u2794\u27a1\u21d2\u27f9]\ufe0f?|[\u2194\u21d4\u27f7])"
    r"|(?P<backward><--?(?![->])|[\u2190\u27f5])"
)
_START = re.compile(r"(?P<tail>[xo]?|<+)(?P<stroke>--|==|-\.|[\u2013\u2014](?=\s)|-(?=\s))")
_ENDS = {
    "-": re.compile(r"\s*(?P<tail><|(?<=\s)[xo])?(?P<stroke>--+)(?P<head>[-xo]|\|?>+)"),
    "=": re.compile(r"\s*(?P<tail><|(?<=\s)[xo])?(?P<stroke>==+)(?P<head>[=xo]|>+)"),
    ".": re.compile(r"\s*(?P<tail><|(?<=\s)[xo])?(?P<stroke>-?\.+-)(?P<head>[xo]|>*)"),
}
_ANY_END = re.compile(
    r"\s*(?P<tail>)(?P<stroke>--+|==+|-?\.+-)(?P<head>[-=xo]|>+)|\s*(?P<loose_tail>)(?:[-=\u2013\u2014.]+>+|[\u2192\u27f6])"
)
_QUOTED = re.compile(r"\s*\"[^\"]*\"")
_PIPE = re.compile(r"\s*\|(?:\s*(\"[^\"]*\")\s*\|?|([^|]*)(?:\||$))")
_HEADS: dict[str, EdgeEnd] = {">": "arrow", "x": "cross", "o": "circle", "<": "arrow"}
_LINES: dict[str, LineStyle] = {"=": "thick", ".": "dotted", "~": "invisible"}
_DOUBLE = "\u2194\u21d4\u27f7"
_THICK = "\u21d2\u27f9="


def starts_link(text: str, at: int) -> bool:
    """Say whether a connector begins at that place."""
    name = _NAME.match(text, at)
    if name:
        at = name.end()
    if _WHOLE.match(text, at):
        return True
    start = _START.match(text, at)
    return bool(start and (len(start["stroke"]) > 1 or _ANY_END.search(text, start.end())))


def read_link(line: Line, at: int) -> Link | None:
    """Return the connector that begins at a place of the line, with its text; None when there is none."""
    text = line.text
    name = _NAME.match(text, at) if "@" in text else None
    if name:
        at = name.end()
    named = name[1] if name else ""
    whole = _WHOLE.match(text, at)
    if whole and not whole["backward"]:
        return _piped(line, _whole(whole, named))
    start = _START.match(text, at)
    if start and (link := _with_words(line, start, named)):
        return link
    if whole:
        return _piped(line, _whole(whole, named))
    if start is None or start["stroke"] == "-":
        return None
    # ``A -- B``: a line without a head, as other notations write it.
    tail, family = _HEADS.get(start["tail"][:1], "none"), start["stroke"][-1]
    return _piped(line, Link(start.end(), "", _LINES.get(family, "solid"), tail, "none", 1, named))


def _with_words(line: Line, start: re.Match[str], name: str) -> Link | None:
    """Return a connector such as ``-- text -->``; None when its second part is missing."""
    family, begin = start["stroke"][-1], start.end()
    quoted = _QUOTED.match(line.text, begin)
    end = _end(line.text, family, quoted.end() if quoted else begin)
    if end is None or not line.text[begin : end.start()].strip():
        return None
    stroke = end["stroke"] or ""
    head: EdgeEnd = _HEADS.get((end["head"] or "")[-1:], "none") if stroke else "arrow"
    style, tail = _LINES.get(family, "solid"), _HEADS.get(start["tail"][:1], "none")
    return Link(end.end(), _words(line.said(begin, end.start())), style, tail, head, _length(stroke), name)


def _end(text: str, family: str, at: int) -> re.Match[str] | None:
    """Return the second part of a connector with words: of its own family, or else any."""
    own = _ENDS.get(family, _ENDS["-"]).search(text, at)
    return own or _ANY_END.search(text, at)


def _whole(match: re.Match[str], name: str) -> Link:
    if match["invisible"]:
        length = len(match["invisible"]) - 2
        return Link(match.end(), "", "invisible", "none", "none", min(length, MAX_LENGTH), name)
    if match["backward"]:
        return Link(match.end(), "", "solid", "arrow", "none", 1, name)
    if match["loose"]:
        sign = match["loose"]
        tail: EdgeEnd = "arrow" if sign[0] == "<" or sign[0] in _DOUBLE else "none"
        line: LineStyle = (
            "thick" if any(each in sign for each in _THICK) else "dotted" if ".." in sign else "solid"
        )
        return Link(match.end(), "", line, tail, "arrow", 1, name)
    stroke = match["solid"] or match["thick"] or match["dotted"]
    head = (match["head"] or match["thick_head"] or match["dotted_head"] or "")[-1:]
    line = "thick" if match["thick"] else "dotted" if match["dotted"] else "solid"
    tail = _HEADS.get(match["tail"][:1], "none")
    return Link(match.end(), "", line, tail, _HEADS.get(head, "none"), _length(stroke), name)


def _length(stroke: str) -> int:
    """Return how many ranks a connector spans: more dashes, equal signs or dots make it longer."""
    if "." in stroke:
        return min(stroke.count("."), MAX_LENGTH)
    return max(1, min(len(stroke) - 1, MAX_LENGTH))


def _piped(line: Line, link: Link) -> Link:
    """Return the link with the ``|text|`` behind it."""
    match = _PIPE.match(line.text, link.end)
    if match is None:
        return link
    group = 1 if match[1] is not None else 2
    text = _words(line.said(match.start(group), match.end(group)))
    return Link(match.end(), text, link.line, link.tail, link.head, link.length, link.name)


def _words(text: str) -> str:
    return label(unmarked(unquoted(text)), MAX_EDGE_TEXT_LENGTH)
