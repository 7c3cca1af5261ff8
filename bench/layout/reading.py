"""Graphs of a folder: Mermaid flowcharts (.mmd) and Graphviz (.gv, .dot), their texts measured as ours are."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.layout.graphs import Box, Graph, Group, Line, Size
from drawing.model import Edge, Node
from drawing.model import Group as Frame
from drawing.source import read_source
from drawing.text import wrap

FONT = 16.0  # units
WIDEST = 160.0  # units: the texts of boxes are broken where they are wider
LABEL_WIDEST = 130.0
OUTLINES = {"diamond": "diamond", "circle": "circle", "doublecircle": "circle", "hexagon": "hexagon"}
MOST_BOXES = 400


def read_folder(folder: Path) -> Iterator[Graph]:
    """Yield the graphs of all files that can be read, in the order of their names; say which cannot."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".mmd", ".gv", ".dot"):
            continue
        graph = read_mermaid(path) if path.suffix == ".mmd" else read_graphviz(path)
        if graph is None or not graph.boxes or len(graph.boxes) > MOST_BOXES:
            print(f"left out: {path.name}")
        else:
            yield graph


def text_size(text: str, widest: float, font: float = FONT) -> Size:
    """Return width and height of a text in lines."""
    label = wrap(text, font, widest)
    return (label.width + 2, label.height) if label.lines else (0.0, 0.0)


def _box(key: str, text: str, outline: str, group: str | None) -> Box:
    w, h = text_size(text or key, WIDEST)
    scale = 1.5 if outline != "rectangle" else 1.0
    return Box(key, max(60.0, (w + 26) * scale), max(36.0, (h + 20) * scale), outline, group, text or key)


def read_mermaid(path: Path) -> Graph | None:
    """Return a flowchart written in Mermaid; None for another kind."""
    drawing = read_source(path.read_text(encoding="utf-8")).drawing
    if drawing is None or not drawing.all(Edge):
        return None
    graph = Graph(path.stem, "right" if drawing.direction in ("right", "left") else "down")
    frames = {frame.id for frame in drawing.all(Frame)}
    for frame in drawing.all(Frame):
        parent = frame.parent if frame.parent in frames else None
        graph.groups.append(Group(frame.id, parent, text_size(frame.text, 300), frame.text))
    for node in drawing.all(Node):
        group = node.parent if node.parent in frames else None
        graph.boxes.append(_box(node.id, node.text, OUTLINES.get(node.shape, "rectangle"), group))
    known = frames | {box.key for box in graph.boxes}
    for edge in drawing.all(Edge):
        if edge.source in known and edge.target in known and edge.line != "invisible":
            size = text_size(edge.text, LABEL_WIDEST, 14.0)
            graph.lines.append(Line(edge.id, edge.source, edge.target, size, edge.text))
    return graph


def read_graphviz(path: Path) -> Graph | None:
    """Return a graph written in Graphviz' language, read by dot itself; None if it cannot be."""
    done = subprocess.run(["dot", "-Tdot_json", str(path)], capture_output=True, text=True, timeout=60)
    if done.returncode:
        return None
    raw = json.loads(done.stdout)
    graph = Graph(path.stem, "right" if raw.get("rankdir") in ("LR", "RL") else "down")
    objects = raw.get("objects", [])
    homes = _clusters(graph, objects)
    numbers: dict[int, str] = {}
    for item in objects:
        if "nodes" in item or "subgraphs" in item or item["name"].startswith("cluster"):
            continue
        numbers[item["_gvid"]] = item["name"]
        label = item.get("label", "\\N").replace("\\N", item["name"]).replace("\\n", "\n")
        outline = OUTLINES.get(item.get("shape", ""), "rectangle")
        graph.boxes.append(_box(item["name"], label, outline, homes.get(item["_gvid"])))
    for edge in raw.get("edges", []):
        ends = (numbers.get(edge["tail"]), numbers.get(edge["head"]))
        if ends[0] is not None and ends[1] is not None:
            label = edge.get("label", "").replace("\\n", "\n")
            size = text_size(label, LABEL_WIDEST, 14.0)
            graph.lines.append(Line(f"e{edge['_gvid']}", ends[0], ends[1], size, label))
    return graph


def _clusters(graph: Graph, objects: list[dict[str, Any]]) -> dict[int, str]:
    """Add the clusters to the graph; return the innermost one of each node."""
    found = {item["_gvid"]: item for item in objects if item["name"].startswith("cluster")}
    parents = {child: number for number, item in found.items() for child in item.get("subgraphs", [])}
    homes: dict[int, str] = {}
    sizes: dict[int, int] = {}
    for number, item in found.items():
        parent = found[parents[number]]["name"] if parents.get(number) in found else None
        label = item.get("label", "")
        graph.groups.append(Group(item["name"], parent, text_size(label, 300), label))
        for node in item.get("nodes", []):
            if node not in homes or len(item["nodes"]) < sizes[node]:
                homes[node], sizes[node] = item["name"], len(item["nodes"])
    return homes
