"""Read lists: dated entries, columns with cards, bullets, numbers and "X: a, b and c"."""

from __future__ import annotations

import re

from drawing.plan import MAX_WHEN_LENGTH, Node
from drawing.text import cut
from tasks.designers.phrases import BULLET, find_kind, find_title, label, split_list, without_command
from tasks.designers.plan_builder import PlanBuilder

MAX_COLUMN_NAME = 40  # characters
MIN_LIST = 3  # entries that make a sentence a list

# Timelines: "2024-01 Kickoff", "Q1: research", "January: …"

_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
_COUNTED = r"(?:week|day|month|year|phase|stage|sprint|quarter|milestone|step)\s+\d{1,3}\b"
_DATE = (
    rf"(?:1\d|20)\d\d\s*[-/]?\s*[QH][1-4]\b|\d{{4}}[-/.]\d{{1,2}}(?:[-/.]\d{{1,2}})?\b|\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b"
    rf"|\d{{1,2}}(?:st|nd|rd|th|\.)?\s+{_MONTH}(?:\s+\d{{4}}\b)?|{_MONTH}(?:\s+\d{{1,2}}(?:st|nd|rd|th)?\b)?(?:,?\s+\d{{4}}\b)?"
    rf"|[QH][1-4]\b(?:\s*/?\s*\d{{4}}\b)?|(?:1\d|20)\d\d\b|\d{{1,2}}:\d\d\b|{_COUNTED}|{_DAY}"
)
_ENTRY = re.compile(
    rf"(?:^|[\n;,:.]|\band\b|\bin\b)[ \t]*[-*•]?[ \t]*(?P<when>{_DATE})[ \t]*[:–—,-]?[ \t]*(?=\S)", re.I
)


def read_timeline(text: str) -> PlanBuilder | None:
    """Read entries that begin with a date or stage; at least two."""
    entries = list(_ENTRY.finditer(text))
    if len(entries) < 2:
        return None
    title = find_title(text[: entries[0].start()]) if entries[0].start() else "Timeline"
    plan = PlanBuilder("timeline", title, "The drawing shows the dated entries of the request.")
    ends = [entry.start() for entry in entries[1:]] + [len(text)]
    for entry, end in zip(entries, ends, strict=True):
        what = label(text[entry.end() : end])
        if what:
            plan.node(what, role="event", when=cut(entry["when"], MAX_WHEN_LENGTH))
    return plan if len(plan.items) > 1 else None


# Boards: "Todo: a, b; Doing: c", "[Todo] a, b [Doing] c"

_BRACKETED = re.compile(r"\[([^\[\]\n]{1,40})\]([^\[]*)")


def read_board(text: str) -> PlanBuilder | None:
    """Read columns with their cards; at least two."""
    columns = [(match[1], match[2]) for match in _BRACKETED.finditer(text)]
    lead = text[: text.index("[")] if columns else ""
    if len(columns) < 2:
        lead, columns = _colon_columns(text)
    if len(columns) < 2:
        return None
    title = find_title(lead) if label(lead) else "Board"
    plan = PlanBuilder("grid", title, "The drawing shows the columns and cards that the request names.")
    for name, cards in columns:
        if label(name):
            plan.column(label(name), split_list(cards))
    return plan if any(isinstance(item, Node) for item in plan.items) else None


def _colon_columns(text: str) -> tuple[str, list[tuple[str, str]]]:
    lead = ""
    columns: list[tuple[str, str]] = []
    for part in re.split(r"[;\n]", text):
        name, colon, cards = part.partition(":")
        if not columns and ":" in cards:  # "Board of the team: Todo: a, b"
            lead = name
            name, colon, cards = cards.partition(":")
        if not colon or len(name.strip()) > MAX_COLUMN_NAME:
            lead = lead or (part if not columns else "")
            continue
        columns.append((name, cards))
    if len(columns) > 1 and not columns[0][1].strip():  # "Board:" on a line of its own
        lead = lead or columns[0][0]
        columns = columns[1:]
    return lead, columns


# Steps: a numbered list, whose bullets belong to the number above them

_STEP = re.compile(r"(\s*)\d{1,2}[.)]\s+(.*)")


def read_steps(text: str) -> PlanBuilder | None:
    """Read numbered lines as steps in order; what stands deeper, or has a bullet, is a detail of its step."""
    steps: list[str] = []
    lead = ""
    for line in (each for each in text.split("\n") if each.strip()):
        number = _STEP.match(line)
        if number and (not steps or not number[1]):
            steps.append(label(number[2]))
        elif steps and (BULLET.match(line) or line[:1].isspace()):
            steps[-1] += f"\n\u2013 {label(BULLET.sub('', line))}"
        elif not steps:
            lead = f"{lead} {line}"
        else:
            return None
    if len(steps) < 2 or not any("\n" in step for step in steps):
        return None  # Without details it is a list like others.
    plan = PlanBuilder(
        "flowchart",
        find_title(lead) if label(lead) else "Steps",
        "The drawing shows the numbered steps of the request.",
    )
    plan.chain(step for step in steps if step)
    return plan


# Lists: bullets, numbers, "X: a, b and c"

_NUMBERED = re.compile(r"(?:^|\s)\d{1,2}[.)]\s+")
_NAMED_LIST = re.compile(
    r"([^:]*?)(?::|\b(?:with|including|containing|consisting of|such as)\b)(.+)", re.S | re.I
)


def read_list(text: str) -> PlanBuilder | None:
    """Read a list as what the request calls for: steps for a flowchart or numbers, else branches."""
    lead, entries, is_numbered = _find_list(text)
    if len(entries) < 2:
        return None
    # Without a word before it the list has no middle to branch from.
    kind = find_kind(lead or text) or ("flowchart" if is_numbered else "mindmap" if label(lead) else "grid")
    title = find_title(lead) if label(lead) else "List"
    plan = PlanBuilder(kind, title, "The drawing shows the list that the request spells out.")
    if kind == "flowchart":
        plan.chain(entries)
    elif kind == "timeline" or not label(lead):
        for entry in entries:
            plan.node(entry, role="event" if kind == "timeline" else "step")
    elif kind == "grid":
        for entry in entries:
            plan.column(entry, [])
    else:
        plan.branches(title, entries)
    return plan


def _find_list(text: str) -> tuple[str, list[str], bool]:
    """Return what introduces the list, its entries, and whether they are numbered."""
    lines = text.split("\n")
    bullets = [line for line in lines if BULLET.match(line)]
    if len(bullets) > 1:
        lead = " ".join(line for line in lines[: lines.index(bullets[0])])
        entries = [label(BULLET.sub("", line)) for line in bullets]
        return lead, [entry for entry in entries if entry], bullets[0].lstrip()[0].isdigit()
    numbers = list(_NUMBERED.finditer(text))
    if len(numbers) > 1:
        parts = [label(each) for each in _NUMBERED.split(text)[1:]]
        return text[: numbers[0].start()], [part for part in parts if part], True
    named = _NAMED_LIST.fullmatch(text)
    if named and len(split_list(named[2])) > 1:
        return named[1], split_list(named[2]), False
    entries = split_list(without_command(text))
    is_list = len(entries) >= MIN_LIST and all(len(entry.split()) <= 4 for entry in entries)
    return "", entries if is_list else [], False
