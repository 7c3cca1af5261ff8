"""The tree of clusters and vertices, and which of them have become one box for what is around them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from drawing.geometry import Point, Rect
from drawing.layout.layered.model import Arc, Cluster, Layout, Size, Spacing, Vertex
from drawing.layout.layered.ordering import Effort
from drawing.layout.layered.parts import merge
from drawing.model import Direction


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
    hints: dict[str, Point] = field(default_factory=dict)  # the middles of vertices in the drawing before
    before: Layout | None = None
    blocks: dict[str, str] = field(default_factory=dict)  # parts that are laid out apart, by what is in them
    homes: dict[str, str] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    pools: set[str] = field(default_factory=set)  # clusters that hold lanes and show no frame
    holders: dict[str, str] = field(default_factory=dict)
    inside: dict[str, Layout] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)  # arcs that have their routes
    page: Size | None = None  # in units, that the drawing should fit on
    strips: list[Rect] = field(default_factory=list)  # the rows or columns that the page was folded into
    turned: dict[str, Direction] = field(default_factory=dict)  # vertices and clusters in rows that run back

    def outward(self) -> list[str]:
        depth = {key: len(self.above(key)) for key in self.clusters}
        return sorted(self.clusters, key=lambda key: -depth[key])

    def above(self, key: str) -> list[str]:
        out = []
        while key:
            out.append(key)
            key = self.parents[key]
        return out

    def direction_of(self, key: str) -> Direction:
        """Return the direction in which a cluster's content runs: its own, or that of what is around it."""
        for above in self.above(key):
            own = self.clusters[above]
            if own.direction is not None and not own.lane:
                return own.direction
        return self.direction

    def flow(self, key: str) -> Direction:
        """Return the direction in which lines leave and enter a vertex or cluster."""
        turned_row = self.turned.get(self.outermost(key))
        home = self.homes.get(key, self.parents.get(key, ""))
        own = self.direction_of(home)
        return turned_row if turned_row and own == self.direction else own

    def outermost(self, key: str) -> str:
        """Return the vertex or cluster on the page that a vertex or cluster stands in, or is."""
        above = self.above(self.homes.get(key, self.parents.get(key, "")))
        return above[-1] if above else key

    def around(self, key: str) -> set[str]:
        """Return the clusters that a vertex or cluster stands in."""
        home = self.homes.get(key, self.parents.get(key, ""))
        return set(self.above(home))

    def holder(self, key: str) -> str:
        """Return the box that a vertex or cluster is a part of by now, itself if of none."""
        while key in self.holders:
            key = self.holders[key]
        return key

    def children(self, key: str) -> list[str]:
        return [
            *(v for v, home in self.homes.items() if home == key and v not in self.holders),
            *(c for c, parent in self.parents.items() if parent == key and c not in self.holders),
        ]

    def inner(self, key: str) -> list[str]:
        """Return the vertices and clusters in an item, itself among them."""
        out = [key]
        for item in out:
            if item in self.clusters and item not in self.inside:
                out += self.children(item)
        return out

    def everything(self) -> list[str]:
        return [part for child in self.children("") for part in self.inner(child)]

    def put(self, out: Layout, key: str, rect: Rect) -> None:
        if key in self.inside:
            merge(out, self.inside[key], rect.x, rect.y)
        else:
            out.rects[key] = rect

    def become_box(self, name: str, home: str, items: Iterable[str], inner: Layout, size: Size) -> None:
        self.vertices[name] = Vertex(name, *size)
        self.homes[name] = home
        self.inside[name] = inner
        for item in items:
            for part in self.inner(item):
                self.holders[part] = name
