"""A JSON plan as notation: what was said in the one form can be kept, shown and changed in the other."""

from __future__ import annotations

import re

from drawing.graph import Graph
from drawing.model import Color, Drawing, Edge, Group, Node, PlacedShape, Row
from drawing.plan import Node as PlanNode
from drawing.plan import Shape
from drawing.source import write_source
from drawing.theme import COLOR_ACCENT

_COLORS: dict[int, Color] = {accent: color for color, accent in COLOR_ACCENT.items()}  # type: ignore[misc]
_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,39}")
_WORDS = frozenset(
    "end graph flowchart subgraph direction style class click title linkstyle classdef".split()
)
_SHAPES = {
    "decision": "diamond", "start": "stadium", "end": "stadium", "data": "cylinder", "note": "note", "idea": "rounded",
}  # fmt: skip


def plan_source(graph: Graph) -> str:
    """Return the notation of a plan's graph; connectors of boards, trees and timelines make it a flowchart."""
    return write_source(_drawing(graph))


def _drawing(graph: Graph) -> Drawing:
    kind, ids = graph.header.kind, _ids(graph)
    if kind == "freeform":
        return _sketch(graph, ids)
    if graph.links or kind == "flowchart":
        return _flowchart(graph, ids)
    if kind == "grid":
        return _board(graph, ids)
    return _timeline(graph, ids) if kind == "timeline" else _tree(graph, ids)


def _ids(graph: Graph) -> dict[str, str]:
    """Return an id that notation takes for each node and group, its own where that will do."""
    out: dict[str, str] = {}
    used: set[str] = set()
    for number, key in enumerate([*graph.groups, *graph.nodes], 1):
        said = key.partition(":")[2]  # "node:login" is the login of the plan, and of the notation
        name = said if _ID.fullmatch(said) and said.lower() not in _WORDS else f"n{number}"
        while name in used:
            name += "_"
        used.add(name)
        out[key] = name
    return out


def _color(node: PlanNode | Shape) -> Color | None:
    return None if node.accent is None else _COLORS[node.accent % len(_COLORS)]


def _begin(graph: Graph, kind: str) -> Drawing:
    return Drawing(kind, graph.header.title)


def _flowchart(graph: Graph, ids: dict[str, str]) -> Drawing:
    drawing = _begin(graph, "flowchart")
    drawing.direction = graph.header.direction
    for key, group in graph.groups.items():
        drawing.put(Group(ids[key], group.text))
    for key, node in graph.nodes.items():
        role = node.role if isinstance(node, PlanNode) else "step"
        text = "\n".join(each for each in (getattr(node, "when", None), node.text) if each)
        parent = ids.get(graph.members.get(key, ""))
        drawing.put(Node(ids[key], text or ids[key], _SHAPES.get(role, ""), "step", _color(node), parent))
    pairs = {(child, parent) for child, parent in graph.parents.items()}
    for number, (child, parent) in enumerate(
        sorted(pairs, key=lambda pair: list(graph.nodes).index(pair[0]))
    ):
        drawing.put(Edge(f"parent{number}", ids[parent], ids[child], head="none"))
    _put_edges(drawing, graph, ids)
    return drawing


def _put_edges(drawing: Drawing, graph: Graph, ids: dict[str, str]) -> None:
    for link in graph.links:
        head = "arrow" if link.arrow else "none"
        drawing.put(Edge(link.key, ids[link.source], ids[link.target], link.label or "", head=head))  # type: ignore[arg-type]


def _tree(graph: Graph, ids: dict[str, str]) -> Drawing:
    drawing = _begin(graph, "mindmap" if graph.header.kind == "mindmap" else "orgchart")
    for key, node in graph.nodes.items():
        parent = graph.parents.get(key)
        drawing.put(
            Node(ids[key], node.text or ids[key], color=_color(node), parent=ids[parent] if parent else None)
        )
    return drawing


def _timeline(graph: Graph, ids: dict[str, str]) -> Drawing:
    drawing = _begin(graph, "timeline")
    drawing.direction = "down" if graph.header.direction == "down" else None
    for key, group in graph.groups.items():
        drawing.put(Group(ids[key], group.text, "section"))
    for key, node in graph.nodes.items():
        when = node.when if isinstance(node, PlanNode) else None
        rows = (Row((node.text or "",)),) if when and node.text else ()
        parent = ids.get(graph.members.get(key, ""))
        drawing.put(Node(ids[key], when or node.text or ids[key], "", "period", _color(node), parent, rows))
    return drawing


def _board(graph: Graph, ids: dict[str, str]) -> Drawing:
    drawing = _begin(graph, "board")
    for key, group in graph.groups.items():
        drawing.put(Group(ids[key], group.text, "cell"))
    for key, node in graph.nodes.items():
        parent = ids.get(graph.members.get(key, ""))
        drawing.put(Node(ids[key], node.text or ids[key], "sticky", "note", _color(node), parent))
    return drawing


def _sketch(graph: Graph, ids: dict[str, str]) -> Drawing:
    drawing = _begin(graph, "sketch")
    for key, node in graph.nodes.items():
        if isinstance(node, Shape):
            shape = PlacedShape(
                ids[key], node.shape, node.x, node.y, node.w, node.h, node.text or "", _color(node)
            )
            if node.shape != "text" or node.text:
                drawing.put(shape)
        else:
            drawing.put(PlacedShape(ids[key], "rectangle", 0, 0, 140, 70, node.text or "", _color(node)))
    _put_edges(drawing, graph, ids)
    return drawing
