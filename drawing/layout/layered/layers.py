"""The layer of every vertex and the layers that every cluster spans: cycle breaking and ranking in one go.

All clusters share one ranking. Each has a first and a last variable of its own, so that it stays short
and that links to it as a whole come before or after all that stands in it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from drawing.layout.layered.cycles import back_arcs, reaches
from drawing.layout.layered.ranking import Edge, rank
from drawing.layout.layered.scope import ROOT, Scope

SPAN_WEIGHT = 0.4  # how much a layer more of a frame costs, measured in layers of one link
STRAIGHT_WEIGHT = 2.0
KEPT_WEIGHT = 0.3
KEPT_APART = 20.0  # units along the flow, from which on one box stood behind another


@dataclass(slots=True)
class Layers:
    """``rank`` by vertex, ``first`` and ``last`` by cluster, ``back`` the numbers of the links turned around."""

    rank: list[int]
    first: list[int]
    last: list[int]
    back: set[int]
    count: int


def assign_layers(scope: Scope) -> Layers:
    """Return layers in which every link but those that lead back runs forward."""
    n = len(scope.keys)
    edges, back = _plain_edges(scope)
    total = n + 2 * len(scope.parents)
    edges += _frame_edges(scope, n)
    _add_cluster_links(scope, total, edges, back)
    if scope.has_hints:
        edges += _kept_order(scope, edges, total)
    same = _same_layer(scope, total, edges)
    edges = [replace(edge, tail=same[edge.tail], head=same[edge.head]) for edge in edges]
    found = rank(total, [edge for edge in edges if edge.tail != edge.head])
    ranks = _normal([found[same[vertex]] for vertex in range(n)])
    first, last = _spans(scope, ranks)
    return Layers(ranks, first, last, back, max(ranks, default=-1) + 1)


def _same_layer(scope: Scope, total: int, edges: list[Edge]) -> list[int]:
    """Return which variable each is equal to: that of a vertex beside it, if no way leads from one to the other."""
    same = list(range(total))
    after: list[list[int]] = [[] for _ in range(total)]
    for edge in edges:
        after[edge.tail].append(edge.head)
    for one, other in scope.levels:
        a, b = same[one], same[other]
        if a == b or reaches(after, a, b) or reaches(after, b, a):
            continue
        for variable, is_now in enumerate(same):
            if is_now == b:
                same[variable] = a
        after[a] += after[b]
        after[b] = [a]
        for nodes in after:
            nodes += [a] if b in nodes else []
    return same


def _plain_edges(scope: Scope) -> tuple[list[Edge], set[int]]:
    plain = [i for i, link in enumerate(scope.links) if link.source >= 0 and link.target >= 0]
    pairs = [(scope.links[i].source, scope.links[i].target) for i in plain]
    known = [j for j, i in enumerate(plain) if scope.links[i].is_back]
    turned = {plain[j] for j in back_arcs(len(scope.keys), pairs, known)}
    edges = []
    for i in plain:
        link = scope.links[i]
        if link.source != link.target:
            ends = (link.target, link.source) if i in turned else (link.source, link.target)
            edges.append(Edge(*ends, 1 if i in turned else max(1, link.length), _weight(scope, i)))
    return edges, turned


def _weight(scope: Scope, i: int) -> float:
    link = scope.links[i]
    return link.weight * (STRAIGHT_WEIGHT if link.straight else 1.0)


def _frame_edges(scope: Scope, n: int) -> list[Edge]:
    """Everything in a cluster lies between its first and its last layer."""
    edges = []
    for cluster in range(1, len(scope.parents)):
        first, last = n + 2 * cluster, n + 2 * cluster + 1
        edges.append(Edge(first, last, 0, 0.0 if scope.is_lane[cluster] else SPAN_WEIGHT))
        parent = scope.parents[cluster]
        if parent > ROOT:
            edges += [Edge(n + 2 * parent, first, 0, 0.0), Edge(last, n + 2 * parent + 1, 0, 0.0)]
    for vertex, home in enumerate(scope.homes):
        if home > ROOT:
            edges += [Edge(n + 2 * home, vertex, 0, 0.0), Edge(vertex, n + 2 * home + 1, 0, 0.0)]
    return edges


def _add_cluster_links(scope: Scope, total: int, edges: list[Edge], back: set[int]) -> None:
    """Add the links that end at clusters one by one, each turned around if it would close a cycle."""
    n = len(scope.keys)
    after: list[list[int]] = [[] for _ in range(total)]
    for edge in edges:
        after[edge.tail].append(edge.head)
    for i, link in enumerate(scope.links):
        if link.source >= 0 and link.target >= 0:
            continue
        leave, enter = _variable(n, link.source, 1), _variable(n, link.target, 0)
        forth = (leave, enter)
        home = (_variable(n, link.target, 1), _variable(n, link.source, 0))
        choices = (home, forth) if link.is_back else (forth, home)
        for tail, head in choices:
            if not reaches(after, head, tail):
                edges.append(Edge(tail, head, max(1, link.length), _weight(scope, i)))
                after[tail].append(head)
                if (tail, head) == home:
                    back.add(i)
                break


def _variable(n: int, end: int, side: int) -> int:
    return end if end >= 0 else n + 2 * -end + side


def _normal(ranks: list[int]) -> list[int]:
    """Number the layers in use from 0 on."""
    numbers = {value: i for i, value in enumerate(sorted(set(ranks)))}
    return [numbers[value] for value in ranks]


def _spans(scope: Scope, ranks: list[int]) -> tuple[list[int], list[int]]:
    count = len(scope.parents)
    deepest = max(ranks, default=0)
    first, last = [deepest] * count, [0] * count
    for vertex, home in enumerate(scope.homes):
        first[home] = min(first[home], ranks[vertex])
        last[home] = max(last[home], ranks[vertex])
    for cluster in scope.outward():
        parent = scope.parents[cluster]
        if scope.is_lane[cluster]:
            first[cluster], last[cluster] = 0, deepest
        first[parent] = min(first[parent], first[cluster])
        last[parent] = max(last[parent], last[cluster])
    first[ROOT], last[ROOT] = 0, deepest
    return first, last


def _kept_order(scope: Scope, edges: list[Edge], total: int) -> list[Edge]:
    """Keep what nothing leads to behind what it stood behind before, so that a part cut off stays where it was."""
    after: list[list[int]] = [[] for _ in range(total)]
    has_entry, has_exit = [False] * total, [False] * total
    n = len(scope.keys)
    for edge in edges:
        after[edge.tail].append(edge.head)
        has_entry[edge.head] |= edge.tail < n
        has_exit[edge.tail] |= edge.head < n
    stood = sorted((hint[1], v) for v, hint in enumerate(scope.hints) if hint is not None)
    kept: list[Edge] = []
    for along, vertex in stood:
        before = [v for at, v in stood if at < along - KEPT_APART]
        behind = [v for at, v in stood if at > along + KEPT_APART]
        pairs = [(before[-1], vertex)] if before and not has_entry[vertex] else []
        if behind and not has_entry[vertex] and not has_exit[vertex]:
            pairs.append((vertex, behind[0]))
        for tail, head in pairs:
            if not reaches(after, head, tail):
                kept.append(Edge(tail, head, 1, KEPT_WEIGHT))
                after[tail].append(head)
    return kept
