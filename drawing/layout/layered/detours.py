"""Ways around for lines that the layers cannot draw well: through foreign frames, or into boxes laid out alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from drawing.geometry import Point, Rect, Side, extent, segment_hits_rect
from drawing.layout.layered.ends import Outline, bind
from drawing.layout.layered.model import Arc, Cluster, Layout, Spacing, Vertex
from drawing.layout.router import Endpoint, Router
from drawing.model import Direction

MARGINS = (12.0, 6.0)  # units kept from obstacles, the second where the first leaves no way
WORK = 1600  # lines times boxes that are looked for a way around, which bounds the time
Above = Callable[[str], set[str]]  # from a vertex or cluster to those that it stands in

_POINTED = ("diamond", "circle", "star", "heart")  # for which the router knows the ports
_ALL: tuple[Side, ...] = ("right", "left", "bottom", "top")
_SIDES: dict[Direction, tuple[Side, Side]] = {
    "down": ("bottom", "top"), "up": ("top", "bottom"), "right": ("right", "left"), "left": ("left", "right"),
}  # fmt: skip


class Detours:
    """Finds the lines that need another way, and gives them one."""

    def __init__(
        self,
        layout: Layout,
        vertices: dict[str, Vertex],
        clusters: dict[str, Cluster],
        above: Above,
        flow: Callable[[str], Direction],
        spacing: Spacing,
    ) -> None:
        self._layout, self._vertices, self._clusters = layout, vertices, clusters
        self._above, self._flow, self._spacing = above, flow, spacing

    def mend(self, arcs: Sequence[Arc], strips: Sequence[Rect] = (), *, is_quick: bool) -> None:
        """Route again what has no route, or one through a foreign frame or a heading; quickly only the former.

        Lines may run beside ``strips``, the boxes of rows or columns.
        """
        shown = [arc for arc in arcs if not arc.hidden]
        bad = [arc for arc in shown if arc.key not in self._layout.routes]
        if not is_quick:
            crossing = [arc for arc in shown if arc.key in self._layout.routes and self._is_bad(arc)]
            bad += crossing[: max(4, WORK // (1 + len(self._layout.rects)))]
        groups: dict[frozenset[str], list[Arc]] = {}
        for arc in bad:
            groups.setdefault(frozenset(self._open(arc)), []).append(arc)
        for around, group in groups.items():
            self._route(group, around, strips)
        for arc in bad:
            if arc.label[0] and arc.key in self._layout.routes:
                self._layout.labels[arc.key] = self._label(arc)

    def _open(self, arc: Arc) -> set[str]:
        """Return the frames that a line may run through: those around its ends, and all lanes."""
        own = self._above(arc.source) | self._above(arc.target)
        return own | {key for key, cluster in self._clusters.items() if cluster.lane}

    def _is_bad(self, arc: Arc) -> bool:
        route = self._layout.routes[arc.key]
        reach, own = extent(route), self._open(arc) | {arc.source, arc.target}
        blocked = [frame.grown(-1) for key, frame in self._layout.frames.items() if key not in own]
        blocked += [rect.grown(-1) for rect in self._layout.headings.values()]
        return any(
            segment_hits_rect(a, b, rect)
            for rect in blocked
            if rect.overlaps(reach, 1)
            for a, b in pairwise(route)
        )

    def _route(self, group: Sequence[Arc], around: frozenset[str], strips: Sequence[Rect]) -> None:
        layout = self._layout
        foreign = [frame for key, frame in layout.frames.items() if key not in around]
        blocked = [*layout.rects.values(), *layout.headings.values(), *foreign]
        blocked += [rect for key, rect in layout.labels.items() if all(arc.key != key for arc in group)]
        ends = {
            arc.key: (self._end(arc.source, 0, arc.level), self._end(arc.target, 1, arc.level))
            for arc in group
        }
        # First only beside frames and between layers, then, if need be, beside any box.
        sparse = [*strips, *layout.frames.values(), *(end.rect for pair in ends.values() for end in pair)]
        every = [*layout.rects.values(), *layout.frames.values()]
        columns, rows = (sparse, every) if layout.direction in ("down", "up") else (every, sparse)
        left = list(group)
        for margin, beside in ((MARGINS[0], (columns, rows)), (MARGINS[1], (None, None))):
            router = Router(
                blocked,
                [end for pair in ends.values() for end in pair],
                margin=margin,
                columns=beside[0],
                rows=beside[1],
            )
            for key, route in layout.routes.items():
                if all(arc.key != key for arc in left):
                    router.avoid(route)
            for arc in list(left):
                found = router.route(*ends[arc.key])
                if found is not None and len(found) > 1:
                    layout.routes[arc.key] = bind(found, self._outline(arc.source), self._outline(arc.target))
                    left.remove(arc)
            if not left:
                return
        for arc in left:
            layout.routes.setdefault(arc.key, self._straight(arc))

    def _end(self, key: str, at: int, is_level: bool) -> Endpoint:
        flow = _SIDES[self._flow(key)]
        beside = [side for side in _ALL if side not in flow]
        sides: tuple[Side, ...] = tuple(beside) if is_level else (flow[at], *beside)
        if key in self._layout.rects:
            shape = self._vertices[key].outline
            return Endpoint(shape if shape in _POINTED else "rectangle", self._layout.rects[key], sides)
        return Endpoint("rectangle", self._layout.frames[key], sides)

    def _outline(self, key: str) -> Outline | None:
        vertex, rect = self._vertices.get(key), self._layout.rects.get(key)
        return Outline(vertex.outline, rect, vertex.corner) if vertex and rect else None

    def _straight(self, arc: Arc) -> tuple[Point, ...]:
        """The last resort: one line between the middles of two sides."""
        a, b = (self._layout.rects.get(k) or self._layout.frames[k] for k in (arc.source, arc.target))
        if a.right < b.x or b.right < a.x:
            return ((a.right, a.cy), (b.x, b.cy)) if a.cx < b.cx else ((a.x, a.cy), (b.right, b.cy))
        return ((a.cx, a.bottom), (b.cx, b.y)) if a.cy < b.cy else ((a.cx, a.y), (b.cx, b.bottom))

    def _label(self, arc: Arc) -> Rect:
        """Return the first free place next to the line, else the one with the least in its way."""
        layout = self._layout
        blocked = [*layout.rects.values(), *layout.headings.values()]
        blocked += [rect for key, rect in layout.labels.items() if key != arc.key]
        lines = [piece for key, route in layout.routes.items() if key != arc.key for piece in pairwise(route)]
        best: tuple[int, Rect] | None = None
        for place in self._places(layout.routes[arc.key], arc.label):
            wide = place.grown(self._spacing.label)
            hits = 3 * sum(rect.overlaps(place, 2) for rect in blocked)
            hits += 3 * sum(
                frame.overlaps(place) and not frame.holds(place) for frame in layout.frames.values()
            )
            hits += sum(segment_hits_rect(a, b, wide) for a, b in lines)
            if best is None or hits < best[0]:
                best = (hits, place)
            if hits == 0:
                break
        return best[1] if best else Rect(*layout.routes[arc.key][0], *arc.label)

    def _places(self, route: Sequence[Point], size: tuple[float, float]) -> Iterator[Rect]:
        (w, h), gap = size, self._spacing.label
        pieces = sorted(pairwise(route), key=lambda p: -abs(p[0][0] - p[1][0]) - abs(p[0][1] - p[1][1]))
        for (ax, ay), (bx, by) in pieces:
            for share in (0.5, 0.25, 0.75, 0.1, 0.9):
                x, y = ax + (bx - ax) * share, ay + (by - ay) * share
                if abs(ax - bx) < abs(ay - by):
                    yield Rect(x + gap, y - h / 2, w, h)
                    yield Rect(x - gap - w, y - h / 2, w, h)
                else:
                    yield Rect(x - w / 2, y - gap - h, w, h)
                    yield Rect(x - w / 2, y + gap, w, h)
