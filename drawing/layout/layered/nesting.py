"""Which parts of a graph are laid out on their own: clusters with another direction, parts that nothing connects.

Each becomes one box for what is around it, the innermost first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from drawing.geometry import Rect, bounding
from drawing.layout.layered.detours import Detours
from drawing.layout.layered.ends import Outline, bind
from drawing.layout.layered.headings import find_heading
from drawing.layout.layered.model import Arc, Cluster, Layout, Size, Spacing, Vertex
from drawing.layout.layered.ordering import Effort
from drawing.layout.layered.orientation import (
    heading_place,
    label_room,
    pads_of,
    rect_on_page,
    route_on_page,
    turned,
)
from drawing.layout.layered.packing import pack, pack_grid
from drawing.layout.layered.placing import place
from drawing.layout.layered.scope import ROOT, Link, Pads, Scope
from drawing.model import Direction

PAGE_ASPECT = 1.7  # width by height of what most drawings end up on


@dataclass(slots=True)
class Nest:
    """A graph whose innermost parts become boxes one after another.

    ``homes`` holds vertices' clusters, ``parents`` clusters' (empty for the page); ``holders`` says which box a
    vertex or cluster has become a part of.
    """

    vertices: dict[str, Vertex]
    clusters: dict[str, Cluster]
    arcs: Sequence[Arc]
    direction: Direction
    spacing: Spacing
    effort: Effort
    hints: dict[str, float] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    pools: set[str] = field(default_factory=set)  # clusters that hold lanes and show no frame
    holders: dict[str, str] = field(default_factory=dict)
    inside: dict[str, Layout] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)  # arcs that have their routes

    def lay_out(self) -> Layout:
        """Return the layout of the whole."""
        for key in self._outward():
            self._pack_loose(key)
            if self.direction_of(key) != self.direction_of(self.parents[key]):
                self._close(key)
        self._pack_loose("")
        layout = self._placed([""], self.direction)
        Detours(layout, self.vertices, self.clusters, self._around, self.spacing).mend(
            self.arcs, is_quick=self.effort.is_quick
        )
        return at_origin(layout)

    def _around(self, key: str) -> set[str]:
        """Return the clusters that a vertex or cluster stands in."""
        home = self.homes.get(key, self.parents.get(key, ""))
        return set(self._above(home))

    def _outward(self) -> list[str]:
        depth = {key: len(self._above(key)) for key in self.clusters}
        return sorted(self.clusters, key=lambda key: -depth[key])

    def _above(self, key: str) -> list[str]:
        out = []
        while key:
            out.append(key)
            key = self.parents[key]
        return out

    def direction_of(self, key: str) -> Direction:
        """Return the direction in which a cluster's content runs: its own, or that of what is around it."""
        for above in self._above(key):
            own = self.clusters[above]
            if own.direction is not None and not own.lane:
                return own.direction
        return self.direction

    def holder(self, key: str) -> str:
        """Return the box that a vertex or cluster is a part of by now, itself if of none."""
        while key in self.holders:
            key = self.holders[key]
        return key

    def _children(self, key: str) -> list[str]:
        return [
            *(v for v, home in self.homes.items() if home == key and v not in self.holders),
            *(c for c, parent in self.parents.items() if parent == key and c not in self.holders),
        ]

    def _inner(self, key: str) -> list[str]:
        """Return the vertices and clusters in an item, itself among them."""
        out = [key]
        for item in out:
            if item in self.clusters and item not in self.inside:
                out += self._children(item)
        return out

    def _pack_loose(self, key: str) -> None:
        """Make one box of the parts of a cluster that nothing connects with anything else."""
        children = self._children(key)
        if any(child in self.clusters and self.clusters[child].lane for child in children):
            return
        groups = self._groups(key, children)
        if len(groups) < 2:
            return
        loose = [group for group, is_tied in groups if not is_tied]
        if len(loose) < 2 and not any(len(group) > 1 for group in loose):
            return
        direction = self.direction_of(key)
        looped = {arc.source for arc in self.arcs if arc.source == arc.target}
        singles = [
            group[0]
            for group in loose
            if len(group) == 1 and group[0] not in self.clusters and group[0] not in looped
        ]
        blocks = [
            self._placed(group, direction) for group in loose if group[0] not in singles or len(group) > 1
        ]
        if len(singles) > 1:
            blocks.append(self._grid(singles))
        elif singles:
            blocks.append(self._placed(singles, direction))
        blocks.sort(key=lambda block: -_size(block)[0] * _size(block)[1])
        places, size = pack([_size(block) for block in blocks], self.spacing.component, PAGE_ASPECT)
        whole = Layout(direction)
        for block, (x, y) in zip(blocks, places, strict=True):
            _merge(whole, block, x, y)
        self._become_box(f"pack {key}", key, [item for group in loose for item in group], whole, size)

    def _groups(self, key: str, children: list[str]) -> list[tuple[list[str], bool]]:
        """Return the children that hang together, and whether something outside of the cluster holds them."""
        root = {item: item for item in children}
        owner = {inner: child for child in children for inner in self._inner(child)}

        def find(item: str) -> str:
            while root[item] != item:
                root[item] = root[root[item]]
                item = root[item]
            return item

        tied: set[str] = set()
        for arc in self.arcs:
            ends = [owner.get(self.holder(end)) for end in (arc.source, arc.target)]
            if ends[0] is not None and ends[1] is not None:
                root[find(ends[0])] = find(ends[1])
            else:
                tied |= {end for end in ends if end is not None}
        groups: dict[str, list[str]] = {}
        for child in children:
            groups.setdefault(find(child), []).append(child)
        held = {find(child) for child in tied}
        return [(group, name in held) for name, group in groups.items()]

    def _grid(self, keys: Sequence[str]) -> Layout:
        sizes = [(self.vertices[key].w, self.vertices[key].h) for key in keys]
        places, _ = pack_grid(sizes, self.spacing.node, PAGE_ASPECT)
        out = Layout(self.direction)
        for key, (x, y), (w, h) in zip(keys, places, sizes, strict=True):
            self._put(out, key, Rect(x, y, w, h))
        return out

    def _close(self, key: str) -> None:
        """Make a box of a cluster whose content runs in another direction than what is around it."""
        inner = self._placed([key], self.direction_of(key))
        self._become_box(f"box {key}", self.parents[key], [key], inner, _size(inner))

    def _become_box(self, name: str, home: str, items: Iterable[str], inner: Layout, size: Size) -> None:
        self.vertices[name] = Vertex(name, *size)
        self.homes[name] = home
        self.inside[name] = inner
        for item in items:
            for part in self._inner(item):
                self.holders[part] = name

    def _placed(self, items: Sequence[str], direction: Direction) -> Layout:
        """Return the layout of some items, the page as a whole being the item without a name."""
        parts = [part for item in items for part in (self._inner(item) if item else self._everything())]
        scope, arcs = self._scope(parts, direction)
        out, crowded = self._attempt(scope, arcs, direction)
        if crowded:
            for number in crowded:
                pads = scope.pads[number]
                scope.pads[number] = replace(
                    pads, low=pads.low + self.clusters[scope.clusters[number]].heading[0]
                )
            out, _ = self._attempt(scope, arcs, direction)
        return at_origin(out)

    def _attempt(self, scope: Scope, arcs: Sequence[Arc], direction: Direction) -> tuple[Layout, list[int]]:
        """Return the layout of a scope, and the clusters in which lines leave no place for the heading."""
        found = place(scope, self.spacing, self.effort)
        out = Layout(direction)
        for number, rect in enumerate(found.rects):
            self._put(out, scope.keys[number], rect_on_page(rect, direction))
        for number, route in found.routes.items():
            arc = arcs[number]
            ends = (self._outline(arc.source, out), self._outline(arc.target, out))
            out.routes[arc.key] = bind(route_on_page(route, direction), *ends)
        for number, label in found.labels.items():
            out.labels[arcs[number].key] = rect_on_page(label, direction)
        routes = list(out.routes.values())
        crowded = []
        for number, rect in found.frames.items():
            key, frame = scope.clusters[number], rect_on_page(rect, direction)
            if key in self.pools:
                continue
            out.frames[key] = frame
            if not self.clusters[key].heading[0]:
                continue
            preferred = heading_place(self.clusters[key], frame, direction, self.spacing)
            is_fixed = self.clusters[key].lane
            heading = (
                preferred if is_fixed else find_heading(preferred, frame, routes, 0.6 * self.spacing.pad)
            )
            out.headings[key] = heading or preferred
            if heading is None and direction in ("down", "up"):
                crowded.append(number)
        return out, crowded

    def _outline(self, key: str, out: Layout) -> Outline | None:
        vertex = self.vertices.get(key)
        return Outline(vertex.outline, out.rects[key], vertex.corner) if vertex and key in out.rects else None

    def _everything(self) -> list[str]:
        return [part for child in self._children("") for part in self._inner(child)]

    def _put(self, out: Layout, key: str, rect: Rect) -> None:
        if key in self.inside:
            _merge(out, self.inside[key], rect.x, rect.y)
        else:
            out.rects[key] = rect

    def _scope(self, parts: Sequence[str], direction: Direction) -> tuple[Scope, list[Arc]]:
        scope = Scope()
        numbers: dict[str, int] = {}
        for key in [*self.clusters, *self.vertices]:
            if key in numbers or key not in set(parts):
                continue
            if key in self.clusters and key not in self.vertices:
                numbers[key] = -len(scope.clusters)
                scope.clusters.append(key)
            else:
                numbers[key] = len(scope.keys)
                self._add_vertex(scope, self.vertices[key], direction)
        self._add_clusters(scope, numbers, direction)
        for key, number in numbers.items():
            if number >= 0:
                scope.homes[number] = -numbers.get(self.homes[key], ROOT)
        arcs = []
        for arc in self.arcs:
            source, target = self.holder(arc.source), self.holder(arc.target)
            is_own = source != target or (source == arc.source == arc.target)
            if arc.key not in self.done and source in numbers and target in numbers and is_own:
                self.done.add(arc.key)
                arcs.append(arc)
                scope.links.append(self._link(arc, numbers[source], numbers[target], direction))
        return scope, arcs

    def _add_vertex(self, scope: Scope, vertex: Vertex, direction: Direction) -> None:
        across, along = turned((vertex.w, vertex.h), direction)
        scope.keys.append(vertex.key)
        scope.across.append(across)
        scope.along.append(along)
        scope.outlines.append(vertex.outline)
        scope.corners.append(vertex.corner)
        scope.homes.append(ROOT)
        scope.hints.append(self.hints.get(vertex.key))

    def _add_clusters(self, scope: Scope, numbers: dict[str, int], direction: Direction) -> None:
        lanes = [c.heading for c in self.clusters.values() if c.lane]
        widest = (max((w for w, _ in lanes), default=0.0), max((h for _, h in lanes), default=0.0))
        for key in scope.clusters[1:]:
            cluster = self.clusters[key]
            scope.parents.append(-numbers.get(self.parents[key], ROOT))
            pads = Pads() if key in self.pools else pads_of(cluster, direction, self.spacing, widest)
            scope.pads.append(pads)
            scope.is_lane.append(cluster.lane)

    def _link(self, arc: Arc, source: int, target: int, direction: Direction) -> Link:
        return Link(
            arc.key,
            source,
            target,
            label_room(arc.label, direction, self.spacing),
            arc.is_back,
            arc.length,
            arc.weight,
            arc.straight,
            arc.trunk,
            arc.hidden,
        )


def _size(layout: Layout) -> Size:
    box = extent_of(layout)
    return (box.w, box.h)


def extent_of(layout: Layout) -> Rect:
    """Return the box around everything in a layout."""
    rects = [
        *layout.rects.values(),
        *layout.frames.values(),
        *layout.headings.values(),
        *layout.labels.values(),
    ]
    return bounding(rects, [p for route in layout.routes.values() for p in route]) or Rect(0, 0, 0, 0)


def at_origin(layout: Layout) -> Layout:
    """Return the layout moved so that it starts at 0, 0."""
    box = extent_of(layout)
    out = Layout(layout.direction)
    _merge(out, layout, -box.x, -box.y)
    return out


def _merge(out: Layout, part: Layout, dx: float, dy: float) -> None:
    for mine, theirs in (
        (out.rects, part.rects),
        (out.frames, part.frames),
        (out.headings, part.headings),
        (out.labels, part.labels),
    ):
        mine.update({key: rect.moved(dx, dy) for key, rect in theirs.items()})
    out.routes.update({key: tuple((x + dx, y + dy) for x, y in r) for key, r in part.routes.items()})
