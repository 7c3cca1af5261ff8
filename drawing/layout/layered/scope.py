"""One compound graph in numbers, seen as if it ran down the page: what the phases of the engine share.

``across`` is the axis along a layer, ``along`` the axis of the flow.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from drawing.geometry import Point

ROOT = 0  # the cluster around everything


@dataclass(frozen=True, slots=True)
class Pads:
    """What a frame keeps free on its sides, and how large it is at least."""

    start: float = 0.0
    end: float = 0.0
    low: float = 0.0
    high: float = 0.0
    across: float = 0.0
    along: float = 0.0


@dataclass(frozen=True, slots=True)
class Link:
    """An arc in numbers: an end is a vertex (0 and up) or a cluster (−1 and down).

    ``label`` is how far its label reaches from the line to both sides, and its size along the flow.
    """

    key: str
    source: int
    target: int
    label: tuple[float, float, float] | None = None
    is_back: bool = False
    length: int = 1
    weight: float = 1.0
    straight: bool = False
    trunk: str | None = ""
    hidden: bool = False


@dataclass(slots=True)
class Scope:
    """Vertices with their sizes, the tree of clusters, and links; everything by number.

    ``hints`` are the middles, across and along, that vertices had before, None for new ones.
    """

    keys: list[str] = field(default_factory=list)
    across: list[float] = field(default_factory=list)
    along: list[float] = field(default_factory=list)
    outlines: list[str] = field(default_factory=list)
    corners: list[float] = field(default_factory=list)
    homes: list[int] = field(default_factory=list)
    clusters: list[str] = field(default_factory=lambda: [""])
    parents: list[int] = field(default_factory=lambda: [-1])
    pads: list[Pads] = field(default_factory=lambda: [Pads()])
    is_lane: list[bool] = field(default_factory=lambda: [False])
    links: list[Link] = field(default_factory=list)
    hints: list[Point | None] = field(default_factory=list)
    levels: list[tuple[int, int]] = field(default_factory=list)  # vertices that stand beside each other
    chain_hints: dict[int, tuple[Point, ...]] = field(default_factory=dict)  # by link
    frame_hints: dict[int, Point] = field(default_factory=dict)  # the middles of frames, by cluster

    @property
    def has_hints(self) -> bool:
        """Whether something stood somewhere before."""
        return any(hint is not None for hint in self.hints)

    def path(self, cluster: int) -> list[int]:
        """Return a cluster and those around it, the innermost first, without the root."""
        out = []
        while cluster > ROOT:
            out.append(cluster)
            cluster = self.parents[cluster]
        return out

    def home(self, end: int) -> int:
        """Return the cluster that an end of a link stands in."""
        return self.homes[end] if end >= 0 else self.parents[-end]

    def outward(self) -> list[int]:
        """Return all clusters but the root, each before the one around it."""
        depth = [0] * len(self.parents)
        for cluster in range(1, len(self.parents)):
            depth[cluster] = len(self.path(cluster))
        return sorted(range(1, len(self.parents)), key=lambda c: (-depth[c], c))
