"""Funnels, pyramids and processes: stages as pieces of one form, as large as their values where they have some."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from drawing.figure import SMALL, Align, Box, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect
from drawing.model import Color, Drawing, Value, key_of
from drawing.text import Wrapped
from drawing.theme import Tone, solid

COLORS: tuple[Color, ...] = ("blue", "teal", "green", "purple", "pink", "red", "amber")
WIDTH = 34.0  # em: of a funnel or pyramid
LEVEL = 3.6  # em: the height of a level without values
LEAST_LEVEL = 2.4
HIGHEST = 26.0  # em: a pyramid whose levels have values
FLATTEST, STEEPEST = 2.4, 1.1  # width to height of a pyramid
LEAST_WIDTH = 0.02  # of the widest stage of a funnel
NARROW_END = 0.3  # of the widest: a funnel's last stage when there are no values
GAP = 0.18  # em, between the pieces
BESIDE = 0.8  # em between a piece and words that do not fit into it
CHEVRON = 9.0  # em: the least width of a step of a process
NOSE = 0.35  # of a chevron's height
MOST_IN_A_ROW = 6


def stage_tone(value: Value, number: int, ruler: Ruler) -> Tone:
    """Return a stage's colour: its own, else in turn; only an outline in a style without fills."""
    color = value.color or COLORS[number % len(COLORS)]
    return solid(color) if ruler.style.has_fill else color


@dataclass(frozen=True, slots=True)
class StageLabel:
    """A stage's words: its name, its value and its details, each in lines."""

    name: Wrapped
    rest: Wrapped
    width: float
    height: float


def stage_label(value: Value, width: float, ruler: Ruler) -> StageLabel:
    """Return a stage's words for a place that wide."""
    name, *details = value.text.split("\n")
    rest = [value.said] if value.said else []
    first = ruler.wrap(name, width, bold=True)
    second = ruler.wrap("\n".join([*rest, *details]), width, scale=SMALL)
    gap = ruler.em(0.15) if second.lines else 0.0
    return StageLabel(first, second, max(first.width, second.width), first.height + gap + second.height)


def draw_label(
    figure: Figure, key: str, label: StageLabel, place: Rect, tone: Tone | None, ruler: Ruler, *, of: str,
    align: Align = "center",
) -> None:  # fmt: skip
    """Write a stage's words into the middle of a place."""
    y, size = place.cy - label.height / 2, ruler.size(SMALL)
    if label.name.lines:
        rect = Rect(place.x, y, place.w, label.name.height)
        figure.add(Text(f"{key}:label", rect, label.name, ruler.font, tone, is_bold=True, align=align, of=of))
    if label.rest.lines:
        rect = Rect(place.x, y + label.height - label.rest.height, place.w, label.rest.height)
        figure.add(Text(f"{key}:detail", rect, label.rest, size, tone, align=align, of=of, role="detail"))


