"""A placed drawing: boxes, texts and lines with their places and the names of their colours, back to front.

Placers (``drawing.layout``) make figures; ``drawing.paint`` turns them into canvas objects of a style and scheme.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from drawing.geometry import Point, Rect, bounding
from drawing.model import EdgeEnd
from drawing.text import LINE_HEIGHT, Wrapped, measure, wrap
from drawing.theme import StyleMetrics, Tone

Align = Literal["left", "center", "right"]
SMALL = 0.85  # of the font size: captions, labels of connectors, details
LARGE = 1.25  # headings of a whole part
MIN_FONT = 12.0  # canvas units


@dataclass(frozen=True, slots=True)
class Box:
    """A shape. ``group`` is the key of the box it stands in; ``role`` "frame" holds others, "mark" is decoration."""

    key: str
    rect: Rect
    shape: str = "rectangle"
    tone: Tone = "blue"
    corner: float = 0.0  # canvas units
    dash: tuple[float, ...] = ()
    stroke_width: float | None = None  # canvas units; the style's own when None
    group: str | None = None
    role: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """Words in a box: in its middle from top to bottom, aligned as said. ``of`` is the key of what they belong to.

    ``ground`` is the tone of what they stand on, which decides their colour; None is paper.
    """

    key: str
    rect: Rect
    lines: Wrapped
    size: float
    ground: Tone | None = None
    is_quiet: bool = False
    is_bold: bool = False
    has_halo: bool = False  # its ground shines around the letters, over lines that pass behind them
    align: Align = "center"
    of: str | None = None
    role: str = "label"
    blend: tuple[Tone, ...] = ()  # grounds that lie over each other, instead of one


@dataclass(frozen=True, slots=True)
class Line:
    """A line through points, with an end at either side; closed ones may be filled.

    ``source`` and ``target`` are keys of the boxes that a connector belongs to, ``text`` its words, which a Text shows.
    """

    key: str
    points: tuple[Point, ...]
    tone: Tone | None = None  # a swatch whose outline colours it; the colour of lines when None
    tail: EdgeEnd = "none"
    head: EdgeEnd = "none"
    dash: tuple[float, ...] = ()
    width: float | None = None  # canvas units; the style's own when None
    bend: float = 0.0  # radius of its corners, canvas units
    is_filled: bool = False
    source: str | None = None
    target: str | None = None
    text: str = ""
    of: str | None = None
    role: str = ""
    blend: tuple[Tone, ...] = ()  # what it is filled with where several grounds lie over each other


Element = Box | Text | Line


@dataclass(slots=True)
class Figure:
    """Everything that is drawn, those at the back first."""

    elements: list[Element] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # what could not be drawn, in sentences

    def add(self, *elements: Element) -> None:
        """Put elements on top."""
        self.elements += elements

    def bounds(self) -> Rect:
        """Return the box around everything."""
        rects = [each.rect for each in self.elements if not isinstance(each, Line)]
        points = [point for each in self.elements if isinstance(each, Line) for point in each.points]
        return bounding(rects, points) or Rect(0, 0, 0, 0)

    def moved(self, dx: float, dy: float) -> Figure:
        """Return the figure shifted by a vector."""
        return Figure([_moved(each, dx, dy) for each in self.elements], self.notes)


def _moved(element: Element, dx: float, dy: float) -> Element:
    if isinstance(element, Line):
        return replace(element, points=tuple((x + dx, y + dy) for x, y in element.points))
    return replace(element, rect=element.rect.moved(dx, dy))


@dataclass(frozen=True, slots=True)
class Ruler:
    """What a placer measures with: a style's spacing and one font size."""

    style: StyleMetrics
    font: float  # canvas units
    is_draft: bool = False  # for a drawing that is still growing: soon counts more than best
    # Of the drawing before a change, by key: where boxes stood, and how lines ran. They stay so if that is tidy.
    before: Mapping[str, Rect] = field(default_factory=dict)
    ways_before: Mapping[str, Sequence[Point]] = field(default_factory=dict)

    def em(self, count: float) -> float:
        """Return a length in canvas units."""
        return count * self.font

    def gap(self, count: float) -> float:
        """Return a distance between shapes in canvas units, as wide as the style likes it."""
        return count * self.font * self.style.gap

    def size(self, scale: float) -> float:
        """Return a font size, never below the smallest."""
        return max(MIN_FONT, round(self.font * scale))

    def wrap(self, text: str, width: float, *, scale: float = 1.0, bold: bool = False) -> Wrapped:
        """Return the text in lines at most ``width`` canvas units wide."""
        return wrap(text, self.size(scale), width, bold=bold)

    def width(self, text: str, *, scale: float = 1.0, bold: bool = False) -> float:
        """Return the width of a text in one line; of the widest line where it has breaks."""
        size = self.size(scale)
        return max(measure(line, size, bold=bold) for line in text.split("\n"))

    def longest_word(self, texts: Iterable[str], *, scale: float = 1.0, bold: bool = False) -> float:
        """Return the width of the longest word: a column that narrow breaks none."""
        size = self.size(scale)
        return max((measure(word, size, bold=bold) for text in texts for word in text.split()), default=0.0)

    def line(self, scale: float = 1.0) -> float:
        """Return the height of a line."""
        return self.size(scale) * LINE_HEIGHT
