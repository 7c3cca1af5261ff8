"""Mind maps: the first root in the middle, its branches left and right, each a tree that grows outwards."""

from __future__ import annotations

from drawing.geometry import Point, Rect, tidy
from drawing.layout.connect import connect
from drawing.measured import MeasuredGraph
from drawing.scene import PLAIN, Scene, Variant


def place_mindmap(measured: MeasuredGraph, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the mind map in its own coordinates; further roots stand below with their own branches."""
    scene = Scene()
    children: dict[str, list[str]] = {key: [] for key in measured.blocks}
    for child, parent in measured.graph.parents.items():
        children[parent].append(child)
    top = 0.0
    for root in measured.blocks:
        if root in measured.graph.parents:
            continue
        part = _MindMap(measured, children, root, variant.spacing)
        rects, height = part.rects(top)
        scene.rects |= rects
        top += height + measured.gap(3)
    done: set[str] = set()
    for link in measured.links:
        if measured.graph.parents.get(link.target) == link.source and link.target not in done:
            done.add(link.target)
            scene.routes[link.key] = _branch(measured, scene.rects[link.source], scene.rects[link.target])
    branches = set(scene.routes)
    connect(measured, scene, previous, kept=branches)
    return scene


class _MindMap:
    """One root and its branches on both sides."""

    def __init__(
        self, measured: MeasuredGraph, children: dict[str, list[str]], root: str, spacing: float
    ) -> None:
        self._measured = measured
        self._children = children
        self._root = root
        # Connectors across the map need a way between the branches.
        has_others = len(measured.links) > len(measured.graph.parents)
        self._gap = measured.gap(2.1 if has_others else 1.1) * spacing
        self._spacing = measured.gap(3.0) * spacing + max(
            (label.width for label in measured.labels.values()), default=0.0
        )

    def rects(self, top: float) -> tuple[dict[str, Rect], float]:
        """Return the boxes below ``top`` and the height used."""
        right, left = self._sides()
        root = self._measured.blocks[self._root]
        heights = [sum(map(self._height, side)) + self._gap * max(0, len(side) - 1) for side in (right, left)]
        height = max(root.h, *heights)
        middle = top + height / 2
        out = {self._root: Rect.around(0, middle, root.w, root.h)}
        for side, used, sign in ((right, heights[0], 1), (left, heights[1], -1)):
            at = middle - used / 2
            for key in side:
                self._place(key, sign * (root.w / 2 + self._spacing), at, sign, out)
                at += self._height(key) + self._gap
        return out, height

    def _sides(self) -> tuple[list[str], list[str]]:
        """Split the branches: the first ones to the right until half of the height is there."""
        branches = self._children[self._root]
        total = sum(map(self._height, branches))
        right: list[str] = []
        used = 0.0
        for key in branches:
            if right and used + self._height(key) / 2 > total / 2:
                break
            right.append(key)
            used += self._height(key)
        return right, branches[len(right) :]

    def _height(self, key: str) -> float:
        children = self._children[key]
        below = sum(map(self._height, children)) + self._gap * max(0, len(children) - 1)
        return max(self._measured.blocks[key].h, below)

    def _place(self, key: str, x: float, top: float, sign: int, out: dict[str, Rect]) -> None:
        block, height = self._measured.blocks[key], self._height(key)
        left = x if sign > 0 else x - block.w
        out[key] = Rect(left, top + (height - block.h) / 2, block.w, block.h)
        children = self._children[key]
        below = sum(map(self._height, children)) + self._gap * max(0, len(children) - 1)
        at = top + (height - below) / 2
        for child in children:
            self._place(child, x + sign * (block.w + self._spacing), at, sign, out)
            at += self._height(child) + self._gap


def _branch(measured: MeasuredGraph, parent: Rect, child: Rect) -> tuple[Point, ...]:
    is_right = child.cx > parent.cx
    start = (parent.right if is_right else parent.x, parent.cy)
    finish = (child.x if is_right else child.right, child.cy)
    bus = start[0] + (1 if is_right else -1) * measured.gap(1.5)
    return tidy([start, (bus, start[1]), (bus, finish[1]), finish])