def place_funnel(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the funnel: each stage's upper edge is as wide as its value, its lower one as the next one's."""
    stages = drawing.all(Value)
    if not stages:
        return Figure()
    widths = _funnel_widths(stages, ruler.em(WIDTH))
    heights = [_level_height(stage, width, ruler) for stage, width in zip(stages, widths, strict=True)]
    height, figure, floor = max(heights), Figure(), -math.inf
    for i, (stage, width) in enumerate(zip(stages, widths, strict=True)):
        below = widths[i + 1] if i + 1 < len(widths) else width * 0.82
        y = i * (height + ruler.em(GAP))
        corners = _trapezoid(ruler.em(WIDTH) / 2, (y, y + height), (width, below))
        floor = _piece(figure, stage, i, corners, ruler, (ruler.em(WIDTH), floor))
    return figure


def _funnel_widths(stages: Sequence[Value], widest: float) -> list[float]:
    values = [stage.value for stage in stages]
    known = [value for value in values if value is not None and value >= 0]
    if len(known) == len(values) and max(known) > 0:
        return [max(value / max(known), LEAST_WIDTH) * widest for value in known]
    count = len(stages)
    return [widest * (1 - (1 - NARROW_END) * i / max(1, count - 1)) for i in range(count)]


def _level_height(stage: Value, width: float, ruler: Ruler) -> float:
    label = stage_label(stage, max(width - ruler.em(2), ruler.em(8)), ruler)
    return max(ruler.em(LEVEL), label.height + ruler.em(1.2))


def place_pyramid(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the pyramid, the first stage at its top; levels are as high as their values."""
    stages = drawing.all(Value)
    if not stages:
        return Figure()
    heights = _pyramid_heights(stages, ruler)
    total = sum(heights)
    width = max(min(ruler.em(WIDTH), total * FLATTEST), total * STEEPEST)
    figure, y, floor = Figure(), 0.0, -math.inf
    for i, (stage, height) in enumerate(zip(stages, heights, strict=True)):
        top, bottom = y, y + height - (ruler.em(GAP) if i + 1 < len(stages) else 0.0)
        corners = _trapezoid(width / 2, (top, bottom), (width * top / total, width * bottom / total))
        floor = _piece(figure, stage, i, corners, ruler, (width, floor))
        y += height
    return figure


def _trapezoid(middle: float, ys: tuple[float, float], widths: tuple[float, float]) -> list[Point]:
    """Return the corners of a piece with a width at its top and one at its bottom; a triangle where one is 0."""
    (top, bottom), (upper, lower) = ys, widths
    corners = [
        (middle - upper / 2, top), (middle + upper / 2, top), (middle + lower / 2, bottom), (middle - lower / 2, bottom)
    ]  # fmt: skip
    return corners if upper else corners[1:]


def _pyramid_heights(stages: Sequence[Value], ruler: Ruler) -> list[float]:
    width = ruler.em(14)
    least = [
        max(ruler.em(LEAST_LEVEL), stage_label(stage, width, ruler).height + ruler.em(0.9))
        for stage in stages
    ]
    known = [stage.value for stage in stages if stage.value is not None and stage.value > 0]
    if len(known) < len(stages):
        return [max(ruler.em(LEVEL), *least)] * len(stages)
    scale = max(low / value for low, value in zip(least, known, strict=True))
    scale = min(scale, ruler.em(HIGHEST) / sum(known))
    return [value * scale for value in known]


def _piece(
    figure: Figure,
    stage: Value,
    number: int,
    corners: Sequence[Point],
    ruler: Ruler,
    beside: tuple[float, float],
) -> float:
    """Draw a stage, its words in it or, where they do not fit, right of it.

    ``beside`` is how far all pieces reach to the right, and down to where words stand there already; the latter
    is returned.
    """
    key, tone = key_of(stage), stage_tone(stage, number, ruler)
    width = min(ruler.style.stroke_width, 2.0)
    figure.add(Line(key, tuple(corners), tone, width=width, is_filled=True, role="mark"))
    top, bottom = corners[0][1], corners[-1][1]
    for share in (0.5, 0.4, 0.6, 0.3, 0.7):
        y = top + (bottom - top) * share
        room = _width_at(corners, y) - ruler.em(1.4)
        label = stage_label(stage, max(room, 1.0), ruler)
        edges = (y - label.height / 2, y + label.height / 2)
        if ruler.longest_word([stage.text], bold=True) > room:
            continue
        is_within = edges[0] >= top + ruler.em(0.15) and edges[1] <= bottom - ruler.em(0.15)
        if is_within and min(_width_at(corners, edge) for edge in edges) >= label.width + ruler.em(0.6):
            middle = corners[-1][0] / 2 + corners[-2][0] / 2
            place = Rect(middle - label.width / 2 - 2, edges[0], label.width + 4, label.height)
            draw_label(figure, key, label, place, tone, ruler, of=key)
            return beside[1]
    return _words_beside(figure, stage, corners, ruler, beside)


def _words_beside(
    figure: Figure, stage: Value, corners: Sequence[Point], ruler: Ruler, beside: tuple[float, float]
) -> float:
    key, (reach, floor) = key_of(stage), beside
    label = stage_label(stage, ruler.em(14), ruler)
    y = (corners[0][1] + corners[-1][1]) / 2
    start = _right_edge(corners, y)
    edge = max(_right_edge(corners, y + label.height * each) for each in (-0.5, -0.25, 0.0, 0.25, 0.5))
    end = max(edge, start + ruler.em(0.6)) + ruler.em(BESIDE)
    top = max(y - label.height / 2, floor)
    if top > y - label.height / 2 + 0.5:
        end = reach + ruler.em(BESIDE)  # Further down, other pieces may be wider.
    middle = top + label.height / 2
    figure.add(Line(f"{key}:leader", ((start + 2, y), (end, middle)), None, width=1.0, of=key, role="mark"))
    place = Rect(end + ruler.em(0.4), top, label.width + 2, label.height)
    draw_label(figure, key, label, place, None, ruler, of=f"{key}:leader", align="left")
    return top + label.height + ruler.em(0.2)


def _crossings(corners: Sequence[Point], y: float) -> list[float]:
    return [
        ax + (bx - ax) * (y - ay) / (by - ay)
        for (ax, ay), (bx, by) in zip(corners, [*corners[1:], corners[0]], strict=True)
        if ay != by and min(ay, by) <= y <= max(ay, by)
    ]


def _width_at(corners: Sequence[Point], y: float) -> float:
    xs = _crossings(corners, y)
    return max(xs) - min(xs) if xs else 0.0


def _right_edge(corners: Sequence[Point], y: float) -> float:
    top, bottom = corners[0][1], corners[-1][1]
    return max(_crossings(corners, min(max(y, top), bottom)), default=corners[0][0])


def place_process(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the process: chevrons of one size in rows, what is said about each below it."""
    stages = drawing.all(Value)
    if not stages:
        return Figure()
    beside = min(len(stages), MOST_IN_A_ROW)
    rows = -(-len(stages) // beside)
    beside = -(-len(stages) // rows)
    names = [stage.text.split("\n")[0] for stage in stages]
    inner = max(ruler.em(CHEVRON), ruler.longest_word(names, bold=True))
    labels = [ruler.wrap(name, inner, bold=True) for name in names]
    height = max(max(label.height for label in labels) + ruler.em(1.6), ruler.em(3.8))
    nose = NOSE * height
    width = inner + 2 * nose + ruler.em(0.8)
    step = width - nose + ruler.em(0.45)
    figure, y = Figure(), 0.0
    for start in range(0, len(stages), beside):
        row = list(range(start, min(start + beside, len(stages))))
        lowest = y + height
        for i, number in enumerate(row):
            stage, key, tone = (
                stages[number],
                key_of(stages[number]),
                stage_tone(stages[number], number, ruler),
            )
            rect = Rect(i * step, y, width, height)
            figure.add(
                Box(
                    key, rect, "chevron", tone, stroke_width=min(ruler.style.stroke_width, 2.0), role="placed"
                )
            )
            place = Rect(rect.x + nose, rect.y, rect.w - 2 * nose, rect.h)
            figure.add(Text(f"{key}:label", place, labels[number], ruler.font, tone, is_bold=True, of=key))
            lowest = max(
                lowest,
                _below(figure, stage, Rect(rect.x + nose * 0.6, rect.bottom, step - ruler.em(1.2), 0), ruler),
            )
        y = lowest + ruler.em(1.4)
    return figure


def _below(figure: Figure, stage: Value, place: Rect, ruler: Ruler) -> float:
    """Write what is said about a step below it; return where that ends."""
    _, *details = stage.text.split("\n")
    words = "\n".join([*([stage.said] if stage.said else []), *details])
    lines = ruler.wrap(words, place.w, scale=SMALL)
    if not lines.lines:
        return place.y
    top = place.y + ruler.em(0.6)
    key = key_of(stage)
    figure.add(
        Text(f"{key}:detail", Rect(place.x, top, place.w, lines.height), lines, ruler.size(SMALL), align="left", of=key,
             role="caption")
    )  # fmt: skip
    return top + lines.height
