"""Orthogonal routes around shapes: A* on the grid of lines beside every obstacle.

The idea is that of Wybrow, Marriott and Stuckey, "Orthogonal Connector Routing" (Graph Drawing 2009): only
the lines beside shapes and through ports matter, and length, bends, crossings and shared ways have a price.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import pairwise

from drawing.geometry import OUTWARD, Point, Rect, Side, on_outline, tidy

MARGIN = 14.0  # between a shape and the first track beside it
TRACK = 10.0  # between two tracks
CLEARANCE = 7.0  # nearest that a route comes to a foreign shape
BEND = 38.0
CROSSING = 90.0
SHARING = 600.0
USED_PORT = 500.0
OFF_CENTRE = 14.0
MAX_STEPS = 120_000  # of the search, for all routes of one router: about a third of a second
MANY = 25  # obstacles, from which on a good route found soon is better than the best one

_SIDES: tuple[Side, ...] = ("top", "right", "bottom", "left")
_INF = float("inf")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What a route is bound to: an outline drawn into a box, and the sides where it may leave, best first."""

    outline: str
    rect: Rect
    sides: tuple[Side, ...] = _SIDES
    facing: tuple[tuple[Side, Point], ...] = ()  # further ports, straight across from another end's


@dataclass(frozen=True, slots=True)
class _Port:
    side: Side
    point: Point  # on the outline
    stub: Point  # on the grid
    price: float


