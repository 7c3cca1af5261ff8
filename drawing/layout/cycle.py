"""Cycles: stages around an ellipse, the first at the top, with an arrow from each to the next."""

from __future__ import annotations

import math
from collections.abc import Callable

from drawing.figure import Box, Figure, Line, Ruler
from drawing.geometry import Point, Rect, distance_to_rounded
from drawing.layout.stages import COLORS, draw_label, stage_label
from drawing.model import Drawing, Value, key_of
from drawing.theme import Tone

STAGE_WIDTH = 9.5  # em: of a stage's words
RATIO = 1.45  # width to height of the ring: slides are wide
ARROW = 3.6  # em: the least way between two stages
PIECES = 8  # of an arrow: rounded at their joints, they are the ring
MARGIN = 0.35  # em between an arrow's end and its stage


def place_cycle(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the cycle in its own coordinates."""
    stages = drawing.all(Value)
    if not stages:
        return Figure()
    names = [word for stage in stages for word in [stage.text.replace("\n", " ")]]
    inner = max(ruler.em(STAGE_WIDTH), ruler.longest_word(names, bold=True))
    labels = [stage_label(stage, inner, ruler) for stage in stages]
    w = max(label.width for label in labels) + 2 * ruler.em(ruler.style.pad_x)
    h = max(label.height for label in labels) + 2 * ruler.em(ruler.style.pad_y)
    w, h = max(w, ruler.em(6)), max(h, ruler.em(3))
    radius = _radius(len(stages), w, h, ruler)
    rects = [_rect(i, len(stages), radius, w, h) for i in range(len(stages))]
    figure = Figure()
    if len(stages) > 1:
        for i, stage in enumerate(stages):
            figure.add(_arrow(stage, stages[(i + 1) % len(stages)], i, len(stages), radius, rects, ruler))
    for i, (stage, rect, label) in enumerate(zip(stages, rects, labels, strict=True)):
        tone: Tone = stage.color or COLORS[i % len(COLORS)]
        corner = min(ruler.style.corner, h / 2)
        figure.add(Box(key_of(stage), rect, tone=tone, corner=corner))
        place = Rect(rect.x + 2, rect.y, rect.w - 4, rect.h)
        draw_label(figure, key_of(stage), label, place, tone, ruler, of=key_of(stage))
    bounds = figure.bounds()
    return figure.moved(-bounds.x, -bounds.y)


def _on_ring(angle: float, radius: float) -> Point:
    """Return the point of the ring at an angle, clockwise from the top."""
    return (radius * RATIO * math.sin(angle), -radius * math.cos(angle))


def _rect(number: int, count: int, radius: float, w: float, h: float) -> Rect:
    x, y = _on_ring(2 * math.pi * number / count, radius)
    return Rect.around(x, y, w, h)


def _radius(count: int, w: float, h: float, ruler: Ruler) -> float:
    """Return the smallest radius that leaves room for an arrow between any two neighbours."""
    radius = ruler.em(6)
    while count > 1:
        rects = [_rect(i, count, radius, w, h) for i in range(count)]
        apart = min(_distance(rects[i], rects[(i + 1) % count]) for i in range(count))
        if apart >= ruler.em(ARROW):
            break
        radius *= 1.06
    return radius


def _distance(a: Rect, b: Rect) -> float:
    dx = max(a.x - b.right, b.x - a.right, 0.0)
    dy = max(a.y - b.bottom, b.y - a.bottom, 0.0)
    return math.hypot(dx, dy)


def _arrow(
    stage: Value, following: Value, number: int, count: int, radius: float, rects: list[Rect], ruler: Ruler
) -> Line:
    """Return the arrow along the ring from one stage to the next, from outline to outline."""
    first, last = 2 * math.pi * number / count, 2 * math.pi * (number + 1) / count
    corner = min(ruler.style.corner, rects[0].h / 2)
    start = _leaving(lambda share: first + (last - first) * share, rects[number], corner, radius)
    end = _leaving(lambda share: last + (first - last) * share, rects[(number + 1) % count], corner, radius)
    begin, stop = first + (last - first) * start, last + (first - last) * end
    points = [_on_ring(begin + (stop - begin) * i / PIECES, radius) for i in range(PIECES + 1)]
    key = f"{key_of(stage)}>{following.id}"
    return Line(key, tuple(points), head="arrow", bend=radius, source=key_of(stage), target=key_of(following))


def _leaving(angle: Callable[[float], float], rect: Rect, corner: float, radius: float) -> float:
    """Return the share of the way to the next stage at which the ring leaves a stage's box."""
    low, high = 0.0, 0.5
    for _ in range(30):
        middle = (low + high) / 2
        x, y = _on_ring(angle(middle), radius)
        if distance_to_rounded(rect, corner, (x, y)) < 0:
            low = middle
        else:
            high = middle
    return high
