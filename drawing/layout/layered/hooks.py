"""How links that lead back are bound to their ends: at a side where that is free, else around to front or back."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.layout.layered.decisions import Way
from drawing.layout.layered.levels import Levels
from drawing.layout.layered.ports import Ports, port_range


def bind_hooks(levels: Levels, x: Sequence[float], place: Sequence[int], ports: Ports) -> None:
    """Let links that lead back use a vertex's side where nothing but others of its own stands between."""
    around: dict[int, list[int]] = {}
    for node, vertex in levels.hooks.items():
        around.setdefault(vertex, []).append(node)
    taken: dict[int, set[Way]] = {vertex: set() for vertex in around}
    for i, chain in enumerate(levels.chains):
        if chain and i not in levels.back and chain[0] in taken:
            taken[chain[0]].add(ports.way[i])
    for vertex, nodes in around.items():
        loops = any(link.source == link.target == vertex for link in levels.scope.links)
        for way in ("low", "high"):
            sign = -1 if way == "low" else 1
            mine = sorted(
                (node for node in nodes if (place[node] - place[vertex]) * sign > 0),
                key=lambda node: abs(place[node] - place[vertex]),
            )
            free = []
            for step, node in enumerate(mine):
                if abs(place[node] - place[vertex]) != step + 1:
                    break
                free.append(node)
            is_taken = way in taken[vertex]
            if not free or is_taken or (loops and way == "high"):
                continue
            order: list[int] = []  # from the start side to the end side of the box
            for node in reversed(free):
                order = [node, *order] if levels.ups[node] else [*order, node]
            for i, node in enumerate(order):
                ports.sides[node] = ("low" if way == "low" else "high", i, len(order))
        for node in nodes:
            low, high = port_range(levels, x, vertex)
            at = high if place[node] > place[vertex] else low
            (ports.leave if levels.ups[node] else ports.arrive)[levels.link[node]] = at
