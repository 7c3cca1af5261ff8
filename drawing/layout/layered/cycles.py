"""Which arcs lead back: those that close a cycle when the graph is read from its starts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Pair = tuple[int, int]  # source and target


def back_arcs(count: int, pairs: Sequence[Pair], known: Iterable[int] = ()) -> set[int]:
    """Return the numbers of the arcs to turn around so that no cycle is left; ``known`` ones always are.

    A depth-first walk from the vertices that nothing leads to, then from the others, in the order given.
    """
    back = {i for i in known if pairs[i][0] != pairs[i][1]}
    after: list[list[tuple[int, int]]] = [[] for _ in range(count)]
    has_entry = [False] * count
    for i, (source, target) in enumerate(pairs):
        if source == target:
            continue
        if i in back:
            source, target = target, source
        after[source].append((i, target))
        has_entry[target] = True
    state = [0] * count  # 1 while open, 2 when done
    for root in [*(v for v in range(count) if not has_entry[v]), *range(count)]:
        if not state[root]:
            _walk(root, after, state, back)
    return back


def _walk(root: int, after: Sequence[Sequence[tuple[int, int]]], state: list[int], back: set[int]) -> None:
    stack = [(root, 0)]
    state[root] = 1
    while stack:
        vertex, step = stack.pop()
        if step == len(after[vertex]):
            state[vertex] = 2
            continue
        stack.append((vertex, step + 1))
        arc, target = after[vertex][step]
        if state[target] == 1:
            back ^= {arc}  # An arc that was turned for a hint and closes a cycle leads forward after all.
        elif state[target] == 0:
            state[target] = 1
            stack.append((target, 0))


def reaches(after: Sequence[Sequence[int]], start: int, goal: int) -> bool:
    """Say whether a way leads from one vertex to another."""
    seen = {start}
    stack = [start]
    while stack:
        vertex = stack.pop()
        if vertex == goal:
            return True
        for target in after[vertex]:
            if target not in seen:
                seen.add(target)
                stack.append(target)
    return False
