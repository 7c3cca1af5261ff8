"""Freeform scenes: the model's own coordinates, tidied: clamped, text fitted, pushed apart, connectors bound.

Shapes that overlap a little are pushed apart; those that overlap much do so on purpose, later ones on top.

A shape that lies within a larger one stays in it, as a window in its house; all others are kept apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from drawing.geometry import Rect, bounding, inside_polygon, polygon
from drawing.layout.connect import connect
from drawing.measured import Block, MeasuredGraph
from drawing.plan import Shape
from drawing.scene import PLAIN, Scene, Variant

PAGE = 1000.0  # units: the model's own page
LEAST = 24.0  # units: the smallest shape that is still seen
GAP = 14.0  # units between shapes that overlapped
SNAP = 8.0  # units: centres nearer than this are put on one line
WITHIN = 0.85  # the share of a shape that lies in a larger one which it belongs to
MEANT = 0.1  # the share of the smaller shape from which on an overlap is meant, as in a Venn diagram
LARGER = 1.6  # how much larger an area must be to hold another shape
ROUNDS = 60


def place_freeform(measured: MeasuredGraph, variant: Variant = PLAIN, previous: Scene | None = None) -> Scene:
    """Return the scene in its own coordinates, ``scene.inside`` saying which shape stands in which."""
    wanted = {key: rect for key in measured.blocks if (rect := _wanted(measured, key))}
    scene = Scene()
    scene.inside = _nest(wanted, measured)
    gap = max(GAP, _link_gap(measured) if measured.links else 0.0) * variant.spacing
    _Tidy(measured, scene, wanted, GAP * variant.spacing, gap).run()
    _add_unplaced(measured, scene)
    _add_frames(measured, scene)
    _find_overlaps(measured, scene)
    connect(measured, scene, previous)
    return scene


def _link_gap(measured: MeasuredGraph) -> float:
    """The distance of shapes with a connector between them, and words beside it."""
    words = max((label.width for label in measured.labels.values()), default=0.0)
    return max(3.2 * measured.unit, words + 2.4 * measured.unit if words else 0.0)


def _wanted(measured: MeasuredGraph, key: str) -> Rect | None:
    """The model's box, on the page and not smaller than can be seen."""
    node, block = measured.graph.nodes[key], measured.blocks[key]
    if not isinstance(node, Shape):
        return None
    w, h = (min(max(side, LEAST), PAGE) for side in (node.w, node.h))
    x, y = (min(max(at, 0.0), PAGE - side) for at, side in ((node.x, w), (node.y, h)))
    if block.outline == "text":
        return Rect.around(x + w / 2, y + h / 2, block.w, block.h)
    return Rect(round(x), round(y), w, h)


def _nest(wanted: dict[str, Rect], measured: MeasuredGraph) -> dict[str, str]:
    """Return for each shape that lies in another the smallest such one; pointed ones hold nothing."""
    inside: dict[str, str] = {}
    for key, rect in wanted.items():
        holders = [
            (other.w * other.h, at, name)
            for at, (name, other) in enumerate(wanted.items())
            if name != key
            and _can_hold(measured, name)
            and other.w * other.h >= LARGER * rect.w * rect.h
            and _common(rect, other) >= WITHIN * rect.w * rect.h
        ]
        if holders:
            inside[key] = min(holders)[2]
    return inside


def _can_hold(measured: MeasuredGraph, key: str) -> bool:
    """A rectangle's text moves to its top when something stands in it; a circle has no such place."""
    block = measured.blocks[key]
    return block.outline == "rectangle" or (block.outline == "circle" and not block.label.lines)


def _common(a: Rect, b: Rect) -> float:
    w = min(a.right, b.right) - max(a.x, b.x)
    h = min(a.bottom, b.bottom) - max(a.y, b.y)
    return max(0.0, w) * max(0.0, h)


