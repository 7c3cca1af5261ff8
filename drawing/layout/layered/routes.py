"""The lines of a laid-out graph, from box to box, and the places of their labels."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from drawing.geometry import Point, Rect, tidy
from drawing.layout.layered.ends import POINTED
from drawing.layout.layered.levels import LABEL, Levels
from drawing.layout.layered.lines import Gap, Gaps, line_at
from drawing.layout.layered.model import Spacing
from drawing.layout.layered.ports import Ports
from drawing.layout.layered.rows import Rows
from drawing.layout.layered.scope import Link

LOOP = 1.5  # lanes that a loop reaches out
LOOP_GAP = 4.0  # units between the labels of two loops


class Tracer:
    """Draws the lines from box to box, seen as if the graph ran down the page."""

    def __init__(
        self,
        levels: Levels,
        x: Sequence[float],
        rows: Rows,
        ports: Ports,
        gaps: Gaps,
        spacing: Spacing,
        rects: Sequence[Rect],
        frames: dict[int, Rect],
    ) -> None:
        self._levels, self._x, self._rows, self._ports = levels, x, rows, ports
        self._gaps, self._spacing, self._rects, self._frames = gaps, spacing, rects, frames

    def route(self, link: int) -> tuple[Point, ...]:
        """Return the route of a link; empty when the layers hold none for it."""
        levels, chain = self._levels, self._levels.chains[link]
        one = levels.scope.links[link]
        if one.hidden:
            return ()
        if one.source == one.target and one.source >= 0:
            return self._loop(link)
        if not chain:
            return ()
        if link in levels.back:
            return self._back(link, chain)
        points = self._leave(link, chain[0])
        for a, b in pairwise(chain):
            points += self._piece(link, a, b)
        return self._ended(points, one.source, one.target, link)

    def _piece(self, link: int, a: int, b: int) -> list[Point]:
        """Return the points where a line turns between two layers."""
        top = line_at(self._levels, self._x, self._ports, link, a, True)
        bottom = line_at(self._levels, self._x, self._ports, link, b, False)
        gap = self._gaps.main[self._levels.rank[a]]
        track = gap.tracks.get((link, a))
        if track is None:
            return [(top, self._rows.end[self._levels.rank[a]])]
        y = self._rows.main[self._levels.rank[a]] + track * self._spacing.lane
        return [(top, y), (bottom, y)]

    def _leave(self, link: int, vertex: int) -> list[Point]:
        rect, way = self._rects[vertex], self._ports.way[link]
        if way == "ahead":
            return [(self._ports.leave[link], rect.bottom)]
        corner = (rect.x if way == "low" else rect.right, rect.cy)
        return [corner, (self._ports.leave[link], rect.cy)]

    def _ended(self, points: list[Point], source: int, target: int, link: int) -> tuple[Point, ...]:
        """Add the last point; where an end is a cluster the line ends at its frame."""
        at = self._ports.arrive[link]
        if target >= 0:
            points.append((at, self._rects[target].y))
        else:
            points.append((at, self._frames[-target].y))
        if source < 0:
            points[0] = (points[0][0], self._frames[-source].bottom)
        return tidy(points)

    def _back(self, link: int, chain: list[int]) -> tuple[Point, ...]:
        """Return the route of a link that leads back: from the lower end up the chain and to the upper end."""
        one = self._levels.scope.links[link]
        points = self._hook(link, chain[-1], one.source)
        for a, b in reversed(list(pairwise(chain))):
            points += reversed(self._piece(link, a, b))
        points += reversed(self._hook(link, chain[0], one.target))
        return tidy(points)

    def _hook(self, link: int, node: int, end: int) -> list[Point]:
        """Return the way from a vertex to the first node of a link that leads back."""
        levels, ports = self._levels, self._ports
        vertex = levels.hooks[node]
        rect = self._rects[vertex] if end >= 0 else self._frames[-end]
        if node in ports.sides:
            way, number, count = ports.sides[node]
            inner = self._rects[vertex]
            part = 0.5 if self._levels.scope.outlines[vertex] in POINTED else 1.0
            y = inner.cy + part * inner.h * ((number + 1) / (count + 1) - 0.5)
            return [(rect.x if way == "low" else rect.right, y), (self._x[node], y)]
        is_lower = bool(levels.ups[node])
        gap: Gap = (self._gaps.after if is_lower else self._gaps.before)[levels.rank[node]]
        zone = (self._rows.after if is_lower else self._rows.before)[levels.rank[node]]
        y = zone + gap.tracks.get((link, node), 0) * self._spacing.lane
        at = ports.leave[link] if is_lower else ports.arrive[link]
        return [(at, rect.bottom if is_lower else rect.y), (at, y), (self._x[node], y)]

    def _loop(self, link: int) -> tuple[Point, ...]:
        """Return the loop of a link from a vertex to itself, at its high side; several share that side."""
        vertex = self._levels.scope.links[link].source
        rect, x = self._rects[vertex], self._rects[vertex].right + self._spacing.lane * LOOP
        number, count = self._slot(link)
        part = 0.6 if self._levels.scope.outlines[vertex] in POINTED else 1.0
        pitch = part * rect.h / (count + (count == 1) * 1.5)
        middle = rect.cy + (number - (count - 1) / 2) * pitch
        first, last = middle - 0.25 * pitch, middle + 0.25 * pitch
        if count == 1:
            first, last = rect.cy - 0.2 * rect.h, rect.cy + 0.2 * rect.h
        return ((rect.right, first), (x, first), (x, last), (rect.right, last))

    def _slot(self, link: int) -> tuple[int, int]:
        """Return which one of how many loops at its vertex a link is."""
        own = self._levels.scope.links[link]
        mates = self._loops(own.source)
        return mates.index(own), len(mates)

    def _loops(self, vertex: int) -> list[Link]:
        return [
            one for one in self._levels.scope.links if one.source == one.target == vertex and not one.hidden
        ]

    def label(self, link: int) -> Rect | None:
        """Return where the label of a link stands, its line at one of its sides; None without one."""
        levels, one = self._levels, self._levels.scope.links[link]
        if one.label is None or one.hidden:
            return None
        low, high, along = one.label
        if one.source == one.target and one.source >= 0:
            rect, (number, count) = self._rects[one.source], self._slot(link)
            pitch = LOOP_GAP + max((one.label or (0.0, 0.0, 0.0))[2] for one in self._loops(one.source))
            middle = rect.cy + (number - (count - 1) / 2) * pitch
            return self._beside(
                rect.right + self._spacing.lane * LOOP, middle, max(low, high), along, is_high=True
            )
        node = next((n for n in levels.chains[link] if levels.kind[n] == LABEL), None)
        if node is None:
            return None
        row = levels.rank[node]
        middle = (self._rows.start[row] + self._rows.end[row]) / 2
        return self._beside(self._x[node], middle, max(low, high), along, is_high=high > low)

    def _beside(self, line: float, middle: float, reach: float, along: float, *, is_high: bool) -> Rect:
        gap = self._spacing.label
        x = line + gap if is_high else line - reach
        return Rect(x, middle - along / 2, reach - gap, along)
