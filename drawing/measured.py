"""A graph whose texts are measured: how large everything is, before anything has a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from drawing.geometry import Rect
from drawing.graph import Graph, Link
from drawing.plan import Direction, Outline
from drawing.text import Wrapped
from drawing.theme import StyleMetrics

BADGE_WIDTH = 1.6  # em beside the text of a card


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
            rect.x + BADGE_WIDTH * block.font_size, rect.y, rect.w - BADGE_WIDTH * block.font_size, rect.h
        )
    return rect


@dataclass(frozen=True, slots=True)
class MeasuredGraph:
    """A graph whose texts are measured in one font size, ready for a layout."""

    graph: Graph
    metrics: StyleMetrics
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
        return ems * self.font_size * self.metrics.gap
