"""Which branches leave a decision ahead, and which at its corners."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from drawing.layout.layered.levels import Levels

Way = Literal["ahead", "low", "high"]


def branch_ways(levels: Levels, place: Sequence[int]) -> dict[int, Way]:
    """Return how the links leave decisions that have more than one way on."""
    ways: dict[int, Way] = {}
    for vertex, outline in enumerate(levels.scope.outlines):
        out = leaving(levels, vertex)
        if outline != "diamond" or len(out) < 2:
            continue
        out.sort(key=lambda item: place[item[1]])
        straight = next((i for i, (link, _) in enumerate(out) if levels.scope.links[link].straight), None)
        if straight is None and len(out) > 2:
            straight = len(out) // 2
        for i, (link, _) in enumerate(out):
            if straight is None:
                ways[link] = "low" if i == 0 else "high"
            elif i == straight or (0 < i < len(out) - 1 and abs(i - straight) > 1):
                ways[link] = "ahead"
            elif i < straight:
                ways[link] = "low" if i == 0 else "ahead"
            else:
                ways[link] = "high" if i == len(out) - 1 else "ahead"
    looped = {link.source for link in levels.scope.links if link.source == link.target}
    # A loop takes the high side.
    return {i: "ahead" if way == "high" and levels.chains[i][0] in looped else way for i, way in ways.items()}


def leaving(levels: Levels, vertex: int) -> list[tuple[int, int]]:
    """Return the links that run forward from a vertex, each with the next node of its chain."""
    return [
        (i, chain[1])
        for i, chain in enumerate(levels.chains)
        if chain and i not in levels.back and chain[0] == vertex
    ]
