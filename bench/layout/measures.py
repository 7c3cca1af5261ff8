"""What is counted on a laid-out graph, whichever engine made it: the rows of the table in docs/layout.md."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from bench.layout.graphs import Graph, Line
from drawing.geometry import (
    Point,
    Rect,
    bounding,
    distance_to_outline,
    extent,
    inside_polygon,
    point_to_segment,
    polygon,
    segment_hits_rect,
    segments_cross,
    shared_length,
)

SLIDE = (12.3 * 72, 6.0 * 72)  # points: what a 13.3-inch slide leaves for a drawing under its title
FONT = 16.0  # units: the size of the text in the boxes
HEAD = 12.0  # units
KINK = 16.0  # units


@dataclass
class Drawing:
    """What an engine returned: boxes, frames, lines from end to end, places of labels."""

    rects: dict[str, Rect] = field(default_factory=dict)
    frames: dict[str, Rect] = field(default_factory=dict)
    routes: dict[str, list[Point]] = field(default_factory=dict)
    labels: dict[str, Rect] = field(default_factory=dict)
    headings: dict[str, Rect] = field(default_factory=dict)

    def bounds(self) -> Rect:
        """Return the box around everything."""
        rects = [*self.rects.values(), *self.frames.values(), *self.labels.values()]
        return bounding(rects, [p for r in self.routes.values() for p in r]) or Rect(0, 0, 1, 1)


def slide_text(drawing: Drawing) -> float:
    """Return the size in points of the boxes' text when the drawing fills a slide."""
    box = drawing.bounds()
    return min(SLIDE[0] / max(1.0, box.w), SLIDE[1] / max(1.0, box.h)) * FONT


