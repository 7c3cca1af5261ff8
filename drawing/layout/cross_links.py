"""Connectors between boxes that are where their kind of drawing puts them: routed around all else, words beside them.

Grids, boards, trees and timelines use it; what lays boxes out by their connectors has the layered engine.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from drawing.figure import SMALL, Box, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect, on_outline, polyline_to_rect
from drawing.layout.compound import DASH, Connector
from drawing.layout.flowchart import connectors
from drawing.layout.route_ends import arrival_side, on_corner
from drawing.layout.router import Endpoint
from drawing.layout.simple_routes import POINTED, find_routes
from drawing.model import Drawing, Edge, Node
from drawing.text import Wrapped

LABEL_WIDTH = 9.0  # em
BESIDE = 4.0  # canvas units between a line and its words
OVERLAP = 3.0  # times as bad as a foreign line nearby


def branch_words(drawing: Drawing) -> dict[str, Edge]:
    """Return the connectors that say something about a branch of a tree, by the id of the child that it leads to."""
    parents = {node.id: node.parent for node in drawing.all(Node)}
    words: dict[str, Edge] = {}
    for edge in drawing.all(Edge):
        if parents.get(edge.target) == edge.source:
            words.setdefault(edge.target, edge)
    return words


def _cross_links(drawing: Drawing) -> list[Edge]:
    """Return the connectors that no branch shows."""
    shown = {edge.id for edge in branch_words(drawing).values()}
    return [edge for edge in drawing.all(Edge) if edge.id not in shown]


def cross_link_room(drawing: Drawing, ruler: Ruler) -> float:
    """Return the width to leave between boxes, beyond their usual distance, for connectors and their words."""
    widths = [
        ruler.wrap(edge.text, ruler.em(LABEL_WIDTH), scale=SMALL).width for edge in _cross_links(drawing)
    ]
    return max(widths, default=0.0) + ruler.em(1.0) if widths else 0.0


def wrapped_words(edges: Mapping[str, Edge], width: float, ruler: Ruler) -> dict[str, Wrapped]:
    """Return the words of those that have any, in lines at most ``width`` canvas units wide."""
    return {key: ruler.wrap(edge.text, width, scale=SMALL) for key, edge in edges.items() if edge.text}


def line_label(key: str, words: Wrapped, place: Rect, ruler: Ruler) -> Text:
    """Return the words of the line with that key, at their place beside it."""
    return Text(f"{key}:label", place, words, ruler.size(SMALL), is_quiet=True, has_halo=True, of=key)


def link_up(figure: Figure, drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the figure with the drawing's connectors, but for those that its branches show already."""
    lines = [each for each in connectors(drawing, _cross_links(drawing)) if each.line != "invisible"]
    if not lines:
        return figure
    obstacles = [box.rect for box in _boxes(figure).values() if box.role not in ("frame", "mark")]
    out = Figure(list(figure.elements), figure.notes)
    draw_links(out, lines, obstacles, ruler)
    return out


def draw_links(figure: Figure, lines: Sequence[Connector], obstacles: Sequence[Rect], ruler: Ruler) -> None:
    """Add connectors between boxes of a figure, each with its words; those whose ends are not there are left out."""
    boxes = _boxes(figure)
    lines = [line for line in lines if line.source in boxes and line.target in boxes]
    routes = _in_order(_routes(figure, lines, boxes, obstacles), lines)
    for line in lines:
        routes[line.key] = _bound(routes[line.key], boxes[line.source], boxes[line.target])
    style = ruler.style
    taken = [*obstacles, *(each.rect for each in figure.elements if isinstance(each, Text))]
    for line in lines:
        dash = DASH if line.line == "dotted" else ()
        width = style.line_width * 2 if line.line == "thick" else None
        figure.add(Line(line.key, routes[line.key], line.tone, line.tail, line.head, dash, width, style.bend,
                        source=line.source, target=line.target, text=line.text))  # fmt: skip
    for line in lines:
        if line.text:
            words = ruler.wrap(line.text, ruler.em(LABEL_WIDTH), scale=SMALL)
            place = _free_place(
                routes[line.key], (words.width + 2, words.height), taken, list(routes.values())
            )
            taken.append(place)
            figure.add(line_label(line.key, words, place, ruler))


