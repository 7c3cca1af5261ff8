"""Layered graphs: graphlay where it is installed and well, else a plain layering of our own.

Nobody else imports graphlay. It is young, so whatever it raises means "use the plain layering".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any, cast

from drawing.geometry import Rect, Side
from drawing.layout.sugiyama import Arc, Layering, Spacing, Vertex, place_in_layers
from drawing.plan import Direction

graphlay: ModuleType | None
try:
    import graphlay
except ImportError:  # A platform without a wheel: the plain layering does.
    graphlay = None


def layer(
    vertices: Sequence[Vertex],
    arcs: Sequence[Arc],
    direction: Direction,
    spacing: Spacing,
    options: Mapping[str, Any] | None = None,
) -> Layering:
    """Place the vertices in layers; ``options`` are graphlay's own, for trying several drawings."""
    if graphlay is not None and (len(vertices) > 1 or arcs):
        try:
            return _with_graphlay(graphlay, vertices, arcs, direction, spacing, options or {})
        except Exception:
            return place_in_layers(vertices, arcs, direction, spacing)
        except BaseException as exc:
            # A panic in Rust is a BaseException of its own; anything else is not ours to catch.
            if type(exc).__name__ != "PanicException":
                raise
    return place_in_layers(vertices, arcs, direction, spacing)


def _with_graphlay(
    engine: ModuleType,
    vertices: Sequence[Vertex],
    arcs: Sequence[Arc],
    direction: Direction,
    spacing: Spacing,
    options: Mapping[str, Any],
) -> Layering:
    graph = {"nodes": [_node(vertex) for vertex in vertices], "edges": [_edge(arc) for arc in arcs]}
    gaps = {
        "layer_gap": spacing.layer,
        "node_gap": spacing.node,
        "isolated_gap": spacing.node,
        "isolated_max_columns": 5,
        "compound_padding": spacing.frame_pad,
        "compound_header": spacing.frame_head,
        "bundle_lane_gap": spacing.lane,
        "port_gap": max(18.0, spacing.lane),
    }
    patch = {"direction": "topbottom" if direction == "down" else "leftright", "effort": "fast", **options}
    patch["spacing"] = {**gaps, **options.get("spacing", {})}
    drawn = engine.layout(graph, options=patch)
    out = Layering()
    for vertex, node in zip(vertices, drawn.nodes, strict=True):
        centre, size = node["center"], node["size"]
        out.rects[vertex.key] = Rect.around(centre["x"], centre["y"], size["width"], size["height"])
    for arc, edge in zip(arcs, drawn.edges, strict=True):
        points = tuple((p["x"], p["y"]) for p in edge["points"])
        if len(points) >= 2 and edge["source_port"] and edge["target_port"]:
            out.routes[arc.key] = points
            sides = (edge["source_port"]["side"], edge["target_port"]["side"])
            out.sides[arc.key] = cast(tuple[Side, Side], sides)
    return out


def _node(vertex: Vertex) -> dict[str, Any]:
    node: dict[str, Any] = {
        "size": {"width": vertex.w, "height": vertex.h},
        "shape": "ellipse" if vertex.is_round else "box",
        "key": vertex.key,
    }
    if vertex.frame is not None:
        node["parent"] = vertex.frame
    return node


def _edge(arc: Arc) -> dict[str, Any]:
    edge: dict[str, Any] = {"source": arc.source, "target": arc.target, "weight": 1.0}
    if arc.is_back and arc.source != arc.target:
        edge["reverse_for_ranking"] = True
    if arc.label[0]:
        edge["label_size"] = {"width": arc.label[0], "height": arc.label[1]}
    return edge
