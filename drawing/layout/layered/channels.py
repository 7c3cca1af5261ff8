"""Tracks for the pieces that run across, between two layers: few crossings, no line on another.

Lines that share a trunk are one net. Which of two nets lies nearer to the upper layer decides how often they
cross; the best order is sought as for a feedback arc set (Eades, Lin and Smyth, 1993), and nets that do not meet
share a track.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

_OVERLAP = 50.0  # crossings that a line on another counts as


@dataclass(slots=True)
class Net:
    """Lines that come from the upper layer at ``tops`` and go on to the lower one at ``bottoms``."""

    tops: list[float] = field(default_factory=list)
    bottoms: list[float] = field(default_factory=list)

    @property
    def low(self) -> float:
        """The lowest place across."""
        return min([*self.tops, *self.bottoms])

    @property
    def high(self) -> float:
        """The highest place across."""
        return max([*self.tops, *self.bottoms])


def assign_tracks(nets: Sequence[Net], lane: float) -> tuple[list[int], int]:
    """Return the track of each net, 0 next to the upper layer, and how many tracks there are."""
    count = len(nets)
    spans = [(net.low, net.high) for net in nets]
    above: list[dict[int, float]] = [{} for _ in range(count)]  # what is gained by i lying above j
    meets: list[list[int]] = [[] for _ in range(count)]
    by_low = sorted(range(count), key=lambda i: (spans[i], i))
    for k, i in enumerate(by_low):
        for j in by_low[k + 1 :]:
            if spans[j][0] > spans[i][1] + lane:
                break
            meets[i].append(j)
            meets[j].append(i)
            gain = _cost(nets[j], nets[i], spans[j], spans[i], lane) - _cost(
                nets[i], nets[j], spans[i], spans[j], lane
            )
            if gain > 0:
                above[i][j] = gain
            elif gain < 0:
                above[j][i] = -gain
    tracks = [0] * count
    done = [False] * count
    for i in _sequence(above):
        tracks[i] = max((tracks[j] + 1 for j in meets[i] if done[j]), default=0)
        done[i] = True
    return tracks, max(tracks, default=-1) + 1


def find_overlaps(nets: Sequence[Net], tracks: Sequence[int], lane: float) -> list[tuple[int, int, float]]:
    """Return (upper, lower, place) of nets that run on each other along the flow, whatever their order."""
    found = []
    for i, upper in enumerate(nets):
        for j, lower in enumerate(nets):
            if tracks[i] < tracks[j]:
                found += [(i, j, x) for x in upper.bottoms for y in lower.tops if abs(x - y) < 0.6 * lane]
    return found


def _cost(
    upper: Net, lower: Net, upper_span: tuple[float, float], lower_span: tuple[float, float], lane: float
) -> float:
    """Return the crossings and overlaps of two nets when the first lies nearer to the upper layer."""
    cost = 0.0
    for x in lower.tops:
        if upper_span[0] + 0.5 < x < upper_span[1] - 0.5:
            cost += 1.0
        for y in upper.bottoms:
            if abs(x - y) < 0.6 * lane:
                cost += _OVERLAP
    for x in upper.bottoms:
        if lower_span[0] + 0.5 < x < lower_span[1] - 0.5:
            cost += 1.0
    return cost


def _sequence(above: Sequence[dict[int, float]]) -> list[int]:
    """Return all nets from the upper layer down, so that little of what ``above`` gains is lost."""
    count = len(above)
    out = [sum(row.values()) for row in above]
    into = [0.0] * count
    below: list[list[int]] = [[] for _ in range(count)]
    for i, row in enumerate(above):
        for j, gain in row.items():
            into[j] += gain
            below[j].append(i)
    left, right = [], []
    rest = list(range(count))
    while rest:
        sink = next((i for i in rest if not out[i] and into[i]), None)
        source = next((i for i in rest if not into[i]), None)
        if source is not None:
            chosen = source
            left.append(chosen)
        elif sink is not None:
            chosen = sink
            right.append(chosen)
        else:
            chosen = max(rest, key=lambda i: (out[i] - into[i], -i))
            left.append(chosen)
        rest.remove(chosen)
        for j, gain in above[chosen].items():
            into[j] = max(0.0, into[j] - gain)
        for j in below[chosen]:
            out[j] = max(0.0, out[j] - above[j][chosen])
    return left + right[::-1]
