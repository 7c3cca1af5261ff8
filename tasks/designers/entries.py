"""What a request lists, as notation of the kinds that templates draw: sets, stages, columns, values."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from drawing.notation.writing import quoted
from tasks.designers.phrases import split_list, without_command

MOST_WORDS = 5  # of an entry: what has more is a sentence
MOST_WORDS_OF_A_NAME = 2
_VALUE = re.compile(r"(?P<name>.*\S)\s*[:=]?\s+(?P<number>\d+(?:\.\d+)?)\s*[%\u20ac$k]?$")
# What stands before the entries where no colon does: "compare A and B", "chart of a, b, c".
_LEAD = re.compile(r"\b(?:with|of|between|for|compare|comparing|vs\.?|von|mit)\s", re.IGNORECASE)

_SENTENCE = re.compile(r"[.:;?!]\s")

Entries = Sequence[str]


def find_entries(text: str) -> list[str]:
    """Return what a request lists behind a colon or a word such as "with"; nothing where it is no list."""
    rest = without_command(text)
    colon = rest.find(":")
    starts = [colon + 1] if colon >= 0 else [lead.end() for lead in reversed(list(_LEAD.finditer(rest)))]
    lists = (split_list(rest[start:]) for start in starts)
    entries = next((each for each in lists if len(each) > 1), [])
    are_entries = all(len(each.split()) <= MOST_WORDS and not _SENTENCE.search(each) for each in entries)
    return entries if are_entries else []


def lines_of(header: str) -> Callable[[Entries], str]:
    """Return what writes one line an entry, its value behind a colon."""

    def fill(entries: Entries) -> str:
        pairs = [
            (match["name"], match["number"]) if (match := _VALUE.match(each)) else (each, "")
            for each in entries
        ]
        return "\n".join([header, *(f"{name} : {value}" if value else name for name, value in pairs)])

    return fill


def valued(write: Callable[[list[str], list[str]], str]) -> Callable[[Entries], str | None]:
    """Return what writes entries that all have a value; it makes None of others."""

    def fill(entries: Entries) -> str | None:
        found = [_VALUE.match(each) for each in entries]
        pairs = [(quoted(match["name"]), match["number"]) for match in found if match]
        return (
            write([name for name, _ in pairs], [value for _, value in pairs])
            if len(pairs) == len(found)
            else None
        )

    return fill


def fill_pie(names: list[str], values: list[str]) -> str:
    """Return a pie with a slice for each name."""
    return "\n".join(["pie", *(f"    {name} : {value}" for name, value in zip(names, values, strict=True))])


def chart_of(form: str) -> Callable[[list[str], list[str]], str]:
    """Return what writes a chart of bars or lines."""
    return lambda names, values: (
        f"xychart-beta\n    x-axis [{', '.join(names)}]\n    {form} [{', '.join(values)}]"
    )


def fill_venn(entries: Entries) -> str | None:
    """Return a Venn diagram of two to four sets; None of more."""
    if len(entries) > 4:
        return None
    return "\n".join(
        ["venn", *(f"set {name}[{quoted(each)}]" for name, each in zip("ABCD", entries, strict=False))]
    )


def fill_board(entries: Entries) -> str:
    """Return a board with a column for each entry."""
    return "\n".join(["board", *(f"## {each}\n- (add one)" for each in entries)])


def fill_table(entries: Entries) -> str:
    """Return a table with a column for each entry."""
    names = " | ".join(each.replace("|", "/") for each in entries)
    blank = " | ".join("" for _ in entries)
    rows = "".join(f"\n| Row {number} (name it) | {blank} |" for number in (1, 2, 3))
    return f"table\n| | {names} |\n|---{'|---' * len(entries)}|{rows}"


def fill_treemap(names: list[str], values: list[str]) -> str:
    """Return a treemap with a part for each name."""
    return "\n".join(
        ["treemap-beta", *(f"{name}: {value}" for name, value in zip(names, values, strict=True))]
    )


def fill_lanes(entries: Entries) -> str:
    """Return a lane for each entry."""
    lanes = (
        f'    subgraph n{i}[{quoted(each)}]\n        s{i}["(describe it)"]\n    end'
        for i, each in enumerate(entries)
    )
    return "\n".join(["swimlanes", *lanes])


def _are_names(entries: Entries) -> bool:
    return all(len(each.split()) <= MOST_WORDS_OF_A_NAME for each in entries)


def fill_entities(entries: Entries) -> str | None:
    """Return an entity for each entry; None where they are more than names."""
    if not _are_names(entries):
        return None
    return "\n".join(
        [
            "erDiagram",
            *(f"    n{i}[{quoted(each)}] {{\n        int id PK\n    }}" for i, each in enumerate(entries)),
        ]
    )


def fill_classes(entries: Entries) -> str | None:
    """Return a class for each entry; None where they are more than names."""
    if not _are_names(entries):
        return None
    return "\n".join(["classDiagram", *(f"    class n{i}[{quoted(each)}]" for i, each in enumerate(entries))])


def fill_plan(entries: Entries) -> str | None:
    """Tasks one after the other; None where the request says dates, which are not to be replaced by others."""
    if any(sign.isdigit() for each in entries for sign in each):
        return None
    tasks = [f"    {each.replace(':', ' ')} : n{i}, {'after n' + str(i - 1) if i else '2026-01-05'}, 10d"
             for i, each in enumerate(entries)]  # fmt: skip
    return "\n".join(["gantt", "    dateFormat YYYY-MM-DD", *tasks])
