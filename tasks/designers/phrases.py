"""Reads what a request says apart from the drawing itself: its kind, its title, how lists are separated."""

from __future__ import annotations

import re

from drawing.plan import DEFAULT_TITLE, MAX_LABEL_LENGTH, MAX_TITLE_LENGTH, Kind
from drawing.text import clean, cut

MAX_TITLE_WORDS = 12

_KIND_WORDS: tuple[tuple[Kind, str], ...] = (
    ("mindmap", r"mind[ -]?maps?|brainstorm\w*|concept map|gedankenkarte|mapa mental|carte mentale"),
    ("timeline", r"time[ -]?lines?|roadmaps?|milestones?|chronolog\w+|schedule|zeitleiste|zeitstrahl"
                 r"|l\u00ednea de tiempo"),
    ("grid", r"kanban|(?:task |scrum )?boards?|grids?|matrix|table|columns|tabelle|tablero"),
    ("tree", r"org(?:ani[sz]ation(?:al)?)?[ -]?charts?|hierarch\w+|(?:family )?trees?|outline|sitemap|organigramm\w*"
             r"|stammbaum|organigrama|organigramme"),
    ("flowchart", r"decision trees?|flow[ -]?charts?|flow[ -]?diagrams?|workflows?|process(?:es)?|steps"
                  r"|flussdiagramm\w*|ablauf\w*|prozess\w*|diagrama de flujo|organigramme de flux"),
)  # fmt: skip
# Words of scripts that do not divide them by blanks.
_UNDIVIDED_WORDS: tuple[tuple[Kind, str], ...] = (
    ("mindmap", r"思维导图|マインドマップ"),
    ("timeline", r"时间[线轴]|年表|タイムライン"),
    ("grid", r"看板|表格|カンバン"),
    ("tree", r"组织[架结]构图|組織図"),
    ("flowchart", r"流程图|フローチャート|순서도"),
)
_COMMAND = re.compile(
    r"(?:(?:please|can you|could you|i (?:want|need)|i'd like|bitte|kannst du|ich (?:brauche|m\u00f6chte))\s+)*"
    r"(?:(?:to\s+)?(?:create|draw|make|design|build|show|generate|sketch|visuali[sz]e|illustrate|add|give|map out"
    r"|zeichne|erstelle?|mach(?:e)?|zeige?|entwirf|skizziere|dibuja|crea|dessine|cr\u00e9e)\s+|(?:\u8bf7)?(?:\u7ed8\u5236|\u753b)\s*)?"
    r"(?:(?:me|us|mir|uns)\s+)?",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"(?:(?:a|an|the|eine?n?|einem|das|den|die|un|una|une)\s+)?"
    r"(?:(?:simple|detailed|basic|complete|nice|clear|small|big|new|einfache[sn]?|kleine[sn]?)\s+){0,3}"
    r"(?:(?:mind[ -]?map|flow[ -]?chart|flow[ -]?diagram|diagram|time[ -]?line|roadmap|kanban(?: board)?|board|grid|"
    r"org(?:ani[sz]ation(?:al)?)?[ -]?chart|tree(?: diagram)?|hierarchy|chart|drawing|picture|graph|list"
    r"|flussdiagramm|ablaufdiagramm|ablauf|organigramm|zeitleiste|diagramm|tabelle)\b\s*|(?:\u6d41\u7a0b\u56fe|\u601d\u7ef4\u5bfc\u56fe)\s*)"
    r"(?:(?:of|for|about|on|showing|that shows|with|from|f\u00fcr|\u00fcber|von|mit|zu|de|para|sobre)\b\s*)?",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"^(?:a|an|the|our|my|eine?n?|das|der|die|un|una|une)\s+(?=\S)", re.IGNORECASE)
# Not within brackets: "boat (oars, sail)" is one entry.
_LIST_BREAK = re.compile(
    r"\s*(?:[,;\n，、；،]\s*(?:(?:and|or|&|und|et|y)\s+)?|\s(?:and|&|und|et|y)\s)(?![^()]*\))\s*"
)
BULLET = re.compile(r"^\s*(?:[-*•–—]|\d{1,2}[.)])\s+")
_EDGES = " \t\n.,;:!-–—•*"
_QUOTES = ('"', "'", "“”„", "«»")


def find_kind(text: str) -> Kind | None:
    """Return the kind of drawing that the text names first; None if it names none."""
    patterns = [(kind, _word(words)) for kind, words in _KIND_WORDS]
    patterns += [(kind, re.compile(words)) for kind, words in _UNDIVIDED_WORDS]
    found = [(match.start(), kind) for kind, pattern in patterns if (match := pattern.search(text))]
    return min(found)[1] if found else None


def without_command(text: str) -> str:
    """Return the text without "Please draw a flowchart of": what is left is about the drawing."""
    rest = text[_COMMAND.match(text).end() :]  # type: ignore[union-attr] # It also matches nothing.
    form = _FORM.match(rest)
    return rest[form.end() :] if form else rest


def find_title(text: str) -> str:
    """Return a title: "Create a flowchart for a user login process" is about "User login process"."""
    # Where nothing is left, the form itself is the title: "Org chart".
    rest = text[_COMMAND.match(text).end() :]  # type: ignore[union-attr] # It also matches nothing.
    line = (_bare(without_command(text)) or _bare(rest) or _bare(text)).split("\n")[0]
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
