"""Radar charts: an axis for each property around a centre, rings at round numbers, a closed line for each curve."""

from __future__ import annotations

import math

from drawing.figure import SMALL, Box, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect
from drawing.layout.scale import make_scale, series_tone
from drawing.model import Drawing, Series, Value, key_of
from drawing.notation.numbers import read_number, shown_number
from drawing.theme import Tone

RADIUS = 11.5  # em
RINGS = 5
CIRCLE_SIDES = 72


def place_radar(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the chart in its own coordinates."""
    return _Radar(drawing, ruler).place() if drawing.parts else Figure()


class _Radar:
    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._drawing, self._ruler, self._figure = drawing, ruler, Figure()
        self._curves = drawing.all(Series)
        self._axes = drawing.all(Value)
        for number in range(len(self._axes), max((len(each.values) for each in self._curves), default=0)):
            if not any(each.names for each in self._curves):
                self._axes.append(Value(f"axis {number + 1}", ""))
        self._values = [self._along_axes(each) for each in self._curves]
        self._radius = ruler.em(RADIUS)
        low = read_number(drawing.settings.get("min", ""))
        high = read_number(drawing.settings.get("max", ""))
        values = [value for each in self._values for value in each if value is not None]
        self._scale = make_scale(values, 0.0 if low is None else low, high, RINGS + 1, has_zero=False)

    def _along_axes(self, series: Series) -> list[float | None]:
        """Return the values of a curve in the order of the axes; None where it has none."""
        if not series.names:
            values: list[float | None] = list(series.values[: len(self._axes)])
            return values + [None] * (len(self._axes) - len(values))
        by_name = dict(zip(series.names, series.values, strict=True))
        return [by_name.get(axis.id, by_name.get(axis.text)) for axis in self._axes]

    def _at(self, axis: int, value: float) -> Point:
        return self._turned(axis / max(1, len(self._axes)), self._scale.share(value) * self._radius)

    @staticmethod
    def _turned(turn: float, distance: float) -> Point:
        angle = 2 * math.pi * turn
        return distance * math.sin(angle), -distance * math.cos(angle)

    def place(self) -> Figure:
        self._rings()
        self._spokes()
        for number, (series, values) in enumerate(zip(self._curves, self._values, strict=True)):
            self._curve(series, values, series_tone(number, series.color, self._ruler))
        self._tick_labels()
        self._legend()
        return self._figure

    def _ticks(self) -> list[float]:
        said = read_number(self._drawing.settings.get("ticks", ""))
        if said is None or not 1 <= said <= 20:
            return [tick for tick in self._scale.ticks if tick > self._scale.low]
        step = (self._scale.high - self._scale.low) / int(said)
        return [self._scale.low + step * (i + 1) for i in range(int(said))]

    def _rings(self) -> None:
        is_round = self._drawing.settings.get("graticule") != "polygon" or len(self._axes) < 3
        sides = CIRCLE_SIDES if is_round else len(self._axes)
        for number, tick in enumerate(self._ticks()):
            distance = self._scale.share(tick) * self._radius
            ring = tuple(self._turned(i / sides, distance) for i in range(sides + 1))
            self._figure.add(Line(f"ring:{number}", ring, "gray", dash=(2.0, 4.0), width=1.0, role="mark"))

    def _tick_labels(self) -> None:
        """The numbers of the rings, on the first axis and above the curves."""
        ruler = self._ruler
        for number, tick in enumerate(self._ticks()):
            label = ruler.wrap(shown_number(round(tick, 6)), ruler.em(8), scale=SMALL)
            y = -self._scale.share(tick) * self._radius
            place = Rect(ruler.em(0.3), y - label.height * 0.5, label.width + 2, label.height)
            self._figure.add(
                Text(f"ring:{number}:label", place, label, ruler.size(SMALL), is_quiet=True, has_halo=True,
                     align="left", of=f"ring:{number}", role="caption")
            )  # fmt: skip

    def _spokes(self) -> None:
        ruler, count = self._ruler, len(self._axes)
        for number, axis in enumerate(self._axes):
            key, end = key_of(axis), self._turned(number / count, self._radius)
            self._figure.add(Line(key, ((0.0, 0.0), end), "gray", width=1.0, role="mark"))
            label = ruler.wrap(axis.text, max(ruler.em(11), ruler.longest_word([axis.text])))
            if not label.lines:
                continue
            x, y = self._turned(number / count, self._radius + ruler.em(0.8))
            w, h, lean = label.width + 2, label.height, math.sin(2 * math.pi * number / count)
            # Beside its axis, or above and below the upright ones.
            left = x - w / 2 if abs(lean) < 0.2 else x if lean > 0 else x - w
            top = y - h / 2 if abs(lean) >= 0.2 else y - h if y < 0 else y
            place = Rect(left, top, w, h)
            self._figure.add(Text(f"{key}:label", place, label, ruler.font, of=key, role="caption"))

    def _curve(self, series: Series, values: list[float | None], tone: Tone) -> None:
        key, size = key_of(series), self._ruler.em(0.55)
        points = [self._at(i, self._scale.low if value is None else value) for i, value in enumerate(values)]
        if len(points) > 1:
            self._figure.add(Line(key, (*points, points[0]), tone, width=3.0, role="mark"))
        for i, (value, (x, y)) in enumerate(zip(values, points, strict=True)):
            if value is not None:
                dot = Rect.around(x, y, size, size)
                self._figure.add(Box(f"{key}:{i}", dot, "circle", tone, stroke_width=2.0, role="mark"))

    def _legend(self) -> None:
        ruler, y = self._ruler, -self._radius
        left, size = self._figure.bounds().right + ruler.em(2.0), self._ruler.em(0.9)
        if self._drawing.settings.get("showLegend") in ("false", "no"):
            return
        for number, series in enumerate(self._curves):
            label = ruler.wrap(series.text, ruler.em(14))
            if not label.lines:
                continue
            key = f"{key_of(series)}:legend"
            dot = Rect(left, y + (ruler.line() - size) / 2, size, size)
            place = Rect(left + 1.6 * size, y, label.width + 2, label.height)
            tone = series_tone(number, series.color, ruler)
            self._figure.add(Box(key, dot, "circle", tone, stroke_width=1.5, role="mark"))
            self._figure.add(
                Text(f"{key}:label", place, label, ruler.font, align="left", of=key, role="caption")
            )
            y += label.height + ruler.em(0.6)
