"""How large things must be for their text: blocks, headings and edge labels, measured before any layout."""

from __future__ import annotations

import math
from functools import lru_cache

from drawing.diagram import Graph
from drawing.plan import Node, Outline, Shape
from drawing.scene import Block, Diagram
from drawing.text import Wrapped, measure, wrap
from drawing.theme import Look

LABEL_SCALE = 0.85  # an edge label's font as a share of a shape's
MIN_FONT = 12.0
EMPTY = Wrapped((), 0.0, 0.0, False)

_WIDTHS = (6.5, 9.0, 11.5, 14.0, 18.0, 24.0)  # em: the widths that text is tried in
_NARROW_WIDTHS = (5.0, 6.5, 8.0, 10.0, 13.0, 17.0, 22.0)
_MAX_LINES = 14
_STAR_SHARE = (0.52, 0.40)  # the part of a star's box, around its centre, that its inside covers
_HEART_SHARE = (0.62, 0.42)
_LARGEST_ICON = 15.0  # em: a star or heart that would be larger is a card with a badge instead

_ROLE_OUTLINES: dict[str, Outline] = {"decision": "diamond", "highlight": "star", "favorite": "heart"}


def label_font(font_size: float) -> float:
    """Return the font size of edge labels beside shapes of that font size."""
    return max(MIN_FONT, round(font_size * LABEL_SCALE))


@lru_cache(maxsize=8192)
def fit_text(
    text: str, font_size: float, is_bold: bool, is_narrow: bool = False, good_lines: int = 3
) -> tuple[Wrapped, float]:
    """Return the text in lines and the column width chosen: the narrowest that needs few lines and breaks no word."""
    widths = [em * font_size for em in (_NARROW_WIDTHS if is_narrow else _WIDTHS)]
    longest = max((measure(word, font_size, bold=is_bold) for word in text.split()), default=0.0)
    chosen = wrap(text, font_size, widths[-1], max_lines=_MAX_LINES, bold=is_bold), widths[-1]
    for width in widths:
        if longest > width and longest <= widths[-1]:
            continue
        lines = wrap(text, font_size, width, max_lines=_MAX_LINES, bold=is_bold)
        if len(lines.lines) <= good_lines:
            return lines, width
    return chosen


@lru_cache(maxsize=8192)
def fit_label(text: str, font_size: float) -> Wrapped:
    """Return an edge label in lines."""
    size = label_font(font_size)
    return wrap(text, size, size * 11, max_lines=4)


@lru_cache(maxsize=8192)
def fit_block(
    key: str,
    text: str,
    outline: Outline,
    font_size: float,
    look: Look,
    role: str = "step",
    accent: int | None = None,
    turn: int = 0,
    is_strong: bool = False,
) -> Block:
    """Return the smallest pleasant block of that outline around the text."""
    bold = look.has_bold_labels and outline != "text"
    if outline in ("star", "heart"):
        icon = _fit_icon(key, text, outline, font_size, bold, role, accent, turn)
        if icon is not None:
            return icon
        badge = outline
        card = fit_block(key, text, "rectangle", font_size, look, role, accent, turn, is_strong)
        return Block(card.key, "rectangle", card.w + 2 * font_size, card.h, card.label, font_size, bold, role, accent,
                     turn, is_strong, badge, card.corner)  # fmt: skip
    is_narrow = outline in ("diamond", "circle")
    label, column = fit_text(text, font_size, bold, is_narrow)
    w, h = _outline_size(outline, label, column, font_size, look)
    corner = h / 2 if role in ("start", "end") and look.corner else min(look.corner, h / 2)
    return Block(key, outline, w, h, label, font_size, bold, role, accent, turn, is_strong, None,
                 corner if outline == "rectangle" else 0.0)  # fmt: skip


def _outline_size(
    outline: Outline, label: Wrapped, column: float, font_size: float, look: Look
) -> tuple[float, float]:
    pad_x, pad_y = look.pad_x * font_size, look.pad_y * font_size
    if outline == "diamond":
        w, h = label.width + pad_x, label.height + pad_y
        ratio = 1.75
        return _even(max(w + h * ratio, 8 * font_size)), _even(max(h + w / ratio, 4.6 * font_size))
    if outline == "circle":
        size = _even(max(math.hypot(label.width, label.height) + pad_x, 4 * font_size))
        return size, size
    if outline == "text":
        return _even(max(label.width, font_size)) + 2, _even(max(label.height, font_size))
    return _even(column + 2 * pad_x), _even(max(label.height, font_size * 1.25) + 2 * pad_y)


def _fit_icon(
    key: str,
    text: str,
    outline: Outline,
    font_size: float,
    bold: bool,
    role: str,
    accent: int | None,
    turn: int,
) -> Block | None:
    label, _ = fit_text(text, font_size, bold, True)
    share_w, share_h = _STAR_SHARE if outline == "star" else _HEART_SHARE
    size = _even(max(label.width / share_w, label.height / share_h, 5 * font_size) + font_size)
    if size > _LARGEST_ICON * font_size:
        return None
    return Block(key, outline, size, size, label, font_size, bold, role, accent, turn)


def _even(length: float) -> float:
    """Round up to an even number, so that centres are whole."""
    return 2.0 * math.ceil(length / 2)


def role_outline(node: Node | Shape, look: Look, font_size: float) -> Outline:
    """Return the outline that a node's role asks for in a flowchart."""
    if isinstance(node, Shape):
        return node.shape
    if node.role in ("start", "end") and look.round_ends and measure(node.text, font_size) < 5.5 * font_size:
        return "circle"
    return _ROLE_OUTLINES.get(node.role, "rectangle")


def measure_graph(graph: Graph, look: Look, font_size: float) -> Diagram:
    """Return the graph with every text measured in one font size."""
    kind = graph.header.kind
    blocks = {}
    turns = _turns(graph)
    for key, node in graph.nodes.items():
        outline = role_outline(node, look, font_size)
        if kind in ("tree", "mindmap", "timeline", "grid") and outline in ("diamond", "circle"):
            outline = "rectangle"
        role = node.role if isinstance(node, Node) else "step"
        strong = role in ("start", "end") if kind == "flowchart" else _is_root(key, graph)
        text = node.text or ""
        blocks[key] = fit_block(key, text, outline, font_size, look, role, node.accent, turns[key], strong)
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
    return Diagram(graph, look, font_size, blocks, headings, labels, whens)


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
