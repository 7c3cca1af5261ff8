"""Connectors between the same two shapes: spread into lanes side by side, each with its words along it.

A bundle is laid out before anything else is routed, where its shapes face each other and the space between them is
free; the shapes keep their size, and lanes that do not fit on their sides fan out between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from drawing.geometry import Point, Rect, Side, on_outline, tidy
from drawing.graph import Link
from drawing.layout.ports import endpoint_rect, outline_of
from drawing.measured import MeasuredGraph
from drawing.scene import Scene

BESIDE = 4.0  # units between a lane and its label
CLEAR = 10.0  # units between a label and the next lane
LANE = 16.0  # units between two lanes without words between them
STUB = 14.0  # units straight out of a shape before a lane turns to its place
STEP = 9.0  # units between the turns of neighbouring lanes
FACING = 20.0  # units over which two shapes must face each other
PORT_MARGIN = 6.0  # units from a corner of a shape where no lane begins


def find_bundles(links: Iterable[Link]) -> list[list[Link]]:
    """Return the links that share both ends with another one, in either direction, bundle by bundle."""
    by_pair: dict[frozenset[str], list[Link]] = {}
    for link in links:
        if link.source != link.target:
            by_pair.setdefault(frozenset((link.source, link.target)), []).append(link)
    return [bundle for bundle in by_pair.values() if len(bundle) > 1]


@dataclass(frozen=True, slots=True)
class Lanes:
    """Where the lanes of a bundle run, across it: offsets from the first lane, and the space they take in all."""

    offsets: tuple[float, ...]
    before: float  # taken by a label before the first lane
    after: float  # and after the last one
    longest: float  # the length that the longest label takes along its lane


def measure_lanes(bundle: Sequence[Link], measured: MeasuredGraph, is_level: bool) -> Lanes:
    """Return the lanes of a bundle that runs across the page (``is_level``) or down it.

    Two lanes have their words outside, above or left of the first and below or right of the second; of more lanes
    each has them above it, or at its right.
    """
    thick, long = zip(*(_extent(link, measured, is_level) for link in bundle), strict=True)
    count = len(bundle)
    between = [0.0] * (count + 1)  # space taken before lane 0, between lanes, and after the last one
    for i in range(count):
        between[_slot(i, count, is_level)] += thick[i]
    offsets = [0.0]
    for space in between[1:-1]:
        offsets.append(offsets[-1] + max(LANE, space + BESIDE + CLEAR if space else LANE))
    before, after = (space + BESIDE if space else 0.0 for space in (between[0], between[-1]))
    return Lanes(tuple(offsets), before, after, max(long))


def _slot(lane: int, count: int, is_level: bool) -> int:
    """Return before which lane the words of one stand."""
    if count == 2:
        return 0 if lane == 0 else 2
    return lane if is_level else lane + 1


def _extent(link: Link, measured: MeasuredGraph, is_level: bool) -> tuple[float, float]:
    """Return the size of a link's label across and along its lane."""
    label = measured.labels.get(link.key)
    if label is None:
        return 0.0, 0.0
    return (label.height, label.width + 2) if is_level else (label.width + 2, label.height)


def spread_bundles(measured: MeasuredGraph, scene: Scene) -> None:
    """Give the links of each bundle their routes and label boxes, where its shapes face each other."""
    for bundle in find_bundles(measured.links):
        known = {
            key for key in (bundle[0].source, bundle[0].target) if key in scene.rects or key in scene.frames
        }
        if len(known) == 2 and not any(link.key in scene.routes for link in bundle):
            _Bundle(bundle, measured, scene).spread()


