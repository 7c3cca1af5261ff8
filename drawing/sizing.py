"""How large things must be for their text: blocks, headings and edge labels, measured before any layout."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from drawing.graph import Graph
from drawing.measured import BADGE_WIDTH, Block, MeasuredGraph
from drawing.plan import Node, Outline, Shape
from drawing.text import LINE_HEIGHT, Wrapped, measure, wrap
from drawing.theme import StyleMetrics

LABEL_SCALE = 0.85  # an edge label's font as a share of a shape's
MIN_FONT = 12.0  # canvas units
MAX_FONT = 24.0
EMPTY = Wrapped((), 0.0, 0.0, False)

_WIDTHS = (6.5, 8.0, 9.0, 10.0, 11.0, 12.0, 14.0, 18.0, 24.0)  # em: the widths that text is tried in
_NARROW_WIDTHS = (5.0, 6.5, 8.0, 10.0, 13.0, 17.0, 22.0)
_PLEASANT, _NARROW_PLEASANT = 11.0, 8.0  # em: the widest column that is chosen for having two lines
_MAX_LINES = 14
_STAR_SHARE = (0.52, 0.40)  # the part of a star's box, around its centre, that its inside covers
_HEART_SHARE = (0.62, 0.42)
_LARGEST_ICON = 15.0  # em: a star or heart that would be larger is a card with a badge instead

_DIAMOND_RATIO = 1.75  # width to height of what a text adds to a diamond

_ROLE_OUTLINES: dict[str, Outline] = {"decision": "diamond", "highlight": "star", "favorite": "heart"}


def label_font(font_size: float) -> float:
    """Return the font size of edge labels beside shapes of that font size."""
    return max(MIN_FONT, round(font_size * LABEL_SCALE))


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
def fit_label(text: str, font_size: float) -> Wrapped:
    """Return an edge label in lines."""
    size = label_font(font_size)
    return wrap(text, size, size * 11, max_lines=4)


@dataclass(frozen=True, slots=True)
class Fit:
    """An outline around a text: its size, and the badge that stands for an outline too large to be drawn."""

    outline: Outline
    w: float
    h: float
    label: Wrapped
    badge: Literal["star", "heart"] | None = None


@lru_cache(maxsize=8192)
def fit(
    text: str,
    outline: Outline,
    font_size: float,
    metrics: StyleMetrics,
    is_card: bool = False,
    is_bold: bool = False,
) -> Fit:
    """Return the smallest pleasant outline around the text.

    A card is always a rectangle, as cards line up; a star or heart, also one that would become too large,
    is then a badge on it.
    """
    if is_card and outline in ("diamond", "circle"):
        outline = "rectangle"
    is_bold = is_bold or (metrics.has_bold_labels and outline != "text")
    label, column = fit_text(text, font_size, is_bold, outline not in ("rectangle", "text"))
    if outline in ("star", "heart"):
        size = _icon_size(outline, label, font_size)
        if size <= _LARGEST_ICON * font_size and not is_card:
            return Fit(outline, _even(size), _even(size), label)
        card = fit(text, "rectangle", font_size, metrics, is_bold=is_bold)
        return Fit("rectangle", card.w + BADGE_WIDTH * font_size, card.h, card.label, outline)
    w, h = _size(outline, label, column, font_size, metrics)
    return Fit(outline, w, h, label)


def _icon_size(outline: Outline, label: Wrapped, font_size: float) -> float:
    share_w, share_h = _STAR_SHARE if outline == "star" else _HEART_SHARE
    return max(label.width / share_w, label.height / share_h, 5 * font_size) + 1.4 * font_size


def _size(
    outline: Outline, label: Wrapped, column: float, font_size: float, metrics: StyleMetrics
) -> tuple[float, float]:
    """Return width and height around a text in a column of that width."""
    pad_x, pad_y = metrics.pad_x * font_size, metrics.pad_y * font_size
    if outline == "diamond":
        w, h = label.width + pad_x, label.height + pad_y
        if metrics.square_diamonds:
            side = _even(max(w + h, 6 * font_size))
            return side, side
        w, h = max(w + h * _DIAMOND_RATIO, 8 * font_size), max(h + w / _DIAMOND_RATIO, 4.6 * font_size)
        return _even(w), _even(h)
    if outline == "circle":
        side = _even(max(math.hypot(label.width, label.height) + pad_x, 4 * font_size))
        return side, side
    height = max(label.height, font_size * LINE_HEIGHT)
    if outline == "text":
        return _even(max(label.width, font_size)) + 2, height
    return _even(column + 2 * pad_x), _even(height + 2 * pad_y)


@lru_cache(maxsize=4096)
def fit_shape(shape: Shape, least: Fit, font_size: float, metrics: StyleMetrics) -> tuple[Fit, float]:
    """Return a freeform shape's fit and font size: its text as wide as the model's box allows.

    A free text is as large as its box is high, 14 to 24 units.
    """
    if shape.shape == "text":
        size = round(min(max(shape.h / LINE_HEIGHT, 14.0), MAX_FONT))
        label = wrap(shape.text or "", size, max(shape.w, 6 * size), max_lines=_MAX_LINES, bold=shape.is_bold)
        return Fit(
            "text", _even(max(label.width, size)) + 2, max(label.height, size * LINE_HEIGHT), label
        ), size
    width = shape.w - 2 * metrics.pad_x * font_size
    if least.outline != "rectangle" or least.badge or width <= least.label.width:
        return least, font_size
    label = wrap(
        shape.text or "",
        font_size,
        width,
        max_lines=_MAX_LINES,
        bold=shape.is_bold or metrics.has_bold_labels,
    )
    pad = 2 * metrics.pad_y * font_size
    return Fit(
        "rectangle", _even(label.width + 2 * metrics.pad_x * font_size), _even(label.height + pad), label
    ), font_size


def _even(length: float) -> float:
    """Round up to an even number, so that centres are whole."""
    return 2.0 * math.ceil(length / 2)


def _outline(node: Node | Shape, metrics: StyleMetrics, font_size: float) -> Outline:
    """Return the outline that a node's role asks for."""
    if isinstance(node, Shape):
        return node.shape
    if (
        node.role in ("start", "end")
        and metrics.round_ends
        and measure(node.text, font_size) < 5.5 * font_size
    ):
        return "circle"
    return _ROLE_OUTLINES.get(node.role, "rectangle")


