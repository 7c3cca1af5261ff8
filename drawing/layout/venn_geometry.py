"""The outlines of two, three or four sets that all overlap, and where there is most room in each overlap."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

from drawing.geometry import Point

STEPS = 96  # corners of an outline
RASTER = 48  # points each way that are looked at for room
APART = 1.12  # radii between the centres of equal sets


@dataclass(frozen=True, slots=True)
class Ellipse:
    """A set's outline: its centre, its half axes and its turn (radians)."""

    cx: float
    cy: float
    a: float
    b: float
    turn: float = 0.0

    def depth(self, point: Point) -> float:
        """Return how far inside a point is, about; negative outside."""
        dx, dy = point[0] - self.cx, point[1] - self.cy
        if self.a == self.b:
            return self.a - math.hypot(dx, dy)
        cos, sin = _direction(self.turn)
        u, v = (dx * cos + dy * sin) / self.a, (dy * cos - dx * sin) / self.b
        return (1 - math.hypot(u, v)) * min(self.a, self.b)

    def points(self) -> tuple[Point, ...]:
        """Return the corners of the outline, clockwise on the screen."""
        cos, sin = math.cos(self.turn), math.sin(self.turn)
        out = []
        for i in range(STEPS):
            u = self.a * math.cos(2 * math.pi * i / STEPS)
            v = self.b * math.sin(2 * math.pi * i / STEPS)
            out.append((self.cx + u * cos - v * sin, self.cy + u * sin + v * cos))
        return tuple(out)


@lru_cache(maxsize=16)
def _direction(turn: float) -> Point:
    return math.cos(turn), math.sin(turn)


def outlines(count: int) -> tuple[Ellipse, ...]:
    """Return the outlines of one to four sets of radius 1, every overlap of them there."""
    if count == 1:
        return (Ellipse(0, 0, 1, 1),)
    if count == 2:
        return (Ellipse(-APART / 2, 0, 1, 1), Ellipse(APART / 2, 0, 1, 1))
    if count == 3:
        far = APART / math.sqrt(3)
        turns = (-math.pi / 2, math.pi * 5 / 6, math.pi / 6)
        return tuple(Ellipse(far * math.cos(turn), far * math.sin(turn), 1, 1) for turn in turns)
    places = ((0.35, 0.6, 1), (0.45, 0.5, 1), (0.545, 0.5, -1), (0.645, 0.6, -1))
    return tuple(
        Ellipse(4.2 * (x - 0.5), 4.2 * (y - 0.5), 1.5, 0.95, way * math.radians(40)) for x, y, way in places
    )


def proportional(first: float, second: float, both: float) -> tuple[Ellipse, Ellipse]:
    """Return two circles whose areas, and that of their overlap, are as the values; the larger has radius 1."""
    largest = max(first, second)
    a, b = math.sqrt(first / largest), math.sqrt(second / largest)
    wanted = math.pi * min(both / largest, a * a, b * b)
    low, high = abs(a - b), a + b
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _lens(a, b, middle) > wanted else (low, middle)
    return Ellipse(-low / 2, 0, a, a), Ellipse(low / 2, 0, b, b)


def _lens(a: float, b: float, apart: float) -> float:
    """Return the area that two circles share."""
    if apart >= a + b:
        return 0.0
    if apart <= abs(a - b):
        return math.pi * min(a, b) ** 2
    x = (apart**2 + a**2 - b**2) / (2 * apart)
    one, other = math.acos(max(-1.0, min(1.0, x / a))), math.acos(max(-1.0, min(1.0, (apart - x) / b)))
    return a * a * (one - math.sin(2 * one) / 2) + b * b * (other - math.sin(2 * other) / 2)


def regions(count: int) -> list[tuple[int, ...]]:
    """Return all overlaps of sets, those of fewer sets first: (0,), (1,), (0, 1)."""
    return [members for size in range(1, count + 1) for members in combinations(range(count), size)]


def room(sets: Sequence[Ellipse], members: Sequence[int], point: Point) -> float:
    """Return how far a point is from the edge of a region: inside its members and outside all others."""
    free = math.inf
    for i, each in enumerate(sets):
        depth = each.depth(point)
        free = min(free, depth if i in members else -depth)
        if free < 0:
            break  # Outside: how far does not matter.
    return free


@lru_cache(maxsize=64)
def poles(sets: tuple[Ellipse, ...]) -> dict[tuple[int, ...], Point]:
    """Return for each region the point with most room around it."""
    xs = [point[0] for each in sets for point in each.points()]
    ys = [point[1] for each in sets for point in each.points()]
    best: dict[tuple[int, ...], tuple[float, Point]] = {}
    for i in range(RASTER + 1):
        for j in range(RASTER + 1):
            point = (
                min(xs) + (max(xs) - min(xs)) * i / RASTER,
                min(ys) + (max(ys) - min(ys)) * j / RASTER,
            )
            depths = [each.depth(point) for each in sets]
            members = tuple(k for k, depth in enumerate(depths) if depth > 0)
            free = min(abs(depth) for depth in depths)
            if members and free > best.get(members, (0.0, point))[0]:
                best[members] = (free, point)
    return {members: point for members, (_, point) in best.items()}


@lru_cache(maxsize=64)
def overlap(sets: tuple[Ellipse, ...], members: tuple[int, ...]) -> tuple[Point, ...]:
    """Return the outline of what some of the sets share; of one set, its own; nothing where they do not meet."""
    outline = sets[members[0]].points()
    for i in members[1:]:
        outline = tuple(intersection(outline, sets[i].points())) if outline else ()
    return outline


def intersection(one: Sequence[Point], other: Sequence[Point]) -> list[Point]:
    """Return what two convex outlines share, both clockwise on the screen (Sutherland and Hodgman, 1974)."""
    out = list(one)
    for a, b in zip(other, [*other[1:], other[0]], strict=True):
        given, out = out, []
        for p, q in zip(given, [*given[1:], *given[:1]], strict=True):
            inside, follows = _side(a, b, p) >= 0, _side(a, b, q) >= 0
            if inside:
                out.append(p)
            if inside != follows:
                t = _side(a, b, p) / (_side(a, b, p) - _side(a, b, q))
                out.append((p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t))
    return out


def _side(a: Point, b: Point, p: Point) -> float:
    return (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
