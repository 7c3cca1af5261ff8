"""Charts of bars and lines on a common base: axes with ticks at round numbers, a zero line, values, a legend."""

from __future__ import annotations

from drawing.figure import SMALL, Box, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect
from drawing.layout.scale import Scale, make_scale, series_tone
from drawing.model import Drawing, Series, key_of
from drawing.notation.numbers import shown_number
from drawing.text import Wrapped
from drawing.theme import Tone

WIDTH, HEIGHT = 780.0, 400.0  # canvas units: the plot
MOST_TICKS = 8
MOST_SHOWN_VALUES = 24  # values that are written at their bars and points


def place_xychart(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the chart in its own coordinates."""
    series = [each for each in drawing.all(Series) if each.role in ("bar", "line") and each.values]
    return _Chart(drawing, ruler, series).place() if drawing.all(Series) else Figure()


class _Chart:
    """One chart, seen upright: x runs along the categories, y along the values; ``horizontal`` swaps them."""

    def __init__(self, drawing: Drawing, ruler: Ruler, series: list[Series]) -> None:
        self._ruler, self._series, self._figure = ruler, series, Figure()
        self._is_level = drawing.settings.get("setting") == "horizontal"
        self._x = drawing.get(Series, "x") or Series("x", "", "x")
        self._y = drawing.get(Series, "y") or Series("y", "", "y")
        self._count = max([1, len(self._x.names), *(len(each.values) for each in series)])
        self._scale = scale_of(drawing)
        self._long, self._deep = (HEIGHT, WIDTH) if self._is_level else (WIDTH, HEIGHT)
        if self._is_level:
            self._long = max(HEIGHT, self._count * ruler.em(2.2))
        self._slot = self._long / self._count
        self._names = self._category_labels()
        self._tones = self._series_tones()

    def _series_tones(self) -> list[Tone]:
        return [series_tone(number, each.color, self._ruler) for number, each in enumerate(self._series)]

    def _category_labels(self) -> list[Wrapped]:
        ruler = self._ruler
        if self._x.low is not None and self._x.high is not None and not self._x.names:
            steps = max(1, self._count - 1)
            numbers = [self._x.low + (self._x.high - self._x.low) * i / steps for i in range(self._count)]
            texts = [shown_number(round(number, 6)) for number in numbers]
        else:
            texts = [self._x.names[i] if i < len(self._x.names) else "" for i in range(self._count)]
        width = ruler.em(12) if self._is_level else max(self._slot - ruler.em(0.4), ruler.em(1))
        return [ruler.wrap(text, width, scale=SMALL) for text in texts]

    def _at(self, along: float, value: float) -> Point:
        """Return a point by its place along the categories and its value."""
        up = self._scale.share(value) * self._deep
        return (up, along) if self._is_level else (along, self._deep - up)

    def place(self) -> Figure:
        self._grid()
        self._categories()
        bars = [i for i, each in enumerate(self._series) if each.role == "bar"]
        for number, i in enumerate(bars):
            self._bars(self._series[i], self._tones[i], number, len(bars))
        for i, each in enumerate(self._series):
            if each.role == "line":
                self._line(each, self._tones[i])
        self._titles()
        self._legend()
        return self._figure

    def _grid(self) -> None:
        ruler = self._ruler
        for number, tick in enumerate(self._scale.ticks):
            a, b = self._at(0, tick), self._at(self._long, tick)
            is_zero = tick == 0 and self._scale.low < 0
            self._figure.add(
                Line(f"tick:{number}", (a, b), "gray", dash=() if is_zero else (2.0, 4.0),
                     width=1.5 if is_zero else 1.0, role="mark")
            )  # fmt: skip
            label = ruler.wrap(shown_number(tick), ruler.em(12), scale=SMALL)
            place = Rect(
                a[0] - ruler.em(0.5) - label.width - 2, a[1] - label.height / 2, label.width + 2, label.height
            )
            if self._is_level:
                place = Rect(
                    a[0] - label.width / 2 - 1, self._long + ruler.em(0.4), label.width + 2, label.height
                )
            self._figure.add(
                Text(f"tick:{number}:label", place, label, ruler.size(SMALL), is_quiet=True, of=f"tick:{number}",
                     role="caption")
            )  # fmt: skip
        base = self._at(0, self._base), self._at(self._long, self._base)
        self._figure.add(Line("base", base, width=1.5, role="mark"))

    @property
    def _base(self) -> float:
        """The value that bars stand on: zero, or the end of the axis that is nearest to it."""
        return min(max(0.0, self._scale.low), self._scale.high)

    def _categories(self) -> None:
        ruler = self._ruler
        last = -1e9
        for i, label in enumerate(self._names):
            if not label.lines:
                continue
            middle = (i + 0.5) * self._slot
            x, y = (self._edge(), middle) if self._is_level else (middle, self._edge())
            w = label.width + 2
            place = Rect(x - ruler.em(0.6) - w, y - label.height / 2, w, label.height)
            if not self._is_level:
                place = Rect(x - w / 2, y + ruler.em(0.5), w, label.height)
                if place.x < last + ruler.em(0.2):
                    continue
                last = place.right
            self._figure.add(
                Text(
                    f"category:{i}",
                    place,
                    label,
                    ruler.size(SMALL),
                    of="base",
                    role="caption",
                    align="center",
                )
            )

    def _edge(self) -> float:
        """Where the names of categories begin: below the plot, or at its left."""
        return 0.0 if self._is_level else self._deep

    def _bars(self, series: Series, tone: Tone, number: int, count: int) -> None:
        width = self._slot * 0.72 / count
        for i, value in enumerate(series.values):
            along = (i + 0.5) * self._slot + (number - (count - 1) / 2) * width
            a, b = self._at(along - width * 0.46, self._base), self._at(along + width * 0.46, value)
            rect = Rect(min(a[0], b[0]), min(a[1], b[1]), abs(a[0] - b[0]), abs(a[1] - b[1]))
            key = f"{key_of(series)}:{i}"
            self._figure.add(
                Box(key, rect, tone=tone, corner=min(self._ruler.style.corner / 3, 4.0), stroke_width=1.5)
            )
            self._value(key, value, along, width, tone)

    def _value(self, key: str, value: float, along: float, width: float, tone: Tone) -> None:
        """The number at the end of a bar, or at its foot when lines run across the chart, where it has room."""
        ruler = self._ruler
        label = ruler.wrap(shown_number(value), ruler.em(10), scale=SMALL)
        has_room = label.height <= width if self._is_level else label.width <= width + ruler.em(0.3)
        if not has_room or len(self._series) * self._count > MOST_SHOWN_VALUES:
            return
        is_at_foot = any(each.role == "line" for each in self._series) and len(self._series) > 1
        w, is_up, gap = label.width + 2, value >= self._base, ruler.em(0.3)
        x, y = self._at(along, self._base if is_at_foot else value)
        place = Rect(x - w / 2, y - gap - label.height if is_up else y + gap, w, label.height)
        if self._is_level:
            place = Rect(x + gap if is_up else x - gap - w, y - label.height / 2, w, label.height)
        if is_at_foot:
            length = abs(self._scale.share(value) - self._scale.share(self._base)) * self._deep
            if length < 2 * gap + (w if self._is_level else label.height) or w > width * 0.9:
                return
            if any(place.grown(gap).holds(Rect(*point, 0.0, 0.0)) for point in self._line_points(along)):
                return
        size, name = ruler.size(SMALL), f"{key}:value"
        if is_at_foot:
            self._figure.add(Text(name, place, label, size, tone, of=key))
        else:
            self._figure.add(
                Text(name, place, label, size, is_quiet=True, has_halo=True, of=key, role="caption")
            )

    def _line_points(self, along: float) -> list[Point]:
        """Return where lines pass the category at a place."""
        i = min(self._count - 1, int(along / self._slot))
        lines = [each for each in self._series if each.role == "line" and i < len(each.values)]
        return [self._at((i + 0.5) * self._slot, each.values[i]) for each in lines]

    def _line(self, series: Series, tone: Tone) -> None:
        points = tuple(self._at((i + 0.5) * self._slot, value) for i, value in enumerate(series.values))
        key, size = key_of(series), self._ruler.em(0.55)
        if len(points) > 1:
            self._figure.add(Line(key, points, tone, width=3.0, role="mark"))
        for i, (x, y) in enumerate(points):
            self._figure.add(
                Box(
                    f"{key}:{i}", Rect.around(x, y, size, size), "circle", tone, stroke_width=2.0, role="mark"
                )
            )
        is_alone = len(self._series) == 1 and self._count <= MOST_SHOWN_VALUES // 2
        for i, value in enumerate(series.values if is_alone else ()):
            self._value(f"{key}:{i}", value, (i + 0.5) * self._slot, self._slot, tone)

    def _titles(self) -> None:
        """What the axes are about: along the bottom, and at the top of the upright one."""
        ruler, bounds = self._ruler, self._figure.bounds()
        across, upright = (self._y.text, self._x.text) if self._is_level else (self._x.text, self._y.text)
        width = self._deep if self._is_level else self._long
        if across:
            label = ruler.wrap(across, width, scale=SMALL, bold=True)
            place = Rect(
                width / 2 - label.width / 2 - 1, bounds.bottom + ruler.em(0.5), label.width + 2, label.height
            )
            self._figure.add(Text("axis:x", place, label, ruler.size(SMALL), is_bold=True, is_quiet=True))
        if upright:
            label = ruler.wrap(upright, width, scale=SMALL, bold=True)
            place = Rect(bounds.x, bounds.y - ruler.em(0.6) - label.height, label.width + 2, label.height)
            self._figure.add(
                Text("axis:y", place, label, ruler.size(SMALL), is_bold=True, is_quiet=True, align="left")
            )

    def _legend(self) -> None:
        """The names of the series with their colours, where they have names."""
        ruler, x = self._ruler, 0.0
        y, size = self._figure.bounds().bottom + ruler.em(1.0), self._ruler.em(0.9)
        width = self._deep if self._is_level else self._long
        for i, series in enumerate(self._series):
            if not series.text:
                continue
            label = ruler.wrap(series.text, ruler.em(16), scale=SMALL)
            if x and x + 1.6 * size + label.width > width:
                x, y = 0.0, y + ruler.line() + ruler.em(0.4)
            key = f"{key_of(series)}:legend"
            shape = "rectangle" if series.role == "bar" else "circle"
            dot = Rect(x, y + (label.height - size) / 2, size, size)
            place = Rect(x + 1.6 * size, y, label.width + 2, label.height)
            self._figure.add(Box(key, dot, shape, self._tones[i], corner=3.0, stroke_width=1.5, role="mark"))
            self._figure.add(
                Text(f"{key}:label", place, label, ruler.size(SMALL), align="left", of=key, role="caption")
            )
            x = place.right + ruler.em(1.5)


def scale_of(drawing: Drawing) -> Scale:
    """Return the scale of a chart's values, as it is drawn."""
    series = [each for each in drawing.all(Series) if each.role in ("bar", "line") and each.values]
    axis = drawing.get(Series, "y") or Series("y", "", "y")
    values = [value for each in series for value in each.values]
    has_bars = any(each.role == "bar" for each in series)
    return make_scale(values, axis.low, axis.high, MOST_TICKS, has_zero=has_bars and axis.low is None)
