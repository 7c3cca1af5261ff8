"""Which nodes of neighbouring layers get one and the same place across: long links run straight.

As in Brandes and Köpf, "Fast and Simple Horizontal Coordinate Assignment", Graph Drawing 2001, aligned
segments never cross one another, so that the blocks can be put in order from one side to the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from drawing.layout.layered.levels import HIGH, LOW, VERTEX, Levels


def align(levels: Levels, place: Sequence[int], *, corners: dict[tuple[int, int], float]) -> list[int]:
    """Return the block of each node, named by its first node; ``corners`` are segments that leave sideways."""
    block = list(range(len(levels.kind)))
    for rank, segments in enumerate(levels.segments):
        wishes = sorted(_wishes(levels, segments, place, corners), reverse=True)
        taken: list[tuple[int, int]] = []
        upper_taken: set[int] = set()
        lower_taken: set[int] = set()
        for _, upper, lower in _with_borders(levels, rank, wishes):
            a, b = place[upper], place[lower]
            if upper in upper_taken or lower in lower_taken:
                continue
            if any((a - c) * (b - d) < 0 for c, d in taken) or _stand_apart(levels, upper, lower):
                continue
            taken.append((a, b))
            upper_taken.add(upper)
            lower_taken.add(lower)
            block[lower] = block[upper]
    return block


def _stand_apart(levels: Levels, upper: int, lower: int) -> bool:
    """Say whether two nodes stood at different places across before."""
    one, other = levels.hints.get(upper), levels.hints.get(lower)
    return one is not None and other is not None and abs(one - other) > 0.5


def _with_borders(
    levels: Levels, rank: int, wishes: Sequence[tuple[float, int, int]]
) -> Iterator[tuple[float, int, int]]:
    for upper, lower, _ in levels.segments[rank]:
        if levels.kind[upper] in (LOW, HIGH):
            yield 9.0, upper, lower
    for value, upper, lower in wishes:
        yield value, -upper, -lower


def _wishes(
    levels: Levels,
    segments: Sequence[tuple[int, int, int]],
    place: Sequence[int],
    corners: dict[tuple[int, int], float],
) -> Iterator[tuple[float, int, int]]:
    """Yield (strength, -upper, -lower) of the segments that want to be straight."""
    kind = levels.kind
    for upper, lower, _ in segments:
        if kind[upper] in (LOW, HIGH) or (upper, lower) in corners:
            continue
        downs, ups = levels.downs[upper], levels.ups[lower]
        if kind[upper] != VERTEX and kind[lower] != VERTEX:
            yield 4.0, -upper, -lower
        elif len(downs) == 1 and len(ups) == 1:
            yield 3.0, -upper, -lower
        elif _is_straight(levels, upper, lower):
            yield 2.5, -upper, -lower
        elif kind[upper] == VERTEX and _is_middle(lower, downs, place):
            yield 1.5, -upper, -lower
        elif kind[lower] == VERTEX and _is_middle(upper, ups, place):
            yield 1.0, -upper, -lower


def _is_middle(node: int, nodes: Sequence[int], place: Sequence[int]) -> bool:
    """Say whether a node is the middle one of an odd number."""
    return len(nodes) % 2 == 1 and node == sorted(nodes, key=place.__getitem__)[len(nodes) // 2]


def _is_straight(levels: Levels, upper: int, lower: int) -> bool:
    """Say whether the link of a segment is meant to lead straight on."""
    for end in (upper, lower):
        if levels.kind[end] != VERTEX:
            return levels.scope.links[levels.link[end]].straight
    return any(link.straight and {link.source, link.target} == {upper, lower} for link in levels.scope.links)
