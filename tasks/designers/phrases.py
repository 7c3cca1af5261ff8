"""Reads what a request says apart from the drawing itself: its kind, its title, how lists are separated."""

from __future__ import annotations

import re

from drawing.plan import DEFAULT_TITLE, MAX_LABEL_LENGTH, MAX_TITLE_LENGTH, Kind
from drawing.text import clean, cut

MAX_TITLE_WORDS = 12

_KIND_WORDS: tuple[tuple[Kind, str], ...] = (
    ("mindmap", r"mind[ -]?maps?|brainstorm\w*|concept map"),
    ("timeline", r"time[ -]?lines?|roadmaps?|milestones?|chronolog\w+|schedule"),
    ("grid", r"kanban|(?:task |scrum )?boards?|grids?|matrix|table|columns"),
    ("tree", r"org(?:ani[sz]ation(?:al)?)?[ -]?charts?|hierarch\w+|(?:family )?trees?|outline|sitemap"),
    ("flowchart", r"flow[ -]?charts?|flow[ -]?diagrams?|workflows?|process(?:es)?|steps"),
)
_COMMAND = re.compile(
    r"(?:(?:please|can you|could you|i (?:want|need)|i'd like)\s+)*"
    r"(?:(?:to\s+)?(?:create|draw|make|design|build|show|generate|sketch|visuali[sz]e|illustrate|add|give|map out)\s+)?"
    r"(?:(?:me|us)\s+)?",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"(?:(?:a|an|the)\s+)?(?:(?:simple|detailed|basic|complete|nice|clear|small|big|new)\s+){0,3}"
    r"(?:(?:mind[ -]?map|flow[ -]?chart|flow[ -]?diagram|diagram|time[ -]?line|roadmap|kanban(?: board)?|board|grid|"
    r"org(?:ani[sz]ation(?:al)?)?[ -]?chart|tree(?: diagram)?|hierarchy|chart|drawing|picture|graph|list)\b\s*)"
    r"(?:(?:of|for|about|on|showing|that shows|with|from)\b\s*)?",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:a|an|the|our|my)\s+(?=\S)", re.IGNORECASE)
# Not within brackets: "boat (oars, sail)" is one entry.
_LIST_BREAK = re.compile(
    r"\s*(?:[,;\n，、；،]\s*(?:(?:and|or|&|und|et|y)\s+)?|\s(?:and|&|und|et|y)\s)(?![^()]*\))\s*"
)
BULLET = re.compile(r"^\s*(?:[-*•–—]|\d{1,2}[.)])\s+")
_EDGES = " \t\n.,;:!-–—•*"
_QUOTES = ('"', "'", "“”„", "«»")


def find_kind(text: str) -> Kind | None:
    """Return the kind of drawing that the text names first; None if it names none."""
    found = [(match.start(), kind) for kind, words in _KIND_WORDS if (match := _word(words).search(text))]
    return min(found)[1] if found else None


def without_command(text: str) -> str:
    """Return the text without "Please draw a flowchart of": what is left is about the drawing."""
    rest = text[_COMMAND.match(text).end() :]  # type: ignore[union-attr] # It also matches nothing.
    form = _FORM.match(rest)
    return rest[form.end() :] if form else rest


def find_title(text: str) -> str:
    """Return a title: "Create a flowchart for a user login process" is about "User login process"."""
    # Where nothing is left, the form itself is the title: "Org chart".
    line = (_bare(without_command(text)) or _bare(text)).split("\n")[0]
    words = _bare(_ARTICLE.sub("", line)).split()
    title = " ".join(words[:MAX_TITLE_WORDS]) + ("…" if len(words) > MAX_TITLE_WORDS else "")
    if not title:
        return DEFAULT_TITLE
    return cut(title[0].upper() + title[1:], MAX_TITLE_LENGTH)


def label(text: str) -> str:
    """Return a part of the text as a label: one line, without the punctuation around it."""
    return cut(_bare(" ".join(clean(text).split())), MAX_LABEL_LENGTH)


def split_list(text: str) -> list[str]:
    """Return the entries of "a, b and c" as labels; without the article that begins an entry."""
    entries = (label(_ARTICLE.sub("", label(each))) for each in _LIST_BREAK.split(text))
    return [entry for entry in entries if entry]


def split_lead(text: str, end: int) -> tuple[str, str]:
    """Return what introduces the first chain ("Draw the login flow:") and the rest."""
    opening = text[:end]
    place = max(opening.rfind(":"), opening.rfind("\n"))
    if place >= 0 and text[place + 1 :].strip():
        return opening[:place], text[place + 1 :]
    return "", without_command(text)


def _bare(text: str) -> str:
    """Return the text without the punctuation at its ends, quotes among it unless more of them are inside."""
    before = None
    while text != before:
        before = text
        text = text.strip(_EDGES)
        for quotes in _QUOTES:
            inner = text.strip(quotes)
            if not any(quote in inner for quote in quotes):
                text = inner
    return text


def _word(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)
