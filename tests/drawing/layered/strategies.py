from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from drawing.layout.layered import Arc, Cluster, Vertex
from drawing.model import Direction

OUTLINES = ("rectangle", "rectangle", "rectangle", "diamond", "circle", "star", "hexagon", "cylinder")
DIRECTIONS: tuple[Direction, ...] = ("down", "right", "up", "left")


@dataclass(frozen=True)
class Case:
    """A graph to lay out."""

    vertices: list[Vertex]
    clusters: list[Cluster]
    arcs: list[Arc]
    direction: Direction

    def around(self, key: str) -> list[str]:
        """Return the clusters that a vertex or cluster stands in, the innermost first."""
        homes = {v.key: v.cluster for v in self.vertices} | {c.key: c.parent for c in self.clusters}
        out = []
        above = homes[key]
        while above is not None:
            out.append(above)
            above = homes[above]
        return out


@st.composite
def cases(
    draw: st.DrawFn,
    *,
    most: int = 14,
    clusters: int = 4,
    lanes: bool = False,
    own_directions: bool = False,
    cluster_ends: bool = False,
) -> Case:
    """Graphs of boxes and nested clusters, with loops, doubled arcs and labels."""
    frames = []
    for i in range(draw(st.integers(2 if lanes else 0, clusters))):
        parent = draw(st.sampled_from([None, *(f"c{k}" for k in range(i))])) if not lanes else None
        size = (draw(st.integers(0, 200)), 18)
        own = draw(st.sampled_from((None, None, *DIRECTIONS))) if own_directions else None
        frames.append(Cluster(f"c{i}", parent, size if size[0] else (0, 0), own, lanes))
    homes = [None, *(c.key for c in frames)] if not lanes else [c.key for c in frames]
    count = draw(st.integers(1, most))
    vertices = [
        Vertex(
            f"v{i}",
            draw(st.integers(30, 180)),
            draw(st.integers(24, 90)),
            draw(st.sampled_from(OUTLINES)),
            draw(st.sampled_from(homes)),
        )
        for i in range(count)
    ]
    ends = [v.key for v in vertices] + ([c.key for c in frames] if cluster_ends else [])
    pairs = draw(st.lists(st.tuples(st.sampled_from(ends), st.sampled_from(ends)), max_size=2 * most))
    arcs = [
        Arc(f"a{i}", source, target, (draw(st.integers(10, 120)), 18) if draw(st.booleans()) else (0, 0))
        for i, (source, target) in enumerate(pairs)
    ]
    return Case(vertices, frames, arcs, draw(st.sampled_from(DIRECTIONS)))
