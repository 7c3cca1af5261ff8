"""The engine's front: a graph in, its layout out."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.layout.layered.model import Arc, Cluster, Layout, Size, Spacing, Vertex
from drawing.layout.layered.nest import Nest
from drawing.layout.layered.nesting import lay_out_nest
from drawing.layout.layered.ordering import Effort
from drawing.model import Direction

FULL = Effort()
FAST = Effort(seeds=1, sweeps=4, is_quick=True)


def lay_out(
    vertices: Sequence[Vertex],
    clusters: Sequence[Cluster] = (),
    arcs: Sequence[Arc] = (),
    direction: Direction = "down",
    spacing: Spacing | None = None,
    *,
    effort: Effort = FULL,
    page: Size | None = None,
    previous: Layout | None = None,
) -> Layout:
    """Return where everything goes; folded into rows or columns if that makes it larger on the page.

    With a layout before, what stood in it stays where it was as far as the order and the distances let it, and
    the new layout is moved so that most of it does. Arcs with an end that is unknown, or that stands in the other
    end, get no route.
    """
    homes, parents = _homes(vertices, clusters), _parents(clusters)
    known = {**dict.fromkeys(homes), **dict.fromkeys(parents)}
    placed = {cluster.key: cluster for cluster in clusters}
    boxes = {vertex.key: vertex for vertex in vertices}
    pools = _pool_lanes(placed, parents)
    for key in _empty(placed, homes, parents):
        name = f"empty {key}"
        boxes[name] = Vertex(name, max(20.0, placed[key].heading[0]), 20.0)
        homes[name] = key
    usable = [
        arc for arc in arcs if arc.source in known and arc.target in known and _is_apart(arc, homes, parents)
    ]
    nest = Nest(
        boxes,
        placed,
        usable,
        direction,
        spacing or Spacing(),
        effort,
        homes=homes,
        parents=parents,
        pools=pools,
    )
    nest.page = page
    if previous is not None and previous.direction == direction:
        nest.before = previous
        nest.hints = {key: (rect.cx, rect.cy) for key, rect in previous.rects.items() if key in homes}
    layout = lay_out_nest(nest)
    for places in (layout.rects, layout.frames):
        for key in [key for key in places if key not in known]:
            del places[key]
    return layout


def _homes(vertices: Sequence[Vertex], clusters: Sequence[Cluster]) -> dict[str, str]:
    keys = {cluster.key for cluster in clusters}
    return {v.key: v.cluster if v.cluster in keys and v.cluster is not None else "" for v in vertices}


def _parents(clusters: Sequence[Cluster]) -> dict[str, str]:
    """Return the cluster around each cluster; what would stand in itself stands on the page."""
    keys = {cluster.key for cluster in clusters}
    parents: dict[str, str] = {}
    for cluster in clusters:
        parent = cluster.parent if cluster.parent in keys else None
        above = parent
        while above and above != cluster.key:
            above = parents.get(above, "")
        parents[cluster.key] = "" if above == cluster.key or parent is None else parent
    return parents


def _pool_lanes(clusters: dict[str, Cluster], parents: dict[str, str]) -> set[str]:
    """Put the lanes of each cluster into a pool of their own, apart from its other members; return the pools."""
    pools = set()
    for key, cluster in list(clusters.items()):
        if cluster.lane:
            pool = f"lanes of {parents[key]}"
            if pool not in pools:
                pools.add(pool)
                clusters[pool] = Cluster(pool)
                parents[pool] = parents[key]
            parents[key] = pool
    return pools


def _empty(clusters: dict[str, Cluster], homes: dict[str, str], parents: dict[str, str]) -> list[str]:
    used = {*homes.values(), *parents.values()}
    return [key for key in clusters if key not in used]


def _is_apart(arc: Arc, homes: dict[str, str], parents: dict[str, str]) -> bool:
    """Say whether neither end of an arc stands in the other; an arc from a vertex to itself is fine."""
    if arc.source == arc.target:
        return arc.source in homes
    for end, other in ((arc.source, arc.target), (arc.target, arc.source)):
        above = homes.get(end) or parents.get(end, "")
        while above:
            if above == other:
                return False
            above = parents.get(above, "")
    return True