def measure_graph(graph: Graph, metrics: StyleMetrics, font_size: float) -> MeasuredGraph:
    """Return the graph with every text measured in one font size."""
    has_cards = graph.header.kind not in ("flowchart", "freeform")
    blocks = {}
    turns = _turns(graph)
    for key, node in graph.nodes.items():
        fitted = fit(
            node.text or "", _outline(node, metrics, font_size), font_size, metrics, has_cards, node.is_bold
        )
        own_size = font_size
        if isinstance(node, Shape) and graph.header.kind == "freeform":
            fitted, own_size = fit_shape(node, fitted, font_size, metrics)
        blocks[key] = _block(key, node, graph, fitted, own_size, metrics, turns[key])
    if graph.header.kind in ("grid", "timeline"):
        texts = {key: node.text or "" for key, node in graph.nodes.items()}
        blocks = _as_cards(blocks, texts, font_size, metrics)
    headings = {
        key: wrap(group.text, font_size, font_size * 16, max_lines=4, bold=True)
        for key, group in graph.groups.items()
    }
    labels = {link.key: fit_label(link.label, font_size) for link in graph.links if link.label}
    whens = {
        key: wrap(node.when, font_size, font_size * 9, max_lines=3, bold=True)
        for key, node in graph.nodes.items()
        if isinstance(node, Node) and node.when
    }
    labels = {key: label for key, label in labels.items() if label.lines}
    whens = {key: when for key, when in whens.items() if when.lines}
    return MeasuredGraph(graph, metrics, font_size, blocks, headings, labels, whens)


def _block(
    key: str,
    node: Node | Shape,
    graph: Graph,
    fitted: Fit,
    font_size: float,
    metrics: StyleMetrics,
    turn: int,
) -> Block:
    role = node.role if isinstance(node, Node) else "step"
    is_terminal = role in ("start", "end")
    corner = 0.0
    if fitted.outline == "rectangle" and metrics.corner:
        corner = fitted.h / 2 if is_terminal else min(metrics.corner, fitted.h / 2)
    return Block(
        key=key,
        outline=fitted.outline,
        w=fitted.w,
        h=fitted.h,
        label=fitted.label,
        font_size=font_size,
        is_bold=node.is_bold or (metrics.has_bold_labels and fitted.outline != "text"),
        role=role,
        accent=node.accent,
        turn=turn,
        in_turn=graph.header.kind == "mindmap"
        or (graph.header.kind in ("grid", "timeline") and bool(graph.groups)),
        is_strong=is_terminal if graph.header.kind == "flowchart" else _is_root(key, graph),
        badge=fitted.badge,
        corner=corner,
    )


def _as_cards(
    blocks: dict[str, Block], texts: dict[str, str], font_size: float, metrics: StyleMetrics
) -> dict[str, Block]:
    """Return the blocks as cards of one width, the text of each wrapped to it."""
    width = max((block.w for block in blocks.values() if block.outline == "rectangle"), default=0.0)
    out = {}
    for key, block in blocks.items():
        if block.outline == "rectangle" and block.label.lines:
            own_width = (
                width - 2 * metrics.pad_x * font_size - (BADGE_WIDTH * font_size if block.badge else 0.0)
            )
            label = wrap(texts[key], font_size, own_width, max_lines=_MAX_LINES, bold=block.is_bold)
            height = _even(label.height + 2 * metrics.pad_y * font_size)
            block = replace(block, w=width, h=height, label=label, corner=min(block.corner, height / 2))
        out[key] = block
    return out


def _is_root(key: str, graph: Graph) -> bool:
    return graph.header.kind in ("tree", "mindmap") and key not in graph.parents


def _turns(graph: Graph) -> dict[str, int]:
    """Return a palette turn for each node: its branch in a mind map or tree, its group, else its place."""
    if graph.header.kind in ("mindmap", "tree"):
        return _branch_turns(graph)
    groups = {key: number for number, key in enumerate(graph.groups)}
    return {
        key: groups[graph.members[key]] if key in graph.members else number
        for number, key in enumerate(graph.nodes)
    }


def _branch_turns(graph: Graph) -> dict[str, int]:
    turns: dict[str, int] = {}
    branches: dict[str, int] = {}
    for key in graph.nodes:
        branch = key
        while graph.parents.get(branch) in graph.parents:
            branch = graph.parents[branch]
        turns[key] = branches.setdefault(branch, len(branches)) if branch in graph.parents else 0
    return turns
