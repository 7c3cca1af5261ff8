"""Treemaps: areas true to their values, parts within their wholes (squarified: Bruls, Huizing and van Wijk, 2000)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from drawing.figure import MIN_FONT, SMALL, Box, Figure, Ruler, Text
from drawing.geometry import Rect
from drawing.model import Color, Drawing, Value, key_of
from drawing.text import wrap
from drawing.theme import Tone, tint

COLORS: tuple[Color, ...] = ("blue", "teal", "green", "purple", "amber", "pink", "red")
WIDTH, HEIGHT = 1120.0, 580.0  # canvas units
PAD = 0.3  # em, around the parts of a whole
HEAD = 1.7  # em: the heading of a whole
ROUNDS = 14  # in which the room for headings is found
FONTS = (20.0, 18.0, 16.0, 14.0, 13.0, 12.0)


@dataclass(slots=True)
class _Part:
    value: Value
    color: Color
    children: list[_Part] = field(default_factory=list)
    amount: float = 0.0
    weight: float = 0.0  # the area that it needs
    rect: Rect = field(default_factory=lambda: Rect(0, 0, 0, 0))


def place_treemap(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the treemap in its own coordinates."""
    figure = Figure()
    parts, everything = _parts(drawing)
    total = sum(part.amount for part in parts)
    if total <= 0:
        return figure
    page = Rect(0, 0, WIDTH, HEIGHT)
    overheads: dict[str, float] = {}
    for _ in range(ROUNDS):
        # Headings and margins are no area of any part: what is left is shared by the values.
        unit = max((WIDTH * HEIGHT - sum(overheads.values())) / total, 1e-9)
        for part in reversed(everything):
            own = sum(child.weight for child in part.children) if part.children else part.amount * unit
            part.weight = own + overheads.get(part.value.id, 0.0)
        _lay_out(parts, page)
        for part in everything:
            if part.children:
                inner = _inner(part.rect, ruler)
                overheads[part.value.id] = part.rect.w * part.rect.h - inner.w * inner.h
                _lay_out(part.children, inner)
    left_over: list[str] = []
    for part in everything:
        if part.amount > 0:
            _draw(figure, part, ruler, left_over)
    if left_over:
        lines = ruler.wrap(" \u00b7 ".join(left_over), WIDTH, scale=SMALL)
        place = Rect(0, HEIGHT + ruler.em(0.7), WIDTH, lines.height)
        figure.add(Text("rest:label", place, lines, ruler.size(SMALL), is_quiet=True, align="left"))
    return figure


def _parts(drawing: Drawing) -> tuple[list[_Part], list[_Part]]:
    """Return the uppermost parts, and all of them with each whole before its parts."""
    by_id: dict[str, _Part] = {}
    roots: list[_Part] = []
    for value in drawing.all(Value):
        parent = by_id.get(value.parent or "")
        turn = COLORS[len(roots) % len(COLORS)]
        part = _Part(value, value.color or (parent.color if parent else turn))
        by_id[value.id] = part
        (parent.children if parent else roots).append(part)
    everything = list(by_id.values())
    if len(roots) == 1 and roots[0].value.color is None:
        for i, child in enumerate(roots[0].children):
            _recolor(child, child.value.color or COLORS[i % len(COLORS)])
    for part in reversed(everything):
        part.amount = (
            sum(child.amount for child in part.children) if part.children else max(part.value.value or 0, 0)
        )
    return roots, everything


def _recolor(part: _Part, color: Color) -> None:
    stack = [(part, color)]
    while stack:
        each, above = stack.pop()
        each.color = each.value.color or above
        stack += [(child, each.color) for child in each.children]


def _inner(rect: Rect, ruler: Ruler) -> Rect:
    pad, head = ruler.em(PAD), ruler.em(HEAD)
    return Rect(rect.x + pad, rect.y + head, max(rect.w - 2 * pad, 1.0), max(rect.h - head - pad, 1.0))


