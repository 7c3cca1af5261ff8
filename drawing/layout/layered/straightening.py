"""Small jogs taken out: where moving one node by a little makes a line straight, it is moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from drawing.layout.layered.coordinates import Columns
from drawing.layout.layered.levels import VERTEX, Levels
from drawing.layout.layered.lines import STRAIGHT, line_at
from drawing.layout.layered.ports import Ports

KINK = 24.0  # units: a jog up to this is worth moving something for
ROUNDS = 3
TRIES = 60  # moves looked at


def straighten(
    levels: Levels, columns: Columns, find: Callable[[Sequence[float]], Ports], tries: int = TRIES
) -> Ports:
    """Move nodes in ``columns`` so that fewer lines have small jogs; return the ports that go with it."""
    ports = find(columns.x)
    if not tries:
        return ports
    cost = _cost(levels, columns.x, ports)
    for _ in range(ROUNDS):
        before = cost
        for a, b, jog in list(_jogs(levels, columns.x, ports)):
            if tries <= 0:
                return ports
            for node, by in _moves(levels, a, b, jog):
                if not columns.shift(node, by):
                    continue
                tries -= 1
                tried = find(columns.x)
                new = _cost(levels, columns.x, tried)
                if new < cost:
                    ports, cost = tried, new
                    break
                columns.shift(node, -by)
        if cost >= before or cost == 0:
            break
    return ports


def _moves(levels: Levels, a: int, b: int, jog: float) -> list[tuple[int, float]]:
    """Return what may be moved to take a jog out, bends before vertices with few links before those with many."""
    moves = [move for move in ((a, jog), (b, -jog)) if move[0] not in levels.hints]
    degree = {node: len(levels.ups[node]) + len(levels.downs[node]) for node in (a, b)}
    moves.sort(key=lambda move: (levels.kind[move[0]] == VERTEX, degree[move[0]]))
    return moves


def _jogs(levels: Levels, x: Sequence[float], ports: Ports) -> Iterator[tuple[int, int, float]]:
    """Yield two nodes and how far off straight it is, for lines that are a little off."""
    for a, b, off in _pieces(levels, x, ports):
        if STRAIGHT < abs(off) < KINK:
            yield a, b, off


def _pieces(levels: Levels, x: Sequence[float], ports: Ports) -> Iterator[tuple[int, int, float]]:
    for i, chain in enumerate(levels.chains):
        for k in range(len(chain) - 1):
            a, b = chain[k], chain[k + 1]
            off = line_at(levels, x, ports, i, a, True) - line_at(levels, x, ports, i, b, False)
            yield a, b, -off


def _cost(levels: Levels, x: Sequence[float], ports: Ports) -> int:
    """Return a number for how uneven the lines are: a bent piece counts 1, a jog 4."""
    cost = 0
    for _, _, off in _pieces(levels, x, ports):
        if abs(off) >= STRAIGHT:
            cost += 4 if abs(off) < 16.0 else 2 if abs(off) < KINK else 1
    return cost
