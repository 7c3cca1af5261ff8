"""Flowcharts: a layered graph with orthogonal routes, groups as frames, branches at a decision's corners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from drawing.geometry import Point, Rect, bounding, on_outline, point_to_rect, tidy
from drawing.graph import Link
from drawing.layout.branches import branch_at_corners, centre_straight_routes
from drawing.layout.bundles import Lanes, find_bundles, measure_lanes, spread_bundles
from drawing.layout.compaction import compact
from drawing.layout.connect import connect
from drawing.layout.layered import layer
from drawing.layout.sugiyama import Arc, Layering, Spacing, Vertex
from drawing.measured import MeasuredGraph
from drawing.scene import PLAIN, Scene, Variant


def place_flow(measured: MeasuredGraph, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the flowchart in its own coordinates."""
    lanes = _lanes(measured)
    vertices = _vertices(measured, lanes)
    arcs = _arcs(measured, vertices, lanes)
    layering = layer(vertices, arcs, measured.direction, _spacing(measured, variant.spacing), variant.engine)
    if variant.own_routes:
        layering.routes.clear()
    scene = _scene(measured, layering)
    if variant.own_routes and measured.headings:
        compact(scene, measured.direction, 1.1 * _spacing(measured, variant.spacing).layer)
    branch_at_corners(measured, scene)
    centre_straight_routes(measured, scene)
    spread_bundles(measured, scene)
    connect(measured, scene, previous)
    return scene


def _lanes(measured: MeasuredGraph) -> dict[str, Lanes]:
    """Return the lanes of bundles by their first link; the engine knows of that one alone."""
    is_level = measured.direction == "right"
    return {
        bundle[0].key: measure_lanes(bundle, measured, is_level) for bundle in find_bundles(measured.links)
    }


def _arcs(measured: MeasuredGraph, vertices: Sequence[Vertex], lanes: Mapping[str, Lanes]) -> list[Arc]:
    bundled = {link.key for bundle in find_bundles(measured.links) for link in bundle}
    back = back_links(measured)
    index = {vertex.key: i for i, vertex in enumerate(vertices)}
    arcs = []
    for link in measured.links:
        if link.key in bundled and link.key not in lanes:
            continue
        space = _label_space(measured, link.key)
        if link.key in lanes:
            length = lanes[link.key].length
            space = (1.0, length) if measured.direction == "down" else (length, 1.0)
        arcs.append(Arc(link.key, index[link.source], index[link.target], space, link.key in back))
    return arcs


def _vertices(measured: MeasuredGraph, lanes: Mapping[str, Lanes]) -> list[Vertex]:
    """Return frames and shapes to be placed, these with the space that the lanes between them take."""
    frames = {key: i for i, key in enumerate(measured.headings)}
    breadths: dict[str, float] = {}
    for link in measured.links:
        if link.key in lanes:
            for key in (link.source, link.target):
                breadths[key] = max(breadths.get(key, 0.0), lanes[link.key].breadth)
    out = []
    for key, heading in measured.headings.items():
        pad = 2 * measured.unit
        out.append(Vertex(key, heading.width + pad, heading.height + pad))
    for key, block in measured.blocks.items():
        frame = measured.graph.members.get(key)
        breadth = breadths.get(key, 0.0)
        w, h = block.w, block.h
        w, h = (max(w, breadth), h) if measured.direction == "down" else (w, max(h, breadth))
        out.append(Vertex(key, w, h, block.outline == "circle", frames.get(frame) if frame else None))
    return out


def _label_space(measured: MeasuredGraph, key: str) -> tuple[float, float]:
    """The space that an edge label needs on both sides of its line."""
    label = measured.labels.get(key)
    if label is None:
        return (0.0, 0.0)
    if measured.direction == "down":
        return (2 * label.width + 16, label.height + 6)
    return (label.width + 12, 2 * label.height + 12)


def _spacing(measured: MeasuredGraph, stretch: float) -> Spacing:
    # Frames have gaps of their own around them.
    layer_gap = measured.gap(2.6 if measured.headings else 3.4)
    if measured.labels:
        deepest = max(
            label.height if measured.direction == "down" else label.width
            for label in measured.labels.values()
        )
        layer_gap = max(layer_gap, deepest + 2.2 * measured.unit)
    head = max((heading.height for heading in measured.headings.values()), default=0.0)
    return Spacing(
        layer_gap * stretch,
        measured.gap(2.6) * stretch,
        measured.gap(1.2),
        head + 0.4 * measured.unit,
    )


