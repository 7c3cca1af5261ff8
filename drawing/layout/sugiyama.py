"""A plain layering of graphs, for when no better engine is there; routes are left to the router.

After Sugiyama, Tagawa and Toda, "Methods for Visual Understanding of Hierarchical System Structures" (1981).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from drawing.geometry import Point, Rect, Side
from drawing.plan import Direction


@dataclass(frozen=True, slots=True)
class Vertex:
    """A box to place; ``frame`` is the index of the vertex that it stands in."""

    key: str
    w: float
    h: float
    is_round: bool = False
    frame: int | None = None


@dataclass(frozen=True, slots=True)
class Arc:
    """A connection between two vertices by index.

    ``label`` is the room its text needs (0, 0 for none); ``is_back`` says that it leads back up.
    """

    key: str
    source: int
    target: int
    label: tuple[float, float] = (0.0, 0.0)
    is_back: bool = False


@dataclass(frozen=True, slots=True)
class Spacing:
    """Distances in canvas units: between layers, between neighbours, around and above what is in a frame."""

    layer: float
    node: float
    frame_pad: float
    frame_head: float
    lane: float = 8.0  # between doubled connections


@dataclass(slots=True)
class Layering:
    """Boxes by key, and routes with the sides they leave and enter by; the plain layering has no routes."""

    rects: dict[str, Rect] = field(default_factory=dict)
    routes: dict[str, tuple[Point, ...]] = field(default_factory=dict)
    sides: dict[str, tuple[Side, Side]] = field(default_factory=dict)


def place_in_layers(
    vertices: Sequence[Vertex], arcs: Sequence[Arc], direction: Direction, spacing: Spacing
) -> Layering:
    """Place the vertices in layers by the longest path, each layer ordered by its neighbours' middle.

    A frame's vertices are placed by themselves first and then move as one.
    """
    out = Layering()
    inner: dict[int, Layering] = {}
    sizes = {i: (v.w, v.h) for i, v in enumerate(vertices)}
    frames = sorted({v.frame for v in vertices if v.frame is not None})
    for frame in frames:
        members = [i for i, v in enumerate(vertices) if v.frame == frame]
        inner[frame] = _flat(members, vertices, sizes, arcs, direction, spacing)
        right = max(r.right for r in inner[frame].rects.values()) + 2 * spacing.frame_pad
        bottom = (
            max(r.bottom for r in inner[frame].rects.values()) + 2 * spacing.frame_pad + spacing.frame_head
        )
        sizes[frame] = (max(sizes[frame][0], right), max(sizes[frame][1], bottom))
    tops = [i for i, v in enumerate(vertices) if v.frame is None]
    out.rects = dict(_flat(tops, vertices, sizes, arcs, direction, spacing).rects)
    for frame in frames:
        home = out.rects[vertices[frame].key]
        dx, dy = home.x + spacing.frame_pad, home.y + spacing.frame_pad + spacing.frame_head
        out.rects |= {key: rect.moved(dx, dy) for key, rect in inner[frame].rects.items()}
    return out


def _flat(
    indices: Sequence[int],
    vertices: Sequence[Vertex],
    sizes: Mapping[int, tuple[float, float]],
    arcs: Sequence[Arc],
    direction: Direction,
    spacing: Spacing,
) -> Layering:
    """Place some vertices, the top-left corner of it all at 0, 0; arcs of framed vertices count for the frame."""
    chosen = set(indices)
    pairs = []
    for arc in arcs:
        ends = [_standing(i, vertices, chosen) for i in (arc.source, arc.target)]
        if ends[0] is not None and ends[1] is not None and ends[0] != ends[1]:
            pairs.append((ends[0], ends[1]))
    layers = _ordered(_ranks(indices, pairs), pairs)
    is_down = direction == "down"
    breadth = [
        sum(sizes[i][0 if is_down else 1] + spacing.node for i in row) - spacing.node for row in layers
    ]
    widest = max(breadth, default=0.0)
    out, deep = Layering(), 0.0
    for row, used in zip(layers, breadth, strict=True):
        thick = max(sizes[i][1 if is_down else 0] for i in row)
        wide = (widest - used) / 2
        for i in row:
            w, h = sizes[i]
            x, y = (wide, deep + (thick - h) / 2) if is_down else (deep + (thick - w) / 2, wide)
            out.rects[vertices[i].key] = Rect(x, y, w, h)
            wide += (w if is_down else h) + spacing.node
        deep += thick + spacing.layer
    return out


def _standing(index: int, vertices: Sequence[Vertex], chosen: set[int]) -> int | None:
    """Return the vertex itself or the frame around it, whichever is among those chosen."""
    if index in chosen:
        return index
    frame = vertices[index].frame
    return frame if frame in chosen else None


def _ranks(indices: Sequence[int], pairs: Sequence[tuple[int, int]]) -> dict[int, int]:
    """Return the layer of each vertex; arcs that close a cycle count backwards."""
    after: dict[int, list[int]] = {i: [] for i in indices}
    for source, target in pairs:
        after[source].append(target)
    forward: dict[int, list[int]] = {i: [] for i in indices}
    state: dict[int, int] = {}
    order: list[int] = []
    for root in indices:
        stack = [(root, 0)] if root not in state else []
        while stack:
            here, step = stack.pop()
            state[here] = 1
            if step == len(after[here]):
                state[here] = 2
                order.append(here)
                continue
            stack.append((here, step + 1))
            there = after[here][step]
            if state.get(there) == 1:
                continue
            forward[here].append(there)
            if there not in state:
                stack.append((there, 0))
    ranks = dict.fromkeys(indices, 0)
    for here in reversed(order):
        for there in forward[here]:
            ranks[there] = max(ranks[there], ranks[here] + 1)
    return ranks


def _ordered(ranks: Mapping[int, int], pairs: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Return the layers, each ordered so that neighbours stand near each other (barycentres, four sweeps)."""
    layers: list[list[int]] = [[] for _ in range(max(ranks.values(), default=-1) + 1)]
    for i, rank in ranks.items():
        layers[rank].append(i)
    near: dict[int, list[int]] = {i: [] for i in ranks}
    for source, target in pairs:
        near[source].append(target)
        near[target].append(source)
    for _ in range(4):
        place = {i: (at + 0.5) / len(row) for row in layers for at, i in enumerate(row)}
        for row in layers:
            middle = {i: sum(place[j] for j in [i, *near[i]]) / (1 + len(near[i])) for i in row}
            row.sort(key=middle.__getitem__)
    return layers
