"""Trees and org charts: parents centred over their children, siblings in a row on a common bus line."""

from __future__ import annotations

from drawing.geometry import Point, Rect, tidy
from drawing.graph import Link
from drawing.layout.connect import connect
from drawing.measured import MeasuredGraph
from drawing.scene import PLAIN, Scene, Variant


def place_tree(measured: MeasuredGraph, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the forest in its own coordinates, roots side by side."""
    forest = Forest(measured, variant)
    scene = Scene(rects=forest.rects())
    drawn: set[str] = set()
    for link in measured.links:
        if measured.graph.parents.get(link.target) == link.source and link.target not in drawn:
            drawn.add(link.target)
            scene.routes[link.key] = forest.branch(link, scene)
    branches = set(scene.routes)
    connect(measured, scene, previous, kept=branches)
    return scene


class Forest:
    """The tree as seen from above: ``along`` runs across siblings, ``depth`` from parent to child."""

    def __init__(self, measured: MeasuredGraph, variant: Variant) -> None:
        self._measured = measured
        self._spacing = variant.spacing
        self._is_down = measured.direction == "down"
        self._children: dict[str, list[str]] = {key: [] for key in measured.blocks}
        for child, parent in measured.graph.parents.items():
            self._children[parent].append(child)
        self._depths = self._find_depths()
        self._along: dict[str, float] = {}
        self._levels = self._find_levels()

    def _thick(self, key: str) -> float:
        block = self._measured.blocks[key]
        return block.h if self._is_down else block.w

    def _broad(self, key: str) -> float:
        block = self._measured.blocks[key]
        return block.w if self._is_down else block.h

    def roots(self) -> list[str]:
        """The nodes without a parent."""
        return [key for key in self._measured.blocks if key not in self._measured.graph.parents]

    def _find_depths(self) -> dict[str, int]:
        depths: dict[str, int] = {}
        stack = [(root, 0) for root in reversed(self.roots())]
        while stack:
            key, depth = stack.pop()
            depths[key] = depth
            stack += [(child, depth + 1) for child in reversed(self._children[key])]
        return depths

    def _find_levels(self) -> list[float]:
        """Where each level begins."""
        thick: dict[int, float] = {}
        for key, depth in self._depths.items():
            thick[depth] = max(thick.get(depth, 0.0), self._thick(key))
        gap = self._measured.gap(3.2) * self._spacing + self._label_space()
        levels, at = [], 0.0
        for depth in range(len(thick)):
            levels.append(at)
            at += thick[depth] + gap
        return levels

    def _label_space(self) -> float:
        labels = self._measured.labels.values()
        return max((label.height if self._is_down else label.width for label in labels), default=0.0)

    def rects(self) -> dict[str, Rect]:
        """Return the boxes: each subtree is laid out by itself and then pushed against its neighbours."""
        gap = self._measured.gap(1.8) * self._spacing
        right: list[float] = []
        for root in self.roots():
            contour = self._place(root, gap)
            shift = _clearance(right, [low for low, _ in contour], gap * 1.6)
            self._shift(root, shift)
            right = _outer(right, [high + shift for _, high in contour])
        return {key: self._rect(key) for key in self._measured.blocks}

    def _rect(self, key: str) -> Rect:
        block, along, deep = self._measured.blocks[key], self._along[key], self._levels[self._depths[key]]
        if self._is_down:
            return Rect(along - block.w / 2, deep, block.w, block.h)
        return Rect(deep, along - block.h / 2, block.w, block.h)

    def _shift(self, root: str, by: float) -> None:
        stack = [root]
        while stack:
            key = stack.pop()
            self._along[key] += by
            stack += self._children[key]

    def _place(self, key: str, gap: float) -> list[tuple[float, float]]:
        """Place a subtree around 0; return its contour, lowest and highest ``along`` on each level."""
        half = self._broad(key) / 2
        right: list[float] = []
        left: list[float] = []
        for child in self._children[key]:
            contour = self._place(child, gap)
            shift = _clearance(right, [low for low, _ in contour], gap)
            self._shift(child, shift)
            right = _outer(right, [high + shift for _, high in contour])
            left += [low + shift for low, _ in contour[len(left) :]]
        self._along[key] = 0.0
        if not self._children[key]:
            return [(-half, half)]
        first, last = self._children[key][0], self._children[key][-1]
        middle = (self._along[first] + self._along[last]) / 2
        for child in self._children[key]:
            self._shift(child, -middle)
        return [(-half, half), *((a - middle, b - middle) for a, b in zip(left, right, strict=True))]

    def branch(self, link: Link, scene: Scene) -> tuple[Point, ...]:
        """Return the line from parent to child, bent half way between the levels."""
        parent, child = scene.rects[link.source], scene.rects[link.target]
        bus = self._levels[self._depths[link.target]] - self._measured.gap(1.4) - self._label_space()
        if self._is_down:
            return tidy([(parent.cx, parent.bottom), (parent.cx, bus), (child.cx, bus), (child.cx, child.y)])
        return tidy([(parent.right, parent.cy), (bus, parent.cy), (bus, child.cy), (child.x, child.cy)])


def _clearance(right: list[float], left: list[float], gap: float) -> float:
    """How far a contour must move so that it stays ``gap`` clear of what is before it."""
    if not right:
        return 0.0
    return max(high - low for high, low in zip(right, left, strict=False)) + gap


def _outer(old: list[float], new: list[float]) -> list[float]:
    """The farther of two contours; the new one wins where both are, as it stands farther out."""
    return new + old[len(new) :]