def back_links(measured: MeasuredGraph) -> set[str]:
    """Return the links that lead back up: those that close a cycle when the plan is read from its start.

    A depth-first walk from the starts, then from whatever is left, in the order of the plan.
    """
    after: dict[str, list[Link]] = {key: [] for key in [*measured.blocks, *measured.headings]}
    for link in measured.links:
        after[link.source].append(link)
    targets = {link.target for link in measured.links}
    starts = [key for key, block in measured.blocks.items() if block.role == "start"]
    starts += [key for key in after if key not in targets]
    open_keys: set[str] = set()
    done: set[str] = set()
    back: set[str] = set()
    for root in [*starts, *after]:
        stack = [(root, 0)] if root not in done else []
        while stack:
            key, step = stack.pop()
            open_keys.add(key)
            if step == len(after[key]):
                open_keys.discard(key)
                done.add(key)
                continue
            stack.append((key, step + 1))
            link = after[key][step]
            if link.target in open_keys:
                back.add(link.key)
            elif link.target not in done:
                stack.append((link.target, 0))
    return back


def _scene(measured: MeasuredGraph, layering: Layering) -> Scene:
    scene = Scene()
    for key, rect in layering.rects.items():
        if key in measured.headings:
            scene.frames[key] = rect
            scene.headings[key] = heading_rect(measured, key, rect)
        else:
            block = measured.blocks[key]
            scene.rects[key] = Rect.around(rect.cx, rect.cy, block.w, block.h)
    for link in measured.links:
        route = layering.routes.get(link.key)
        # Where space was kept for lanes, a route may end beside its shape: it is routed anew.
        if route and _holds(link, measured, layering, scene, route):
            scene.routes[link.key] = _bound(measured, layering, link.key, link.source, link.target, route)
    _shrink_frames(measured, scene)
    return scene


def _holds(
    link: Link, measured: MeasuredGraph, layering: Layering, scene: Scene, route: tuple[Point, ...]
) -> bool:
    """Say whether a route ends at its shapes, which may be smaller than what the engine placed."""
    for key, point in ((link.source, route[0]), (link.target, route[-1])):
        is_smaller = key in measured.blocks and scene.rects[key] != layering.rects[key]
        if is_smaller and point_to_rect(point, scene.rects[key]) > 0.5:
            return False
    return True


def _shrink_frames(measured: MeasuredGraph, scene: Scene) -> None:
    """Take away the empty layers that frames have above and below what stands in them."""
    bound = {key for link in measured.links for key in (link.source, link.target)}
    pad = measured.gap(1.2)
    for key, frame in scene.frames.items():
        members = [scene.rects[node] for node, group in measured.graph.members.items() if group == key]
        inner = bounding(members)
        if inner is None or key in bound:
            continue
        heading = measured.headings[key]
        top = max(frame.y, inner.y - heading.height - measured.unit - pad * 0.6)
        w = max(inner.w, heading.width + measured.unit) + 2 * pad
        small = Rect(min(inner.x - pad, frame.right - w), top, w, inner.bottom + pad - top)
        if frame.holds(small, 1.0):
            scene.frames[key] = small
            scene.headings[key] = heading_rect(measured, key, small)


def heading_rect(measured: MeasuredGraph, key: str, frame: Rect) -> Rect:
    """Return the box of a frame's heading, at its top left."""
    heading, pad = measured.headings[key], 0.9 * measured.unit
    return Rect(frame.x + pad, frame.y + 0.7 * measured.unit, heading.width + 2, heading.height)


def _bound(
    measured: MeasuredGraph, layering: Layering, key: str, source: str, target: str, route: tuple[Point, ...]
) -> tuple[Point, ...]:
    """Return the route with both ends exactly on the outlines, which its last pieces are drawn on to."""
    first, last = layering.sides[key]
    points = list(route)
    for end, side, at in ((source, first, 0), (target, last, -1)):
        block = measured.blocks.get(end)
        # The engine lets routes to a frame end inside of it.
        outline = block.outline if block else "rectangle"
        if block is None or outline not in ("rectangle", "text"):
            points[at] = on_outline(outline, layering.rects[end], side, points[at])
    return tidy(points)
