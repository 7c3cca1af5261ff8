"""One part of a nest laid out by all phases, and turned back to the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from drawing.layout.layered.ends import Outline, bind
from drawing.layout.layered.headings import find_heading, missing_room
from drawing.layout.layered.model import Arc, Layout
from drawing.layout.layered.nest import Nest
from drawing.layout.layered.orientation import heading_place, rect_on_page, route_on_page
from drawing.layout.layered.parts import at_origin
from drawing.layout.layered.placing import place
from drawing.layout.layered.scope import Scope
from drawing.layout.layered.scoping import make_scope
from drawing.model import Direction

WIDENINGS = 3  # of frames in which lines leave no place to the heading


def lay_out_part(nest: Nest, items: Sequence[str], direction: Direction) -> Layout:
    """Return the layout of some items, the page as a whole being the item without a name."""
    parts = [part for item in items for part in (nest.inner(item) if item else nest.everything())]
    scope, arcs = make_scope(nest, parts, direction)
    nest.done |= {arc.key for arc in arcs}
    out, crowded = _attempt(nest, scope, arcs, direction)
    for attempt in range(WIDENINGS):
        if not crowded:
            break
        for number, more in crowded.items():
            # At both sides, so that what stands in the frame stays in its middle.
            pads = scope.pads[number]
            more = more if attempt < WIDENINGS - 1 else nest.clusters[scope.clusters[number]].heading[0]
            scope.pads[number] = replace(pads, low=pads.low + more, high=pads.high + more)
        out, crowded = _attempt(nest, scope, arcs, direction)
    return at_origin(out)


def _attempt(
    nest: Nest, scope: Scope, arcs: Sequence[Arc], direction: Direction
) -> tuple[Layout, dict[int, float]]:
    """Return the layout of a scope, and how much wider clusters must be in which lines leave no place to headings."""
    found = place(scope, nest.spacing, nest.effort)
    out = Layout(direction)
    for number, rect in enumerate(found.rects):
        nest.put(out, scope.keys[number], rect_on_page(rect, direction))
    for number, route in found.routes.items():
        arc = arcs[number]
        ends = (_outline(nest, arc.source, out), _outline(nest, arc.target, out))
        out.routes[arc.key] = bind(route_on_page(route, direction), *ends)
    for number, chain in found.chains.items():
        out.chains[arcs[number].key] = route_on_page(chain, direction)
    for number, label in found.labels.items():
        out.labels[arcs[number].key] = rect_on_page(label, direction)
    routes = list(out.routes.values())
    crowded: dict[int, float] = {}
    for number, rect in found.frames.items():
        key, frame = scope.clusters[number], rect_on_page(rect, direction)
        if key in nest.pools:
            continue
        out.frames[key] = frame
        if not nest.clusters[key].heading[0]:
            continue
        preferred = heading_place(nest.clusters[key], frame, direction, nest.spacing)
        is_fixed = nest.clusters[key].lane
        heading = preferred if is_fixed else find_heading(preferred, frame, routes, 0.6 * nest.spacing.pad)
        out.headings[key] = heading or preferred
        if heading is None and direction in ("down", "up"):
            crowded[number] = missing_room(preferred, frame, routes)
    return out, crowded


def _outline(nest: Nest, key: str, out: Layout) -> Outline | None:
    vertex = nest.vertices.get(key)
    return Outline(vertex.outline, out.rects[key], vertex.corner) if vertex and key in out.rects else None
