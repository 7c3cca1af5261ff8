"""Pie charts: slices true to their values from the top clockwise, shares on them, a legend with the values."""

from __future__ import annotations

import math

from drawing.figure import Box, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect
from drawing.layout.scale import series_tone
from drawing.model import Drawing, Value, key_of
from drawing.notation.numbers import shown_number
from drawing.theme import Tone

RADIUS = 10.5  # em
SIDES = 180  # of the whole circle: 2 degrees each
SMALLEST_LABELLED = 0.045  # the share from which on it is written inside
MOST_ROWS = 14  # of a column of the legend


def place_pie(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the chart in its own coordinates."""
    values = [value for value in drawing.all(Value) if value.value is not None]
    total = sum(value.value or 0.0 for value in values)
    figure = Figure()
    if not values:
        return figure
    if total <= 0:
        figure.notes.append("All slices are zero, so that there is no pie to be seen.")
    shares = [(value.value or 0.0) / total if total > 0 else 0.0 for value in values]
    tones = [series_tone(number, value.color, ruler) for number, value in enumerate(values)]
    radius, angle = ruler.em(RADIUS), 0.0
    texts: list[Text] = []
    for value, share, tone in zip(values, shares, tones, strict=True):
        if share > 0:
            points = _slice(radius, angle, share)
            figure.add(Line(key_of(value), points, tone, width=1.5, is_filled=True, role="mark"))
        if share >= SMALLEST_LABELLED:
            texts.append(_share_text(value, share, angle + share / 2, radius, tone, ruler))
        angle += share
    figure.add(*texts)
    _legend(figure, drawing, list(zip(values, shares, tones, strict=True)), ruler)
    return figure


def _slice(radius: float, start: float, share: float) -> tuple[Point, ...]:
    """Return the outline of a slice around 0, 0; ``start`` and ``share`` are parts of the whole circle."""
    steps = max(2, math.ceil(share * SIDES))
    arc = [_at(radius, start + share * i / steps) for i in range(steps + 1)]
    return tuple(arc) if share >= 1 else ((0.0, 0.0), *arc, (0.0, 0.0))


def _at(radius: float, turn: float) -> Point:
    angle = 2 * math.pi * turn
    return radius * math.sin(angle), -radius * math.cos(angle)


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f}%" if percent >= 9.95 or abs(percent - round(percent)) < 0.05 else f"{percent:.1f}%"


def _share_text(value: Value, share: float, turn: float, radius: float, tone: Tone, ruler: Ruler) -> Text:
    label = ruler.wrap(_percent(share), ruler.em(8))
    x, y = _at(radius * (0.68 if share < 0.5 else 0.5), turn)
    place = Rect.around(x, y, label.width + 2, label.height)
    return Text(f"{key_of(value)}:share", place, label, ruler.font, tone, of=key_of(value))


def _legend(figure: Figure, drawing: Drawing, slices: list[tuple[Value, float, Tone]], ruler: Ruler) -> None:
    """The labels with their colours at the right of the pie, values where they are wanted, and small shares."""
    has_values = drawing.settings.get("setting") == "showdata"
    size, gap = ruler.em(0.95), ruler.em(0.75)
    labels = [ruler.wrap(_words(value, has_values), ruler.em(20)) for value, _, _ in slices]
    left = ruler.em(RADIUS + 3.2)
    columns = -(-len(slices) // MOST_ROWS)
    rows = -(-len(slices) // columns)
    for column in range(columns):
        part = range(column * rows, min(len(slices), (column + 1) * rows))
        widest = max((labels[i].width for i in part), default=0.0)
        y = -(sum(labels[i].height for i in part) + gap * (len(part) - 1)) / 2
        for i in part:
            value, share, tone = slices[i]
            key, label = f"{key_of(value)}:legend", labels[i]
            dot = Rect(left, y + (ruler.line() - size) / 2, size, size)
            place = Rect(left + 1.6 * size, y, label.width + 2, label.height)
            figure.add(Box(key, dot, tone=tone, corner=3.0, stroke_width=1.5, role="mark"))
            figure.add(Text(f"{key}:label", place, label, ruler.font, align="left", of=key, role="caption"))
            if share < SMALLEST_LABELLED:
                words = ruler.wrap(_percent(share), ruler.em(8))
                place = Rect(left + 1.6 * size + widest + ruler.em(0.8), y, words.width + 2, words.height)
                name = f"{key}:share"
                figure.add(
                    Text(name, place, words, ruler.font, is_quiet=True, align="left", of=key, role="caption")
                )
            y += label.height + gap
        left += 1.6 * size + widest + ruler.em(5.0)


def _words(value: Value, has_values: bool) -> str:
    return f"{value.text} [{shown_number(value.value or 0.0)}]" if has_values else value.text
