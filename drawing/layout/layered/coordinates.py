"""Places across the flow: parents over the middle of their children, long links straight, frames around all.

Blocks of aligned nodes are drawn to the mean of their neighbours. Where that would break the order or come too
near, everything is pushed apart once to one side and once to the other, and the mean of both keeps all distances.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from drawing.layout.layered.alignment import align
from drawing.layout.layered.distances import distance
from drawing.layout.layered.levels import HIGH, LOW, VERTEX, Levels
from drawing.layout.layered.model import Spacing

ROUNDS = 16
WIDTH = 1.2  # times the least possible width a drawing may have
_WEIGHTS = {0: 1.0, 1: 2.0, 2: 6.0}  # of a segment, by how many of its ends are bends
_FAR = 1e12  # units, farther than any drawing


@dataclass(slots=True)
class Columns:
    """``x`` by node: the place of its line, of a vertex its middle, of a border the frame's side."""

    x: list[float]
    low: dict[int, float]  # of frames by cluster
    high: dict[int, float]
    solver: Solver

    def shift(self, node: int, by: float) -> bool:
        """Move a node, and what is aligned with it, if the distances allow it; say whether they do."""
        if not self.solver.shift(node, by):
            return False
        self.x = self.solver.places()
        return True


def find_columns(
    levels: Levels,
    orders: Sequence[Sequence[int]],
    spacing: Spacing,
    corners: dict[tuple[int, int], float],
    rounds: int = ROUNDS,
) -> Columns:
    """Return the places of all nodes. ``corners`` says how far from an upper node's middle a segment starts."""
    place = [0] * len(levels.kind)
    for row in orders:
        for i, node in enumerate(row):
            place[node] = i
    block = align(levels, place, corners=corners)
    solver = Solver(levels, orders, spacing, block, corners)
    solver.pack()
    solver.relax(rounds)
    x = solver.places()
    columns = Columns(x, {}, {}, solver)
    for (cluster, _), node in levels.lows.items():
        columns.low[cluster] = x[node]
    for (cluster, _), node in levels.highs.items():
        columns.high[cluster] = x[node]
    _close_lanes(levels, columns)
    return columns


def _close_lanes(levels: Levels, columns: Columns) -> None:
    """Widen lanes so that each begins where the one before it ends."""
    scope = levels.scope
    lanes: dict[int, list[int]] = {}
    for cluster in range(1, len(scope.parents)):
        if scope.is_lane[cluster]:
            lanes.setdefault(scope.parents[cluster], []).append(cluster)
    for group in lanes.values():
        for lane, following in pairwise(group):
            columns.high[lane] = columns.low[following]