def _lay_out(parts: Sequence[_Part], space: Rect) -> None:
    """Give each part its share of a space, in rows whose pieces are as square as possible."""
    todo = sorted((part for part in parts if part.weight > 0), key=lambda part: -part.weight)
    whole = sum(part.weight for part in todo)
    if not whole:
        return
    scale = space.w * space.h / whole
    while todo:
        side = min(space.w, space.h)
        row = 1
        while row < len(todo) and _worst(todo[: row + 1], side, scale) <= _worst(todo[:row], side, scale):
            row += 1
        taken, todo = todo[:row], todo[row:]
        depth = sum(part.weight for part in taken) * scale / max(side, 1e-9)
        at = 0.0
        for part in taken:
            length = part.weight * scale / max(depth, 1e-9)
            if space.w >= space.h:
                part.rect = Rect(space.x, space.y + at, depth, length)
            else:
                part.rect = Rect(space.x + at, space.y, length, depth)
            at += length
        if space.w >= space.h:
            space = Rect(space.x + depth, space.y, max(space.w - depth, 0.0), space.h)
        else:
            space = Rect(space.x, space.y + depth, space.w, max(space.h - depth, 0.0))


def _worst(row: Sequence[_Part], side: float, scale: float) -> float:
    """Return the worst ratio of sides in a row along a side."""
    depth = sum(part.weight for part in row) * scale / max(side, 1e-9)
    lengths = [part.weight * scale / max(depth, 1e-9) for part in row]
    return max(max(length / depth, depth / length) for length in lengths)


def _draw(figure: Figure, part: _Part, ruler: Ruler, left_over: list[str]) -> None:
    key, rect = key_of(part.value), part.rect
    group = f"value:{part.value.parent}" if part.value.parent else None
    if part.children:
        tone: Tone = tint(part.color)
        figure.add(Box(key, rect, tone=tone, group=group, stroke_width=1.0, role="frame"))
        lines = wrap(
            part.value.text, ruler.size(SMALL), max(rect.w - ruler.em(1.0), 1.0), max_lines=1, bold=True
        )
        if lines.is_cut or rect.w < ruler.em(2):
            left_over.append(part.value.text)
            return
        place = Rect(
            rect.x + ruler.em(0.5),
            rect.y + ruler.em(0.1),
            rect.w - ruler.em(1.0),
            ruler.em(HEAD) - ruler.em(0.2),
        )
        figure.add(
            Text(f"{key}:label", place, lines, ruler.size(SMALL), tone, is_bold=True, align="left", of=key)
        )
        return
    # In a style without fills the ground is still what says which whole a part belongs to.
    ground: Tone = part.color if ruler.style.has_fill else tint(part.color)
    figure.add(Box(key, rect, tone=ground, group=group, stroke_width=1.5))
    said = part.value.said or f"{part.amount:g}"
    for size in (font for font in FONTS if font <= ruler.font):
        words = wrap(part.value.text, size, max(rect.w - ruler.em(0.6), 1.0), bold=True)
        number = wrap(said, max(MIN_FONT, round(size * SMALL)), max(rect.w - ruler.em(0.6), 1.0))
        longest = max(wrap(part.value.text.replace(" ", "\n"), size, 1e6, bold=True).width, number.width)
        height = words.height + number.height
        if longest <= rect.w - ruler.em(0.6) and height <= rect.h - ruler.em(0.4) and len(number.lines) == 1:
            y = rect.cy - height / 2
            upper = Rect(rect.x + 2, y, rect.w - 4, words.height)
            lower = Rect(rect.x + 2, y + words.height, rect.w - 4, number.height)
            figure.add(Text(f"{key}:label", upper, words, size, ground, is_bold=True, of=key))
            figure.add(
                Text(
                    f"{key}:value",
                    lower,
                    number,
                    max(MIN_FONT, round(size * SMALL)),
                    ground,
                    of=key,
                    role="detail",
                )
            )
            return
    left_over.append(f"{part.value.text}: {said}")
