"""A placed drawing: where shapes, connectors, labels and marks go, in coordinates of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from drawing.geometry import Point, Rect, bounding
from drawing.text import Wrapped


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to draw a measured graph, of which the last pass tries several.

    ``spacing`` stretches the distances.
    """

    spacing: float = 1.0


PLAIN = Variant()


@dataclass(frozen=True, slots=True)
class Mark:
    """A decoration that is nobody's shape: a timeline's axis or dot, a rule under a heading."""

    key: str
    kind: Literal["line", "dot", "text"]
    rect: Rect
    label: Wrapped | None = None
    accent: int | None = None
    of: str | None = None
    is_bold: bool = False
    align: Literal["left", "center"] = "center"


@dataclass(slots=True)
class Scene:
    """Where everything goes. Routes run from outline to outline; label boxes are free text beside them."""

    rects: dict[str, Rect] = field(default_factory=dict)
    frames: dict[str, Rect] = field(default_factory=dict)
    headings: dict[str, Rect] = field(default_factory=dict)
    routes: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    label_rects: dict[str, Rect] = field(default_factory=dict)
    marks: list[Mark] = field(default_factory=list)
    inside: dict[str, str] = field(default_factory=dict)  # freeform: a shape and the shape it stands in
    layered: set[str] = field(default_factory=set)  # freeform: shapes that overlap others on purpose
    text_rects: dict[str, Rect] = field(default_factory=dict)  # of shapes whose words are not in their middle

    def bounds(self) -> Rect:
        """Return the box around everything."""
        rects = [
            *self.rects.values(),
            *self.frames.values(),
            *self.headings.values(),
            *self.label_rects.values(),
        ]
        rects += [mark.rect for mark in self.marks]
        points = [point for route in self.routes.values() for point in route]
        return bounding(rects, points) or Rect(0, 0, 0, 0)

    def moved(self, dx: float, dy: float) -> Scene:
        """Return the scene shifted by a vector."""
        return Scene(
            {key: rect.moved(dx, dy) for key, rect in self.rects.items()},
            {key: rect.moved(dx, dy) for key, rect in self.frames.items()},
            {key: rect.moved(dx, dy) for key, rect in self.headings.items()},
            {key: tuple((x + dx, y + dy) for x, y in route) for key, route in self.routes.items()},
            {key: rect.moved(dx, dy) for key, rect in self.label_rects.items()},
            [_moved_mark(mark, dx, dy) for mark in self.marks],
            dict(self.inside),
            set(self.layered),
            {key: rect.moved(dx, dy) for key, rect in self.text_rects.items()},
        )


def _moved_mark(mark: Mark, dx: float, dy: float) -> Mark:
    return Mark(
        mark.key,
        mark.kind,
        mark.rect.moved(dx, dy),
        mark.label,
        mark.accent,
        mark.of,
        mark.is_bold,
        mark.align,
    )
