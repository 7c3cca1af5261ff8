"""Flowcharts: a layered graph with orthogonal routes, groups as frames, branches at a decision's corners."""

from __future__ import annotations

from drawing.diagram import Link
from drawing.layout.branches import branch_at_corners, centre_straight_routes
from drawing.layout.connect import connect
from drawing.layout.geometry import Point, Rect, bounding, on_outline, tidy
from drawing.layout.layered import layer
from drawing.layout.plain import Arc, Layering, Spacing, Vertex
from drawing.layout.squeeze import squeeze
from drawing.scene import PLAIN, Diagram, Scene, Variant


def place_flow(diagram: Diagram, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the flowchart in its own coordinates."""
    vertices, arcs = _vertices(diagram), []
    back = back_links(diagram)
    index = {vertex.key: i for i, vertex in enumerate(vertices)}
    for link in diagram.links:
        room, is_back = _label_room(diagram, link.key), link.key in back
        arcs.append(Arc(link.key, index[link.source], index[link.target], room, is_back))
    layering = layer(vertices, arcs, diagram.direction, _spacing(diagram, variant.room), variant.engine)
    if variant.own_routes:
        layering.routes.clear()
    scene = _scene(diagram, layering)
    if variant.own_routes and diagram.headings:
        squeeze(scene, diagram.direction, 1.1 * _spacing(diagram, variant.room).layer)
    branch_at_corners(diagram, scene)
    centre_straight_routes(diagram, scene)
    connect(diagram, scene, previous)
    return scene


def _vertices(diagram: Diagram) -> list[Vertex]:
    frames = {key: i for i, key in enumerate(diagram.headings)}
    room = _room_for_doubled(diagram)
    out = []
    for key, heading in diagram.headings.items():
        pad = 2 * diagram.unit
        out.append(Vertex(key, heading.width + pad, heading.height + pad))
    for key, block in diagram.blocks.items():
        frame = diagram.graph.members.get(key)
        w, h = block.w, block.h
        if block.outline == "rectangle" and key in room:
            w, h = (max(w, room[key]), h) if diagram.direction == "down" else (w, max(h, room[key]))
        out.append(Vertex(key, w, h, block.outline == "circle", frames.get(frame) if frame else None))
    return out


def _room_for_doubled(diagram: Diagram) -> dict[str, float]:
    """How long the sides of shapes must be for doubled connectors with words between them."""
    pairs = [frozenset((link.source, link.target)) for link in diagram.links]
    room: dict[str, float] = {}
    for link, pair in zip(diagram.links, pairs, strict=True):
        if link.key in diagram.labels and pairs.count(pair) > 1 and len(pair) > 1:
            for key in (link.source, link.target):
                room[key] = max(room.get(key, 0.0), pairs.count(pair) * _lane_gap(diagram) + 8)
    return room


def _label_room(diagram: Diagram, key: str) -> tuple[float, float]:
    """The room that an edge label needs on both sides of its line."""
    label = diagram.labels.get(key)
    if label is None:
        return (0.0, 0.0)
    if diagram.direction == "down":
        return (2 * label.width + 16, label.height + 6)
    return (label.width + 12, 2 * label.height + 12)


def _spacing(diagram: Diagram, room: float) -> Spacing:
    # Frames have gaps of their own around them.
    layer_gap = diagram.gap(2.6 if diagram.headings else 3.4)
    if diagram.labels:
        deepest = max(
            label.height if diagram.direction == "down" else label.width for label in diagram.labels.values()
        )
        layer_gap = max(layer_gap, deepest + 2.2 * diagram.unit)
    head = max((heading.height for heading in diagram.headings.values()), default=0.0)
    return Spacing(
        layer_gap * room,
        diagram.gap(2.6) * room,
        diagram.gap(1.2),
        head + 0.4 * diagram.unit,
        _lane_gap(diagram),
    )


def _lane_gap(diagram: Diagram) -> float:
    """The distance of doubled connectors: words must fit between them."""
    pairs = [frozenset((link.source, link.target)) for link in diagram.links]
    doubled = [
        diagram.labels[link.key]
        for link, pair in zip(diagram.links, pairs, strict=True)
        if link.key in diagram.labels and pairs.count(pair) > 1
    ]
    if diagram.direction == "down":
        return max((label.width + 10 for label in doubled), default=10.0)
    return max((label.height + 8 for label in doubled), default=10.0)


def back_links(diagram: Diagram) -> set[str]:
    """Return the links that lead back up: those that close a cycle when the plan is read from its start.

    A depth-first walk from the starts, then from whatever is left, in the order of the plan.
    """
    after: dict[str, list[Link]] = {key: [] for key in [*diagram.blocks, *diagram.headings]}
    for link in diagram.links:
        after[link.source].append(link)
    targets = {link.target for link in diagram.links}
    starts = [key for key, block in diagram.blocks.items() if block.role == "start"]
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


def _scene(diagram: Diagram, layering: Layering) -> Scene:
    scene = Scene()
    for key, rect in layering.rects.items():
        if key in diagram.headings:
            scene.frames[key] = rect
            scene.headings[key] = heading_rect(diagram, key, rect)
        else:
            scene.rects[key] = rect
    for link in diagram.links:
        route = layering.routes.get(link.key)
        if route:
            scene.routes[link.key] = _bound(diagram, layering, link.key, link.source, link.target, route)
    _shrink_frames(diagram, scene)
    return scene


def _shrink_frames(diagram: Diagram, scene: Scene) -> None:
    """Take away the empty layers that frames have above and below what stands in them."""
    bound = {key for link in diagram.links for key in (link.source, link.target)}
    pad = diagram.gap(1.2)
    for key, frame in scene.frames.items():
        members = [scene.rects[node] for node, group in diagram.graph.members.items() if group == key]
        inner = bounding(members)
        if inner is None or key in bound:
            continue
        heading = diagram.headings[key]
        top = max(frame.y, inner.y - heading.height - diagram.unit - pad * 0.6)
        w = max(inner.w, heading.width + diagram.unit) + 2 * pad
        small = Rect(min(inner.x - pad, frame.right - w), top, w, inner.bottom + pad - top)
        if frame.holds(small, 1.0):
            scene.frames[key] = small
            scene.headings[key] = heading_rect(diagram, key, small)


def heading_rect(diagram: Diagram, key: str, frame: Rect) -> Rect:
    """Return the box of a frame's heading, at its top left."""
    heading, pad = diagram.headings[key], 0.9 * diagram.unit
    return Rect(frame.x + pad, frame.y + 0.7 * diagram.unit, heading.width + 2, heading.height)


def _bound(
    diagram: Diagram, layering: Layering, key: str, source: str, target: str, route: tuple[Point, ...]
) -> tuple[Point, ...]:
    """Return the route with both ends exactly on the outlines, which its last pieces are drawn on to."""
    first, last = layering.sides[key]
    points = list(route)
    for end, side, at in ((source, first, 0), (target, last, -1)):
        block = diagram.blocks.get(end)
        if block is not None and block.outline not in ("rectangle", "text"):
            points[at] = on_outline(block.outline, layering.rects[end], side, points[at])
    return tidy(points)
