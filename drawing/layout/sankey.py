"""Sankey diagrams: columns of nodes as high as what flows through them, joined by ribbons as wide as their flow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from drawing.figure import SMALL, Box, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect
from drawing.model import Color, Drawing, Edge, Node, key_of
from drawing.theme import Tone, solid, tint

COLORS: tuple[Color, ...] = ("blue", "teal", "green", "amber", "purple", "pink", "red")
HEIGHT = 24.0  # em: of the column through which most flows
NODE = 1.0  # em: the width of a node
LEAST = 1.5  # canvas units: the width of a ribbon
COLUMN = 15.0  # em: the least way between two columns
GAP = 0.7  # em, between the nodes of a column
SWEEPS = 8
CURVE = 10  # pieces of a ribbon's edge


@dataclass(slots=True)
class _Node:
    node: Node
    color: Color
    column: int = 0
    amount: float = 0.0
    y: float = 0.0
    h: float = 0.0
    inflow: list[Edge] = field(default_factory=list)
    outflow: list[Edge] = field(default_factory=list)


def place_sankey(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the flows in their own coordinates."""
    figure = Figure()
    edges = [edge for edge in drawing.all(Edge) if (edge.value or 0) > 0 and edge.source != edge.target]
    figure.notes += [
        f"The flow from \u201c{edge.source}\u201d to itself is left out."
        for edge in drawing.all(Edge)
        if edge.source == edge.target
    ]
    nodes = _nodes(drawing, edges)
    if not nodes:
        return figure
    columns = _columns(nodes)
    unit = ruler.em(HEIGHT) / max(sum(node.amount for node in column) for column in columns)
    for node in nodes.values():
        node.h = max(node.amount * unit, LEAST)
    for column in columns:
        _stack(column, ruler)
    for sweep in range(SWEEPS):
        for column in columns if sweep % 2 == 0 else columns[::-1]:
            _settle(column, nodes, ruler, from_left=sweep % 2 == 0)
    xs = _places(columns, ruler)
    for edge, points in _ribbons(nodes, edges, xs, unit, ruler):
        source = nodes[edge.source]
        figure.add(
            Line(key_of(edge), points, tint(source.color), width=0.0, is_filled=True, source=key_of(source.node),
                 target=key_of(nodes[edge.target].node), text=edge.text, role="mark")
        )  # fmt: skip
    for node in nodes.values():
        _draw(figure, node, xs, len(columns), ruler)
    bounds = figure.bounds()
    return figure.moved(-bounds.x, -bounds.y)


def _nodes(drawing: Drawing, edges: Sequence[Edge]) -> dict[str, _Node]:
    named = {edge.source for edge in edges} | {edge.target for edge in edges}
    nodes = {
        node.id: _Node(node, node.color or COLORS[i % len(COLORS)])
        for i, node in enumerate(each for each in drawing.all(Node) if each.id in named)
    }
    edges = [edge for edge in edges if edge.source in nodes and edge.target in nodes]
    for edge in edges:
        nodes[edge.source].outflow.append(edge)
        nodes[edge.target].inflow.append(edge)
    for node in nodes.values():
        node.amount = max(
            sum(edge.value or 0 for edge in node.inflow), sum(edge.value or 0 for edge in node.outflow)
        )
    return nodes


def _columns(nodes: dict[str, _Node]) -> list[list[_Node]]:
    """Return the nodes in columns: each right of all that flow into it; flows that go round in circles lead back."""
    waiting = {key: len({edge.source for edge in node.inflow}) for key, node in nodes.items()}
    ready = [key for key, count in waiting.items() if count == 0]
    done: set[str] = set()
    while len(done) < len(nodes):
        if not ready:  # A circle: its first node goes on.
            ready = [next(key for key in nodes if key not in done)]
        key = ready.pop(0)
        if key in done:
            continue
        done.add(key)
        for target in dict.fromkeys(edge.target for edge in nodes[key].outflow):
            if target in done:
                continue
            nodes[target].column = max(nodes[target].column, nodes[key].column + 1)
            waiting[target] -= 1
            if waiting[target] == 0:
                ready.append(target)
    count = max(node.column for node in nodes.values()) + 1
    columns: list[list[_Node]] = [[] for _ in range(count)]
    for node in nodes.values():
        columns[node.column].append(node)
    return [column for column in columns if column]


def _room(node: _Node, ruler: Ruler) -> float:
    """Return how much height a node takes with its words."""
    return max(node.h, ruler.line(SMALL) * 1.05)


