"""Nodes as flowcharts write them: ``id[text]``, ``id@{ shape: …, label: … }``, ``id:::class``, quoted or not."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from drawing.markup import unmarked, unquoted
from drawing.model import label
from drawing.notation.lines import MAX_ID_LENGTH, Line, clean_id
from drawing.notation.links import starts_link
from drawing.notation.shape_names import BRACKETS, shape_named
from drawing.notation.statement_ends import skipped

MAX_CLOSINGS = 60  # places in a line that are tried as the end of a label

# A name goes on over single hyphens, dots and equal signs, which begin no connector.
_WORD = re.compile(
    r"(?:[^\s\[\](){}<>|&;:\"@,~=\-.\u2013\u2014\u2190-\u21ff\u27f0-\u27ff\u279c\u2794\u27a1]"
    r"|-(?=[^\s>\-.\]\)])|=(?=[^=>\s])|\.(?=[^.\s\-])|\.(?=\s|$)|~(?=[^~>])|@(?=[^{\s\-=.])|(?<=\S)&(?=[^\s&])|:(?=[^:\s]\S))+"
)
_QUOTED = re.compile(r"\"([^\"]*)\"")
_LINK_AHEAD = re.compile(r"\s*(?:[xo<]?--+[->xo]|-?\.+->|==+[>=]|\u2192|->|=>)\s*")
_OPENING_QUOTES, _CLOSING_QUOTES = ('"', "\u201c", "\u201e"), ('"', "\u201c", "\u201d")
_SIGNS = re.compile(r"[!-/:-@\[-^`{-~\s]*")  # nothing that could be a name
_SUFFIXES = frozenset("([{>:@")  # what a suffix begins with
_FIRST_BRACKETS = frozenset("([{>")
_WHOLE_QUOTED = re.compile(r"\s*\"[^\"]*\"\s*")
_FACTS = re.compile(r"\s*@\{")
_FACT = re.compile(r"([A-Za-z][\w-]*)[\"']?\s*:\s*(\"(?:[^\"]*)\"|'[^']*'|[^,}]*)")
_CLASS = re.compile(r"\s*:::\s*([\w-]+)")
_PLAIN_LABEL = re.compile(
    r"(?P<opening>[(\[{]{1,2})(?P<words>[^\[\](){}<>|/\\@;:&#`*_~=.\-\"\u2010-\u201f\u2190-\u21ff]*[\w?!])"
    r"(?P<closing>[)\]}]{1,2})(?=\s*(?:$|-->))"
)
_PLAIN_SHAPES = {
    (opening, closings[0][0]): closings[0][1]
    for opening, closings in BRACKETS
    if len(opening) <= 2 and not set(opening) - set("([{")
}
_FOLLOWS = re.compile(r"\s*(?:$|[;&,]|:::|@\{|:(?!:)|%%)")
_ICON = re.compile(r"(?:^|(?<=\s))(?:fa[bsrlkd]?|mdi|logos|aws|azure|gcp):(?:fa-)?([\w-]+)(?=\s|$)\s*")
_SPECIAL = re.compile(
    r"[\s\[\](){}|&@/\\'`*+!?=~.^%$\u2010-\u2015\u2190-\u21ff\u27f0-\u27ff\u279c\u2794\u27a1]+|-+(?!\w)|(?<!\w)-+|--+"
)
_RESERVED = frozenset(
    "subgraph swimlane title style class classdef cssclass linkstyle click href linkcallback direction".split()
)


@dataclass(frozen=True, slots=True)
class Mention:
    """A node where a statement names it; ``text`` and ``shape`` are None where they are not said there.

    ``name`` is the id as it was written: what is shown as long as nothing says a text.
    """

    id: str
    end: int
    text: str | None = None
    shape: str | None = None
    css_class: str | None = None
    facts: tuple[tuple[str, str], ...] = ()  # of ``@{ … }``
    name: str = ""


def node_id(text: str) -> str:
    """Return a name as ids hold it: signs and spaces become underscores, which no notation minds."""
    name = text if text.isalnum() and text.isascii() and len(text) <= MAX_ID_LENGTH else clean_id(text)
    if not name.isalnum():
        name = _SPECIAL.sub("_", name)
        name = name.strip("_") or name[:1]
    return f"{name}_" if name.lower() in _RESERVED else name


def label_text(raw: str) -> str:
    """Return a label as it is shown: without quotes and markup; names of icons go where other words remain."""
    raw = raw.strip()
    if raw[:1] in _OPENING_QUOTES and not any(quote in raw[1:] for quote in _CLOSING_QUOTES):
        raw = raw[1:]  # The quote at its end is missing.
    text = unmarked(unquoted(raw))
    if ":" in text:
        plain = _ICON.sub("", text).strip()
        text = plain or _ICON.sub(lambda match: match[1].replace("-", " "), text).strip()
    return label(text)


def read_node(line: Line, at: int) -> Mention | None:
    """Return the node named at a place of the line; None when there is none."""
    text = line.text
    quoted = _QUOTED.match(text, at)
    if quoted:
        words = label_text(line.raw[quoted.start() : quoted.end()])
        name = node_id(words)
        mention = Mention(name, quoted.end(), name=words) if name else None
    elif text[at : at + 1] in ("[", "(", "{"):
        mention = _anonymous(line, at)
    else:
        end = name_end(text, at)
        if text[at:end].isalnum() and text[at:end].isascii() and end - at <= MAX_ID_LENGTH:
            own_id = node_id(text[at:end])
            return _with_suffixes(line, Mention(own_id, end, name=text[at:end]))
        if _SIGNS.fullmatch(text, at, end):
            return None
        name = node_id(line.raw[at:end])
        words = label(unmarked(line.said(at, end)))
        mention = Mention(name, end, name=words) if name else None
    if mention is None:
        return None
    return _with_suffixes(line, mention)


def name_end(text: str, at: int) -> int:
    """Return where a name ends; it may have several words, up to a connector or a bracket."""
    end = at
    while word := _WORD.match(text, end):
        end = word.end()
        blank = end
        while text[blank : blank + 1] == " ":
            blank += 1
        if blank == end or starts_link(text, blank):
            break
        if not _WORD.match(text, blank):
            break
        end = blank
    return len(text[:end].rstrip())


def _anonymous(line: Line, at: int) -> Mention | None:
    """A node without a name, such as ``[Start]``: its label names it."""
    found = read_brackets(line, at)
    if found is None:
        return None
    name = node_id(found.text or "")
    return replace(found, id=name) if name else None


def _with_suffixes(line: Line, mention: Mention) -> Mention:
    """Add what stands behind a name: brackets, facts, a class; each may come after the other."""
    for _ in range(4):
        following = line.text[mention.end : mention.end + 2].lstrip()[:1]
        if following not in _SUFFIXES:
            break
        found = _class(line, mention) or _facts(line, mention)
        if found is None and mention.shape is None:
            at = mention.end
            gap = 1 if line.text[at : at + 1] == " " and line.text[at + 1 : at + 2] in ("[", "(", "{") else 0
            bracketed = read_brackets(line, at + gap)
            if bracketed:
                found = replace(mention, end=bracketed.end, text=bracketed.text, shape=bracketed.shape)
        if found is None:
            break
        mention = found
    return mention


def _class(line: Line, mention: Mention) -> Mention | None:
    match = _CLASS.match(line.text, mention.end)
    return replace(mention, end=match.end(), css_class=match[1]) if match else None


def _facts(line: Line, mention: Mention) -> Mention | None:
    match = _FACTS.match(line.text, mention.end)
    if match is None:
        return None
    end = _closing_brace(line.text, match.end())
    facts = tuple(
        (fact[1].lower(), line.raw[fact.start(2) : fact.end(2)].strip())
        for fact in _FACT.finditer(line.text, match.end(), end)
    )
    told = dict(facts)
    words = label_text(told["label"]) if "label" in told else mention.text
    shape = shape_named(told["shape"]) if "shape" in told else None
    if shape is None and ("icon" in told or "img" in told):
        words = words if words is not None else label_text(told.get("icon", "")) or None
    end = end + 1 if end < len(line.text) else end
    return replace(mention, end=end, text=words, shape=shape or mention.shape, facts=facts)


def _closing_brace(text: str, at: int) -> int:
    """Return where facts end: at the next brace that stands in no quotes."""
    in_quotes = False
    for i in range(at, len(text)):
        if text[i] == '"':
            in_quotes = not in_quotes
        elif text[i] == "}" and not in_quotes:
            return i
    unquoted_end = text.rfind("}")
    return unquoted_end if unquoted_end >= at else len(text)


def read_brackets(line: Line, at: int) -> Mention | None:
    """Return the label in brackets that begin at a place; brackets inside it need no quotes."""
    text = line.text
    if text[at : at + 1] not in _FIRST_BRACKETS:
        return None
    plain = _PLAIN_LABEL.match(text, at)
    shape = _PLAIN_SHAPES.get((plain["opening"], plain["closing"])) if plain else None
    if plain and shape:  # as nearly all are; what follows finds the end of any other
        return Mention(
            "", plain.end(), label_text(line.raw[plain.start("words") : plain.end("words")]), shape
        )
    for opening, closings in BRACKETS:
        if not text.startswith(opening, at):
            continue
        found = _closed(line, at + len(opening), closings)
        if found:
            return found
    for opening, closings in BRACKETS:  # A label whose end is missing: the shape is plain all the same.
        if text.startswith(opening, at) and opening != ">":
            return _cut_off(line, at + len(opening), closings[0][1])
    return None


def _cut_off(line: Line, begin: int, shape: str) -> Mention:
    """Return a label that no bracket ends: up to the next connector, or all that is there."""
    link = _LINK_AHEAD.search(line.text, begin)
    end = link.start() if link else len(line.text)
    words = label_text(line.raw[begin:end].strip(' "\u201c\u201d'))
    return Mention("", end, words, shape) if words.strip("()[]{} ") else Mention("", end)


def _closed(line: Line, begin: int, closings: tuple[tuple[str, str], ...]) -> Mention | None:
    """Return the label that a closing bracket ends: the first one behind which a statement can go on."""
    text = line.text
    quoted = _WHOLE_QUOTED.match(text, begin)
    if quoted:
        for closing, shape in closings:
            if text.startswith(closing, quoted.end()):
                return _labelled(line, begin, quoted.end(), closing, shape)
    places = sorted(
        (at, closing, shape) for closing, shape in closings for at in _places(text, closing, begin)
    )
    is_quoted = text[begin : begin + 1] == '"'
    for at, closing, shape in places:
        if is_quoted and text.count('"', begin, at) % 2 and '"' in text[at:]:
            continue  # It stands inside the quotes.
        follows = at + len(closing)
        if not _is_balanced(text[begin:at]) and (places[-1][0] > at or _LINK_AHEAD.search(text, begin, at)):
            continue
        if len(closing) > 1 and _LINK_AHEAD.search(text, begin, at):
            continue  # The end of another node's label.
        if _FOLLOWS.match(text, follows) or starts_link(text, skipped(text, follows)):
            return _labelled(line, begin, at, closing, shape)
    if not places or _LINK_AHEAD.search(text, begin, places[0][0]):
        return None
    at, closing, shape = places[-1] if len(closings[0][0]) > 1 else places[0]
    return _labelled(line, begin, at, closing, shape)


def _places(text: str, closing: str, begin: int) -> list[int]:
    """Return where a closing bracket stands, the first places only."""
    out: list[int] = []
    at = text.find(closing, begin)
    while at >= 0 and len(out) < MAX_CLOSINGS:
        out.append(at)
        at = text.find(closing, at + 1)
    return out


def _is_balanced(text: str) -> bool:
    """Say whether each bracket that a label opens is closed in it."""
    depth = {"(": 0, "[": 0, "{": 0}
    pairs = {")": "(", "]": "[", "}": "{"}
    for char in text:
        if char in depth:
            depth[char] += 1
        elif char in pairs:
            depth[pairs[char]] -= 1
    return all(count <= 0 for count in depth.values())


def _labelled(line: Line, begin: int, end: int, closing: str, shape: str) -> Mention:
    words = line.raw[begin:end]
    if shape == "rectangle" and closing == "|]" and "|" in words:
        words = words.rsplit("|", 1)[1]
    return Mention("", end + len(closing), label_text(words), shape)
