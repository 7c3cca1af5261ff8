"""The engines that are compared: ours, ELK and dagre from npm, and Graphviz' dot."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.layout.graphs import Graph, Group
from bench.layout.measures import Drawing
from drawing.geometry import Point, Rect
from drawing.layout import layered

HERE = Path(__file__).parent
PAGE = (1417.0, 691.0)  # units: a slide on which a text of 16 units is 10 points high
INCH = 72.0  # dot's positions are points, its sizes inches; one unit of ours is one point of its


@dataclass
class Run:
    """A drawing, None where the engine failed, and the processor time that it took."""

    drawing: Drawing | None
    seconds: float
    error: str = ""


def run_ours(graphs: Sequence[Graph]) -> list[Run]:
    """Lay out with the project's own engine."""
    runs = []
    for graph in graphs:
        start = time.process_time()
        layout = ours(graph)
        drawing = Drawing(
            layout.rects,
            layout.frames,
            {key: list(route) for key, route in layout.routes.items()},
            layout.labels,
            layout.headings,
        )
        runs.append(Run(drawing, time.process_time() - start))
    return runs


def ours(graph: Graph, previous: layered.Layout | None = None) -> layered.Layout:
    """Return the layout of our engine, near to one before if there is one."""
    return layered.lay_out(
        [layered.Vertex(box.key, box.w, box.h, box.outline, box.group) for box in graph.boxes],
        [layered.Cluster(g.key, g.parent, g.heading, lane=g.lane) for g in graph.groups],
        [layered.Arc(line.key, line.source, line.target, line.label) for line in graph.lines],
        "down" if graph.direction == "down" else "right",
        page=PAGE,
        previous=previous,
    )


def run_npm(engine: str, graphs: Sequence[Graph], modules: Path) -> list[Run]:
    """Lay out with ELK or dagre, whose packages stand in ``modules``."""
    payload = json.dumps({"engine": engine, "graphs": [_to_json(graph) for graph in graphs]})
    done = subprocess.run(
        ["node", str(HERE / "peers.mjs"), str(modules.resolve())],
        input=payload, capture_output=True, text=True, check=True, timeout=900,
    )  # fmt: skip
    return [
        Run(_from_json(one["drawing"]), one["seconds"], one["error"] or "") for one in json.loads(done.stdout)
    ]


def _to_json(graph: Graph) -> dict[str, Any]:
    return {
        "direction": graph.direction,
        "boxes": [{"key": b.key, "w": b.w, "h": b.h, "parent": b.group} for b in graph.boxes],
        "groups": [
            {"key": g.key, "parent": g.parent, "w": g.heading[0], "h": g.heading[1]} for g in graph.groups
        ],
        "lines": [
            {"key": e.key, "source": e.source, "target": e.target, "w": e.label[0], "h": e.label[1]}
            for e in graph.lines
        ],
    }


def _from_json(raw: dict[str, Any] | None) -> Drawing | None:
    if raw is None:
        return None
    return Drawing(
        {key: Rect(*box) for key, box in raw["rects"].items()},
        {key: Rect(*box) for key, box in raw["frames"].items()},
        {key: [(x, y) for x, y in route] for key, route in raw["routes"].items()},
        {key: Rect(*box) for key, box in raw["labels"].items()},
    )


def run_dot(graphs: Sequence[Graph]) -> list[Run]:
    """Lay out with Graphviz' dot."""
    runs = []
    for graph in graphs:
        before = _children_seconds()
        try:
            done = subprocess.run(
                ["dot", "-Tjson"],
                input=to_dot(graph),
                capture_output=True,
                text=True,
                check=True,
                timeout=120,
            )
            runs.append(Run(_from_dot(graph, json.loads(done.stdout)), _children_seconds() - before))
        except (subprocess.SubprocessError, ValueError) as exc:
            runs.append(Run(None, _children_seconds() - before, str(exc)))
    return runs


def _children_seconds() -> float:
    times = os.times()
    return times.children_user + times.children_system