def _stack(column: Sequence[_Node], ruler: Ruler) -> None:
    y = 0.0
    for node in column:
        node.y = y + (_room(node, ruler) - node.h) / 2
        y += _room(node, ruler) + ruler.em(GAP)
    for node in column:
        node.y -= (y - ruler.em(GAP)) / 2  # Columns stand around one middle line.


def _settle(column: list[_Node], nodes: dict[str, _Node], ruler: Ruler, *, from_left: bool) -> None:
    """Move the nodes of a column towards those that they are joined to, in that order, without overlap."""
    wanted = {}
    for node in column:
        edges = node.inflow if from_left else node.outflow
        others = [nodes[edge.source if from_left else edge.target] for edge in edges]
        weight = sum(edge.value or 0 for edge in edges)
        middle = (
            sum((each.y + each.h / 2) * (edge.value or 0) for each, edge in zip(others, edges, strict=True))
            / weight
            if weight
            else node.y + node.h / 2
        )
        wanted[node.node.id] = middle
    column.sort(key=lambda node: wanted[node.node.id])
    gap = ruler.em(GAP)
    tops = [wanted[node.node.id] - _room(node, ruler) / 2 for node in column]
    for i in range(1, len(column)):
        tops[i] = max(tops[i], tops[i - 1] + _room(column[i - 1], ruler) + gap)
    shift = sum(
        top + _room(node, ruler) / 2 - wanted[node.node.id] for top, node in zip(tops, column, strict=True)
    ) / len(column)
    for top, node in zip(tops, column, strict=True):
        node.y = top - shift + (_room(node, ruler) - node.h) / 2


def _words(node: _Node) -> str:
    return f"{node.node.text}  {node.amount:,.10g}"


def _places(columns: Sequence[Sequence[_Node]], ruler: Ruler) -> list[float]:
    """Return where each column stands: as far from the one before as the words between them need."""
    xs = [0.0]
    for number, column in enumerate(columns[:-1]):
        words = max(ruler.width(_words(node), scale=SMALL) for node in column)
        if number == len(columns) - 2:
            words += max(ruler.width(_words(node), scale=SMALL) for node in columns[-1])
        xs.append(xs[-1] + max(ruler.em(COLUMN), words + ruler.em(2.5)) + ruler.em(NODE))
    return xs


def _ribbons(
    nodes: dict[str, _Node], edges: Sequence[Edge], xs: Sequence[float], unit: float, ruler: Ruler
) -> list[tuple[Edge, tuple[Point, ...]]]:
    """Return each flow's outline; at a node, flows leave and arrive in the order of where they go."""
    starts: dict[str, float] = {}
    ends: dict[str, float] = {}
    for node in nodes.values():
        at = node.y
        for edge in sorted(node.outflow, key=lambda edge: nodes[edge.target].y):
            starts[edge.id], at = at, at + (edge.value or 0) * unit
        at = node.y
        for edge in sorted(node.inflow, key=lambda edge: nodes[edge.source].y):
            ends[edge.id], at = at, at + (edge.value or 0) * unit
    out = []
    for edge in edges:
        if edge.id not in starts or edge.id not in ends:
            continue
        width = max((edge.value or 0) * unit, LEAST)
        left = xs[nodes[edge.source].column] + ruler.em(NODE)
        right = xs[nodes[edge.target].column]
        upper = _curve((left, starts[edge.id]), (right, ends[edge.id]))
        lower = _curve((right, ends[edge.id] + width), (left, starts[edge.id] + width))
        out.append((edge, (*upper, *lower)))
    return out


def _curve(start: Point, end: Point) -> list[Point]:
    points = []
    for i in range(CURVE + 1):
        t = i / CURVE
        ease = (1 - math.cos(math.pi * t)) / 2
        points.append((start[0] + (end[0] - start[0]) * t, start[1] + (end[1] - start[1]) * ease))
    return points


def _draw(figure: Figure, node: _Node, xs: Sequence[float], count: int, ruler: Ruler) -> None:
    key = key_of(node.node)
    rect = Rect(xs[node.column], node.y, ruler.em(NODE), node.h)
    tone: Tone = solid(node.color)
    figure.add(Box(key, rect, tone=tone, stroke_width=1.0))
    lines = ruler.wrap(_words(node), 1e6, scale=SMALL)
    is_last = node.column == count - 1 and count > 1
    x = rect.x - lines.width - ruler.em(0.4) if is_last else rect.right + ruler.em(0.4)
    place = Rect(x, rect.cy - lines.height / 2, lines.width + 2, lines.height)
    figure.add(
        Text(f"{key}:label", place, lines, ruler.size(SMALL), align="right" if is_last else "left", of=key,
             role="caption", has_halo=True)
    )  # fmt: skip