def _boxes(figure: Figure) -> dict[str, Box]:
    return {each.key: each for each in figure.elements if isinstance(each, Box)}


def _bound(route: Sequence[Point], source: Box, target: Box) -> tuple[Point, ...]:
    """Return the route with its ends on the outlines of the two boxes, also where those are round."""
    out = list(route)
    for box, end, before in ((source, 0, 1), (target, -1, -2)):
        if box.shape == "rectangle":
            side = arrival_side(out[end], out[before])
            corner = min(box.corner, box.rect.h / 2, box.rect.w / 2)
            out[end] = on_corner(box.rect, corner, side, out[end])
        elif box.shape not in POINTED:
            out[end] = on_outline(box.shape, box.rect, arrival_side(out[end], out[before]), out[end])
    return tuple(out)


def _routes(
    figure: Figure, lines: Sequence[Connector], boxes: Mapping[str, Box], obstacles: Sequence[Rect]
) -> dict[str, tuple[Point, ...]]:
    ends = {
        key: Endpoint(box.shape if box.shape in POINTED else "rectangle", box.rect)
        for key, box in boxes.items()
    }
    there = [each.points for each in figure.elements if isinstance(each, Line) and each.source]
    return find_routes({line.key: (ends[line.source], ends[line.target]) for line in lines}, obstacles, there)


def _in_order(
    routes: dict[str, tuple[Point, ...]], lines: Sequence[Connector]
) -> dict[str, tuple[Point, ...]]:
    """Give the lanes between two boxes to their connectors in the order in which those were said."""
    pairs: dict[tuple[str, str], list[Connector]] = {}
    for line in lines:
        pairs.setdefault((min(line.source, line.target), max(line.source, line.target)), []).append(line)
    for (first, _), bundle in pairs.items():
        lanes = [routes[line.key] if line.source == first else routes[line.key][::-1] for line in bundle]
        lanes.sort(key=lambda lane: lane[len(lane) // 2][::-1])
        for line, lane in zip(bundle, lanes, strict=True):
            routes[line.key] = lane if line.source == first else lane[::-1]
    return routes


def _free_place(
    route: Sequence[Point],
    size: tuple[float, float],
    taken: Sequence[Rect],
    routes: Sequence[Sequence[Point]],
) -> Rect:
    """Return where words stand beside a route: clear of what is there and of lines, if there is such a place."""
    best, least = Rect.around(*route[0], *size), math.inf
    for place in _places(route, size):
        near = sum(polyline_to_rect(each, place) < BESIDE - (each is route) for each in routes)
        cost = OVERLAP * sum(place.overlaps(rect) for rect in taken) + near
        if cost < least:
            best, least = place, cost
        if not cost:
            break
    return best if least < OVERLAP else moved_below(best, taken)


def moved_below(place: Rect, taken: Sequence[Rect]) -> Rect:
    """Move a place down until nothing that is taken is there."""
    for rect in sorted(taken, key=lambda each: each.y):
        if rect.overlaps(place):
            place = place.moved(0.0, rect.bottom + 1 - place.y)
    return place


def _places(route: Sequence[Point], size: tuple[float, float]) -> Iterator[Rect]:
    """Yield places along the longer pieces of a route, at their middles first, on one side and on the other."""
    w, h = size
    pieces = sorted(pairwise(route), key=lambda piece: -math.dist(*piece))
    for (ax, ay), (bx, by) in pieces:
        is_level = abs(ax - bx) > abs(ay - by)
        for share in (0.5, 0.3, 0.7):
            x, y = ax + (bx - ax) * share, ay + (by - ay) * share
            for side in (-1, 1):
                if is_level:
                    yield Rect.around(x, y + side * (h / 2 + BESIDE), w, h)
                else:
                    yield Rect.around(x - side * (w / 2 + BESIDE), y, w, h)
