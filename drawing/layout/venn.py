"""Venn diagrams: two to four sets, every overlap with its words where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from drawing.figure import SMALL, Figure, Line, Ruler, Text
from drawing.geometry import Rect
from drawing.layout.venn_geometry import Ellipse, outlines, overlap, poles, proportional, regions, room
from drawing.model import Color, Drawing, Group, Node, key_of
from drawing.notation.venn import UNION
from drawing.text import Wrapped
from drawing.theme import Tone

MOST_SETS = 4
COLORS: tuple[Color, ...] = ("blue", "amber", "green", "purple")
RADII = (8.5, 9.5, 10.5, 11.5, 13.0, 15.0)  # em: the first at which all words fit is taken
WIDTHS = (10.0, 8.0, 6.5, 5.0)  # em: of the words in a region
SHIFTS = ((0, 0), (0, -0.1), (0, 0.1), (-0.1, 0), (0.1, 0), (0, -0.2), (0, 0.2), (-0.2, 0), (0.2, 0))  # radii
BESIDE = 0.7  # em between a set and its name outside


@dataclass(frozen=True, slots=True)
class _Words:
    """What stands in a region: a heading and the items below it, in lines."""

    key: str
    heading: Wrapped
    items: Wrapped

    @property
    def width(self) -> float:
        return max(self.heading.width, self.items.width)

    @property
    def height(self) -> float:
        return self.heading.height + self.items.height


def place_venn(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the sets in their own coordinates."""
    figure = Figure()
    groups = [group for group in drawing.all(Group) if group.role == "set"]
    for group in groups[MOST_SETS:]:
        figure.notes.append(
            f"A Venn diagram shows {MOST_SETS} sets at most: \u201c{group.text}\u201d is left out."
        )
    groups = groups[:MOST_SETS]
    if not groups:
        return figure
    placement = _Placement(drawing, groups, ruler)
    placement.draw(figure)
    bounds = figure.bounds()
    return figure.moved(-bounds.x, -bounds.y)


