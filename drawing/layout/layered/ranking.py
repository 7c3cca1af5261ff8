"""Layers for the vertices of an acyclic graph, so that the weighted length of all edges is least.

The network simplex of Gansner, Koutsofios, North and Vo, "A Technique for Drawing Directed Graphs", IEEE
Transactions on Software Engineering 19, 1993.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MAX_PIVOTS = 2000


@dataclass(frozen=True, slots=True)
class Edge:
    """``head`` lies at least ``length`` layers after ``tail``; each layer between costs ``weight``."""

    tail: int
    head: int
    length: int = 1
    weight: float = 1.0


def rank(count: int, edges: Sequence[Edge], *, pivots: int = MAX_PIVOTS) -> list[int]:
    """Return the layer of each vertex, the first being 0. The edges must not form a cycle."""
    if count == 0:
        return []
    joined = [*edges, *_joints(count, edges)]
    simplex = _Simplex(count + 1, joined)
    simplex.run(pivots)
    ranks = simplex.ranks[:count]
    first = min(ranks)
    return _balanced([value - first for value in ranks], edges)


def longest_path(count: int, edges: Sequence[Edge]) -> list[int]:
    """Return the earliest layer that each vertex can have."""
    after: list[list[Edge]] = [[] for _ in range(count)]
    waiting = [0] * count
    for edge in edges:
        after[edge.tail].append(edge)
        waiting[edge.head] += 1
    ranks = [0] * count
    ready = [v for v in range(count) if not waiting[v]]
    for vertex in ready:
        for edge in after[vertex]:
            ranks[edge.head] = max(ranks[edge.head], ranks[vertex] + edge.length)
            waiting[edge.head] -= 1
            if not waiting[edge.head]:
                ready.append(edge.head)
    return ranks


def _joints(count: int, edges: Sequence[Edge]) -> list[Edge]:
    """Free edges from one more vertex to every source, so that the graph hangs together."""
    heads = {edge.head for edge in edges}
    return [Edge(count, v, 0, 0.0) for v in range(count) if v not in heads]


def _balanced(ranks: list[int], edges: Sequence[Edge]) -> list[int]:
    """Move vertices that may stand in several layers at no cost to the one with the fewest."""
    count = len(ranks)
    low, high = [0] * count, [max(ranks)] * count
    pull = [0.0] * count
    before: list[list[Edge]] = [[] for _ in range(count)]
    after: list[list[Edge]] = [[] for _ in range(count)]
    for edge in edges:
        after[edge.tail].append(edge)
        before[edge.head].append(edge)
        pull[edge.head] += edge.weight
        pull[edge.tail] -= edge.weight
    sizes = [0] * (max(ranks) + 1)
    for value in ranks:
        sizes[value] += 1
    for v in sorted(range(count), key=lambda v: (ranks[v], v)):
        if pull[v] or not before[v] or not after[v]:
            continue
        low[v] = max(ranks[edge.tail] + edge.length for edge in before[v])
        high[v] = min(ranks[edge.head] - edge.length for edge in after[v])
        best = min(range(low[v], high[v] + 1), key=lambda r: (sizes[r] - (r == ranks[v]), abs(r - ranks[v])))
        sizes[ranks[v]] -= 1
        sizes[best] += 1
        ranks[v] = best
    return ranks


class _Simplex:
    """A feasible ranking with a spanning tree of tight edges, improved one exchange at a time."""

    def __init__(self, count: int, edges: Sequence[Edge]) -> None:
        self.ranks = longest_path(count, edges)
        self._edges = edges
        self._at: list[list[int]] = [[] for _ in range(count)]
        for i, edge in enumerate(edges):
            self._at[edge.tail].append(i)
            self._at[edge.head].append(i)
        self._tree: list[list[int]] = [[] for _ in range(count)]
        self._in_tree = [False] * len(edges)
        self._tree_edges: list[int] = []
        self._cut = [0.0] * len(edges)
        self._parent = [-1] * count  # the tree edge towards the root
        self._low, self._lim = [0] * count, [0] * count
        self._grow_tree(count)
        self._number(0, -1, 0)
        for vertex in sorted(range(1, count), key=lambda v: self._lim[v]):
            self._find_cut(vertex)

    def run(self, pivots: int) -> None:
        """Exchange edges until no exchange helps, or as often as allowed."""
        start = 0
        for _ in range(pivots):
            leaving = self._leaving(start)
            if leaving is None:
                return
            start, edge = leaving
            entering = self._entering(edge)
            if entering is None:
                return
            self._exchange(edge, entering, start)

    def _slack(self, i: int) -> int:
        edge = self._edges[i]
        return self.ranks[edge.head] - self.ranks[edge.tail] - edge.length

    def _grow_tree(self, count: int) -> None:
        """Grow a tree of tight edges, each time shifting it by the least slack at its border."""
        inside = [False] * count
        members: list[int] = []
        border: list[int] = []

        def take(start: int) -> None:
            stack = [start]
            inside[start] = True
            while stack:
                vertex = stack.pop()
                members.append(vertex)
                for i in self._at[vertex]:
                    edge = self._edges[i]
                    other = edge.head if edge.tail == vertex else edge.tail
                    if inside[other]:
                        continue
                    if self._slack(i) == 0:
                        inside[other] = True
                        self._add(i)
                        stack.append(other)
                    else:
                        border.append(i)

        take(0)
        while len(members) < count:
            border[:] = [i for i in border if inside[self._edges[i].tail] != inside[self._edges[i].head]]
            nearest = min(border, key=lambda i: (self._slack(i), i))
            edge, slack = self._edges[nearest], self._slack(nearest)
            shift = slack if inside[edge.tail] else -slack
            for vertex in members:
                self.ranks[vertex] += shift
            self._add(nearest)
            tight = [i for i in border if self._slack(i) == 0]
            take(edge.head if inside[edge.tail] else edge.tail)
            for i in tight:
                one = self._edges[i]
                if inside[one.tail] != inside[one.head]:
                    self._add(i)
                    take(one.head if inside[one.tail] else one.tail)

    def _add(self, i: int) -> None:
        self._in_tree[i] = True
        self._tree_edges.append(i)
        self._tree[self._edges[i].tail].append(i)
        self._tree[self._edges[i].head].append(i)

    def _number(self, root: int, parent: int, low: int) -> int:
        """Give postorder numbers to the subtree of ``root``; return the next free one."""
        self._parent[root], self._low[root] = parent, low
        stack = [(root, 0)]
        number = low
        while stack:
            vertex, step = stack.pop()
            near = self._tree[vertex]
            if step < len(near):
                stack.append((vertex, step + 1))
                i = near[step]
                if i != self._parent[vertex]:
                    edge = self._edges[i]
                    child = edge.head if edge.tail == vertex else edge.tail
                    self._parent[child], self._low[child] = i, number
                    stack.append((child, 0))
                continue
            self._lim[vertex] = number
            number += 1
        return number

    def _find_cut(self, vertex: int) -> None:
        """Set the cut value of the edge above a vertex, those below being known."""
        up = self._parent[vertex]
        edge = self._edges[up]
        is_tail = edge.tail == vertex
        value = 0.0
        for i in self._at[vertex]:
            one = self._edges[i]
            sign = 1.0 if (one.tail == vertex) == is_tail else -1.0
            if i == up:
                value += one.weight
            elif self._in_tree[i]:
                value += sign * (one.weight - self._cut[i])
            else:
                value += sign * one.weight
        self._cut[up] = value

    def _leaving(self, start: int) -> tuple[int, int] | None:
        """Return the next tree edge with a negative cut value, searched round from ``start``."""
        count = len(self._tree_edges)
        for step in range(count):
            place = (start + step) % count
            if self._cut[self._tree_edges[place]] < -1e-9:
                return place, self._tree_edges[place]
        return None

    def _entering(self, leaving: int) -> int | None:
        """Return the edge of least slack from the head's side of the tree back to the tail's."""
        edge = self._edges[leaving]
        tail_is_below = self._parent[edge.tail] == leaving
        below = edge.tail if tail_is_below else edge.head
        low, lim = self._low[below], self._lim[below]
        best, least = None, 0
        for i, one in enumerate(self._edges):
            if self._in_tree[i]:
                continue
            tail_in = low <= self._lim[one.tail] <= lim
            head_in = low <= self._lim[one.head] <= lim
            if tail_in == head_in or head_in != tail_is_below:
                continue
            slack = self.ranks[one.head] - self.ranks[one.tail] - one.length
            if best is None or slack < least:
                best, least = i, slack
                if slack == 0:
                    break
        return best

    def _exchange(self, leaving: int, entering: int, place: int) -> None:
        slack = self._slack(entering)
        edge, new = self._edges[leaving], self._edges[entering]
        if slack:
            below = edge.tail if self._parent[edge.tail] == leaving else edge.head
            # The subtree that holds the new edge's head moves towards its tail.
            shift = -slack if self._low[below] <= self._lim[new.head] <= self._lim[below] else slack
            for vertex in range(len(self.ranks)):
                if self._low[below] <= self._lim[vertex] <= self._lim[below]:
                    self.ranks[vertex] += shift
        change = self._cut[leaving]
        meeting = self._update_path(new.tail, new.head, change, True)
        self._update_path(new.head, new.tail, change, False)
        self._cut[entering] = -change
        self._cut[leaving] = 0.0
        self._in_tree[leaving], self._in_tree[entering] = False, True
        self._tree_edges[place] = entering
        for one, i, add in ((edge, leaving, False), (new, entering, True)):
            for vertex in (one.tail, one.head):
                if add:
                    self._tree[vertex].append(i)
                else:
                    self._tree[vertex].remove(i)
        self._number(meeting, self._parent[meeting], self._low[meeting])

    def _update_path(self, start: int, goal: int, change: float, is_tail: bool) -> int:
        """Add what the exchange changes to the cut values from ``start`` up to the ancestor it shares."""
        vertex = start
        while not self._low[vertex] <= self._lim[goal] <= self._lim[vertex]:
            up = self._parent[vertex]
            edge = self._edges[up]
            along = (edge.tail == vertex) == is_tail
            self._cut[up] += change if along else -change
            vertex = edge.head if edge.tail == vertex else edge.tail
        return vertex
