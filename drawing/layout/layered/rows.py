"""Places along the flow: how high every layer is, and how far from the next, with room for tracks and frames."""

from __future__ import annotations

from dataclasses import dataclass, field

from drawing.layout.layered.levels import Levels
from drawing.layout.layered.lines import Gaps
from drawing.layout.layered.model import Spacing
from drawing.layout.layered.scope import ROOT

CLOSER = 0.6  # of the usual distance
_FIRST = 8.0  # units that a line runs ahead at least before it turns


@dataclass(slots=True)
class Rows:
    """Along the flow: where each layer starts and ends, where its zones of tracks start, where frames begin and end."""

    start: list[float] = field(default_factory=list)
    end: list[float] = field(default_factory=list)
    main: list[float] = field(default_factory=list)
    after: list[float] = field(default_factory=list)
    before: list[float] = field(default_factory=list)
    frame_start: dict[int, float] = field(default_factory=dict)
    frame_end: dict[int, float] = field(default_factory=dict)


def find_rows(levels: Levels, gaps: Gaps, spacing: Spacing) -> Rows:
    """Return the places of all layers, the first starting at 0 or after what stands before it."""
    pads = {c: (pad.start, pad.end) for c, pad in enumerate(levels.scope.pads)}
    rows = _stack(levels, gaps, spacing, pads)
    short = {
        c: pad.along - (rows.frame_end[c] - rows.frame_start[c])
        for c, pad in enumerate(levels.scope.pads)
        if c != ROOT and pad.along > rows.frame_end[c] - rows.frame_start[c] + 0.01
    }
    if short:
        pads |= {c: (pads[c][0], pads[c][1] + by) for c, by in short.items()}
        rows = _stack(levels, gaps, spacing, pads)
    return rows


def _stack(levels: Levels, gaps: Gaps, spacing: Spacing, pads: dict[int, tuple[float, float]]) -> Rows:
    rows = Rows()
    starts, ends = _frame_room(levels, pads)
    depth = [0.0] * levels.count
    for node, rank in enumerate(levels.rank):
        depth[rank] = max(depth[rank], levels.depth[node])
    at = 0.0
    was: list[tuple[float, float]] = []
    for rank in range(levels.count):
        opening = max((starts[c] for c in starts if levels.first[c] == rank), default=0.0)
        before = _zone(gaps.before[rank].count, spacing.lane, _FIRST, spacing.head)
        at += opening
        at = _where_it_was(levels, depth, rank, at + before, was)
        rows.before.append(at - before + (_FIRST if before else 0.0))
        rows.start.append(at)
        at += depth[rank]
        rows.end.append(at)
        after = _zone(gaps.after[rank].count, spacing.lane, _FIRST, _FIRST)
        rows.after.append(at + _FIRST)
        closing = max((ends[c] for c in ends if levels.last[c] == rank), default=0.0)
        at += after + closing
        at += _main_zone(levels, gaps, spacing, rank, rows, at, after + closing)
    for c in starts:
        inner = rows.start[levels.first[c]] - _zone(
            gaps.before[levels.first[c]].count, spacing.lane, _FIRST, spacing.head
        )
        rows.frame_start[c] = inner - starts[c]
        last = levels.last[c]
        rows.frame_end[c] = (
            rows.end[last] + _zone(gaps.after[last].count, spacing.lane, _FIRST, _FIRST) + ends[c]
        )
    return rows


def _where_it_was(
    levels: Levels, depth: list[float], rank: int, at: float, was: list[tuple[float, float]]
) -> float:
    """Return the start of a layer, later if it stood later before; ``was`` keeps the first one's two starts."""
    hints = levels.scope.hints
    middles = sorted(hint[1] for v, hint in enumerate(hints) if hint is not None and levels.rank[v] == rank)
    if not middles:
        return at
    start = middles[len(middles) // 2] - depth[rank] / 2
    if not was:
        was.append((start, at))
    wanted = start - was[0][0] + was[0][1]
    return wanted if at < wanted < at + 400.0 else at


def _main_zone(
    levels: Levels, gaps: Gaps, spacing: Spacing, rank: int, rows: Rows, at: float, used: float
) -> float:
    """Return the height of the main zone after a layer, and note where its tracks start."""
    tracks = gaps.main[rank].count
    if rank + 1 >= levels.count:
        rows.main.append(at)
        return 0.0
    beside_label = rank in levels.label_layers or rank + 1 in levels.label_layers
    first = spacing.lane * 0.75 if rank in levels.label_layers else _FIRST
    last = spacing.head if rank + 1 not in levels.label_layers else spacing.lane * 0.75
    needed = first + last + max(0, tracks - 1) * spacing.lane
    opening = max(
        (levels.scope.pads[c].start for c in range(1, len(levels.first)) if levels.first[c] == rank + 1),
        default=0.0,
    )
    usual = 0.3 if beside_label else CLOSER if _stood(levels, rank) and _stood(levels, rank + 1) else 1.0
    least = spacing.layer * usual - used - opening
    height = max(needed, least) if tracks or least > 0 else max(needed * 0.5, spacing.pad)
    spare = (height - needed) / 2
    rows.main.append(at + first + max(0.0, spare))
    return height


def _stood(levels: Levels, rank: int) -> bool:
    """Say whether something of a layer stood somewhere before: it rather comes closer than moves away."""
    return any(levels.rank[v] == rank for v, hint in enumerate(levels.scope.hints) if hint is not None)


def _zone(tracks: int, lane: float, first: float, last: float) -> float:
    return first + (tracks - 1) * lane + last if tracks else 0.0


def _frame_room(
    levels: Levels, pads: dict[int, tuple[float, float]]
) -> tuple[dict[int, float], dict[int, float]]:
    """Return for each frame how far it begins before its first layer and ends after its last."""
    starts: dict[int, float] = {}
    ends: dict[int, float] = {}
    scope = levels.scope
    for cluster in scope.outward():
        inner = [c for c in starts if scope.parents[c] == cluster]
        starts[cluster] = pads[cluster][0] + max(
            (starts[c] for c in inner if levels.first[c] == levels.first[cluster]), default=0.0
        )
        ends[cluster] = pads[cluster][1] + max(
            (ends[c] for c in inner if levels.last[c] == levels.last[cluster]), default=0.0
        )
    return starts, ends
