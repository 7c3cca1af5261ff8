"""How well a canvas came out, measured on the objects alone: what a person would tidy by hand is a defect.

Defects, one sentence each; ten points each:

- overlap: two shapes cover each other, neither standing in the other as its frame; or two texts do
  (node overlap: Purchase, "Metrics for Graph Drawing Aesthetics", J. Visual Languages and Computing 13, 2002).
- text fit: a text is wider or higher than its box, or its box reaches out of the shape it labels.
- binding: a connector's end is more than 2 units from the outline it belongs to.
- passing through: a connector runs through a shape or text that it is not bound to (Wybrow, Marriott and
  Stuckey, "Orthogonal Connector Routing", Graph Drawing 2009), or lies on an unrelated connector.
- contrast: text under 4.5:1 on its ground, lines or outlines under 3:1 on white (WCAG 2.2, 1.4.3 and 1.4.11).
- bounds: a number that is not finite, or an object that leaves the page.

Not defects, as some plans cannot be drawn without: crossings (20 points for one a connector) and bends beyond
three a connector (up to 5 points).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from typing import Any

from drawing.canvas import CanvasObject, Quality
from drawing.layout.geometry import (
    Point,
    Rect,
    distance_to_outline,
    inside_polygon,
    polygon,
    segment_hits_rect,
    segments_cross,
    shared_length,
)
from drawing.text import LINE_HEIGHT, measure
from drawing.theme import MIN_LINE_CONTRAST, MIN_TEXT_CONTRAST, PAPER, contrast

BINDING = 2.0  # units
SLACK = 1.0  # units that may touch or stick out unseen
SHARED = 6.0  # units that two connectors may run on top of each other, as at a common corner
POINTS_PER_DEFECT = 10.0

_SHAPES = ("rectangle", "circle", "diamond", "star", "heart")


@dataclass(slots=True)
class _Drawn:
    """The objects of a canvas, sorted by what they are."""

    shapes: dict[str, tuple[CanvasObject, Rect]] = field(default_factory=dict)
    texts: dict[str, tuple[CanvasObject, Rect]] = field(default_factory=dict)
    routes: dict[str, tuple[CanvasObject, tuple[Point, ...]]] = field(default_factory=dict)
    marks: list[tuple[CanvasObject, Rect]] = field(default_factory=list)


def judge(objects: Sequence[CanvasObject], page: Rect | None = None) -> Quality:
    """Return score and defects of a drawing; ``page`` is where it should stay, None for anywhere."""
    bad = [f"Object {item.id} has a number that is not finite." for item in objects if not _is_finite(item)]
    if bad:
        return Quality(0.0, tuple(bad))
    drawn = _sorted(objects)
    defects = [
        *_overlaps(drawn),
        *_text_misfits(drawn),
        *_loose_ends(drawn),
        *_passings(drawn),
        *_shared_ways(drawn),
        *_contrasts(drawn),
        *_outside(drawn, page),
    ]
    score = 100.0 - POINTS_PER_DEFECT * len(defects) - _crossing_points(drawn) - _bend_points(drawn)
    return Quality(round(max(0.0, score), 1), tuple(defects))


def _is_finite(item: CanvasObject) -> bool:
    values: list[Any] = list(item.properties.values()) + list(item.properties.get("points", ()))
    return all(math.isfinite(value) for value in values if isinstance(value, int | float))


def _sorted(objects: Sequence[CanvasObject]) -> _Drawn:
    drawn = _Drawn()
    for item in objects:
        if item.properties.get("role") == "mark":
            drawn.marks.append((item, box_of(item)))
        elif item.object_type in _SHAPES:
            drawn.shapes[item.id] = (item, box_of(item))
        elif item.object_type == "text":
            drawn.texts[item.id] = (item, box_of(item))
        else:
            drawn.routes[item.id] = (item, points_of(item))
    return drawn


def box_of(item: CanvasObject) -> Rect:
    """Return the box around an object."""
    p = item.properties
    if item.object_type in ("arrow", "line"):
        xs, ys = zip(*points_of(item), strict=True)
        return Rect(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    if item.object_type == "circle":
        return Rect.around(p["x"], p["y"], 2 * p["radius"], 2 * p["radius"])
    if item.object_type in ("rectangle", "text"):
        return Rect(p["x"], p["y"], p["width"], p["height"])
    return Rect.around(p["x"], p["y"], p["width"], p["height"])


def points_of(item: CanvasObject) -> tuple[Point, ...]:
    """Return the absolute points of a connector."""
    p = item.properties
    return tuple(
        (p["x"] + p["points"][i], p["y"] + p["points"][i + 1]) for i in range(0, len(p["points"]), 2)
    )


def _name(item: CanvasObject) -> str:
    text = item.properties.get("text") or item.properties.get("label") or item.id[:8]
    return f"{item.object_type} “{str(text)[:30]}”"


def _frames_of(item: CanvasObject, drawn: _Drawn) -> set[str]:
    """The ids of all shapes that this one stands in."""
    out: set[str] = set()
    above = item.properties.get("in")
    while above is not None and above not in out:
        out.add(above)
        above = drawn.shapes[above][0].properties.get("in") if above in drawn.shapes else None
    return out


def _overlaps(drawn: _Drawn) -> Iterator[str]:
    frames = {key: _frames_of(item, drawn) for key, (item, _) in drawn.shapes.items()}
    for (one, a), (other, b) in combinations(drawn.shapes.values(), 2):
        if not a.overlaps(b, -SLACK):
            continue
        if other.id in frames[one.id] and b.holds(a, SLACK):
            continue
        if one.id in frames[other.id] and a.holds(b, SLACK):
            continue
        yield f"Two shapes overlap: {_labelled(one, drawn)} and {_labelled(other, drawn)}."
    for (one, a), (other, b) in combinations(drawn.texts.values(), 2):
        if a.overlaps(b, -SLACK):
            yield f"Two texts overlap: {_name(one)} and {_name(other)}."
    for text, a in drawn.texts.values():
        for shape, b in drawn.shapes.values():
            if text.properties.get("of") == shape.id or not a.overlaps(b, -SLACK):
                continue
            owner = drawn.shapes.get(text.properties.get("of", ""))
            is_within = shape.properties.get("role") == "frame" and b.holds(a, SLACK)
            is_above = shape.id in (frames[owner[0].id] if owner else _frames_of(text, drawn))
            if not (is_within or is_above):
                is_word = text.properties.get("of") in drawn.routes
                what = (
                    "A connector's word touches a shape"
                    if is_word
                    else "A shape covers a text that is not its own"
                )
                yield f"{what}: {_name(text)}."
        for mark, b in drawn.marks:
            if mark.object_type != "line" and a.overlaps(b, -SLACK):
                yield f"A mark covers a text: {_name(text)}."


def _labelled(shape: CanvasObject, drawn: _Drawn) -> str:
    for text, _ in drawn.texts.values():
        if text.properties.get("of") == shape.id:
            return f"{shape.object_type} “{text.properties['text'][:30]}”"
    return f"{shape.object_type} {shape.id[:8]}"


def _text_misfits(drawn: _Drawn) -> Iterator[str]:
    for text, box in drawn.texts.values():
        p = text.properties
        lines = p["text"].split("\n")
        is_bold = p.get("fontWeight") == "bold"
        if max(measure(line, p["fontSize"], bold=is_bold) for line in lines) > box.w + SLACK:
            yield f"A text is wider than its box: {_name(text)}."
        if len(lines) * p["fontSize"] * LINE_HEIGHT > box.h + SLACK:
            yield f"A text is higher than its box: {_name(text)}."
        owner = drawn.shapes.get(p.get("of", ""))
        if (
            owner
            and p.get("role") != "caption"
            and not _holds_text(owner[0].object_type, owner[1], text, box)
        ):
            yield f"A text sticks out of its shape: {_name(text)}."


def _holds_text(outline: str, shape: Rect, text: CanvasObject, box: Rect) -> bool:
    if outline == "rectangle":
        return shape.holds(box, SLACK)
    p = text.properties
    height = p["fontSize"] * LINE_HEIGHT
    corners = polygon(outline, shape)
    for i, line in enumerate(p["text"].split("\n")):
        half = measure(line, p["fontSize"], bold=p.get("fontWeight") == "bold") / 2 - SLACK
        # Letters fill about four fifths of a line's height.
        for y in (box.y + (i + 0.12) * height, box.y + (i + 0.88) * height):
            for x in (box.cx - half, box.cx + half):
                if not inside_polygon(corners, (x, y)):
                    return False
    return True


def _loose_ends(drawn: _Drawn) -> Iterator[str]:
    for item, points in drawn.routes.values():
        for end, point in (("from", points[0]), ("to", points[-1])):
            key = item.properties.get(end, "")
            bound = drawn.shapes.get(key) or drawn.texts.get(key)
            if bound and distance_to_outline(bound[0].object_type, bound[1], point) > BINDING:
                yield f"A connector's end is loose: {_name(item)}."


def _passings(drawn: _Drawn) -> Iterator[str]:
    for item, points in drawn.routes.values():
        ends = (item.properties.get("from"), item.properties.get("to"))
        bound = [drawn.shapes.get(end) or drawn.texts.get(end) for end in ends if end]
        around = {frame for found in bound if found for frame in _frames_of(found[0], drawn)}
        for shape, box in drawn.shapes.values():
            if shape.id in around or (shape.properties.get("role") == "frame" and shape.id not in ends):
                continue
            if shape.id in ends:
                if _enters(shape, box, points, drawn, ends):
                    yield f"A connector runs through its own shape: {_name(item)} at {_labelled(shape, drawn)}."
            elif _runs_through(points, box.grown(-SLACK)) and _cuts(shape, box, points):
                yield f"A connector runs through a shape: {_name(item)} and {_labelled(shape, drawn)}."
        for text, box in drawn.texts.values():
            if text.id in ends or (
                text.properties.get("of") in ends and text.properties.get("role") == "label"
            ):
                continue
            if _runs_through(points, box.grown(-SLACK)):
                yield f"A connector runs through a text: {_name(item)} and {_name(text)}."


def _runs_through(points: Sequence[Point], box: Rect) -> bool:
    return any(segment_hits_rect(a, b, box) for a, b in pairwise(points))


def _cuts(shape: CanvasObject, box: Rect, points: Sequence[Point]) -> bool:
    """Say whether a polyline enters an outline that does not fill its box."""
    if shape.object_type == "rectangle":
        return True
    corners = polygon(shape.object_type, box.grown(-SLACK))
    return any(inside_polygon(corners, point) for point in _samples(points))


def _enters(
    shape: CanvasObject, box: Rect, points: Sequence[Point], drawn: _Drawn, ends: tuple[Any, Any]
) -> bool:
    """Say whether a connector runs through the inside of a shape that it should only touch."""
    other = ends[1] if shape.id == ends[0] else ends[0]
    if other in drawn.shapes and shape.id in _frames_of(drawn.shapes[other][0], drawn):
        return False
    inner = box.grown(-2 * BINDING)
    if shape.object_type == "rectangle":
        return _runs_through(points, inner)
    if not _runs_through(points, box):
        return False
    corners = polygon(shape.object_type, inner)
    return any(inside_polygon(corners, point) for point in _samples(points))


def _samples(points: Sequence[Point], step: float = 6.0) -> Iterator[Point]:
    for a, b in pairwise(points):
        count = max(1, math.ceil(math.dist(a, b) / step))
        for i in range(count + 1):
            yield (a[0] + (b[0] - a[0]) * i / count, a[1] + (b[1] - a[1]) * i / count)


def _shared_ways(drawn: _Drawn) -> Iterator[str]:
    for (one, a), (other, b) in combinations(drawn.routes.values(), 2):
        if _are_related(one, other):
            continue
        shared = sum(shared_length(*p, *q, tolerance=1.5) for p in pairwise(a) for q in pairwise(b))
        if shared > SHARED:
            yield f"Two connectors lie on each other: {_name(one)} and {_name(other)}."


def _are_related(one: CanvasObject, other: CanvasObject) -> bool:
    """Say whether connectors share an end in the same sense, so that one line for both reads right."""
    p, q = one.properties, other.properties
    is_same = (p.get("from"), p.get("to")) == (q.get("from"), q.get("to"))
    return not is_same and (p.get("from") == q.get("from") or p.get("to") == q.get("to"))


def _contrasts(drawn: _Drawn) -> Iterator[str]:
    for text, _ in drawn.texts.values():
        owner = drawn.shapes.get(text.properties.get("of", ""))
        ground = (
            PAPER
            if owner is None or text.properties.get("role") == "caption"
            else owner[0].properties["fill"]
        )
        if contrast(text.properties["color"], ground) < MIN_TEXT_CONTRAST:
            yield f"A text is hard to read on its ground: {_name(text)}."
    lines = [item for item, _ in drawn.shapes.values()] + [item for item, _ in drawn.routes.values()]
    for item in lines:
        if contrast(item.properties["stroke"], PAPER) < MIN_LINE_CONTRAST:
            yield f"A line is too pale on white: {_name(item)}."


def _outside(drawn: _Drawn, page: Rect | None) -> Iterator[str]:
    if page is None:
        return
    for item, box in [*drawn.shapes.values(), *drawn.texts.values(), *drawn.marks]:
        if not page.holds(box, SLACK):
            yield f"An object leaves the page: {_name(item)}."
    for item, points in drawn.routes.values():
        if not all(page.holds(Rect(x, y, 0, 0), SLACK) for x, y in points):
            yield f"A connector leaves the page: {_name(item)}."


def count_crossings(routes: Sequence[Sequence[Point]]) -> int:
    """Return how often polylines cross each other."""
    pieces = [list(pairwise(route)) for route in routes]
    return sum(segments_cross(*p, *q) for one, other in combinations(pieces, 2) for p in one for q in other)


def _crossing_points(drawn: _Drawn) -> float:
    if not drawn.routes:
        return 0.0
    crossings = count_crossings([points for _, points in drawn.routes.values()])
    return min(20.0, 20.0 * crossings / len(drawn.routes))


def _bend_points(drawn: _Drawn) -> float:
    if not drawn.routes:
        return 0.0
    surplus = sum(max(0, len(points) - 2 - 3) for _, points in drawn.routes.values())
    return min(5.0, 5.0 * surplus / len(drawn.routes))
