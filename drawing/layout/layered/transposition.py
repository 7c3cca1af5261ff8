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
            gain += _hook_gain(levels, place, a, b)
        if gain > 0:
            row[i], row[i + 1] = b, a
            place[a], place[b] = i + 1, i
            is_better = True
    return is_better


def _places(nodes: Sequence[int], place: Sequence[int]) -> list[int]:
    return sorted([place[node] for node in nodes]) if len(nodes) != 1 else [place[nodes[0]]]


def lines_crossed(levels: Levels, hook: int, other: int) -> int:
    """Return how many lines the end of a link that leads back crosses when it passes a node in its layer."""
    return max(1, len((levels.downs if levels.ups[hook] else levels.ups)[other]))


def _hook_gain(levels: Levels, place: Sequence[int], a: int, b: int) -> int:
    """How many lines less are crossed between hooks and their vertices when a and b change places."""
    gain = 0
    for node, other, by in ((a, b, 1), (b, a, -1)):
        vertex = levels.hooks.get(node)
        if vertex is not None and vertex not in (a, b):
            is_nearer = abs(place[node] + by - place[vertex]) < abs(place[node] - place[vertex])
            gain += lines_crossed(levels, node, other) * (1 if is_nearer else -1)
    return gain
