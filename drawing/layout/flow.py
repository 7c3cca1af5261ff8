"""Flowcharts: a measured graph handed to the layered engine, groups as its clusters."""

from __future__ import annotations

from drawing.graph import Link
from drawing.layout.layered import FAST, FULL, Arc, Cluster, Spacing, Vertex, lay_out
from drawing.measured import MeasuredGraph
from drawing.scene import PLAIN, Scene, Variant

PAGE = (88.5, 43.2)  # em: a 13.3-inch slide without its title, the text being 10 points
_YES = frozenset(
    "yes y ok true pass passed success valid approved accepted ja oui si sí sim да так tak ano áno igen evet"
    " はい 是 예 네 نعم हाँ כן ใช่".split()
)


def place_flow(measured: MeasuredGraph, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the flowchart in its own coordinates; quickly while it grows, which a scene before says."""
    members = measured.graph.members
    vertices = [
        Vertex(key, block.w, block.h, block.outline, members.get(key), block.corner)
        for key, block in measured.blocks.items()
    ]
    clusters = [
        Cluster(key, None, (label.width + 2, label.height)) for key, label in measured.headings.items()
    ]
    back = back_links(measured)
    main = main_branches(measured, back)
    arcs = [_arc(measured, link, link.key in back, link.key in main) for link in measured.links]
    layout = lay_out(
        vertices,
        clusters,
        arcs,
        measured.direction,
        _spacing(measured, variant.spacing),
        effort=FULL if previous is None else FAST,
        page=None if previous is not None else (PAGE[0] * measured.unit, PAGE[1] * measured.unit),
    )
    return Scene(layout.rects, layout.frames, layout.headings, layout.routes, layout.labels)


def _arc(measured: MeasuredGraph, link: Link, is_back: bool, is_main: bool) -> Arc:
    label = measured.labels.get(link.key)
    size = (label.width + 2, label.height) if label else (0.0, 0.0)
    is_back = is_back and link.source != link.target
    return Arc(link.key, link.source, link.target, size, is_back, straight=is_main)


def main_branches(measured: MeasuredGraph, back: set[str]) -> set[str]:
    """Return the links that lead straight on from decisions with two ways: the one that says yes."""
    ways: dict[str, list[Link]] = {}
    for link in measured.links:
        block = measured.blocks.get(link.source)
        if block is not None and block.outline == "diamond" and link.key not in back:
            ways.setdefault(link.source, []).append(link)
    agreeing = (link for links in ways.values() if len(links) == 2 for link in links if _agrees(link))
    return {link.key for link in agreeing}


def _agrees(link: Link) -> bool:
    words = (link.label or "").casefold().split()
    return bool(words) and words[0].strip(".,!:;") in _YES


def _spacing(measured: MeasuredGraph, stretch: float) -> Spacing:
    return Spacing(
        layer=measured.gap(2.8) * stretch,
        node=measured.gap(2.0) * stretch,
        pad=measured.gap(1.1),
        lane=max(10.0, measured.gap(0.75) * stretch),
        head=14.0,
        label=4.0,
        component=measured.gap(3.0),
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
