"""The order of the nodes in each layer, with few crossings and every cluster in one piece.

Barycentre sweeps over the layers (Sugiyama, Tagawa and Toda, 1981), from several starts, then exchanges of
neighbours. Clusters move as one: siblings keep one order through all layers, so that frames stay rectangles.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from drawing.layout.layered.arrangement import Arrangement
from drawing.layout.layered.crossings import count_between
from drawing.layout.layered.levels import Levels
from drawing.layout.layered.transposition import lines_crossed, transpose

SEEDS = 16
SWEEPS = 16
PATIENCE = 4  # sweeps without any gain, after which a start is given up
BETTER = 0.6  # of the crossings: a new order is taken instead of that of the drawing before
ROOM = 36.0  # units that a new vertex keeps from others where it is put into a gap
BUDGET = 60_000  # nodes that may be put in order, which bounds the time: about 3 µs for each


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to search: starts, and sweeps for each; what only makes lines finer is left out when quick."""

    seeds: int = SEEDS
    sweeps: int = SWEEPS
    is_quick: bool = False


def order(levels: Levels, effort: Effort = Effort()) -> list[list[int]]:
    """Return the nodes of every layer in order, the borders of clusters among them."""
    found = _hinted_order(levels, effort) if levels.scope.has_hints else _search(levels, effort).best
    _put_beside(levels, found)
    return found


def _put_beside(levels: Levels, orders: list[list[int]]) -> None:
    """Put vertices that nothing but a level link holds next to the one at its other end, at the side that it says."""
    for first, second in levels.scope.levels:
        row = orders[levels.rank[first]]
        if levels.rank[second] != levels.rank[first] or levels.home[second] != levels.home[first]:
            continue
        for leaf, partner, after in ((second, first, 1), (first, second, 0)):
            if not levels.ups[leaf] and not levels.downs[leaf] and leaf not in levels.hooks.values():
                row.remove(leaf)
                row.insert(row.index(partner) + after, leaf)
                break


