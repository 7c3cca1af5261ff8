"""What a careful person would send back: faults of a drawing's content that no layout can hide."""

from __future__ import annotations

import re
from collections.abc import Iterable

from drawing.model import Drawing, Edge, Group, Message, Node, Part

MOST = 4  # complaints that are sent back at once
WORD_LENGTH = 4  # letters of a word that means something
_WORD = re.compile(r"\w{2,}")
_FLOWS = ("flowchart", "swimlanes")
_STARTS = ("start", "note", "person", "data")


def review(drawing: Drawing, *, words: str, example_words: frozenset[str]) -> list[str]:
    """Return complaints in sentences for the model, the weightiest first; an empty list when there are none.

    ``words`` are the person's, ``example_words`` those of the prompt's own examples.
    """
    complaints = [*_off_topic(drawing, words, example_words)]
    if drawing.kind in _FLOWS:
        complaints += [*_decisions(drawing), *_unreached(drawing), *_empty_lanes(drawing)]
    return complaints[:MOST]


def is_copied(drawing: Drawing, *, words: str, example_words: frozenset[str]) -> bool:
    """Say whether a drawing is the prompt's own example, which the person's words are not about."""
    drawn = _drawn_words(drawing)
    return bool(drawn) and len(drawn & example_words - _meaning(words)) > len(drawn) / 2


def is_on_topic(drawing: Drawing, *, words: str, example_words: frozenset[str]) -> bool:
    """Say whether a drawing may be what the person asked for, as far as its words tell."""
    return not [*_off_topic(drawing, words, example_words)]


def _off_topic(drawing: Drawing, words: str, example_words: frozenset[str]) -> Iterable[str]:
    drawn, asked = _drawn_words(drawing), _meaning(words)
    if not drawn or not asked:
        return
    if is_copied(drawing, words=words, example_words=example_words):
        yield "This is the example of the instructions; draw what the person describes."
    elif _is_same_script(words, drawn) and not any(_is_alike(one, other) for one in drawn for other in asked):
        yield "No word of the person's text is in the diagram; draw what the text describes, in its language."


def _drawn_words(drawing: Drawing) -> set[str]:
    return _meaning(" ".join([drawing.title, *map(_text_of, drawing.parts.values())]))


def _meaning(text: str) -> set[str]:
    return {word.casefold() for word in _WORD.findall(text) if len(word) >= WORD_LENGTH or not word.isascii()}


def _is_alike(one: str, other: str) -> bool:
    """Say whether two words share their stem, as "approve" and "approval" do."""
    shortest = min(len(one), len(other), 5)
    return (shortest >= WORD_LENGTH and one[:shortest] == other[:shortest]) or one in other or other in one


def _is_same_script(words: str, drawn: set[str]) -> bool:
    """Say whether words can be compared: a drawing may be asked for in one script and drawn in another."""
    return words.isascii() == all(word.isascii() for word in drawn)


def _decisions(drawing: Drawing) -> Iterable[str]:
    edges = drawing.all(Edge)
    for node in drawing.all(Node):
        if node.role != "decision":
            continue
        ways = [edge for edge in edges if edge.source == node.id]
        if len(ways) < 2:
            yield f"The decision “{_short(node.text)}” needs at least two ways out."
        elif sum(not edge.text for edge in ways) > 1:
            yield f"Label the ways out of the decision “{_short(node.text)}”."


def _unreached(drawing: Drawing) -> Iterable[str]:
    edges = drawing.all(Edge)
    if not edges:
        return
    ends = {end for edge in edges for end in (edge.source, edge.target)}
    groups = {edge.source for edge in edges} | {edge.target for edge in edges}
    for node in drawing.all(Node):
        is_in_bound_group = node.parent is not None and node.parent in groups
        if node.id not in ends and not is_in_bound_group and node.role not in _STARTS:
            yield f"Nothing leads to or from “{_short(node.text)}”; connect it."


def _empty_lanes(drawing: Drawing) -> Iterable[str]:
    if drawing.kind != "swimlanes":
        return
    used = {node.parent for node in drawing.all(Node)} | {group.parent for group in drawing.all(Group)}
    for lane in drawing.all(Group):
        if lane.id not in used:
            yield f"The lane “{_short(lane.text)}” is empty."


def _text_of(part: Part) -> str:
    if isinstance(part, Node):
        rows = " ".join(cell for row in part.rows for cell in row.cells)
        return f"{part.text} {rows}"
    if isinstance(part, Edge | Message | Group):
        return part.text
    cells = getattr(part, "cells", ())
    return " ".join([str(getattr(part, "text", "")), *(cell.text for cell in cells)])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 40 else f"{line[:40].rstrip()}…"
