"""Layers put in order by values, cluster by cluster, so that every cluster stays in one piece."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from drawing.geometry import Point
from drawing.layout.layered.levels import HIGH, LOW, Levels
from drawing.layout.layered.scope import ROOT

_NUDGE = 1e-6  # keeps clusters of equal value in their order


class Arrangement:
    """The orders of all layers; ``sequence`` gives sibling clusters one order through all of them."""

    def __init__(self, levels: Levels) -> None:
        self._levels = levels
        scope = levels.scope
        self.orders: list[list[int]] = [[] for _ in range(levels.count)]
        self.place = [0] * len(levels.kind)
        self.sequence = [float(c) for c in range(len(scope.parents))]
        self._inward = scope.outward()
        self._present = [
            [c for c in self._inward if levels.first[c] <= rank <= levels.last[c]]
            for rank in range(levels.count)
        ]
        self.has_siblings = len(set(scope.parents[1:])) < len(scope.parents) - 1
        for node, kind in enumerate(levels.kind):
            if kind not in (LOW, HIGH):
                self.orders[levels.rank[node]].append(node)

    def restore(self, orders: Sequence[Sequence[int]]) -> None:
        """Take over orders that were kept."""
        for rank, row in enumerate(orders):
            self.orders[rank] = list(row)
            for i, node in enumerate(row):
                self.place[node] = i

    def barycentres(self, rank: int, near: Sequence[Sequence[int]]) -> dict[int, float]:
        """Return the mean place of each node's neighbours; a node without any stays with its own neighbour."""
        place, hooks, kind = self.place, self._levels.hooks, self._levels.kind
        values: dict[int, float] = {}
        loose = []
        known = None
        for node in self.orders[rank]:
            others = near[node]
            if others:
                known = values[node] = sum([place[other] for other in others]) / len(others)
            elif kind[node] not in (LOW, HIGH):
                loose.append(node)
                if known is not None:
                    values[node] = known
        for node in loose:
            vertex = hooks.get(node)
            if vertex is not None and vertex in values:
                values[node] = values[vertex] + (0.3 if place[node] > place[vertex] else -0.3)
            elif node not in values:
                values[node] = -1.0
        return values

    def arrange(
        self,
        rank: int,
        values: Sequence[float] | dict[int, float],
        *,
        is_last_first: bool = False,
        is_free: bool = False,
        centres: Mapping[int, Point] | None = None,
    ) -> None:
        """Sort a layer by values, clusters by their mean; equal values stay, or turn, as asked.

        Sibling clusters keep their sequence unless the sort is free; ``centres`` stand for the means of some.
        """
        levels, kind, home = self._levels, self._levels.kind, self._levels.home
        rows: dict[int, list[tuple[float, int, int]]] = {c: [] for c in self._present[rank]}
        rows[ROOT] = []
        groups: dict[int, list[tuple[float, int]]] = {}
        for i, node in enumerate(self.orders[rank]):
            if kind[node] < LOW:
                rows[home[node]].append((values[node], -i if is_last_first else i, node))
        flat: dict[int, list[int]] = {}
        means: dict[int, float] = {}
        for cluster in [*self._present[rank], ROOT]:
            row = rows[cluster]
            inner = groups.get(cluster)
            if inner:
                row += self._grouped(inner, is_free)
            row.sort()
            line: list[int] = []
            for _, _, item in row:
                if item >= 0:
                    line.append(item)
                else:
                    line += flat[-item]
            if cluster == ROOT:
                self.orders[rank] = line
                break
            if centres and cluster in centres:
                means[cluster] = centres[cluster][0]
            elif row:
                means[cluster] = sum([entry[0] for entry in row]) / len(row)
            else:
                means[cluster] = self.sequence[cluster]
            flat[cluster] = [levels.lows[cluster, rank], *line, levels.highs[cluster, rank]]
            parent = levels.scope.parents[cluster]
            groups.setdefault(parent, []).append((means[cluster], cluster))
        place = self.place
        for i, node in enumerate(self.orders[rank]):
            place[node] = i

    def _grouped(self, inner: list[tuple[float, int]], is_free: bool) -> list[tuple[float, int, int]]:
        """Return sibling clusters as items to sort, their values made to rise along their sequence."""
        if is_free:
            return [(value, i, -c) for i, (value, c) in enumerate(inner)]
        inner.sort(key=lambda item: (self.sequence[item[1]], item[1]))
        # Values that fall are pooled to their mean: isotonic regression.
        pools: list[tuple[float, int]] = []
        for value, _ in inner:
            size = 1
            while pools and pools[-1][0] >= value:
                last, count = pools.pop()
                value, size = (value * size + last * count) / (size + count), size + count
            pools.append((value, size))
        rising = [value for value, size in pools for _ in range(size)]
        return [
            (value + _NUDGE * i, i, -c) for i, (value, (_, c)) in enumerate(zip(rising, inner, strict=True))
        ]

    def find_sequence(self, rows: Sequence[Sequence[float]]) -> None:
        """Give clusters the order of the mean values of what stands in them; lanes keep theirs."""
        levels = self._levels
        sums = [0.0] * len(self.sequence)
        counts = [0] * len(self.sequence)
        for values in rows:
            for node, value in enumerate(values):
                if levels.kind[node] < LOW:
                    for cluster in levels.scope.path(levels.home[node]):
                        sums[cluster] += value
                        counts[cluster] += 1
        self._set_sequence(sums, counts)

    def find_sequence_from_orders(self) -> None:
        """The same from where clusters stand now, which may differ from layer to layer."""
        levels = self._levels
        sums = [0.0] * len(self.sequence)
        counts = [0] * len(self.sequence)
        for (cluster, rank), node in levels.lows.items():
            middle = (self.place[node] + self.place[levels.highs[cluster, rank]]) / 2
            sums[cluster] += middle / max(1, len(self.orders[rank]))
            counts[cluster] += 1
        self._set_sequence(sums, counts)

    def _set_sequence(self, sums: Sequence[float], counts: Sequence[int]) -> None:
        is_lane = self._levels.scope.is_lane
        for cluster in range(1, len(self.sequence)):
            if is_lane[cluster]:
                self.sequence[cluster] = float(cluster)
            elif counts[cluster]:
                self.sequence[cluster] = sums[cluster] / counts[cluster]

    def neighbours(self, sequence: Sequence[float]) -> Iterator[tuple[int, int]]:
        """Yield pairs of sibling clusters next to each other in a sequence, lanes left out."""
        scope = self._levels.scope
        groups: dict[int, list[int]] = {}
        for cluster in range(1, len(scope.parents)):
            if not scope.is_lane[cluster]:
                groups.setdefault(scope.parents[cluster], []).append(cluster)
        for group in groups.values():
            group.sort(key=lambda c: (sequence[c], c))
            yield from pairwise(group)
