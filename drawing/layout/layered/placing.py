"""All phases in turn, for one compound graph seen as if it ran down the page."""

from __future__ import annotations

from dataclasses import dataclass, field

from drawing.geometry import Point, Rect
from drawing.layout.layered.coordinates import ROUNDS, Columns, find_columns
from drawing.layout.layered.decisions import Way, branch_ways
from drawing.layout.layered.hooks import bind_hooks
from drawing.layout.layered.layers import assign_layers
from drawing.layout.layered.levels import VERTEX, Levels, build_levels
from drawing.layout.layered.model import Spacing
from drawing.layout.layered.ordering import Effort, order
from drawing.layout.layered.ports import find_ports
from drawing.layout.layered.routes import LOOP, LOOP_GAP, Tracer
from drawing.layout.layered.rows import Rows, find_rows
from drawing.layout.layered.scope import Scope
from drawing.layout.layered.straightening import TRIES, straighten
from drawing.layout.layered.untangling import untangle

QUICK_ROUNDS = 7  # of drawing blocks to their neighbours


@dataclass(slots=True)
class Placement:
    """Boxes by vertex, frames by cluster, routes and labels by link; all across and along."""

    rects: list[Rect] = field(default_factory=list)
    frames: dict[int, Rect] = field(default_factory=dict)
    routes: dict[int, tuple[Point, ...]] = field(default_factory=dict)
    labels: dict[int, Rect] = field(default_factory=dict)
    chains: dict[int, tuple[Point, ...]] = field(default_factory=dict)


def place(scope: Scope, spacing: Spacing, effort: Effort) -> Placement:
    """Return where everything goes."""
    if not scope.keys:
        return Placement()
    levels = build_levels(scope, assign_layers(scope))
    _leave_room_for_loops(levels, spacing)
    orders = order(levels, effort)
    places = [0] * len(levels.kind)
    for row in orders:
        for i, node in enumerate(row):
            places[node] = i
    ways = branch_ways(levels, places)
    corners = _leave_room_for_corners(levels, ways, spacing)
    rounds = QUICK_ROUNDS if effort.is_quick else ROUNDS
    columns = find_columns(levels, orders, spacing, corners, rounds)
    tries = 0 if effort.is_quick else TRIES
    ports = straighten(levels, columns, lambda x: find_ports(levels, x, orders, places, ways, spacing), tries)
    bind_hooks(levels, columns.x, places, ports)
    gaps = untangle(levels, columns, ports, spacing)
    rows = find_rows(levels, gaps, spacing)
    out = Placement(_rects(levels, columns, rows), _frames(levels, columns, rows))
    tracer = Tracer(levels, columns.x, rows, ports, gaps, spacing, out.rects, out.frames)
    for i in range(len(scope.links)):
        route = tracer.route(i)
        if len(route) > 1:
            out.routes[i] = route
        bends = [node for node in levels.chains[i] if levels.kind[node] != VERTEX]
        if bends:
            out.chains[i] = tuple((columns.x[node], rows.start[levels.rank[node]]) for node in bends)
        label = tracer.label(i)
        if label is not None:
            out.labels[i] = label
    return out


def _leave_room_for_loops(levels: Levels, spacing: Spacing) -> None:
    loops: dict[int, list[tuple[float, float, float]]] = {}
    for link in levels.scope.links:
        if link.source == link.target and link.source >= 0 and not link.hidden:
            loops.setdefault(link.source, []).append(link.label or (0.0, 0.0, 0.0))
    for vertex, labels in loops.items():
        levels.high[vertex] += LOOP * spacing.lane + max(max(low, high) for low, high, _ in labels)
        widest = max(along for _, _, along in labels)
        levels.depth[vertex] = max(levels.depth[vertex], len(labels) * (widest + LOOP_GAP))


def _leave_room_for_corners(
    levels: Levels, ways: dict[int, Way], spacing: Spacing
) -> dict[tuple[int, int], float]:
    """Widen decisions by the lines at their side corners; return how far off each branch starts."""
    corners: dict[tuple[int, int], float] = {}
    for link, way in ways.items():
        if way == "ahead":
            continue
        vertex, node = levels.chains[link][:2]
        half = levels.scope.across[vertex] / 2 + spacing.lane
        if way == "low":
            levels.low[vertex] = max(levels.low[vertex], half)
        else:
            levels.high[vertex] = max(levels.high[vertex], half)
        corners[vertex, node] = half if way == "high" else -half
    return corners


def _rects(levels: Levels, columns: Columns, rows: Rows) -> list[Rect]:
    rects = []
    for vertex in range(len(levels.scope.keys)):
        w, h = levels.scope.across[vertex], levels.scope.along[vertex]
        rank = levels.rank[vertex]
        middle = (rows.start[rank] + rows.end[rank]) / 2
        rects.append(Rect.around(columns.x[vertex], middle, w, h))
    return rects


def _frames(levels: Levels, columns: Columns, rows: Rows) -> dict[int, Rect]:
    return {
        c: Rect(
            columns.low[c],
            rows.frame_start[c],
            columns.high[c] - columns.low[c],
            rows.frame_end[c] - rows.frame_start[c],
        )
        for c in range(1, len(levels.scope.parents))
    }