class _Bundle:
    """One bundle, seen as if it ran from left to right: x and y change places when it runs down."""

    def __init__(self, bundle: Sequence[Link], measured: MeasuredGraph, scene: Scene) -> None:
        self._bundle = bundle
        self._measured = measured
        self._scene = scene
        first, last = bundle[0].source, bundle[0].target
        a, b = endpoint_rect(first, scene), endpoint_rect(last, scene)
        self._is_level = a.right <= b.x or b.right <= a.x
        if (self._seen(a).x, first) > (self._seen(b).x, last):
            first, last = last, first
        self._first, self._last = first, last
        self._left = self._seen(endpoint_rect(first, scene))
        self._right = self._seen(endpoint_rect(last, scene))
        self._lanes = measure_lanes(bundle, measured, self._is_level)

    def _seen(self, rect: Rect) -> Rect:
        return rect if self._is_level else Rect(rect.y, rect.x, rect.h, rect.w)

    def spread(self) -> None:
        """Route all lanes, or leave everything as it is when there is no place for them."""
        gap = self._right.x - self._left.right
        low, high = max(self._left.y, self._right.y), min(self._left.bottom, self._right.bottom)
        if high - low < FACING or gap < self._lanes.longest + 2 * BESIDE:
            return
        # The lanes themselves stand in the middle; labels that are outside on one side only do not count.
        top = (low + high) / 2 - self._lanes.offsets[-1] / 2
        ys = [top + offset for offset in self._lanes.offsets]
        if not self._is_free(ys):
            return
        ports = [self._ports(self._left, self._first, ys), self._ports(self._right, self._last, ys)]
        turns = self._turns(ys, ports, gap)
        if turns is None:
            return
        for lane, link in enumerate(self._bundle):
            self._route(link, ys[lane], (ports[0][lane], ports[1][lane]), turns[lane])
            self._label(link, lane, ys[lane])

    def _is_free(self, ys: Sequence[float]) -> bool:
        top, bottom = ys[0] - self._lanes.before, ys[-1] + self._lanes.after
        area = Rect(self._left.right + 1, top, self._right.x - self._left.right - 2, bottom - top)
        others = [rect for key, rect in self._scene.rects.items() if key not in (self._first, self._last)]
        others += self._scene.headings.values()
        return not any(self._seen(rect).overlaps(area, BESIDE) for rect in others)

    def _ports(self, rect: Rect, key: str, ys: Sequence[float]) -> list[float]:
        """Return where lanes begin on a side: straight on where all fit, else spread over it."""
        is_flat = outline_of(key, self._measured) in ("rectangle", "text")
        margin = min(PORT_MARGIN, rect.h / 4) if is_flat else rect.h / 4
        low, high = rect.y + margin, rect.bottom - margin
        if low <= ys[0] and ys[-1] <= high:
            return list(ys)
        step = min((high - low) / (len(ys) - 1), LANE)
        start = (low + high) / 2 - step * (len(ys) - 1) / 2
        return [start + i * step for i in range(len(ys))]

    def _turns(
        self, ys: Sequence[float], ports: Sequence[Sequence[float]], gap: float
    ) -> list[tuple[float, float]] | None:
        """Return for each lane how far from both shapes it turns; None when there is no space to turn.

        The outermost lane turns first, so that none crosses another.
        """
        out = []
        count = len(ys)
        for lane in range(count):
            rank = min(lane, count - 1 - lane)
            out.append((STUB + rank * STEP, STUB + rank * STEP))
        bent = any(abs(side[i] - ys[i]) > 0.05 for side in ports for i in range(count))
        needed = self._lanes.longest + 2 * CLEAR + (2 * max(turn for turn, _ in out) if bent else 0.0)
        return out if gap >= needed else None

    def _route(self, link: Link, y: float, ports: tuple[float, float], turn: tuple[float, float]) -> None:
        start = self._on(self._first, "right", ports[0])
        finish = self._on(self._last, "left", ports[1])
        x0, x1 = self._left.right + turn[0], self._right.x - turn[1]
        points = [start, (x0, ports[0]), (x0, y), (x1, y), (x1, ports[1]), finish]
        if link.source != self._first:
            points.reverse()
        self._scene.routes[link.key] = tidy([self._real(point) for point in points])

    def _on(self, key: str, side: Side, y: float) -> Point:
        """Return the point of an outline at a height, as seen."""
        real: Side = side if self._is_level else ("bottom" if side == "right" else "top")
        rect = endpoint_rect(key, self._scene)
        at = (rect.cx, y) if self._is_level else (y, rect.cy)
        x, y = on_outline(outline_of(key, self._measured), rect, real, at)
        return (x, y) if self._is_level else (y, x)

    def _real(self, point: Point) -> Point:
        return point if self._is_level else (point[1], point[0])

    def _label(self, link: Link, lane: int, y: float) -> None:
        label = self._measured.labels.get(link.key)
        if label is None:
            return
        thick, long = _extent(link, self._measured, self._is_level)
        is_before = _slot(lane, len(self._bundle), self._is_level) <= lane
        top = y - BESIDE - thick if is_before else y + BESIDE
        seen = Rect((self._left.right + self._right.x - long) / 2, top, long, thick)
        self._scene.label_rects[link.key] = self._seen(seen)
