"""Scales of charts: where an axis begins and ends, its ticks at round numbers, and the colours of series."""

from __future__ import annotations

import math
from dataclasses import dataclass

from drawing.figure import Ruler
from drawing.model import Color
from drawing.theme import Tone, mark, tint

COLORS: tuple[Color, ...] = ("blue", "amber", "green", "purple", "red", "teal", "pink", "gray")
MOST_TICKS = 60


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from ``low`` to ``high`` with its ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        """Return where a value is on the axis, 0 at its low end and 1 at its high end."""
        return (value - self.low) / (self.high - self.low)


def make_scale(
    values: list[float], low: float | None, high: float | None, most: int, *, has_zero: bool
) -> Scale:
    """Return the scale for values: as asked, else from zero (``has_zero``) or a round number to a round number."""
    least, greatest = min(values, default=0.0), max(values, default=1.0)
    if has_zero:
        least, greatest = min(least, 0.0), max(greatest, 0.0)
    bottom = least if low is None else low
    top = greatest if high is None else high
    if low is not None and high is not None and low > high:
        bottom, top = top, bottom
    bottom, top = min(bottom, least), max(top, greatest)
    if top <= bottom:
        top = bottom + max(1.0, abs(bottom))
    step = _step((top - bottom) / max(1, most - 1))
    if low is None or bottom < low:
        bottom = math.floor(bottom / step + 1e-9) * step
    if high is None or top > high:
        top = math.ceil(top / step - 1e-9) * step
    first = math.ceil(bottom / step - 1e-9)
    count = min(MOST_TICKS, math.floor(top / step + 1e-9) - first + 1)
    return Scale(bottom, top, tuple(round((first + i) * step, 12) for i in range(count)))


def _step(least: float) -> float:
    """Return the smallest of 1, 2, 5 times a power of ten that is no less."""
    power = 10.0 ** math.floor(math.log10(least))
    return next((step * power for step in (1, 2, 5, 10) if step * power >= least * (1 - 1e-9)), 10 * power)


def series_tone(number: int, color: Color | None, ruler: Ruler) -> Tone:
    """Return the colour of a slice or series: its own or its turn in the palette, pale where a style has no fills."""
    own = color or COLORS[number % len(COLORS)]
    is_second_round = color is None and number // len(COLORS) % 2 == 1
    return tint(own) if is_second_round or not ruler.style.has_fill else mark(own)