class Router:
    """Routes for one arrangement of obstacles; every route it makes or is told of is avoided by the next."""

    def __init__(
        self,
        obstacles: Sequence[Rect],
        ends: Iterable[Endpoint],
        *,
        margin: float = MARGIN,
        columns: Sequence[Rect] | None = None,
        rows: Sequence[Rect] | None = None,
    ) -> None:
        """Make the grid; routes turn beside the boxes of ``columns`` and ``rows``, by default of all obstacles."""
        self._obstacles = list(obstacles)
        self._margin = margin
        self._steps = MAX_STEPS
        self._haste = 1.0 if len(self._obstacles) <= MANY else 1.3  # Weighted A*: Pohl, 1970.
        self._clearance = min(CLEARANCE, margin - 2)
        self._ports = {end: self._find_ports(end) for end in ends}
        self._used: dict[Point, int] = {}
        stubs = [port.stub for ports in self._ports.values() for port in ports]
        self._xs = self._lines([p[0] for p in stubs], [(r.x, r.right) for r in columns or obstacles])
        self._ys = self._lines([p[1] for p in stubs], [(r.y, r.bottom) for r in rows or obstacles])
        self._across = [[0.0] * len(self._xs) for _ in self._ys]  # [row][i]: from column i to i + 1
        self._down = [[0.0] * len(self._ys) for _ in self._xs]
        for rect in self._obstacles:
            self._block(rect.grown(self._clearance))

    def route(self, source: Endpoint, target: Endpoint) -> tuple[Point, ...] | None:
        """Return the cheapest route from outline to outline; None when there is no way or it is too far."""
        found = self._search(self._ports[source], self._ports[target])
        if found is None:
            return None
        first, steps, last = found
        points = tidy([first.point, *steps, last.point])
        self._used[first.point] = self._used.get(first.point, 0) + 1
        self._used[last.point] = self._used.get(last.point, 0) + 1
        self.avoid(points)
        return points

    def avoid(self, points: Sequence[Point]) -> None:
        """Make it dear to cross this polyline or to run along it."""
        for end in (points[0], points[-1]):
            self._used.setdefault(end, 1)
        for a, b in pairwise(points):
            if abs(a[0] - b[0]) < 0.01:
                self._mark(self._xs, self._ys, self._across, self._down, a[0], *sorted((a[1], b[1])))
            elif abs(a[1] - b[1]) < 0.01:
                self._mark(self._ys, self._xs, self._down, self._across, a[1], *sorted((a[0], b[0])))

    def _mark(
        self,
        lines: list[float],
        cross_lines: list[float],
        crossing: list[list[float]],
        along: list[list[float]],
        at: float,
        low: float,
        high: float,
    ) -> None:
        """Raise the price around a segment: ``at`` on the axis of ``lines``, low to high on the other."""
        first, last = bisect_left(cross_lines, low - 0.01), bisect_right(cross_lines, high + 0.01)
        cell = bisect_right(lines, at - 0.01) - 1
        for i in range(first, last):
            if 0 <= cell < len(lines) - 1 and lines[cell + 1] > at - 0.01:
                crossing[i][cell] += CROSSING
        for line in range(bisect_left(lines, at - TRACK * 0.7), bisect_right(lines, at + TRACK * 0.7)):
            for i in range(max(0, first - 1), min(last, len(cross_lines) - 1)):
                if cross_lines[i] < high - 0.01 and cross_lines[i + 1] > low + 0.01:
                    along[line][i] += SHARING

    def _lines(self, exact: Iterable[float], spans: Sequence[tuple[float, float]]) -> list[float]:
        lines = sorted({round(value, 3) for value in exact})
        tracks = (self._margin,) if len(spans) > MANY else (self._margin, self._margin + TRACK)
        near = [value for low, high in spans for track in tracks for value in (low - track, high + track)]
        if spans:
            reach = self._margin + TRACK
            near += [min(low for low, _ in spans) - 2 * reach, max(high for _, high in spans) + 2 * reach]
        for value in near:
            i = bisect_left(lines, value)
            is_near = (i < len(lines) and lines[i] - value < 5) or (i > 0 and value - lines[i - 1] < 5)
            if not is_near:
                lines.insert(i, round(value, 3))
        return lines

    def _block(self, rect: Rect) -> None:
        left, right = bisect_right(self._xs, rect.x), bisect_left(self._xs, rect.right)
        top, bottom = bisect_right(self._ys, rect.y), bisect_left(self._ys, rect.bottom)
        for row in range(top, bottom):
            for i in range(max(0, left - 1), min(right, len(self._xs) - 1)):
                self._across[row][i] = _INF
        for column in range(left, right):
            for i in range(max(0, top - 1), min(bottom, len(self._ys) - 1)):
                self._down[column][i] = _INF

    def _find_ports(self, end: Endpoint) -> list[_Port]:
        ports = []
        for side, at in end.facing:
            port = self._port(end, side, at)
            if self._is_free(end.rect, port):
                ports.append(_Port(side, port[0], port[1], OFF_CENTRE / 2))
        for rank, side in enumerate(end.sides):
            for share in _shares(end, side):
                at = (end.rect.x + share * end.rect.w, end.rect.y + share * end.rect.h)
                port = self._port(end, side, at)
                price = 4.0 * rank + OFF_CENTRE * (share != 0.5) + OFF_CENTRE * abs(share - 0.5)
                if self._is_free(end.rect, port):
                    ports.append(_Port(side, port[0], port[1], price))
        return ports

    def _port(self, end: Endpoint, side: Side, at: Point) -> tuple[Point, Point]:
        """Return the point of the outline on that side, level with ``at``, and the grid point before it."""
        rect, (dx, dy) = end.rect, OUTWARD[side]
        at = (round(at[0], 3), round(at[1], 3))
        point = on_outline(end.outline, rect, side, at)
        edge = {"top": rect.y, "bottom": rect.bottom, "left": rect.x, "right": rect.right}[side]
        stub = (at[0], edge + dy * self._margin) if dy else (edge + dx * self._margin, at[1])
        return point, (round(stub[0], 3), round(stub[1], 3))

    def _is_free(self, own: Rect, port: tuple[Point, Point]) -> bool:
        (ax, ay), (bx, by) = port
        way = Rect(min(ax, bx), min(ay, by), abs(ax - bx), abs(ay - by)).grown(self._clearance - 1)
        return not any(rect != own and rect.overlaps(way) and not rect.holds(own) for rect in self._obstacles)

    def _search(
        self, sources: Sequence[_Port], targets: Sequence[_Port]
    ) -> tuple[_Port, list[Point], _Port] | None:
        """A* over cells and the axis they are entered along; goals are entered through their own price."""
        if not sources or not targets:
            return None
        xs, ys, across, down = self._xs, self._ys, self._across, self._down
        rows, last_row, last_column = len(ys), len(ys) - 1, len(xs) - 1
        goals: dict[int, list[tuple[float, int, _Port]]] = {}
        for port in targets:
            arriving = (_SIDES.index(port.side) + 2) % 4
            goals.setdefault(self._cell(port), []).append((self._price(port), arriving, port))
        rest_x = _distances(xs, [cell // rows for cell in goals], self._haste)
        rest_y = _distances(ys, [cell % rows for cell in goals], self._haste)
        best: dict[int, float] = {}
        came: dict[int, int] = {}
        first: dict[int, _Port] = {}
        heap: list[tuple[float, int, float, int, int, _Port | None]] = []
        for order, port in enumerate(sources):
            cell, heading, price = self._cell(port), _SIDES.index(port.side), self._price(port)
            state = cell * 2 + heading % 2
            if price < best.get(state, _INF):
                best[state], first[state] = price, port
                estimate = price + rest_x[cell // rows] + rest_y[cell % rows]
                heappush(heap, (estimate, order, price, cell, heading, None))
        order = len(sources)
        while heap and self._steps > 0:
            _, _, cost, cell, heading, goal = heappop(heap)
            here = cell * 2 + heading % 2
            if goal is not None:
                return self._trace(came, first, here, goal)
            if cost > best[here]:
                continue
            self._steps -= 1
            x, y = cell // rows, cell % rows
            for price, arriving, port in goals.get(cell, ()):
                if (heading - arriving) % 4 != 2:
                    order += 1
                    total = cost + price + (BEND if heading != arriving else 0.0)
                    heappush(heap, (total, order, total, cell, heading, port))
            for direction in (heading, (heading + 1) % 4, (heading + 3) % 4):
                if direction == 0 and y > 0:
                    there, price = cell - 1, down[x][y - 1] + ys[y] - ys[y - 1]
                elif direction == 2 and y < last_row:
                    there, price = cell + 1, down[x][y] + ys[y + 1] - ys[y]
                elif direction == 1 and x < last_column:
                    there, price = cell + rows, across[y][x] + xs[x + 1] - xs[x]
                elif direction == 3 and x > 0:
                    there, price = cell - rows, across[y][x - 1] + xs[x] - xs[x - 1]
                else:
                    continue
                price += cost if direction == heading else cost + BEND
                state = there * 2 + direction % 2
                if price < best.get(state, _INF):
                    best[state], came[state] = price, here
                    first.pop(state, None)
                    order += 1
                    estimate = price + rest_x[there // rows] + rest_y[there % rows]
                    heappush(heap, (estimate, order, price, there, direction, None))
        return None

    def _cell(self, port: _Port) -> int:
        return bisect_left(self._xs, port.stub[0]) * len(self._ys) + bisect_left(self._ys, port.stub[1])

    def _price(self, port: _Port) -> float:
        return port.price + USED_PORT * self._used.get(port.point, 0)

    def _trace(
        self, came: dict[int, int], first: dict[int, _Port], here: int, goal: _Port
    ) -> tuple[_Port, list[Point], _Port]:
        points = []
        rows = len(self._ys)
        while True:
            points.append((self._xs[here // 2 // rows], self._ys[here // 2 % rows]))
            if here in first:
                return first[here], points[::-1], goal
            here = came[here]


def _distances(lines: Sequence[float], goals: Sequence[int], haste: float) -> list[float]:
    """Return how far each line is from the span of the goals' lines, ``haste`` times."""
    low, high = lines[min(goals)], lines[max(goals)]
    return [max(low - at, at - high, 0.0) * haste for at in lines]


def _shares(end: Endpoint, side: Side) -> tuple[float, ...]:
    """Where along a side ports are: the middle first; pointed outlines have no other."""
    if end.outline in ("diamond", "star", "heart"):
        return (0.5,)
    length = end.rect.w if side in ("top", "bottom") else end.rect.h
    if end.outline == "circle":
        return (0.5, 0.35, 0.65)
    if length < 36:
        return (0.5,)
    if length < 70:
        return (0.5, 0.25, 0.75)
    return (0.5, 0.3, 0.7, 0.15, 0.85)