class _Tidy:
    """Settles one nest after the other, the innermost first, so that each grows around what is in it."""

    def __init__(
        self, measured: MeasuredGraph, scene: Scene, wanted: dict[str, Rect], gap: float, link_gap: float
    ) -> None:
        self._measured = measured
        self._scene = scene
        self._wanted = wanted
        self._gap = gap
        self._link_gap = link_gap
        self._linked = {key for link in measured.links for key in (link.source, link.target)}
        self._content: dict[str, dict[str, Rect]] = {}
        self._before: dict[str, Rect] = {}  # where shapes stood when what is in them was placed

    def run(self) -> None:
        """Put all shapes where they go."""
        top = [key for key in self._wanted if key not in self._scene.inside]
        for key, rect in self._settle(top).items():
            self._put(key, rect)

    def _settle(self, keys: Sequence[str]) -> dict[str, Rect]:
        rects = {key: self._fitted(key) for key in keys}
        _snap(rects)
        self._push_apart(rects)
        return rects

    def _fitted(self, key: str) -> Rect:
        """Return the box of a shape, large enough for its text and for what stands in it."""
        wanted, block = self._wanted[key], self._measured.blocks[key]
        children = [child for child, home in self._scene.inside.items() if home == key]
        if children:
            return self._around(key, children)
        w, h = (max(wanted.w, block.w), max(wanted.h, block.h)) if block.label.lines else (wanted.w, wanted.h)
        if block.outline == "circle":
            w = h = max(w, h)
        elif block.outline in ("star", "heart"):
            w = h = max(min(w, h), block.w if block.label.lines else LEAST)
        return Rect.around(wanted.cx, wanted.cy, w, h)

    def _around(self, key: str, children: Sequence[str]) -> Rect:
        wanted, block = self._wanted[key], self._measured.blocks[key]
        settled = self._settle(children)
        self._content[key] = settled
        inner = bounding(settled.values()) or wanted
        head = block.label.height + self._gap if block.label.lines else 0.0
        if block.outline == "circle":
            radius = max(
                [
                    wanted.w / 2,
                    *(_farthest(wanted.cx, wanted.cy, rect) + self._gap for rect in settled.values()),
                ]
            )
            return Rect.around(wanted.cx, wanted.cy, 2 * radius, 2 * radius)
        x, y = min(wanted.x, inner.x - self._gap), min(wanted.y, inner.y - self._gap - head)
        right = max(wanted.right, inner.right + self._gap, x + block.label.width + 2 * self._gap)
        bottom = max(wanted.bottom, inner.bottom + self._gap)
        return Rect(x, y, right - x, bottom - y)

    def _put(self, key: str, rect: Rect) -> None:
        """Place a shape, and what is in it by the same way that the shape itself has moved."""
        was = self._before.get(key, rect)
        self._scene.rects[key] = rect
        for child, inner in self._content.get(key, {}).items():
            self._put(child, inner.moved(rect.x - was.x, rect.y - was.y))

    def _push_apart(self, rects: dict[str, Rect]) -> None:
        """Move overlapping shapes apart, half each, along the shorter way; then, if need be, to the right."""
        self._before |= rects
        keys = list(rects)
        for _ in range(ROUNDS):
            is_clean = True
            for i, one in enumerate(keys):
                for other in keys[i + 1 :]:
                    gap = self._needed(one, other, rects)
                    if gap is not None:
                        is_clean = False
                        rects[one], rects[other] = _apart(rects[one], rects[other], gap)
            if is_clean:
                return
        _sweep(rects, self._link_gap)

    def _needed(self, one: str, other: str, rects: dict[str, Rect]) -> float | None:
        """Return the gap that two shapes need and do not have; None if they stand well."""
        a, b = rects[one], rects[other]
        if one in self._linked and other in self._linked:
            return self._link_gap if a.overlaps(b, self._link_gap * 0.6) else None
        are_texts = self._measured.blocks[one].outline == self._measured.blocks[other].outline == "text"
        if _is_meant(self._wanted[one], self._wanted[other]) and not are_texts:
            return None
        return self._gap if a.overlaps(b) else None


def _is_meant(a: Rect, b: Rect) -> bool:
    return _common(a, b) >= MEANT * min(a.w * a.h, b.w * b.h)


def _find_overlaps(measured: MeasuredGraph, scene: Scene) -> None:
    """Note which shapes overlap on purpose, and move their words to where no other shape is."""
    pairs = [
        (one, other)
        for one, other in combinations(scene.rects, 2)
        if scene.rects[one].overlaps(scene.rects[other], -1.0)
        and not {one, other} & {scene.inside.get(one), scene.inside.get(other)}
    ]
    scene.layered = {key for pair in pairs for key in pair}
    taken: list[Rect] = []
    for key in scene.rects:
        block = measured.blocks[key]
        if key not in scene.layered or not block.label.lines or block.outline == "text":
            continue
        others = [scene.rects[b if a == key else a] for a, b in pairs if key in (a, b)]
        scene.text_rects[key] = _free_spot(block, scene.rects[key], others, taken)
        taken.append(scene.text_rects[key])