def _hinted_order(levels: Levels, effort: Effort) -> list[list[int]]:
    """Return the order of the drawing before, if a new one would not be much better."""
    kept = _Search(levels)
    kept.run(0, 0, 1)
    if effort.is_quick or kept.least == 0:
        return kept.best
    fresh = _search(levels, Effort(max(2, effort.seeds // 4), effort.sweeps), first=1)
    return fresh.best if fresh.least < BETTER * kept.least - 1 else kept.best


def _search(levels: Levels, effort: Effort, first: int = 0) -> _Search:
    search = _Search(levels)
    nodes = max(1, len(levels.kind))
    budget = BUDGET
    for seed in range(first, first + effort.seeds):
        if seed > first and (budget <= 0 or search.least == 0):
            break
        budget -= nodes * search.run(seed, effort.sweeps, max(2, budget // nodes))
    search.swap_clusters(max(2, budget // nodes))
    return search


class _Search:
    def __init__(self, levels: Levels) -> None:
        self._levels = levels
        self._arrangement = Arrangement(levels)
        self.best: list[list[int]] = []
        self.least = -1
        self._best_sequence = list(self._arrangement.sequence)

    def run(self, seed: int, sweeps: int, limit: int) -> int:
        """Sweep from one start; return how many sweeps it took."""
        arrangement = self._arrangement
        values = _start_values(self._levels, seed)
        arrangement.find_sequence([values])
        hints = self._levels.scope.frame_hints if seed == 0 else {}
        arrangement.sequence = [
            hints[c][0] if c in hints else at for c, at in enumerate(arrangement.sequence)
        ]
        for rank in range(self._levels.count):
            arrangement.arrange(rank, values, centres=hints)
        least, idle, done = self._look(-1), 0, 0
        for sweep in range(min(sweeps, limit)):
            down, is_last_first = sweep % 2 == 0, sweep % 4 > 1
            if arrangement.has_siblings and sweep % 3 == 0:
                self._sweep(down, is_last_first, is_free=True)
                arrangement.find_sequence_from_orders()
                done += 1
            self._sweep(down, is_last_first)
            crossings = self._look(least)
            done += 1
            idle = 0 if crossings < least else idle + 1
            least = min(least, crossings)
            if idle >= PATIENCE or least == 0:
                break
        return done + 1

    def _sweep(self, down: bool, is_last_first: bool, is_free: bool = False) -> None:
        count, arrangement = self._levels.count, self._arrangement
        ranks = range(1, count) if down else range(count - 2, -1, -1)
        near = self._levels.ups if down else self._levels.downs
        for rank in ranks:
            values = arrangement.barycentres(rank, near)
            arrangement.arrange(rank, values, is_last_first=is_last_first, is_free=is_free)

    def _look(self, known: int) -> int:
        """Count the crossings, exchange neighbours where this may be the best so far, and remember the best."""
        orders = self._arrangement.orders
        crossings = self._count()
        if known < 0 or crossings <= 1.3 * self.least + 2:
            transpose(self._levels, orders, self._arrangement.place)
            crossings = self._count()
        if self.least < 0 or crossings < self.least:
            self.least = crossings
            self.best = [list(row) for row in orders]
            self._best_sequence = list(self._arrangement.sequence)
        return crossings

    def _count(self) -> int:
        place, orders = self._arrangement.place, self._arrangement.orders
        return sum(
            count_between(segments, place, len(orders[rank + 1]))
            for rank, segments in enumerate(self._levels.segments)
            if segments
        ) + _hook_cost(self._levels, orders, place)

    def swap_clusters(self, limit: int) -> None:
        """Try to exchange sibling clusters that stand next to each other."""
        arrangement = self._arrangement
        if not arrangement.has_siblings or self.least == 0:
            return
        for one, other in arrangement.neighbours(self._best_sequence):
            if limit <= 0:
                return
            arrangement.sequence = list(self._best_sequence)
            sequence = arrangement.sequence
            sequence[one], sequence[other] = sequence[other], sequence[one]
            arrangement.restore(self.best)
            for down in (True, False, True):
                self._sweep(down, False)
                self._look(-1)
                limit -= 1


def _hook_cost(levels: Levels, orders: Sequence[Sequence[int]], place: Sequence[int]) -> int:
    """A link that leads back is best right next to its ends: it crosses the lines of each node between."""
    total = 0
    for node, vertex in levels.hooks.items():
        first, last = sorted((place[node], place[vertex]))
        if last - first > 1:
            row = orders[levels.rank[node]]
            total += sum(lines_crossed(levels, node, row[at]) for at in range(first + 1, last))
    return total


def _start_values(levels: Levels, seed: int) -> list[float]:
    """Return a first value for each node: its number in a walk along the links, another one for each seed."""
    scope = levels.scope
    count = len(levels.kind)
    roots = list(range(len(scope.keys)))
    near = [levels.downs[v] + levels.ups[v] for v in range(count)]
    if seed == 0 and scope.has_hints:
        return _hinted(levels)
    if seed % 2:
        roots.reverse()
        near = [list(reversed(row)) for row in near]
    if seed > 1:
        rng = random.Random(seed)  # noqa: S311 - the same drawing every time is what it is for
        rng.shuffle(roots)
        for row in near:
            rng.shuffle(row)
    roots.sort(key=lambda v: bool(levels.ups[v]))
    values = [-1.0] * count
    number = 0.0
    for root in roots:
        stack = [root] if values[root] < 0 else []
        while stack:
            node = stack.pop()
            if values[node] < 0:
                values[node], number = number, number + 1
                stack += [other for other in reversed(near[node]) if values[other] < 0]
    for node, vertex in levels.hooks.items():
        values[node] = values[vertex] + 0.5
    return values


def _hinted(levels: Levels) -> list[float]:
    """Return the places of the drawing before; what is new stands by its neighbours, bends between their ends."""
    scope = levels.scope
    known = {node: at for node, at in levels.hints.items() if node < len(scope.keys)}
    near: dict[int, list[int]] = {}
    for link in scope.links:
        if link.source >= 0 and link.target >= 0:
            near.setdefault(link.source, []).append(link.target)
            near.setdefault(link.target, []).append(link.source)
    for vertex in range(len(scope.keys)):
        if vertex not in known:
            others = [known[other] for other in near.get(vertex, ()) if other in known]
            goal = sum(others) / len(others) if others else max(known.values())
            known[vertex] = _free_place(levels, vertex, goal, known)
    values = [known[v] for v in range(len(scope.keys))] + [0.0] * (len(levels.kind) - len(scope.keys))
    for chain in levels.chains:
        if chain:
            ends = [values[levels.hooks.get(node, node)] for node in (chain[0], chain[-1])]
            for i, node in enumerate(chain):
                if node >= len(scope.keys):
                    between = ends[0] + (ends[1] - ends[0]) * (i + 1) / (len(chain) + 1)
                    values[node] = levels.hints.get(node, between)
    return values


def _free_place(levels: Levels, vertex: int, goal: float, known: dict[int, float]) -> float:
    """Return the place nearest to a goal where a new vertex pushes nothing aside: in a gap or at an end."""
    row = sorted(
        (known[v] - levels.low[v], known[v] + levels.high[v])
        for v in known
        if levels.rank[v] == levels.rank[vertex] and levels.home[v] == levels.home[vertex]
    )
    if not row:
        return goal
    half = (levels.low[vertex] + levels.high[vertex]) / 2 + ROOM
    places = [row[0][0] - half, row[-1][1] + half]
    for (_, left), (right, _) in pairwise(row):
        if right - left >= 2 * half:
            places.append(min(max(goal, left + half), right - half))
    return min(places, key=lambda at: abs(at - goal))
