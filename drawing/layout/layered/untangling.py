"""Lines that would run on each other between two layers, whichever comes first, are moved apart."""

from __future__ import annotations

from drawing.layout.layered.coordinates import Columns
from drawing.layout.layered.levels import VERTEX, Levels
from drawing.layout.layered.lines import Gaps, find_gaps, line_at
from drawing.layout.layered.model import Spacing
from drawing.layout.layered.ports import Ports, port_range

ROUNDS = 3


def untangle(levels: Levels, columns: Columns, ports: Ports, spacing: Spacing) -> Gaps:
    """Return the tracks of all gaps, ports and bends having been moved where lines would overlap."""
    gaps = find_gaps(levels, columns.x, ports, spacing)
    for _ in range(ROUNDS):
        pairs = [pair for gap in gaps.main for pair in gap.overlaps]
        if not pairs:
            break
        for upper, lower in pairs:
            _part(levels, columns, ports, spacing, upper, lower)
        gaps = find_gaps(levels, columns.x, ports, spacing)
    return gaps


def _part(
    levels: Levels,
    columns: Columns,
    ports: Ports,
    spacing: Spacing,
    upper: tuple[int, int],
    lower: tuple[int, int],
) -> bool:
    """Move the end of the one line or the start of the other by a little; say whether that could be done."""
    link, node = upper
    chain = levels.chains[link]
    below = chain[chain.index(node) + 1]
    arrives = line_at(levels, columns.x, ports, link, below, False)
    starts = line_at(levels, columns.x, ports, lower[0], lower[1], True)
    step = 0.75 * spacing.lane
    for by in (step, -step):
        if levels.kind[below] == VERTEX:
            if link not in ports.trunk and _fits(levels, columns, ports, below, starts + by, spacing, link):
                ports.arrive[link] = starts + by
                return True
        elif columns.shift(below, starts + by - arrives):
            return True
    for by in (step, -step):
        if levels.kind[lower[1]] != VERTEX and columns.shift(lower[1], arrives + by - starts):
            return True
    return False


def _fits(
    levels: Levels, columns: Columns, ports: Ports, vertex: int, at: float, spacing: Spacing, link: int
) -> bool:
    """Say whether a line may arrive at a vertex there, clear of those that arrive already."""
    low, high = port_range(levels, columns.x, vertex)
    others = [
        ports.arrive[i]
        for i, chain in enumerate(levels.chains)
        if chain and i != link and i not in levels.back and chain[-1] == vertex
    ]
    return low <= at <= high and all(abs(at - other) >= 0.5 * spacing.lane for other in others)