def _free_spot(block: Block, rect: Rect, others: Sequence[Rect], taken: Sequence[Rect]) -> Rect:
    """Return the place inside a shape for its words that other shapes leave most free, the middle if it can be."""
    outline = polygon(block.outline, rect)
    best, least = Rect.around(rect.cx, rect.cy, block.label.width + 4, block.label.height), float("inf")
    for i in range(9):
        for j in range(9):
            spot = Rect.around(rect.x + rect.w * (i + 1) / 10, rect.y + rect.h * (j + 1) / 10, best.w, best.h)
            corners = [(x, y) for x in (spot.x, spot.right) for y in (spot.y, spot.bottom)]
            if not all(inside_polygon(outline, corner) for corner in corners):
                continue
            hidden = sum(_common(spot, other) for other in [*others, *taken]) / (spot.w * spot.h)
            away = (abs(spot.cx - rect.cx) + abs(spot.cy - rect.cy)) / (rect.w + rect.h)
            if hidden + 0.5 * away < least:
                best, least = spot, hidden + 0.5 * away
    return best


def _farthest(cx: float, cy: float, rect: Rect) -> float:
    return float(
        max(abs(x - cx) ** 2 + abs(y - cy) ** 2 for x in (rect.x, rect.right) for y in (rect.y, rect.bottom))
        ** 0.5
    )


def _apart(a: Rect, b: Rect, gap: float) -> tuple[Rect, Rect]:
    right, left = a.right + gap - b.x, b.right + gap - a.x
    down, up = a.bottom + gap - b.y, b.bottom + gap - a.y
    across, along = min(right, left), min(down, up)
    # A hair more than half each, so that rounding cannot leave them touching.
    if across <= along:
        half = (across / 2 + 0.05) * (1 if right <= left else -1)
        return a.moved(-half, 0), b.moved(half, 0)
    half = (along / 2 + 0.05) * (1 if down <= up else -1)
    return a.moved(0, -half), b.moved(0, half)


def _sweep(rects: dict[str, Rect], gap: float) -> None:
    """Place the shapes again, from left to right, each moved right until it is free: always ends."""
    done: list[Rect] = []
    for key in sorted(rects, key=lambda key: (rects[key].x, rects[key].y)):
        rect = rects[key]
        while True:
            hit = [other for other in done if rect.overlaps(other, gap)]
            if not hit:
                break
            rect = Rect(max(other.right for other in hit) + gap + 0.1, rect.y, rect.w, rect.h)
        rects[key] = rect
        done.append(rect)


def _snap(rects: dict[str, Rect]) -> None:
    """Put centres that nearly line up on one line."""
    columns: list[float] = []
    rows: list[float] = []
    for key, rect in rects.items():
        cx = next((x for x in columns if abs(x - rect.cx) <= SNAP), None)
        cy = next((y for y in rows if abs(y - rect.cy) <= SNAP), None)
        if cx is None:
            columns.append(rect.cx)
        if cy is None:
            rows.append(rect.cy)
        rects[key] = Rect.around(rect.cx if cx is None else cx, rect.cy if cy is None else cy, rect.w, rect.h)


def _add_unplaced(measured: MeasuredGraph, scene: Scene) -> None:
    """Nodes without coordinates stand in rows below everything; those of a group side by side."""
    keys = [key for key in measured.blocks if key not in scene.rects]
    keys.sort(
        key=lambda key: (
            list(measured.headings).index(measured.graph.members[key])
            if key in measured.graph.members
            else -1
        )
    )
    gap = max(measured.gap(3.0), _link_gap(measured))
    around = bounding(scene.rects.values())
    top, left = (around.bottom + gap, around.x) if around else (0.0, 0.0)
    x, tall, group = left, 0.0, None
    for key in keys:
        block, own = measured.blocks[key], measured.graph.members.get(key)
        if own != group or x + block.w > left + PAGE:
            if tall:
                top += (
                    tall
                    + gap
                    + (measured.headings[own].height + 3 * measured.unit if own and own != group else 0.0)
                )
            elif own:
                top += measured.headings[own].height + 2 * measured.unit
            x, tall, group = left, 0.0, own
        scene.rects[key] = Rect(x, top, block.w, block.h)
        x, tall = x + block.w + gap, max(tall, block.h)


def _add_frames(measured: MeasuredGraph, scene: Scene) -> None:
    """Groups are frames around their nodes, or headings in a frame of their own below."""
    pad = 0.8 * measured.unit
    for key, heading in measured.headings.items():
        members = [scene.rects[node] for node, group in measured.graph.members.items() if group == key]
        inner = bounding(members)
        if inner is None:
            around = bounding([*scene.rects.values(), *scene.frames.values()]) or Rect(0, 0, 0, 0)
            frame = Rect(around.x, around.bottom + 3 * pad, heading.width + 2 * pad, heading.height + 2 * pad)
        else:
            w = max(inner.w, heading.width) + 2 * pad
            frame = Rect(
                inner.x - pad, inner.y - heading.height - 2 * pad, w, inner.h + heading.height + 3 * pad
            )
        scene.frames[key] = frame
        scene.headings[key] = Rect(frame.x + pad, frame.y + pad * 0.8, heading.width + 2, heading.height)