class Measure:
    """Everything that is counted on one drawing of one graph."""

    def __init__(self, graph: Graph, drawing: Drawing, *, knows_outlines: bool = True) -> None:
        self.graph, self.drawing = graph, drawing
        self._lines = {line.key: line for line in graph.lines}
        self._outlines = {box.key: box.outline if knows_outlines else "rectangle" for box in graph.boxes}
        self._homes = {box.key: box.group for box in graph.boxes}
        self._parents = {group.key: group.parent for group in graph.groups}
        self._reach = {key: extent(route) for key, route in drawing.routes.items()}

    def around(self, key: str) -> set[str]:
        """Return the groups that a box or group stands in."""
        out: set[str] = set()
        above = self._homes.get(key) if key in self._homes else self._parents.get(key)
        while above is not None and above not in out:
            out.add(above)
            above = self._parents.get(above)
        return out

    def hard(self) -> list[str]:
        """Return what is plainly wrong, one sentence each."""
        return [
            *self._missing(), *self._overlaps(), *self._through_boxes(), *self._on_each_other(),
            *self._label_overlaps(), *self._loose(),
        ]  # fmt: skip

    def _missing(self) -> Iterator[str]:
        for line in self.graph.lines:
            if line.key not in self.drawing.routes:
                yield f"no route: {line.key}"
            if line.label[0] and line.key not in self.drawing.labels:
                yield f"no label: {line.key}"

    def _overlaps(self) -> Iterator[str]:
        rects, frames = self.drawing.rects, self.drawing.frames
        for (one, a), (other, b) in combinations(rects.items(), 2):
            if a.overlaps(b, -1.0):
                yield f"boxes overlap: {one} {other}"
        for key, rect in rects.items():
            around = self.around(key)
            for name, frame in frames.items():
                if name in around and not frame.holds(rect, 1.0):
                    yield f"box outside of its frame: {key} {name}"
                if name not in around and frame.overlaps(rect, -1.0):
                    yield f"foreign box in a frame: {key} {name}"
        for (one, a), (other, b) in combinations(frames.items(), 2):
            is_nested = other in self.around(one) or one in self.around(other)
            if a.overlaps(b, -1.0) and not is_nested:
                yield f"frames overlap: {one} {other}"
            if other in self.around(one) and not b.holds(a, 1.0):
                yield f"frame outside of its frame: {one} {other}"

    def _through_boxes(self) -> Iterator[str]:
        for key, route in self.drawing.routes.items():
            line = self._lines[key]
            for name, rect in self.drawing.rects.items():
                if not rect.overlaps(self._reach[key], 0):
                    continue
                is_end = name in (line.source, line.target)
                outline = self._outlines[name]
                if any(
                    self._enters(a, b, rect.grown(-3 if is_end else -1), outline) for a, b in pairwise(route)
                ):
                    yield f"line through {'its own' if is_end else 'a'} box: {key} {name}"
            for name, rect in self.drawing.headings.items():
                if any(segment_hits_rect(a, b, rect) for a, b in pairwise(route)):
                    yield f"line through a heading: {key} {name}"

    @staticmethod
    def _enters(a: Point, b: Point, rect: Rect, outline: str) -> bool:
        if not segment_hits_rect(a, b, rect):
            return False
        if outline == "rectangle":
            return True
        corners = polygon(outline, rect)
        steps = max(2, math.ceil(math.dist(a, b) / 5))
        return any(
            inside_polygon(corners, (a[0] + (b[0] - a[0]) * i / steps, a[1] + (b[1] - a[1]) * i / steps))
            for i in range(steps + 1)
        )

    def foreign_frames(self) -> list[str]:
        """Return the lines that run through a frame that neither end stands in."""
        out = []
        for key, route in self.drawing.routes.items():
            line = self._lines[key]
            own = self.around(line.source) | self.around(line.target) | {line.source, line.target}
            for name, frame in self.drawing.frames.items():
                is_lane = any(group.key == name and group.lane for group in self.graph.groups)
                if name in own or is_lane or not frame.overlaps(self._reach[key], 0):
                    continue
                if any(segment_hits_rect(a, b, frame.grown(-1)) for a, b in pairwise(route)):
                    out.append(f"line through a foreign frame: {key} {name}")
        return out

    def _on_each_other(self) -> Iterator[str]:
        for (one, a), (other, b) in combinations(self.drawing.routes.items(), 2):
            if not self._reach[one].overlaps(self._reach[other], 3):
                continue
            p, q = self._lines[one], self._lines[other]
            related = (p.source == q.source or p.target == q.target) and (p.source, p.target) != (
                q.source,
                q.target,
            )
            if related:
                continue
            length = sum(shared_length(*s, *t, tolerance=2.0) for s in pairwise(a) for t in pairwise(b))
            if length > 6:
                yield f"lines on each other: {one} {other} for {length:.0f}"

    def _label_overlaps(self) -> Iterator[str]:
        labels = self.drawing.labels
        for (one, a), (other, b) in combinations(labels.items(), 2):
            if a.overlaps(b, -1.0):
                yield f"labels overlap: {one} {other}"
        for key, label in labels.items():
            for name, rect in self.drawing.rects.items():
                if rect.overlaps(label, -1.0):
                    yield f"label on a box: {key} {name}"
            for name, route in self.drawing.routes.items():
                if self._reach[name].overlaps(label, 0) and any(
                    segment_hits_rect(a, b, label.grown(-1)) for a, b in pairwise(route)
                ):
                    yield f"line through a label: {name} {key}"

    def _loose(self) -> Iterator[str]:
        for key, route in self.drawing.routes.items():
            line = self._lines[key]
            for end, point in ((line.source, route[0]), (line.target, route[-1])):
                rect = self.drawing.rects.get(end) or self.drawing.frames.get(end)
                if rect and distance_to_outline(self._outlines.get(end, "rectangle"), rect, point) > 2:
                    yield f"loose end: {key} {end}"

    def crossings(self) -> int:
        """Return how often lines cross."""
        pieces = {key: list(pairwise(route)) for key, route in self.drawing.routes.items()}
        return sum(
            segments_cross(*p, *q)
            for one, other in combinations(pieces, 2)
            if self._reach[one].overlaps(self._reach[other], 1)
            for p in pieces[one]
            for q in pieces[other]
        )

    def label_owners(self) -> tuple[int, int]:
        """Return how many labels are nearer to another line, and how many are far from their own."""
        foreign = far = 0
        for key, label in self.drawing.labels.items():
            route = self.drawing.routes.get(key)
            if route is None:
                continue
            own = _gap(label, route)
            mates = self._parallel(self._lines[key])
            others = [
                _gap(label, other)
                for name, other in self.drawing.routes.items()
                if name != key and name not in mates and self._reach[name].overlaps(label, 40)
            ]
            foreign += any(other < own - 0.5 for other in others)
            far += own > 1.2 * FONT
        return foreign, far

    def _parallel(self, line: Line) -> set[str]:
        return {o.key for o in self.graph.lines if {o.source, o.target} == {line.source, line.target}} - {
            line.key
        }

    def kinks(self) -> int:
        """Return the pieces between two bends that are too short."""
        count = 0
        for route in self.drawing.routes.values():
            inner = list(pairwise(route))[1:-1]
            for i, (a, b) in enumerate(inner):
                before, after = (route[i], a), (b, route[i + 3])
                if math.dist(a, b) < KINK and _same_way(before, after):
                    count += 1
        return count

    def short_heads(self) -> int:
        """Return the lines whose last piece is shorter than an arrow's head."""
        return sum(math.dist(route[-2], route[-1]) < HEAD for route in self.drawing.routes.values())

    def bends(self) -> int:
        """Return the bends of all lines."""
        return sum(len(route) - 2 for route in self.drawing.routes.values())

    def detour(self) -> float:
        """Return the mean of the lines' lengths, each by the straight distance of its ends."""
        factors = []
        for route in self.drawing.routes.values():
            straight = abs(route[0][0] - route[-1][0]) + abs(route[0][1] - route[-1][1])
            length = sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairwise(route))
            if straight > 1:
                factors.append(length / straight)
        return sum(factors) / len(factors) if factors else 1.0

    def balance(self) -> float:
        """Return how far parents are off the middle of two children or more, by the children's spread, at most 1."""
        off = []
        across = 0 if self.graph.direction == "down" else 1
        for box in self.graph.boxes:
            targets = {line.target for line in self.graph.lines if line.source == box.key} - {box.key}
            kids = [self.drawing.rects[t] for t in sorted(targets) if t in self.drawing.rects]
            own = self.drawing.rects[box.key]
            kids = [k for k in kids if _ahead(own, k, self.graph.direction)]
            if len(kids) < 2:
                continue
            places = [(k.cx, k.cy)[across] for k in kids]
            spread = max(places) - min(places)
            if spread > 1:
                middle = (max(places) + min(places)) / 2
                off.append(min(1.0, abs((own.cx, own.cy)[across] - middle) / spread))
        return sum(off) / len(off) if off else 0.0

    def side_entries(self) -> tuple[int, int]:
        """Return the forward lines that enter a box at a side, and all forward lines."""
        sides = total = 0
        for line in self.graph.lines:
            route = self.drawing.routes.get(line.key)
            a, b = self.drawing.rects.get(line.source), self.drawing.rects.get(line.target)
            if route is None or a is None or b is None or not _ahead(a, b, self.graph.direction):
                continue
            total += 1
            (px, py), (qx, qy) = route[-2], route[-1]
            sides += (
                abs(qx - px) > abs(qy - py) if self.graph.direction == "down" else abs(qy - py) > abs(qx - px)
            )
        return sides, total


