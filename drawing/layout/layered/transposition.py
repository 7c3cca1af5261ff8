"""Exchanges of neighbours in a layer, as long as they take crossings away."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.layout.layered.crossings import count_pair
from drawing.layout.layered.levels import LOW, Levels

ROUNDS = 6


def transpose(levels: Levels, orders: list[list[int]], place: list[int], rounds: int = ROUNDS) -> None:
    """Exchange neighbours of one cluster in place while that helps."""
    open_ranks = set(range(len(orders)))
    for _ in range(rounds):
        again: set[int] = set()
        for rank in sorted(open_ranks):
            if _transpose_layer(levels, orders[rank], place):
                again |= {rank - 1, rank, rank + 1}
        open_ranks = {rank for rank in again if 0 <= rank < len(orders)}
        if not open_ranks:
            return


def _transpose_layer(levels: Levels, row: list[int], place: list[int]) -> bool:
    kind, home, ups, downs, hooks = levels.kind, levels.home, levels.ups, levels.downs, levels.hooks
    seen: dict[int, tuple[list[int], list[int]]] = {}

    def sides(node: int) -> tuple[list[int], list[int]]:
        found = seen.get(node)
        if found is None:
            found = seen[node] = (_places(ups[node], place), _places(downs[node], place))
        return found

    is_better = False
    for i in range(len(row) - 1):
        a, b = row[i], row[i + 1]
        if kind[a] >= LOW or kind[b] >= LOW or home[a] != home[b]:
            continue
        (a_up, a_down), (b_up, b_down) = sides(a), sides(b)
        gain = count_pair(a_up, b_up) - count_pair(b_up, a_up)
        gain += count_pair(a_down, b_down) - count_pair(b_down, a_down)
        if hooks:
            gain += _hook_gain(hooks, place, a, b)
        if gain > 0:
            row[i], row[i + 1] = b, a
            place[a], place[b] = i + 1, i
            is_better = True
    return is_better


def _places(nodes: Sequence[int], place: Sequence[int]) -> list[int]:
    return sorted([place[node] for node in nodes]) if len(nodes) != 1 else [place[nodes[0]]]


def _hook_gain(hooks: dict[int, int], place: Sequence[int], a: int, b: int) -> int:
    """How many nodes less stand between hooks and their vertices when a and b change places."""
    gain = 0
    for node, by in ((a, 1), (b, -1)):
        vertex = hooks.get(node)
        if vertex is not None and vertex not in (a, b):
            gain += abs(place[node] - place[vertex]) - abs(place[node] + by - place[vertex])
    return gain
