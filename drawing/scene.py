"""A drawing between plan and canvas: measured blocks, then where they and their connectors go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from drawing.diagram import Graph, Link
from drawing.layout.geometry import Point, Rect, bounding
from drawing.plan import Direction, Outline
from drawing.text import Wrapped
from drawing.theme import Look

BADGE_ROOM = 1.6  # em beside the text of a card


@dataclass(frozen=True, slots=True)
class Block:
    """A measured node: its outline's size, and its text in lines."""

    key: str
    outline: Outline
    w: float
    h: float
    label: Wrapped
    font_size: float
    is_bold: bool = False
    role: str = "step"
    accent: int | None = None
    turn: int = 0
    in_turn: bool = False
    is_strong: bool = False
    badge: Literal["star", "heart"] | None = None
    corner: float = 0.0


def text_area(block: Block, rect: Rect, is_home: bool) -> Rect:
    """Return where a block's text stands: in its middle, or at its top when other shapes stand in it."""
    if is_home:
        return Rect(rect.x, rect.y + 0.6 * block.font_size, rect.w, block.label.height)
    if block.badge:
        return Rect(
            rect.x + BADGE_ROOM * block.font_size, rect.y, rect.w - BADGE_ROOM * block.font_size, rect.h
        )
    return rect


@dataclass(frozen=True, slots=True)
class Diagram:
    """A graph whose texts are measured in one font size, ready for a layout."""

    graph: Graph
    look: Look
    font_size: float
    blocks: dict[str, Block]
    headings: dict[str, Wrapped]  # of groups, by key
    labels: dict[str, Wrapped]  # of links, by key
    whens: dict[str, Wrapped]  # of timeline events, by key

    @property
    def links(self) -> tuple[Link, ...]:
        """The connectors, in the order of the plan."""
        return self.graph.links

    @property
    def direction(self) -> Direction:
        """Where the drawing grows to."""
        return self.graph.header.direction

    @property
    def unit(self) -> float:
        """One em, the measure of all distances."""
        return self.font_size

    def gap(self, ems: float) -> float:
        """Return a distance between shapes in canvas units, as wide as the style likes it."""
        return ems * self.font_size * self.look.gap


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to draw a diagram, of which the last pass tries several.

    ``room`` stretches the distances; ``engine`` holds graphlay's own options; ``own_routes`` leaves all
    connectors to the router.
    """

    room: float = 1.0
    engine: Mapping[str, Any] = field(default_factory=dict)
    own_routes: bool = False


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
