"""The best of several drawings: font sizes are tried, and the figure that reads best is kept."""

from __future__ import annotations

import math

from drawing.figure import Figure, Ruler
from drawing.kinds import KINDS
from drawing.model import Drawing
from drawing.paint import Painter
from drawing.quality import judge
from drawing.theme import StyleMetrics

STREAM_FONT = 16.0  # canvas units
FIGURE_FONTS = (16.0, 20.0, 14.0)
SLIDE = (1280.0, 720.0)  # canvas units that fill a slide
MANY_ELEMENTS = 60  # a figure of more is placed in one font only when it is larger than a slide


def best_figure(drawing: Drawing, metrics: StyleMetrics, painter: Painter) -> Figure:
    """Return the drawing in the font size that reads best on a slide; a larger page makes all text smaller."""
    place = KINDS[drawing.kind].place
    best, best_rank = Figure(), -math.inf
    for font in FIGURE_FONTS:
        figure = place(drawing, Ruler(metrics, font))
        bounds = figure.bounds()
        # Points of text when the drawing fills a slide: what is scaled up to fit counts only up to its own size.
        fill = min(SLIDE[0] / max(bounds.w, 1.0), SLIDE[1] / max(bounds.h, 1.0), 1.0)
        # Larger than a slide in any font: what is scaled down to fit it looks the same.
        is_last = fill < 1.0 and len(figure.elements) > MANY_ELEMENTS
        if is_last and font == FIGURE_FONTS[0]:
            return figure
        rank = judge(painter.paint(figure)).score / 10 + font * fill
        if rank > best_rank + 0.01:
            best, best_rank = figure, rank
        if is_last:
            break
    return best
