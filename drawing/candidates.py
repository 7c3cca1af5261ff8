"""The best of several drawings: font sizes and layouts are tried, and the canvas that measures best is kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from drawing.canvas import Quality
from drawing.figure import Figure, Ruler
from drawing.figure_paint import FigurePainter
from drawing.geometry import Rect
from drawing.graph import Graph
from drawing.kinds import KINDS
from drawing.layout.freeform import place_freeform
from drawing.layout.grid import place_grid
from drawing.layout.mindmap import place_mindmap
from drawing.layout.timeline import place_timeline
from drawing.layout.tree import place_tree
from drawing.measured import MeasuredGraph
from drawing.model import Drawing
from drawing.paint import Painter
from drawing.plan import Shape
from drawing.quality import judge
from drawing.scene import PLAIN, Scene, Variant
from drawing.sizing import measure_graph
from drawing.theme import StyleMetrics

STREAM_FONT = 16.0  # canvas units
LARGE_FONT = 20.0
SMALL_FONTS = (14.0, 12.0)
ROOMY = 0.62  # of the page: a drawing that is smaller both ways may have the large font
FIGURE_FONTS = (16.0, 20.0, 14.0)
SLIDE = (1280.0, 720.0)  # canvas units that fill a slide
MANY_ELEMENTS = 60  # a figure of more is placed in one font only when it is larger than a slide

_PLACERS = {
    "tree": place_tree,
    "mindmap": place_mindmap,
    "timeline": place_timeline,
    "grid": place_grid,
    "freeform": place_freeform,
}

_VARIANTS = (Variant(spacing=1.3), Variant(spacing=1.7))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A drawing in its own coordinates, and what it was judged."""

    measured: MeasuredGraph
    scene: Scene
    quality: Quality

    @property
    def rank(self) -> float:
        """The score, half a point less for each bend that connectors have on average, and a hair for size."""
        bends = sum(len(route) - 2 for route in self.scene.routes.values())
        bounds = self.scene.bounds()
        return (
            self.quality.score
            - 0.5 * bends / max(1, len(self.scene.routes))
            - 0.2 * bounds.w * bounds.h / 1e6
        )


def place(measured: MeasuredGraph, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the measured laid out as its kind asks; routes of ``previous`` that still hold are kept."""
    return _PLACERS[measured.graph.header.kind](measured, variant, previous)


def best_candidate(
    graph: Graph, metrics: StyleMetrics, painter: Painter, page: tuple[float, float]
) -> Candidate:
    """Return the best drawing found; ``page`` is the width and height that it should fit in, if it can."""
    measured, scene = _sized(graph, metrics, page)
    best = Candidate(measured, scene, judge(painter.paint(measured, scene)))
    for variant in _variants(graph):
        if _is_good_enough(best):
            break
        scene = place(measured, variant)
        tried = Candidate(measured, scene, judge(painter.paint(measured, scene)))
        if tried.rank > best.rank:
            best = tried
    return best


def best_figure(drawing: Drawing, metrics: StyleMetrics, painter: FigurePainter) -> Figure:
    """Return the drawing in the font size that reads best on a slide; a larger page makes all text smaller."""
    place = KINDS[drawing.kind].place
    best, best_rank = Figure(), -math.inf
    for font in FIGURE_FONTS:
        figure = place(drawing, Ruler(metrics, font))
        bounds = figure.bounds()
        # Points of text when the drawing fills a slide: what is scaled up to fit counts only up to its own size.
        fill = min(SLIDE[0] / max(bounds.w, 1.0), SLIDE[1] / max(bounds.h, 1.0), 1.0)
        rank = judge(painter.paint(figure)).score / 10 + font * fill
        if rank > best_rank + 0.01:
            best, best_rank = figure, rank
        if fill < 1.0 and len(figure.elements) > MANY_ELEMENTS:
            break  # Larger than a slide in any font: what is scaled down to fit it looks the same.
    return best


def _is_good_enough(best: Candidate) -> bool:
    """Say whether the next way to draw it need not be tried."""
    return not best.quality.defects


def _variants(graph: Graph) -> Iterator[Variant]:
    """Yield the ways to draw a graph, fewer of them for a large one, which bounds the time."""
    size = len(graph.nodes) + len(graph.links)
    limit = 6 if size <= 50 else 4 if size <= 80 else 1 if size <= 130 else 0
    yield from _VARIANTS[:limit]


def _sized(graph: Graph, metrics: StyleMetrics, page: tuple[float, float]) -> tuple[MeasuredGraph, Scene]:
    """Return the drawing in the font size that suits the page: large when little is on it, small to fit."""
    measured = measure_graph(graph, metrics, STREAM_FONT)
    scene = place(measured)
    if graph.header.kind == "freeform":
        large = measure_graph(graph, metrics, LARGE_FONT)
        return (large, place(large)) if _fills_no_more(large) else (measured, scene)
    bounds = scene.bounds()
    if bounds.w < ROOMY * page[0] and bounds.h < ROOMY * page[1]:
        large = measure_graph(graph, metrics, LARGE_FONT)
        return large, place(large)
    if _fits(bounds, page) or not _fits(bounds, (page[0] * 1.4, page[1] * 1.4)):
        return measured, scene
    for font in SMALL_FONTS:
        small = measure_graph(graph, metrics, font)
        tried = place(small)
        if _fits(tried.bounds(), page):
            return small, tried
    return measured, scene


def _fills_no_more(measured: MeasuredGraph) -> bool:
    """Say whether every text fits into the box that the model chose for its shape."""
    shapes = (
        (measured.blocks[key], node) for key, node in measured.graph.nodes.items() if isinstance(node, Shape)
    )
    return all(
        block.outline == "text" or not block.label.lines or (block.w <= node.w and block.h <= node.h)
        for block, node in shapes
    )


def _fits(bounds: Rect, page: tuple[float, float]) -> bool:
    return bounds.w <= page[0] and bounds.h <= page[1]
