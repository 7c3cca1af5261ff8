"""Parts of a nest as graphs in numbers, which the phases work on."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.layout.layered.model import Arc, Vertex
from drawing.layout.layered.nest import Nest
from drawing.layout.layered.orientation import label_room, pads_of, point_in_flow, turned
from drawing.layout.layered.scope import ROOT, Link, Pads, Scope
from drawing.model import Direction


def make_scope(nest: Nest, parts: Sequence[str], direction: Direction) -> tuple[Scope, list[Arc]]:
    """Return some vertices and clusters as a graph of their own, and the arcs that are its links."""
    scope = Scope()
    numbers: dict[str, int] = {}
    wanted = set(parts)
    for key in [*nest.clusters, *nest.vertices]:
        if key in numbers or key not in wanted:
            continue
        if key in nest.clusters and key not in nest.vertices:
            numbers[key] = -len(scope.clusters)
            scope.clusters.append(key)
        else:
            numbers[key] = len(scope.keys)
            _add_vertex(nest, scope, nest.vertices[key], direction)
    _add_clusters(nest, scope, numbers, direction)
    for key, number in numbers.items():
        if number >= 0:
            scope.homes[number] = -numbers.get(nest.homes[key], ROOT)
    arcs = []
    for arc in nest.arcs:
        source, target = nest.holder(arc.source), nest.holder(arc.target)
        is_own = source != target or (source == arc.source == arc.target)
        if arc.key in nest.done or source not in numbers or target not in numbers or not is_own:
            continue
        if arc.level and min(numbers[source], numbers[target]) >= 0:
            scope.levels.append((numbers[source], numbers[target]))
        elif not arc.level:
            arcs.append(arc)
            chain = nest.before.chains.get(arc.key) if nest.before else None
            if chain:
                scope.chain_hints[len(scope.links)] = tuple(point_in_flow(p, direction) for p in chain)
            scope.links.append(_link(nest, arc, numbers[source], numbers[target], direction))
    return scope, arcs


def _add_vertex(nest: Nest, scope: Scope, vertex: Vertex, direction: Direction) -> None:
    across, along = turned((vertex.w, vertex.h), direction)
    scope.keys.append(vertex.key)
    scope.across.append(across)
    scope.along.append(along)
    scope.outlines.append(vertex.outline)
    scope.corners.append(vertex.corner)
    scope.homes.append(ROOT)
    hint = nest.hints.get(vertex.key)
    scope.hints.append(point_in_flow(hint, direction) if hint else None)


def _add_clusters(nest: Nest, scope: Scope, numbers: dict[str, int], direction: Direction) -> None:
    lanes = [c.heading for c in nest.clusters.values() if c.lane]
    widest = (max((w for w, _ in lanes), default=0.0), max((h for _, h in lanes), default=0.0))
    for key in scope.clusters[1:]:
        cluster = nest.clusters[key]
        scope.parents.append(-numbers.get(nest.parents[key], ROOT))
        pads = Pads() if key in nest.pools else pads_of(cluster, direction, nest.spacing, widest)
        scope.pads.append(pads)
        scope.is_lane.append(cluster.lane)
        frame = nest.before.frames.get(key) if nest.before else None
        if frame:
            scope.frame_hints[len(scope.parents) - 1] = point_in_flow((frame.cx, frame.cy), direction)


def _link(nest: Nest, arc: Arc, source: int, target: int, direction: Direction) -> Link:
    return Link(
        arc.key,
        source,
        target,
        label_room(arc.label, direction, nest.spacing),
        arc.is_back,
        arc.length,
        arc.weight,
        arc.straight,
        arc.trunk,
        arc.hidden,
    )