class _Placement:
    def __init__(self, drawing: Drawing, groups: Sequence[Group], ruler: Ruler) -> None:
        self._drawing, self._groups, self._ruler = drawing, groups, ruler
        self._tones: list[Tone] = [group.color or COLORS[i % len(COLORS)] for i, group in enumerate(groups)]
        self._shapes = self._outlines()
        self._poles = poles(self._shapes)
        self._names_outside = len(groups) > 3

    def draw(self, figure: Figure) -> None:
        radius, places = self._radius()
        rings = [tuple((x * radius, y * radius) for x, y in shape.points()) for shape in self._shapes]
        for members in regions(len(self._groups)):
            outline = tuple((x * radius, y * radius) for x, y in overlap(self._shapes, members))
            if len(outline) > 2:
                tones = tuple(self._tones[i] for i in members)
                figure.add(
                    Line(self._region_key(members), outline, tones[0], width=0.0, is_filled=True, role="mark",
                         blend=tones)
                )  # fmt: skip
        for group, ring, tone in zip(self._groups, rings, self._tones, strict=True):
            figure.add(Line(f"{key_of(group)}:outline", (*ring, ring[0]), tone, width=self._ruler.style.stroke_width,
                            of=key_of(group), role="mark"))  # fmt: skip
        for members in regions(len(self._groups)):
            words, place = places.get(members, (None, None))
            if words and place:
                self._write(figure, members, words, place)
            elif words:
                self._write_outside(figure, members, words, radius)
        if self._names_outside:
            for i in range(len(self._groups)):
                self._write_name(figure, i, radius)

    def _outlines(self) -> tuple[Ellipse, ...]:
        values = [dict(group.details).get("value") for group in self._groups]
        both = self._drawing.get(Group, UNION.join(group.id for group in self._groups))
        shared = dict(both.details).get("value") if both else None
        if (
            len(values) == 2
            and values[0]
            and values[1]
            and shared
            and min(float(values[0]), float(values[1])) > 0
        ):
            return proportional(float(values[0]), float(values[1]), float(shared))
        return outlines(len(self._groups))

    def _region_key(self, members: Sequence[int]) -> str:
        if len(members) == 1:
            return key_of(self._groups[members[0]])
        return f"group:{UNION.join(self._groups[i].id for i in members)}"

    def _said(self, members: Sequence[int]) -> tuple[str, list[str]]:
        """Return the heading and the items of a region."""
        group_id = UNION.join(self._groups[i].id for i in members)
        group = self._drawing.get(Group, group_id)
        items = [node.text for node in self._drawing.all(Node) if node.parent == group_id]
        value = dict(group.details).get("value") if group else None
        heading = group.text if group and not (self._names_outside and len(members) == 1) else ""
        return heading, [*([value] if value else []), *items]

    def _words(self, members: Sequence[int], width: float) -> _Words | None:
        heading, items = self._said(members)
        if not heading and not items:
            return None
        ruler = self._ruler
        is_set = len(members) == 1
        return _Words(
            self._region_key(members),
            ruler.wrap(heading, width, scale=1.0 if is_set else SMALL, bold=True),
            ruler.wrap("\n".join(items), width, scale=SMALL),
        )

    def _radius(self) -> tuple[float, dict[tuple[int, ...], tuple[_Words, Rect | None]]]:
        """Return the smallest radius at which all words fit into their regions, and where they stand."""
        best: tuple[float, dict[tuple[int, ...], tuple[_Words, Rect | None]]] | None = None
        most = -1
        for em in RADII:
            radius = self._ruler.em(em)
            tries = ((members, self._place(members, radius)) for members in regions(len(self._groups)))
            places = {members: found for members, found in tries if found}
            fitting = sum(place is not None for _, place in places.values())
            if best is None or fitting > most:
                best, most = (radius, places), fitting
            if fitting == len(places):
                break
        return best or (self._ruler.em(RADII[0]), {})

    def _place(self, members: tuple[int, ...], radius: float) -> tuple[_Words, Rect | None] | None:
        words: _Words | None = None
        for width in WIDTHS:
            wrapped = self._words(members, self._ruler.em(width))
            if wrapped is None:
                return None
            heading, items = self._said(members)
            longest = max(
                self._ruler.longest_word([heading], bold=True), self._ruler.longest_word(items, scale=SMALL)
            )
            words = words or wrapped
            if longest > self._ruler.em(width) or members not in self._poles:
                continue
            px, py = self._poles[members]
            for dx, dy in SHIFTS:
                rect = Rect.around((px + dx) * radius, (py + dy) * radius, wrapped.width + 2, wrapped.height)
                if self._fits(members, rect, radius):
                    return wrapped, rect
        return (words, None) if words else None

    def _fits(self, members: Sequence[int], rect: Rect, radius: float) -> bool:
        space = self._ruler.em(0.35) / radius
        xs, ys = (rect.x, rect.cx, rect.right), (rect.y, rect.cy, rect.bottom)
        return all(room(self._shapes, members, (x / radius, y / radius)) >= space for x in xs for y in ys)

    def _write(self, figure: Figure, members: Sequence[int], words: _Words, place: Rect) -> None:
        tones = tuple(self._tones[i] for i in members)
        self._write_lines(figure, words, place, tones, words.key)

    def _write_lines(
        self, figure: Figure, words: _Words, place: Rect, tones: tuple[Tone, ...], of: str
    ) -> None:
        ruler, y = self._ruler, place.y
        is_set = len(tones) == 1
        for name, lines, scale, is_bold in (
            ("label", words.heading, 1.0 if is_set else SMALL, True),
            ("items", words.items, SMALL, False),
        ):
            if lines.lines:
                rect = Rect(place.x, y, place.w, lines.height)
                figure.add(
                    Text(f"{words.key}:{name}", rect, lines, ruler.size(scale), tones[0] if tones else None,
                         is_bold=is_bold, of=of, blend=tones, role="label" if name == "label" else "detail")
                )  # fmt: skip
            y += lines.height

    def _write_outside(self, figure: Figure, members: Sequence[int], words: _Words, radius: float) -> None:
        """Write a region's words right or left of all sets, with a line to where they belong."""
        px, py = self._poles.get(tuple(members), (0.0, 0.0))
        start = (px * radius, py * radius)
        bounds = figure.bounds()
        way = 1 if start[0] >= 0 else -1
        edge = bounds.right if way > 0 else bounds.x
        end = (edge + way * self._ruler.em(1.2), start[1])
        key = f"{words.key}:leader"
        figure.add(Line(key, (start, end), None, tail="circle", width=1.0, of=words.key, role="mark"))
        x = end[0] + self._ruler.em(0.4) if way > 0 else end[0] - self._ruler.em(0.4) - words.width - 2
        place = Rect(x, start[1] - words.height / 2, words.width + 2, words.height)
        self._write_lines(figure, words, place, (), key)

    def _write_name(self, figure: Figure, number: int, radius: float) -> None:
        """Write the name of one of four sets at its outer end."""
        group, shape, ruler = self._groups[number], self._shapes[number], self._ruler
        lines = ruler.wrap(group.text, ruler.em(9), bold=True)
        if not lines.lines:
            return
        ring = [(x * radius, y * radius) for x, y in shape.points()]
        left = number < 2
        top = min(ring, key=lambda point: point[1])
        side = (min if left else max)(ring, key=lambda point: point[0])
        if number in (1, 2):
            place = Rect(
                top[0] - lines.width / 2 - 1,
                top[1] - lines.height - ruler.em(BESIDE),
                lines.width + 2,
                lines.height,
            )
        else:
            x = side[0] - lines.width - ruler.em(BESIDE) if left else side[0] + ruler.em(BESIDE)
            place = Rect(x, side[1] - lines.height / 2, lines.width + 2, lines.height)
        key = key_of(group)
        figure.add(
            Text(f"{key}:label", place, lines, ruler.font, is_bold=True, of=f"{key}:outline", role="caption")
        )
