"""The proper layered graph: every link a chain of nodes, one in each layer it passes, labels among them.

A link between neighbouring layers that carries a label gets a layer of its own between them. A link that leads
back starts and ends in the layers of its ends, next to them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

from drawing.layout.layered.layers import Layers
from drawing.layout.layered.scope import ROOT, Link, Scope

VERTEX, BEND, LABEL, LOW, HIGH = range(5)  # kinds of nodes; LOW and HIGH are the borders of clusters
BORDER_WEIGHT = 3  # crossings that a line through a frame's side counts as


@dataclass(slots=True)
class Levels:
    """Nodes by number; the first are the vertices. ``low`` and ``high`` are extents from a node's line.

    ``segments[r]`` joins layers r and r + 1: upper node, lower node, weight in crossings. ``chains`` are the nodes
    of each link from the upper end to the lower; ``hooks`` are the vertices to which the ends of links that lead
    back belong.
    """

    scope: Scope
    count: int
    first: list[int]
    last: list[int]
    back: set[int]
    kind: list[int] = field(default_factory=list)
    rank: list[int] = field(default_factory=list)
    home: list[int] = field(default_factory=list)
    link: list[int] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    depth: list[float] = field(default_factory=list)
    ups: list[list[int]] = field(default_factory=list)
    downs: list[list[int]] = field(default_factory=list)
    segments: list[list[tuple[int, int, int]]] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)
    hooks: dict[int, int] = field(default_factory=dict)
    lows: dict[tuple[int, int], int] = field(default_factory=dict)  # border nodes by cluster and layer
    highs: dict[tuple[int, int], int] = field(default_factory=dict)
    label_layers: set[int] = field(default_factory=set)
    hints: dict[int, float] = field(default_factory=dict)  # places across in the drawing before, by node

    def add(self, kind: int, rank: int, home: int, link: int = -1) -> int:
        """Add a node without extents and return its number."""
        for values, value in ((self.kind, kind), (self.rank, rank), (self.home, home), (self.link, link)):
            values.append(value)
        for sizes in (self.low, self.high, self.depth):
            sizes.append(0.0)
        self.ups.append([])
        self.downs.append([])
        return len(self.kind) - 1

    def join(self, upper: int, lower: int) -> None:
        """Add a segment between nodes of neighbouring layers."""
        self.segments[self.rank[upper]].append((upper, lower, 1))
        self.downs[upper].append(lower)
        self.ups[lower].append(upper)


def build_levels(scope: Scope, layers: Layers) -> Levels:
    """Return the layered graph, nothing in order yet."""
    labelled = _label_gaps(scope, layers)
    shift = [r + sum(gap < r for gap in labelled) for r in range(max(1, layers.count))]
    levels = Levels(
        scope,
        layers.count + len(labelled),
        [shift[r] for r in layers.first],
        [shift[r] for r in layers.last],
        layers.back,
        label_layers={shift[gap] + 1 for gap in labelled},
    )
    levels.segments = [[] for _ in range(levels.count)]
    for vertex, home in enumerate(scope.homes):
        levels.add(VERTEX, shift[layers.rank[vertex]], home)
        levels.low[vertex] = levels.high[vertex] = scope.across[vertex] / 2
        levels.depth[vertex] = scope.along[vertex]
    for i, link in enumerate(scope.links):
        levels.chains.append(_chain(levels, i, link))
    _add_borders(levels)
    _take_hints(levels)
    return levels


def _take_hints(levels: Levels) -> None:
    """Note where nodes were in the drawing before; bends only of links that pass as many layers as they did."""
    scope = levels.scope
    levels.hints = {vertex: hint[0] for vertex, hint in enumerate(scope.hints) if hint is not None}
    for link, points in scope.chain_hints.items():
        bends = [node for node in levels.chains[link] if levels.kind[node] != VERTEX]
        if len(points) == 1:  # All that is known is where it ran for the most part.
            points *= len(bends)
        if len(bends) == len(points):
            levels.hints.update({node: point[0] for node, point in zip(bends, points, strict=True)})


def _label_gaps(scope: Scope, layers: Layers) -> set[int]:
    """Return the layers after which labels need one more: those of links that pass no layer on their way."""
    gaps = set()
    for i, link in enumerate(scope.links):
        if link.label is None or link.source == link.target or link.hidden:
            continue
        ends = (link.target, link.source) if i in layers.back else (link.source, link.target)
        top, bottom = reach(layers.rank, layers.first, layers.last, *ends)
        if bottom - top == 1:
            gaps.add(top)
    return gaps


def reach(rank: list[int], first: list[int], last: list[int], upper: int, lower: int) -> tuple[int, int]:
    """Return the layers that a link leaves from and arrives in."""
    top = rank[upper] if upper >= 0 else last[-upper]
    bottom = rank[lower] if lower >= 0 else first[-lower]
    return top, bottom


def _chain(levels: Levels, i: int, link: Link) -> list[int]:
    """Add the nodes and segments of a link; return the chain."""
    if link.source == link.target:
        return []
    is_back = i in levels.back
    upper, lower = (link.target, link.source) if is_back else (link.source, link.target)
    top, bottom = reach(levels.rank, levels.first, levels.last, upper, lower)
    if top >= bottom:
        return []  # A cluster linked with something in it, or an impossible wish: routed afterwards.
    start, end = _member(levels, upper, top), _member(levels, lower, bottom)
    inner = range(top, bottom + 1) if is_back else range(top + 1, bottom)
    nodes = [levels.add(BEND, r, _home_at(levels, upper, lower, r), i) for r in inner]
    if link.label is not None and nodes and not link.hidden:
        at = len(nodes) // 2 if is_back else _label_place(levels, nodes)
        node = nodes[at]
        levels.kind[node] = LABEL
        levels.low[node], levels.high[node], levels.depth[node] = link.label
    chain = nodes if is_back else [start, *nodes, end]
    for a, b in pairwise(chain):
        levels.join(a, b)
    if is_back:
        levels.hooks[nodes[0]], levels.hooks[nodes[-1]] = start, end
    return chain


def _label_place(levels: Levels, nodes: list[int]) -> int:
    """Near the start: the first layer made for labels among the first two, or the first layer at all."""
    for place, node in enumerate(nodes[:2]):
        if levels.rank[node] in levels.label_layers:
            return place
    return 0


def _member(levels: Levels, end: int, rank: int) -> int:
    """Return the vertex itself, or one in the middle of what a cluster has in that layer."""
    if end >= 0:
        return end
    scope = levels.scope
    inside = [v for v, home in enumerate(scope.homes) if -end in scope.path(home)]
    near = min(abs(levels.rank[v] - rank) for v in inside)
    found = [v for v in inside if abs(levels.rank[v] - rank) == near]
    return found[len(found) // 2]


def _home_at(levels: Levels, upper: int, lower: int, rank: int) -> int:
    """Return the cluster in which a link passes a layer.

    It stays in its source's clusters while those last and is in its target's as soon as those begin;
    where both would hold it runs between them, but along lanes, which leave nothing between.
    """
    scope = levels.scope
    one, other = scope.path(scope.home(upper)), scope.path(scope.home(lower))
    shared = next((c for c in one if c in other), ROOT)
    mine = next((c for c in _before(one, shared) if levels.last[c] >= rank), None)
    theirs = next((c for c in _before(other, shared) if levels.first[c] <= rank), None)
    if mine is not None and theirs is not None:
        if not scope.is_lane[_before(one, shared)[-1]]:
            return shared
        return mine
    return next((c for c in (mine, theirs) if c is not None), shared)


def _before(path: list[int], cluster: int) -> list[int]:
    return path[: path.index(cluster)] if cluster in path else path


def _add_borders(levels: Levels) -> None:
    for cluster in range(1, len(levels.scope.parents)):
        for rank in range(levels.first[cluster], levels.last[cluster] + 1):
            levels.lows[cluster, rank] = levels.add(LOW, rank, cluster)
            levels.highs[cluster, rank] = levels.add(HIGH, rank, cluster)
        for rank in range(levels.first[cluster], levels.last[cluster]):
            for borders in (levels.lows, levels.highs):
                upper, lower = borders[cluster, rank], borders[cluster, rank + 1]
                levels.segments[rank].append((upper, lower, BORDER_WEIGHT))
