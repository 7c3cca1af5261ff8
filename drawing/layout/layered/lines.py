"""Which lines run across in which gap between layers, as nets for the tracks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from drawing.layout.layered.channels import Net, assign_tracks, find_overlaps
from drawing.layout.layered.levels import VERTEX, Levels
from drawing.layout.layered.model import Spacing
from drawing.layout.layered.ports import Ports

STRAIGHT = 0.05  # units off that still count as straight


@dataclass(slots=True)
class Gap:
    """The tracks of one zone; ``tracks`` holds those of each piece by link and upper node, −1 for straight ones."""

    tracks: dict[tuple[int, int], int] = field(default_factory=dict)
    count: int = 0
    overlaps: list[tuple[tuple[int, int], tuple[int, int]]] = field(
        default_factory=list
    )  # upper, lower piece


@dataclass(slots=True)
class Gaps:
    """Three zones follow a layer: ``after`` for links that lead back, ``main``, and ``before`` the next layer."""

    main: list[Gap]
    after: list[Gap]
    before: list[Gap]


def find_gaps(levels: Levels, x: Sequence[float], ports: Ports, spacing: Spacing) -> Gaps:
    """Return the tracks of all gaps."""
    count = levels.count
    main: list[dict[object, tuple[Net, list[tuple[int, int]]]]] = [{} for _ in range(count)]
    for i, chain in enumerate(levels.chains):
        if levels.scope.links[i].hidden:
            continue
        for k in range(len(chain) - 1):
            a, b = chain[k], chain[k + 1]
            top, bottom = line_at(levels, x, ports, i, a, True), line_at(levels, x, ports, i, b, False)
            key = _net_key(levels, ports, i, a, b)
            if key is None and abs(top - bottom) < STRAIGHT:
                continue
            net, members = main[levels.rank[a]].setdefault(key or (i, a), (Net(), []))
            net.tops.append(top)
            net.bottoms.append(bottom)
            members.append((i, a))
    return Gaps(
        [_assign(nets, spacing) for nets in main],
        _hooked(levels, x, ports, spacing, is_after=True),
        _hooked(levels, x, ports, spacing, is_after=False),
    )


def line_at(levels: Levels, x: Sequence[float], ports: Ports, link: int, node: int, leaves: bool) -> float:
    """Return the place across of a link's line where it leaves or reaches a node of its chain."""
    if levels.kind[node] != VERTEX:
        return x[node]
    return ports.leave[link] if leaves else ports.arrive[link]


def _net_key(levels: Levels, ports: Ports, link: int, a: int, b: int) -> object | None:
    trunk = ports.trunk.get(link)
    if trunk is None:
        return None
    if (trunk[0] == "out" and levels.kind[a] == VERTEX) or (trunk[0] == "in" and levels.kind[b] == VERTEX):
        return trunk
    return None


def _assign(nets: dict[object, tuple[Net, list[tuple[int, int]]]], spacing: Spacing) -> Gap:
    crooked = [item for item in nets.values() if item[0].high - item[0].low >= STRAIGHT]
    tracks, count = assign_tracks([net for net, _ in crooked], spacing.lane)
    gap = Gap(count=count)
    for track, (_, members) in zip(tracks, crooked, strict=True):
        for piece in members:
            gap.tracks[piece] = track
    for i, j, at in find_overlaps([net for net, _ in crooked], tracks, spacing.lane):
        upper, lower = crooked[i], crooked[j]
        one = min(range(len(upper[1])), key=lambda k: abs(upper[0].bottoms[k] - at))
        other = min(range(len(lower[1])), key=lambda k: abs(lower[0].tops[k] - at))
        gap.overlaps.append((upper[1][one], lower[1][other]))
    return gap


def _hooked(
    levels: Levels, x: Sequence[float], ports: Ports, spacing: Spacing, *, is_after: bool
) -> list[Gap]:
    """Return the tracks of links that lead back around their vertex, after or before its layer."""
    rows: list[dict[object, tuple[Net, list[tuple[int, int]]]]] = [{} for _ in range(levels.count)]
    for node, vertex in levels.hooks.items():
        link = levels.link[node]
        is_lower = bool(levels.ups[node])
        if node in ports.sides or is_lower != is_after or levels.scope.links[link].hidden:
            continue
        at = ports.leave[link] if is_lower else ports.arrive[link]
        net = Net([at, x[node]], []) if is_after else Net([], [at, x[node]])
        rows[levels.rank[vertex]][node] = (net, [(link, node)])
    return [_assign(nets, spacing) for nets in rows]
