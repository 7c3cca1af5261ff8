"""How near two nodes of one layer may come to each other."""

from __future__ import annotations

from drawing.layout.layered.levels import BEND, HIGH, LABEL, LOW, VERTEX, Levels
from drawing.layout.layered.model import Spacing

CLOSER = 0.5  # of the usual distance


def distance(levels: Levels, a: int, b: int, spacing: Spacing) -> float:
    """Return the least distance between the lines of two nodes next to each other in a layer."""
    kinds = (levels.kind[a], levels.kind[b])
    pads = levels.scope.pads
    if kinds == (LOW, HIGH) and levels.home[a] == levels.home[b]:
        return pads[levels.home[a]].across
    if kinds == (HIGH, LOW):
        both_lanes = levels.scope.is_lane[levels.home[a]] and levels.scope.is_lane[levels.home[b]]
        return 0.0 if both_lanes else 1.5 * spacing.pad
    gap = levels.high[a] + levels.low[b]
    if kinds[0] == LOW:
        return gap + pads[levels.home[a]].low
    if kinds[1] == HIGH:
        return gap + pads[levels.home[b]].high
    if HIGH in kinds or LOW in kinds:
        other = kinds[1] if kinds[0] == HIGH else kinds[0]
        return gap + (spacing.lane if other != VERTEX else 1.3 * spacing.pad)
    if kinds == (VERTEX, VERTEX):
        # What has stood somewhere rather comes closer to a larger neighbour than moves away.
        return gap + spacing.node * (CLOSER if a in levels.hints and b in levels.hints else 1.0)
    if LABEL in kinds:
        return gap + spacing.lane
    if kinds == (BEND, BEND):
        return gap + spacing.lane
    return gap + 1.3 * spacing.lane
