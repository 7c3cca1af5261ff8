"""A label in pleasant lines, and the smallest box in which it fits into the outline of a shape."""

from __future__ import annotations

import math
from functools import lru_cache

from drawing.geometry import BOXES, Rect, inside_polygon, polygon
from drawing.shapes import LABEL_CENTRES
from drawing.text import Wrapped, measure, wrap

GROWTH = 1.06  # from one try to the next
MAX_TRIES = 60
_ROUND = frozenset(("circle", "double_circle"))  # as high as wide
# What lies between the outline and the label besides the padding, as shares of the padding.
_EXTRA = {
    "double_circle": 1.6,
    "stack": 1.2,
    "window_pane": 1.3,
    "subroutine": 1.2,
    "divided": 1.2,
    "lined": 1.2,
}
# How far down the front of a rim reaches, which a label stays below, as a share of the shorter side.
_RIMS = {"cylinder": 0.24, "disk": 0.36}

_WIDTHS = (6.5, 8.0, 9.0, 10.0, 11.0, 12.0, 14.0, 18.0, 24.0)  # em: the widths that text is tried in
_NARROW_WIDTHS = (5.0, 6.5, 8.0, 10.0, 13.0, 17.0, 22.0)
_PLEASANT, _NARROW_PLEASANT = 11.0, 8.0  # em: the widest column that is chosen for having two lines
_MAX_LINES = 14


@lru_cache(maxsize=8192)
def fit_text(text: str, font_size: float, is_bold: bool, is_narrow: bool = False) -> tuple[Wrapped, float]:
    """Return the text in lines and the width of its column: the narrowest with few lines and no broken word.

    Two lines are best, three if that keeps it from growing wide.
    """
    widths = [em * font_size for em in (_NARROW_WIDTHS if is_narrow else _WIDTHS)]
    longest = max((measure(word, font_size, bold=is_bold) for word in text.split()), default=0.0)
    whole = [width for width in widths if longest <= width] or widths[-1:]
    pleasant = (_NARROW_PLEASANT if is_narrow else _PLEASANT) * font_size
    tries = [(2, width) for width in whole if width <= pleasant]
    for most, width in [*tries, *((3, width) for width in whole)]:
        lines = wrap(text, font_size, width, max_lines=_MAX_LINES, bold=is_bold)
        if len(lines.lines) <= most:
            return lines, width
    return wrap(text, font_size, widths[-1], max_lines=_MAX_LINES, bold=is_bold), widths[-1]


@lru_cache(maxsize=8192)
def fit_shape(
    shape: str, width: float, height: float, pad_x: float, pad_y: float, *, square_diamonds: bool = False
) -> tuple[float, float]:
    """Return width and height of the box whose outline holds a label of that size, in canvas units, even numbers."""
    extra = _EXTRA.get(shape, 1.0)
    w, h = width + 2 * pad_x * extra, height + 2 * pad_y * extra
    if shape in BOXES:
        return _even(w), _even(h)
    if shape == "stadium":
        inset = (
            h / 2 - math.sqrt(max(0.0, h * h - height * height)) / 2
        )  # of the round ends beside the top line
        return _even(max(w + 0.4 * h, width + 2 * inset + 0.5 * pad_x)), _even(h)
    if shape == "diamond":
        ratio = 1.75  # what a text adds to a diamond, width to height
        w, h = width + pad_x, height + pad_y
        if square_diamonds:
            return _even(w + h), _even(w + h)
        return _even(max(w + h * ratio, 3.4 * h)), _even(h + w / ratio)
    if shape in _ROUND:
        side = _even(math.hypot(width, height) + 1.2 * pad_x * extra)
        return side, side
    for _ in range(MAX_TRIES):
        if holds_label(shape, Rect(0, 0, w, h), width + 0.5 * pad_x, height + 0.4 * pad_y):
            break
        w, h = w * GROWTH, h * GROWTH
    return _even(w), _even(h)


def label_centre(shape: str, rect: Rect) -> tuple[float, float]:
    """Return where the middle of a label stands in a shape."""
    x, y = LABEL_CENTRES.get(shape, (0.5, 0.5))
    return rect.x + x * rect.w, rect.y + y * rect.h


def holds_label(shape: str, rect: Rect, width: float, height: float) -> bool:
    """Say whether the outline of a shape holds a label of that size at its place."""
    corners = polygon(shape, rect)
    x, y = label_centre(shape, rect)
    if y - height / 2 < rect.y + _RIMS.get(shape, 0.0) * min(rect.w, rect.h):
        return False
    return all(
        inside_polygon(corners, (x + across * width / 2, y + down * height / 2))
        for across in (-1, -0.5, 0, 0.5, 1)
        for down in (-1, 1)
    )


def _even(length: float) -> float:
    """Round up to an even number, so that centres are whole."""
    return 2.0 * math.ceil(length / 2)
