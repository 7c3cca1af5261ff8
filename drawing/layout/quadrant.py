"""Quadrant charts: four fields with their names, points where they belong, what the axes run from and to."""

from __future__ import annotations

import math
from collections.abc import Iterator

from drawing.figure import SMALL, Box, Figure, Line, Ruler, Text
from drawing.geometry import Rect, point_to_rect
from drawing.model import Color, Drawing, Group, Series, Spot, key_of
from drawing.text import Wrapped
from drawing.theme import Tone, tint

WIDTH, HEIGHT = 880.0, 520.0  # canvas units: the field
# The fields are numbered from the top right against the clock, as in geometry.
FIELDS: dict[str, tuple[int, int]] = {"1": (1, 0), "2": (0, 0), "3": (0, 1), "4": (1, 1)}
COLORS: dict[str, Color] = {"1": "green", "2": "blue", "3": "gray", "4": "amber"}
DOT = 0.4  # em: radius of a point
WIDEST_LABEL = 9.0  # em
LEADER = 1.1  # em from a point from which on a line leads to its words
ALL_RINGS, FEW_RINGS = 16, 4  # around a point, where its words are tried
MANY = 60  # points, from which on only the near places are tried
LISTED = 0.002  # of an axis: points that are nearer are in one place


def place_quadrant(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the chart in its own coordinates."""
    return _Field(drawing, ruler).place() if drawing.parts else Figure()


class _Field:
    def __init__(self, drawing: Drawing, ruler: Ruler) -> None:
        self._drawing, self._ruler, self._figure = drawing, ruler, Figure()
        self._spots = drawing.all(Spot)
        self._groups = {group.id: group for group in drawing.all(Group)}
        self._taken: list[Rect] = []
        self._tones: dict[str, Tone] = {
            number: tint((group.color if group else None) or COLORS[number])
            for number in FIELDS
            for group in [self._groups.get(number)]
        }

    def place(self) -> Figure:
        for number in FIELDS:
            self._quadrant(number)
        self._axes()
        self._points()
        return self._figure

    def _quadrant(self, number: str) -> None:
        ruler, (column, row) = self._ruler, FIELDS[number]
        group = self._groups.get(number)
        key = key_of(group) if group else f"quadrant:{number}"
        rect = Rect(column * WIDTH / 2, row * HEIGHT / 2, WIDTH / 2, HEIGHT / 2)
        tone = self._tones[number]
        self._figure.add(Box(key, rect, tone=tone, stroke_width=1.0, role="mark"))
        if group is None or not group.text:
            return
        label = ruler.wrap(group.text, rect.w - ruler.em(2), bold=True)
        top = rect.y + ruler.em(0.6) if self._spots else rect.cy - label.height / 2
        place = Rect(rect.cx - label.width / 2 - 1, top, label.width + 2, label.height)
        self._taken.append(place)
        self._figure.add(Text(f"{key}:label", place, label, ruler.font, tone, is_bold=True, of=key))

    def _axes(self) -> None:
        """The words at the ends of both axes; one word alone stands in the middle."""
        ruler = self._ruler
        across, upright = self._drawing.get(Series, "x"), self._drawing.get(Series, "y")
        for i, text in enumerate(across.names if across else ()):
            label = ruler.wrap(text, WIDTH / 2 - ruler.em(1), scale=SMALL, bold=True)
            middle = WIDTH / 2 if across and len(across.names) == 1 else WIDTH * (0.25 + 0.5 * i)
            place = Rect(middle - label.width / 2 - 1, HEIGHT + ruler.em(0.6), label.width + 2, label.height)
            self._axis_text(f"axis:x:{i}", place, label)
        count = len(upright.names) if upright else 0
        for i, text in enumerate(upright.names if upright else ()):
            label = ruler.wrap(text, max(ruler.em(8), ruler.longest_word([text], scale=SMALL, bold=True)), scale=SMALL,
                               bold=True)  # fmt: skip
            middle = HEIGHT / 2 if count == 1 else HEIGHT * (0.75 - 0.5 * i)
            x = -ruler.em(0.8) - label.width - 2
            self._axis_text(
                f"axis:y:{i}", Rect(x, middle - label.height / 2, label.width + 2, label.height), label
            )
        for name, line in (
            ("x", ((0.0, HEIGHT), (WIDTH, HEIGHT))),
            ("y", ((0.0, HEIGHT), (0.0, 0.0))),
        ):
            self._figure.add(Line(f"axis:{name}", line, width=2.0, role="mark"))

    def _axis_text(self, key: str, place: Rect, label: Wrapped) -> None:
        if label.lines:
            size = self._ruler.size(SMALL)
            self._figure.add(
                Text(key, place, label, size, is_bold=True, is_quiet=True, role="caption", of=key[:6])
            )

    def _points(self) -> None:
        ruler, radius = self._ruler, self._ruler.em(DOT)
        placed: list[tuple[Spot, Rect]] = []
        for spots in self._by_place():
            step = ruler.line() + ruler.em(0.35)
            for i, spot in enumerate(spots):
                x, y = spot.x * WIDTH, (1 - spot.y) * HEIGHT
                # Several in one place are listed there, as in a matrix of words.
                y += (i - (len(spots) - 1) / 2) * step
                x -= ruler.em(3) if len(spots) > 1 else 0.0
                placed.append((spot, Rect.around(x, y, 2 * radius, 2 * radius)))
        self._taken += [dot.grown(1.0) for _, dot in placed]
        for spot, dot in placed:
            color = spot.color or COLORS[self._number(spot)]
            self._figure.add(Box(key_of(spot), dot, "circle", color, stroke_width=2.0))
        for spot, dot in placed:
            self._label(spot, dot)

    def _by_place(self) -> list[list[Spot]]:
        places: list[list[Spot]] = []
        for spot in self._spots:
            near = next(
                (
                    each
                    for each in places
                    if abs(each[0].x - spot.x) <= LISTED and abs(each[0].y - spot.y) <= LISTED
                ),
                None,
            )
            if near is None:
                places.append([spot])
            else:
                near.append(spot)
        return places

    @staticmethod
    def _number(spot: Spot) -> str:
        return ("1" if spot.x >= 0.5 else "2") if spot.y >= 0.5 else ("4" if spot.x >= 0.5 else "3")

    def _label(self, spot: Spot, dot: Rect) -> None:
        ruler, key = self._ruler, key_of(spot)
        widest = max(ruler.em(WIDEST_LABEL), ruler.longest_word([spot.text], scale=SMALL))
        label = ruler.wrap(spot.text, widest, scale=SMALL)
        place = self._free_place(label, dot)
        self._taken.append(place)
        if point_to_rect((dot.cx, dot.cy), place) > ruler.em(LEADER):
            edge = (min(max(dot.cx, place.x), place.right), min(max(dot.cy, place.y), place.bottom))
            leader = Line(f"{key}:leader", ((dot.cx, dot.cy), edge), "gray", width=1.0, role="mark")
            self._figure.elements.insert(len(FIELDS), leader)
        ground = self._tones[self._number(spot)]
        self._figure.add(
            Text(f"{key}:label", place, label, ruler.size(SMALL), ground, has_halo=True, of=key, role="caption",
                 align="left" if place.x > dot.cx else "center")
        )  # fmt: skip

    def _free_place(self, label: Wrapped, dot: Rect) -> Rect:
        """Return a place for the words of a point: the nearest that touches nothing, the right of it before others."""
        field, best, least = Rect(0, 0, WIDTH, HEIGHT), dot, math.inf
        for number, place in enumerate(self._places(label, dot)):
            hits = sum(1.0 for rect in self._taken if rect.overlaps(place, 1.0))
            trouble = 100 * hits + (40 if not field.holds(place) else 0) + (3 if _straddles(place) else 0)
            if trouble + 0.1 * number < least:
                best, least = place, trouble + 0.1 * number
            if least <= 0.1 * (number + 1):
                break  # Those that follow are farther away.
        return best

    def _places(self, label: Wrapped, dot: Rect) -> Iterator[Rect]:
        """Boxes around a point, the near ones first: at its sides, then all around it."""
        w, h, gap = label.width + 2, label.height, self._ruler.em(0.25)
        yield Rect(dot.right + gap, dot.cy - h / 2, w, h)
        yield Rect(dot.x - gap - w, dot.cy - h / 2, w, h)
        yield Rect(dot.cx - w / 2, dot.y - gap - h, w, h)
        yield Rect(dot.cx - w / 2, dot.bottom + gap, w, h)
        for ring in range(1, FEW_RINGS if len(self._spots) > MANY else ALL_RINGS):
            for turn in range(16):
                angle = 2 * math.pi * turn / 16
                reach_x = dot.w / 2 + gap + w / 2 + (ring - 1) * self._ruler.em(0.9)
                reach_y = dot.h / 2 + gap + h / 2 + (ring - 1) * self._ruler.em(0.9)
                yield Rect.around(
                    dot.cx + math.cos(angle) * reach_x, dot.cy + math.sin(angle) * reach_y, w, h
                )


def _straddles(place: Rect) -> bool:
    """Say whether a text lies across the line between two fields."""
    return place.x < WIDTH / 2 < place.right or place.y < HEIGHT / 2 < place.bottom