def _ahead(a: Rect, b: Rect, direction: str) -> bool:
    return a.bottom < b.y if direction == "down" else a.right < b.x


def _same_way(a: tuple[Point, Point], b: tuple[Point, Point]) -> bool:
    """Say whether two pieces run in the same direction, so that what is between them is a jog."""
    return (a[1][0] - a[0][0]) * (b[1][0] - b[0][0]) + (a[1][1] - a[0][1]) * (b[1][1] - b[0][1]) > 0


def _gap(label: Rect, route: Sequence[Point]) -> float:
    """Return the distance of a label's box from a line."""
    if any(segment_hits_rect(a, b, label) for a, b in pairwise(route)):
        return 0.0
    corners = [
        (label.x, label.y),
        (label.right, label.y),
        (label.x, label.bottom),
        (label.right, label.bottom),
    ]
    best = min(point_to_segment(corner, a, b) for corner in corners for a, b in pairwise(route))
    for x, y in route:
        dx = max(label.x - x, 0.0, x - label.right)
        dy = max(label.y - y, 0.0, y - label.bottom)
        best = min(best, math.hypot(dx, dy))
    for a, b in pairwise(route):
        if a[0] == b[0] and min(a[1], b[1]) < label.bottom and max(a[1], b[1]) > label.y:
            best = min(best, max(label.x - a[0], a[0] - label.right))
        elif a[1] == b[1] and min(a[0], b[0]) < label.right and max(a[0], b[0]) > label.x:
            best = min(best, max(label.y - a[1], a[1] - label.bottom))
    return best