def to_dot(graph: Graph) -> str:
    """Return a graph in dot's language, boxes of fixed sizes, labels as blank boxes of their size."""
    rankdir = "TB" if graph.direction == "down" else "LR"
    out = [
        f'digraph {{ rankdir={rankdir}; nodesep=0.5; ranksep=0.7; node [shape=box fixedsize=true label=""];'
    ]

    def inside(parent: str | None) -> None:
        for group in graph.groups:
            if group.parent == parent:
                out.append(f'subgraph "cluster_{group.key}" {{ margin=18; label={_blank(group)};')
                inside(group.key)
                out.append("}")
        for box in graph.boxes:
            if box.group == parent:
                shape = "diamond" if box.outline == "diamond" else "box"
                size = f"width={box.w / INCH:.3f} height={box.h / INCH:.3f}"
                out.append(f'"{box.key}" [{size} shape={shape}];')

    inside(None)
    for line in graph.lines:
        label = ""
        if line.label[0]:
            w, h = line.label
            label = (
                f'label=<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"><TR>'
                f'<TD FIXEDSIZE="TRUE" WIDTH="{w:.0f}" HEIGHT="{h:.0f}"></TD></TR></TABLE>>'
            )
        out.append(f'"{line.source}" -> "{line.target}" [id="{line.key}" {label}];')
    return "\n".join([*out, "}"])


def _blank(group: Group) -> str:
    if not group.heading[0]:
        return '""'
    w, h = group.heading
    return (
        f'<<TABLE BORDER="0" CELLBORDER="0" CELLPADDING="0" CELLSPACING="0"><TR>'
        f'<TD FIXEDSIZE="TRUE" WIDTH="{w:.0f}" HEIGHT="{h:.0f}"></TD></TR></TABLE>>'
    )


def _from_dot(graph: Graph, raw: dict[str, Any]) -> Drawing:
    out = Drawing()
    names = {item["_gvid"]: item["name"] for item in raw["objects"]}
    height = float(raw["bb"].split(",")[3])
    groups = {f"cluster_{group.key}": group.key for group in graph.groups}
    for item in raw["objects"]:
        if item["name"] in groups and "bb" in item:
            x, y, right, top = map(float, item["bb"].split(","))
            out.frames[groups[item["name"]]] = Rect(x, height - top, right - x, top - y)
        elif "pos" in item:
            x, y = map(float, item["pos"].split(","))
            out.rects[item["name"]] = Rect.around(
                x, height - y, float(item["width"]) * INCH, float(item["height"]) * INCH
            )
    sizes = {line.key: line.label for line in graph.lines}
    assert names
    for edge in raw.get("edges", []):
        if "pos" in edge:
            out.routes[edge["id"]] = _spline(edge["pos"], height)
        if "lp" in edge:
            x, y = map(float, edge["lp"].split(","))
            out.labels[edge["id"]] = Rect.around(x, height - y, *sizes[edge["id"]])
    return out


def _spline(pos: str, height: float, steps: int = 6) -> list[Point]:
    """Return a chain of Bézier curves as a polyline; an arrow's tip comes first in the text, last in the line."""
    tip: Point | None = None
    points: list[Point] = []
    for part in pos.split():
        if part.startswith(("e,", "s,")):
            x, y = map(float, part[2:].split(","))
            tip = (x, height - y) if part.startswith("e,") else tip
        else:
            x, y = map(float, part.split(","))
            points.append((x, height - y))
    line = [points[0]]
    for i in range(0, len(points) - 3, 3):
        a, b, c, d = points[i : i + 4]
        for step in range(1, steps + 1):
            t = step / steps
            s = 1 - t
            weights = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
            line.append(
                (
                    sum(w * p[0] for w, p in zip(weights, (a, b, c, d), strict=True)),
                    sum(w * p[1] for w, p in zip(weights, (a, b, c, d), strict=True)),
                )
            )
    return [*line, tip] if tip else line
