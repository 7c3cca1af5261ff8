"""Kanban boards: columns side by side, cards with who has them, their ticket and how urgent they are."""

from __future__ import annotations

import re
from dataclasses import dataclass

from drawing.figure import SMALL, Box, Figure, Line, Ruler, Text
from drawing.geometry import Rect
from drawing.model import Color, Drawing, Group, Node, key_of
from drawing.theme import Tone, tint

PAGE_WIDTH = 1200.0  # canvas units
WIDEST = 17.0  # em: a column
NARROWEST = 9.5
PAD = 0.7  # em, around cards
GAP = 0.6  # em, between cards
CARD_PAD = 0.7
STRIPE = 0.32  # em: the mark of a card's priority
COLUMN_COLORS: tuple[Color, ...] = ("gray", "blue", "purple", "amber", "teal", "pink")
DONE_COLOR: Color = "green"
DONE = re.compile(
    r"\b(?:done|closed|finished|released|fertig|erledigt|hecho|termin\u00e9|fatto|klar)\b|\u5b8c\u6210|\u5b8c\u4e86"
)
PRIORITIES: dict[str, Color] = {
    "very high": "red", "urgent": "red", "critical": "red", "blocker": "red", "highest": "red", "dringend": "red",
    "high": "amber", "hoch": "amber", "important": "amber", "medium": "blue", "normal": "blue", "mittel": "blue",
    "low": "teal", "niedrig": "teal", "very low": "gray", "lowest": "gray",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Column:
    group: Group
    cards: tuple[Node, ...]
    color: Color


def place_kanban(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the board in its own coordinates."""
    columns = _columns(drawing)
    figure = Figure()
    if not columns:
        return figure
    width, gap = _width(columns, ruler), ruler.gap(0.7)
    head = max(
        ruler.wrap(column.group.text, width - 2 * ruler.em(PAD) - ruler.em(2), bold=True).height
        for column in columns
    )
    head = max(head, ruler.line()) + ruler.em(1.1)
    bottoms = [
        head + sum(_height(card, width, ruler) + ruler.em(GAP) for card in each.cards) for each in columns
    ]
    bottom = max(max(bottoms) - ruler.em(GAP) + ruler.em(PAD), head + ruler.em(4))
    for i, column in enumerate(columns):
        _column(figure, column, Rect(i * (width + gap), 0, width, bottom), head, ruler)
    return figure


def _columns(drawing: Drawing) -> list[_Column]:
    groups, cards = drawing.all(Group), drawing.all(Node)
    known = {group.id for group in groups}
    if any(card.parent not in known for card in cards):
        groups = [Group("", "", "column"), *groups]
    return [
        _Column(
            group,
            tuple(card for card in cards if (card.parent if card.parent in known else "") == group.id),
            group.color or _color(group, i),
        )
        for i, group in enumerate(groups)
    ]


def _color(group: Group, number: int) -> Color:
    """Return a column's colour: green for what is done, else in turn, the first gray."""
    return DONE_COLOR if DONE.search(group.text.lower()) else COLUMN_COLORS[number % len(COLUMN_COLORS)]


def _width(columns: list[_Column], ruler: Ruler) -> float:
    texts = [card.text for column in columns for card in column.cards]
    words = ruler.longest_word(texts) + 2 * ruler.em(CARD_PAD + PAD) + ruler.em(STRIPE)
    heads = ruler.longest_word([column.group.text for column in columns], bold=True) + ruler.em(2 * PAD + 2)
    fair = PAGE_WIDTH / len(columns) - ruler.gap(0.7)
    return max(
        min(fair, ruler.em(WIDEST)),
        min(words, ruler.em(WIDEST)),
        min(heads, ruler.em(WIDEST)),
        ruler.em(NARROWEST),
    )


def _column(figure: Figure, column: _Column, rect: Rect, head: float, ruler: Ruler) -> None:
    key, pad = key_of(column.group), ruler.em(PAD)
    tone = tint(column.color)
    figure.add(Box(key, rect, tone=tone, corner=ruler.style.corner, role="frame", stroke_width=1.0))
    heading = ruler.wrap(column.group.text, rect.w - 2 * pad - ruler.em(2), bold=True)
    place = Rect(
        rect.x + pad, rect.y + (head - heading.height) / 2, rect.w - 2 * pad - ruler.em(2), heading.height
    )
    if heading.lines:
        figure.add(Text(f"{key}:label", place, heading, ruler.font, tone, is_bold=True, align="left", of=key))
    if column.cards:
        count = ruler.wrap(str(len(column.cards)), ruler.em(3), scale=SMALL)
        place = Rect(rect.right - pad - ruler.em(2), rect.y, ruler.em(2), head)
        figure.add(
            Text(f"{key}:count", place, count, ruler.size(SMALL), tone, align="right", of=key, role="detail")
        )
    y = rect.y + head
    for card in column.cards:
        height = _height(card, rect.w, ruler)
        _card(figure, card, Rect(rect.x + pad, y, rect.w - 2 * pad, height), key, ruler)
        y += height + ruler.em(GAP)


def _inner_width(width: float, ruler: Ruler) -> float:
    """Return how wide the words of a card may be in a column of that width."""
    return width - 2 * ruler.em(PAD) - 2 * ruler.em(CARD_PAD) - ruler.em(STRIPE)


def _height(card: Node, width: float, ruler: Ruler) -> float:
    words = ruler.wrap(card.text, _inner_width(width, ruler)).height
    return (
        words + 2 * ruler.em(CARD_PAD) + len(_foot(card, width, ruler)) * (ruler.line(SMALL) + ruler.em(0.35))
    )


def _foot(card: Node, width: float, ruler: Ruler) -> list[list[tuple[str, str]]]:
    """Return what is said about a card in lines: two facts share one where they fit."""
    rows: list[list[tuple[str, str]]] = []
    for fact in sorted(card.details, key=lambda each: ("priority", "ticket", "assigned").index(each[0])):
        used = sum(_fact_width(other, ruler) for other in rows[-1]) if rows else 0.0
        if rows and used + _fact_width(fact, ruler) <= _inner_width(width, ruler):
            rows[-1].append(fact)
        else:
            rows.append([fact])
    return rows


def _fact_width(fact: tuple[str, str], ruler: Ruler) -> float:
    return ruler.width(fact[1], scale=SMALL, bold=fact[0] == "priority") + ruler.em(1.5)


def _card(figure: Figure, card: Node, rect: Rect, group: str, ruler: Ruler) -> None:
    key, pad = key_of(card), ruler.em(CARD_PAD)
    tone: Tone = card.color or "plain"
    corner = min(ruler.style.corner, 8.0)
    figure.add(
        Box(key, rect, tone=tone, corner=corner, group=group, stroke_width=min(ruler.style.stroke_width, 1.5))
    )
    facts = dict(card.details)
    left = rect.x + pad
    if "priority" in facts:
        color = PRIORITIES.get(facts["priority"].strip().lower(), "amber")
        x = rect.x + ruler.em(0.5)
        ends = ((x, rect.y + ruler.em(0.5)), (x, rect.bottom - ruler.em(0.5)))
        figure.add(Line(f"{key}:stripe", ends, color, width=ruler.em(STRIPE), of=key, role="mark"))
        left += ruler.em(STRIPE)
    width = rect.right - pad - left
    lines = ruler.wrap(card.text, rect.w - 2 * pad - ruler.em(STRIPE))
    figure.add(
        Text(
            f"{key}:label",
            Rect(left, rect.y + pad, width, lines.height),
            lines,
            ruler.font,
            tone,
            align="left",
            of=key,
        )
    )
    y = rect.y + pad + lines.height + ruler.em(0.35)
    for row in _foot(card, rect.w + 2 * ruler.em(PAD), ruler):
        _facts(figure, key, row, Rect(left, y, width, ruler.line(SMALL)), tone, ruler)
        y += ruler.line(SMALL) + ruler.em(0.35)


def _facts(
    figure: Figure, key: str, row: list[tuple[str, str]], place: Rect, tone: Tone, ruler: Ruler
) -> None:
    x = place.x
    for i, (name, value) in enumerate(row):
        lines = ruler.wrap(value, place.w, scale=SMALL, bold=name == "priority")
        if name == "priority":
            color: Tone = PRIORITIES.get(value.strip().lower(), "amber")
            pill = Rect(x, place.y, lines.width + ruler.em(1.1), place.h)
            figure.add(Box(f"{key}:pill", pill, tone=color, corner=place.h / 2, stroke_width=1.0, group=key))
            figure.add(
                Text(f"{key}:{name}", pill, lines, ruler.size(SMALL), color, is_bold=True, of=f"{key}:pill",
                     role="detail")
            )  # fmt: skip
            x = pill.right + ruler.em(0.5)
            continue
        is_right = name == "assigned" and i == len(row) - 1 and i > 0
        rect = Rect(x, place.y, place.right - x if is_right else lines.width + 2, place.h)
        figure.add(
            Text(f"{key}:{name}", rect, lines, ruler.size(SMALL), tone, align="right" if is_right else "left",
                 of=key, role="detail")
        )  # fmt: skip
        x += lines.width + ruler.em(1.0)
