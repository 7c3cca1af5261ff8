"""Where lines leave and enter boxes: out at the front, in at the back, decisions at their corners.

A line that can run straight does; the others of one source share a trunk, those of one target are spread.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from drawing.layout.layered.decisions import Way
from drawing.layout.layered.ends import flat_share
from drawing.layout.layered.levels import VERTEX, Levels
from drawing.layout.layered.model import Spacing
from drawing.layout.layered.spreading import spread


@dataclass(slots=True)
class Ports:
    """By link: the places across where it leaves and arrives, its way out, and the name of a shared piece.

    ``sides`` are the ends of links that lead back: at which side of the vertex, and how many-th of how many.
    """

    leave: dict[int, float] = field(default_factory=dict)
    arrive: dict[int, float] = field(default_factory=dict)
    way: dict[int, Way] = field(default_factory=dict)
    trunk: dict[int, tuple[str, int, float]] = field(default_factory=dict)
    sides: dict[int, tuple[Way, int, int]] = field(default_factory=dict)  # by hook node

    def leave_of(self, lines: Sequence[tuple[int, int]]) -> list[float]:
        """Return the places known so far where some lines leave."""
        return [self.leave[link] for link, _ in lines if link in self.leave]


def find_ports(
    levels: Levels,
    x: Sequence[float],
    orders: Sequence[Sequence[int]],
    place: Sequence[int],
    ways: dict[int, Way],
    spacing: Spacing,
) -> Ports:
    """Return the ports of all links."""
    ports = Ports(way=dict(ways))
    for i in range(len(levels.chains)):
        ports.way.setdefault(i, "ahead")
    out: list[list[tuple[int, int]]] = [[] for _ in levels.scope.keys]
    into: list[list[tuple[int, int]]] = [[] for _ in levels.scope.keys]
    for i, chain in enumerate(levels.chains):
        if chain and i not in levels.back:
            out[chain[0]].append((i, chain[1]))
            into[chain[-1]].append((i, chain[-2]))
    for vertex, links in enumerate(out):
        links.sort(key=lambda it: (place[it[1]], it[0]))
        _turn_corners(levels, x, orders, place, vertex, links, ports, spacing)
        _leave(levels, x, vertex, links, ports, spacing)
    for vertex, links in enumerate(into):
        links.sort(key=lambda it: (place[it[1]], it[0]))
        _arrive(levels, x, vertex, links, ports, spacing)
    return ports


def _turn_corners(
    levels: Levels,
    x: Sequence[float],
    orders: Sequence[Sequence[int]],
    place: Sequence[int],
    vertex: int,
    out: Sequence[tuple[int, int]],
    ports: Ports,
    spacing: Spacing,
) -> None:
    """Let branches leave at a side corner where their way on lies beyond it, straight to it if nothing is between."""
    half = levels.scope.across[vertex] / 2
    for link, node in out:
        if ports.way[link] == "ahead":
            continue
        sign = 1 if ports.way[link] == "high" else -1
        off = (x[node] - x[vertex]) * sign
        if off < half + 1:
            ports.way[link] = "ahead"
            continue
        row, at = orders[levels.rank[vertex]], place[vertex] + sign
        is_free = True
        if 0 <= at < len(row):
            other = row[at]
            edge = x[other] * sign - (levels.low[other] if sign > 0 else levels.high[other])
            is_free = edge > x[node] * sign + spacing.lane
        ports.leave[link] = x[node] if is_free else x[vertex] + sign * (half + spacing.lane)


def port_range(levels: Levels, x: Sequence[float], vertex: int) -> tuple[float, float]:
    """Return from where to where a vertex takes lines at its front and back; pointed ones in the middle only."""
    scope = levels.scope
    half = flat_share(
        scope.outlines[vertex], scope.across[vertex], scope.along[vertex], scope.corners[vertex]
    )
    return x[vertex] - half, x[vertex] + half


def _leave(
    levels: Levels,
    x: Sequence[float],
    vertex: int,
    out: Sequence[tuple[int, int]],
    ports: Ports,
    spacing: Spacing,
) -> None:
    """Set the ports at the front: straight ones level with where they go, the others on one trunk."""
    low, high = port_range(levels, x, vertex)
    ahead = [(link, node) for link, node in out if ports.way[link] == "ahead"]
    if not ahead:
        return
    straight = _straight_places(levels, x, vertex, ahead, spacing.lane)
    kept: dict[int, float] = {}
    for link in sorted(straight, key=lambda link: abs(straight[link] - x[vertex])):
        if all(abs(straight[link] - other) >= spacing.lane - 0.01 for other in kept.values()):
            kept[link] = straight[link]
    aside = _one_a_target(levels, [line for line in ahead if line[0] not in kept], kept)
    if aside:
        at = _trunk_at(x, vertex, kept, [x[node] for _, node in aside], spacing.lane)
        span = [at, *(x[node] for _, node in aside)]
        members = [link for link, _ in aside]
        targets = {levels.scope.links[link].target for link in members}
        for link, where in list(kept.items()):
            is_new = levels.scope.links[link].target not in targets
            if (
                min(span) - spacing.lane < where < max(span) + spacing.lane
                and _may_share(levels, link)
                and is_new
            ):
                members.append(link)
                targets.add(levels.scope.links[link].target)
                del kept[link]
        for link in members:
            ports.leave[link] = at
            if len(members) > 1:
                ports.trunk[link] = ("out", vertex, at)
    ports.leave |= kept
    alone = [(link, node) for link, node in ahead if link not in ports.leave]
    reach = _tip(levels, vertex, 1 + len(alone) * 2, spacing.lane)
    low, high = min(low, x[vertex] - reach), max(high, x[vertex] + reach)
    for link, node in alone:
        ports.leave[link] = _free_port(x[vertex], x[node], low, high, [*ports.leave_of(ahead)], spacing.lane)


def _straight_places(
    levels: Levels, x: Sequence[float], vertex: int, ahead: Sequence[tuple[int, int]], lane: float
) -> dict[int, float]:
    """Return where lines that can run straight would leave; those between the same two vertices side by side."""
    low, high = port_range(levels, x, vertex)
    mates: dict[int, list[int]] = {}
    for link, node in ahead:
        mates.setdefault(node, []).append(link)
    places: dict[int, float] = {}
    for node, links in mates.items():
        at = _level(levels, x, node, low, high)
        reach = _tip(levels, vertex, len(links), lane)
        for i, link in enumerate(links):
            if at is not None:
                own = at + (i - (len(links) - 1) / 2) * lane
                fits_here = min(low, x[vertex] - reach) - 0.01 <= own <= max(high, x[vertex] + reach) + 0.01
                if fits_here and (len(links) == 1 or _takes(levels, x, node, own, len(links), lane)):
                    places[link] = own
    return places


def _tip(levels: Levels, vertex: int, lines: int, lane: float) -> float:
    """Return how far from its middle a shape, even a pointed one, takes several lines of one pair."""
    return min(levels.scope.across[vertex] / 4, lane * (lines - 1) / 2)


def _takes(levels: Levels, x: Sequence[float], node: int, at: float, lines: int, lane: float) -> bool:
    """Say whether one of several lines of a pair can run straight into a node."""
    if levels.kind[node] != VERTEX:
        return abs(x[node] - at) < 0.01
    low, high = port_range(levels, x, node)
    reach = _tip(levels, node, lines, lane)
    return min(low, x[node] - reach) - 0.01 <= at <= max(high, x[node] + reach) + 0.01


def _one_a_target(
    levels: Levels, lines: Sequence[tuple[int, int]], kept: Iterable[int]
) -> list[tuple[int, int]]:
    """Return the lines that may share a trunk: of several to the same target only the first."""
    seen = {levels.scope.links[link].target for link in kept}
    out = []
    for link, node in lines:
        target = levels.scope.links[link].target
        if _may_share(levels, link) and target not in seen:
            seen.add(target)
            out.append((link, node))
    return out


def _free_port(
    middle: float, goal: float, low: float, high: float, taken: Sequence[float], lane: float
) -> float:
    """Return a port on the side of the goal that no other line uses, the middle if there is none."""
    sign = 1 if goal >= middle else -1
    for side in (sign, -sign):
        for step in range(1, 60):
            at = middle + side * step * lane
            if not low - 0.01 <= at <= high + 0.01:
                break
            if all(abs(at - other) >= lane - 0.01 for other in taken):
                return at
    return middle


def _trunk_at(
    x: Sequence[float], vertex: int, kept: dict[int, float], aside: Sequence[float], lane: float
) -> float:
    """Return where the trunk of some lines stands: on a straight line that it would cross, else in the middle."""
    span = [x[vertex], *aside]
    inside = [at for at in kept.values() if min(span) - lane < at < max(span) + lane]
    return min(inside, key=lambda at: abs(at - x[vertex]), default=x[vertex])


def _may_share(levels: Levels, link: int) -> bool:
    return levels.scope.links[link].trunk is not None


def _level(levels: Levels, x: Sequence[float], node: int, low: float, high: float) -> float | None:
    """Return where a line from a range straight to the next node runs; None if it cannot be straight."""
    if levels.kind[node] != VERTEX:
        return x[node] if low - 0.01 <= x[node] <= high + 0.01 else None
    first, last = port_range(levels, x, node)
    at = min(max(x[node], low), high)
    return at if first - 0.01 <= at <= last + 0.01 else None


def _arrive(
    levels: Levels,
    x: Sequence[float],
    vertex: int,
    into: list[tuple[int, int]],
    ports: Ports,
    spacing: Spacing,
) -> None:
    """Set the ports at the back: straight ones level with where they come from, the others spread between."""
    if not into:
        return
    low, high = port_range(levels, x, vertex)
    comes = {}
    for link, node in into:
        comes[link] = ports.leave[link] if levels.kind[node] == VERTEX else x[node]
    room = (high - low) / max(1, len(into) - 1) if len(into) > 1 else high - low
    gap = min(spacing.lane, room)
    if len(into) == 1:
        ports.arrive[into[0][0]] = min(max(comes[into[0][0]], low), high) if low < high else x[vertex]
        link = into[0][0]
        if not low - 0.01 <= comes[link] <= high + 0.01:
            ports.arrive[link] = x[vertex]
        return
    if low == high:
        _merge_pointed(levels, x, vertex, [link for link, _ in into], comes, ports, spacing)
        return
    links = [link for link, _ in into]
    spread(links, [comes[link] for link in links], low, high, ports.arrive, gap)


def _merge_pointed(
    levels: Levels,
    x: Sequence[float],
    vertex: int,
    links: list[int],
    comes: dict[int, float],
    ports: Ports,
    spacing: Spacing,
) -> None:
    """A pointed shape takes lines that share nothing else at its tip, the others close to it."""
    sources = [levels.scope.links[link].source for link in links]
    if all(link not in ports.trunk for link in links) and len(set(sources)) == len(sources):
        for link in links:
            ports.arrive[link] = x[vertex]
            ports.trunk[link] = ("in", vertex, x[vertex])
        return
    half = min(levels.scope.across[vertex] / 4, spacing.lane * (len(links) - 1) / 2)
    spread(
        links, [comes[link] for link in links], x[vertex] - half, x[vertex] + half, ports.arrive,
        2 * half / (len(links) - 1),
    )  # fmt: skip
