"""How much of a drawing stays where it was when its graph changes a little, with the drawing before as a hint."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from bench.layout.engines import ours
from bench.layout.graphs import Box, Graph, Line
from bench.layout.measures import Drawing, Measure
from drawing.layout.layered import Layout

MOVED = 5.0  # units: what has moved by less stays, for the eye


@dataclass
class Change:
    """What a kind of change did to all drawings: shares of nodes and of pairs of nodes, and new faults."""

    name: str
    moved: float
    turned: float
    faults: int


def measure_changes(graphs: Sequence[Graph]) -> list[Change]:
    """Return what happens to the drawings of some graphs when each of four things is done to them."""
    out = []
    for name, change in CHANGES.items():
        moved = turned = total = pairs = faults = 0
        for graph in graphs:
            before = ours(graph)
            changed, touched = change(graph, random.Random(graph.name))
            after = ours(changed, before)
            kept = [key for key in before.rects if key in after.rects and key not in touched]
            moved += sum(_distance(before, after, key) > MOVED for key in kept)
            total += len(kept)
            pairs += len(kept) * (len(kept) - 1) // 2
            turned += _inversions(before, after, kept)
            routes = {key: list(route) for key, route in after.routes.items()}
            drawing = Drawing(after.rects, after.frames, routes, after.labels, after.headings)
            measure = Measure(changed, drawing)
            faults += len(measure.hard()) + len(measure.foreign_frames())
        out.append(Change(name, moved / max(1, total), turned / max(1, pairs), faults))
    return out


def _distance(before: Layout, after: Layout, key: str) -> float:
    a, b = before.rects[key], after.rects[key]
    return max(abs(a.cx - b.cx), abs(a.cy - b.cy))


def _inversions(before: Layout, after: Layout, keys: Sequence[str]) -> int:
    """Return how many pairs of nodes have changed sides, left and right or above and below."""
    count = 0
    for one, other in combinations(keys, 2):
        a, b, c, d = before.rects[one], before.rects[other], after.rects[one], after.rects[other]
        count += (a.right < b.x and d.right < c.x) or (b.right < a.x and c.right < d.x)
        count += (a.bottom < b.y and d.bottom < c.y) or (b.bottom < a.y and c.bottom < d.y)
    return count


def _add_leaf(graph: Graph, rng: random.Random) -> tuple[Graph, set[str]]:
    parent = rng.choice(graph.boxes)
    leaf = Box("new", 110.0, 44.0, "rectangle", parent.group, "New")
    line = Line("to new", parent.key, "new")
    return replace(graph, boxes=[*graph.boxes, leaf], lines=[*graph.lines, line]), {"new"}


def _add_line(graph: Graph, rng: random.Random) -> tuple[Graph, set[str]]:
    i, j = sorted(rng.sample(range(len(graph.boxes)), 2))
    line = Line("new line", graph.boxes[i].key, graph.boxes[j].key)
    return replace(graph, lines=[*graph.lines, line]), set()


def _remove_node(graph: Graph, rng: random.Random) -> tuple[Graph, set[str]]:
    gone = rng.choice(graph.boxes).key
    boxes = [box for box in graph.boxes if box.key != gone]
    lines = [line for line in graph.lines if gone not in (line.source, line.target)]
    return replace(graph, boxes=boxes, lines=lines), {gone}


def _change_label(graph: Graph, rng: random.Random) -> tuple[Graph, set[str]]:
    i = rng.randrange(len(graph.boxes))
    box = replace(graph.boxes[i], w=graph.boxes[i].w + 24.0)
    return replace(graph, boxes=[*graph.boxes[:i], box, *graph.boxes[i + 1 :]]), {box.key}


CHANGES: dict[str, Callable[[Graph, random.Random], tuple[Graph, set[str]]]] = {
    "a leaf added": _add_leaf,
    "a line added": _add_line,
    "a node removed": _remove_node,
    "a label longer": _change_label,
}
GOALS = {"a leaf added": 0.05, "a line added": 0.15, "a node removed": 0.10, "a label longer": 0.02}
MOST_TURNED = 0.01


def markdown(changes: Sequence[Change]) -> str:
    """Return the table in Markdown."""
    lines = ["| change | nodes moved | goal | pairs turned | goal | met |", "|---|--:|--:|--:|--:|---|"]
    for change in changes:
        met = change.moved <= GOALS[change.name] and change.turned < MOST_TURNED
        lines.append(
            f"| {change.name} | {change.moved:.1%} | {GOALS[change.name]:.0%} | {change.turned:.2%} |"
            f" {MOST_TURNED:.0%} | {'yes' if met else '**no**'} |"
        )
    return "\n".join(lines)