class Solver:
    """Blocks with distances between those next to each other, and springs between linked ones."""

    def __init__(
        self,
        levels: Levels,
        orders: Sequence[Sequence[int]],
        spacing: Spacing,
        block: Sequence[int],
        corners: dict[tuple[int, int], float],
    ) -> None:
        self._levels = levels
        self.number: dict[int, int] = {}
        for row in orders:
            for node in row:
                self.number.setdefault(block[node], len(self.number))
        count = len(self.number)
        self._block = block
        self._lane = spacing.lane
        self.x = [0.0] * count
        gaps: dict[tuple[int, int], float] = {}
        for row in orders:
            for a, b in pairwise(row):
                pair = (self.number[block[a]], self.number[block[b]])
                gaps[pair] = max(gaps.get(pair, 0.0), distance(levels, a, b, spacing))
        for (cluster, rank), node in levels.lows.items():
            if rank == levels.first[cluster]:
                pair = (self.number[block[node]], self.number[block[levels.highs[cluster, rank]]])
                gaps[pair] = max(gaps.get(pair, 0.0), levels.scope.pads[cluster].across)
        self._after: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        self._before: list[list[tuple[int, float]]] = [[] for _ in range(count)]
        for (a, b), gap in gaps.items():
            self._after[a].append((b, gap))
            self._before[b].append((a, gap))
        self._sequence = self._sorted()
        self._lows = {self.number[block[node]] for node in levels.lows.values()}
        self._highs = {self.number[block[node]] for node in levels.highs.values()}
        self._is_border = [b in self._lows or b in self._highs for b in range(count)]
        self._springs(levels, orders, corners)
        self._anchors = self._find_anchors()

    def _sorted(self) -> list[int]:
        waiting = [len(row) for row in self._before]
        ready = [b for b, count in enumerate(waiting) if not count]
        for b in ready:
            for other, _ in self._after[b]:
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
        return ready

    def _springs(
        self, levels: Levels, orders: Sequence[Sequence[int]], corners: dict[tuple[int, int], float]
    ) -> None:
        """Collect for each block its neighbours above and below: (block, offset, weight)."""
        count = len(self.x)
        self._up: list[list[tuple[int, float, float]]] = [[] for _ in range(count)]
        self._down: list[list[tuple[int, float, float]]] = [[] for _ in range(count)]
        shares = self._shares(orders)
        for segments in levels.segments:
            for upper, lower, _ in segments:
                if levels.kind[upper] in (LOW, HIGH):
                    continue
                a, b = self.number[self._block[upper]], self.number[self._block[lower]]
                if a == b:
                    continue
                bends = (levels.kind[upper] != VERTEX) + (levels.kind[lower] != VERTEX)
                weight = _WEIGHTS[bends] * self._link_weight(upper, lower)
                offset = corners.get((upper, lower), 0.0) - shares.get((upper, lower), 0.0)
                self._down[a].append((b, -offset, weight))
                self._up[b].append((a, offset, weight))
        for node, vertex in levels.hooks.items():
            a, b = self.number[self._block[node]], self.number[self._block[vertex]]
            self._up[a].append((b, 0.0, 0.5))
        for one, other in levels.scope.levels:
            # What stands beside each other stands near; only one that nothing else holds moves for that.
            for vertex, mate in ((one, other), (other, one)):
                if not levels.ups[vertex] and not levels.downs[vertex]:
                    a, b = self.number[self._block[vertex]], self.number[self._block[mate]]
                    self._up[a].append((b, 0.0, 1.0))

    def _shares(self, orders: Sequence[Sequence[int]]) -> dict[tuple[int, int], float]:
        """Return how far from a vertex's middle each of several lines arrives."""
        levels, shares = self._levels, {}
        for row in orders[:-1]:
            place = {node: i for i, node in enumerate(row)}
            lowers = dict.fromkeys(b for a in row for b in levels.downs[a] if levels.kind[b] == VERTEX)
            for lower in lowers:
                uppers = sorted(levels.ups[lower], key=place.__getitem__)
                if levels.scope.outlines[lower] == "rectangle" and len(uppers) > 1:
                    half = max(0.0, levels.scope.across[lower] / 2 - 10.0)
                    gap = min(self._lane, 2 * half / (len(uppers) - 1))
                    for i, upper in enumerate(uppers):
                        shares[upper, lower] = (i - (len(uppers) - 1) / 2) * gap
        return shares

    def _link_weight(self, upper: int, lower: int) -> float:
        for end in (upper, lower):
            if self._levels.link[end] >= 0:
                link = self._levels.scope.links[self._levels.link[end]]
                return min(4.0, max(0.2, link.weight)) * (2.0 if link.straight else 1.0)
        return 1.0

    def places(self) -> list[float]:
        """Return the place of each node."""
        return [self.x[self.number[b]] for b in self._block]

    def shift(self, node: int, by: float) -> bool:
        """Move the block of a node if nothing is in its way; say whether it was moved."""
        b = self.number[self._block[node]]
        at = self.x[b] + by
        if self._is_border[b]:
            return False
        if any(self.x[a] + gap > at + 0.001 for a, gap in self._before[b]):
            return False
        if any(self.x[a] - gap < at - 0.001 for a, gap in self._after[b]):
            return False
        self.x[b] = at
        return True

    def pack(self) -> None:
        """Put everything as far to the low side as it can go."""
        for b in self._sequence:
            self.x[b] = max((self.x[a] + gap for a, gap in self._before[b]), default=0.0)

    def relax(self, rounds: int) -> None:
        """Draw blocks to their neighbours, those above first, then those below, at last both."""
        low, high = self._bounds()
        if self._anchors:
            low, high = [-_FAR] * len(self.x), [_FAR] * len(self.x)
        for turn in range(rounds):
            mode = turn % 3 if turn < rounds - 4 else 2
            wanted = self._wanted(mode)
            self._settle([min(max(at, a), b) for at, a, b in zip(wanted, low, high, strict=True)])
            self._tighten()
        if self._anchors:
            self._settle_at_anchors()
        self._centre_groups()

    def _find_anchors(self) -> dict[int, float]:
        """Return where blocks with vertices of the drawing before stood."""
        anchors: dict[int, float] = {}
        for node, at in self._levels.hints.items():
            anchors.setdefault(self.number[self._block[node]], at)
        return anchors

    def _settle_at_anchors(self) -> None:
        """Put blocks back to where they stood; what has to give way does so to one side only, that of the fewest."""
        wanted = [self._anchors.get(b, at) for b, at in enumerate(self.x)]
        up, down = self._pushed(wanted)
        moved = [sum(abs(x[b] - at) > 1.0 for b, at in self._anchors.items()) for x in (up, down)]
        self.x = up if moved[0] <= moved[1] else down
        self._tighten()

    def _bounds(self) -> tuple[list[float], list[float]]:
        """Return between what places each block has to stay for the whole to be hardly wider than it must."""
        low, high = [0.0] * len(self.x), [0.0] * len(self.x)
        for b in self._sequence:
            low[b] = max((low[a] + gap for a, gap in self._before[b]), default=0.0)
        width = WIDTH * max(low, default=0.0)
        for b in reversed(self._sequence):
            high[b] = min((high[a] - gap for a, gap in self._after[b]), default=width)
        return low, high

    def _wanted(self, mode: int) -> list[float]:
        x = self.x
        wanted = [self._anchors.get(b, at) for b, at in enumerate(x)]
        order = range(len(x)) if mode != 1 else range(len(x) - 1, -1, -1)
        for b in order:
            springs = (
                self._up[b] if mode == 0 else self._down[b] if mode == 1 else self._up[b] + self._down[b]
            )
            if springs and b not in self._anchors:
                total = weight = 0.0
                for other, offset, w in springs:
                    total += w * (wanted[other] + offset)
                    weight += w
                wanted[b] = total / weight
        return wanted

    def _settle(self, wanted: list[float]) -> None:
        """Keep all distances: the mean of pushing everything up and everything down from where it wants to be."""
        up, down = self._pushed(wanted)
        self.x = [(one + other) / 2 for one, other in zip(up, down, strict=True)]

    def _pushed(self, wanted: list[float]) -> tuple[list[float], list[float]]:
        up, down = list(wanted), list(wanted)
        for b in self._sequence:
            least = up[b] if not self._is_border[b] else -_FAR
            for a, gap in self._before[b]:
                least = max(least, up[a] + gap)
            up[b] = least
        for b in reversed(self._sequence):
            most = down[b] if not self._is_border[b] else _FAR
            for a, gap in self._after[b]:
                most = min(most, down[a] - gap)
            down[b] = most
        # Sides of frames that nothing pushes follow what stands in them.
        for b in reversed(self._sequence):
            if up[b] <= -_FAR / 2:
                up[b] = min(up[a] - gap for a, gap in self._after[b])
        for b in self._sequence:
            if down[b] >= _FAR / 2:
                down[b] = max(down[a] + gap for a, gap in self._before[b])
        return up, down

    def _tighten(self) -> None:
        """Draw the sides of frames to what stands in them, the innermost first."""
        levels, x = self._levels, self.x
        for cluster in levels.scope.outward():
            rank = levels.first[cluster]
            low = self.number[self._block[levels.lows[cluster, rank]]]
            high = self.number[self._block[levels.highs[cluster, rank]]]
            first = min((x[b] - gap for b, gap in self._after[low] if b != high), default=x[high])
            last = max((x[a] + gap for a, gap in self._before[high] if a != low), default=first)
            # A frame that is wider than what stands in it, for its heading, has it in the middle.
            spare = max(0.0, dict(self._after[low]).get(high, 0.0) - (last - first))
            x[low] = self._centred(low, high, first, last, spare)
            x[high] = max(last, x[low] + last - first + spare)

    def _centred(self, low: int, high: int, first: float, last: float, spare: float) -> float:
        """Return where a frame begins that is wider than what stands from ``first`` to ``last``, clear of others."""
        x = self.x
        least = max((x[a] + gap for a, gap in self._before[low] if a not in self._lows), default=-_FAR)
        most = min((x[b] - gap for b, gap in self._after[high] if b not in self._highs), default=_FAR)
        return min(first, max(least, min(first - spare / 2, most - (last - first) - spare)))

    def _centre_groups(self) -> None:
        """Move each block that has room to where its links are shortest, then parents over the middle of children."""
        x = self.x
        for turn in range(3):
            for b in self._sequence if turn % 2 == 0 else self._sequence[::-1]:
                springs = self._up[b] + self._down[b]
                if springs and not self._is_border[b] and b not in self._anchors:
                    weight = sum(w for _, _, w in springs)
                    self._move(b, sum(w * (x[other] + offset) for other, offset, w in springs) / weight)
        for b in reversed(self._sequence):
            if len(self._down[b]) > 1 and not self._is_border[b] and b not in self._anchors:
                children = [x[other] + offset for other, offset, _ in self._down[b]]
                self._move(b, (min(children) + max(children)) / 2)

    def _move(self, b: int, wanted: float) -> None:
        """Move a block as near to a place as its neighbours let it."""
        low = max((self.x[a] + gap for a, gap in self._before[b]), default=-_FAR)
        high = min((self.x[a] - gap for a, gap in self._after[b]), default=_FAR)
        self.x[b] = min(max(wanted, low), high)
