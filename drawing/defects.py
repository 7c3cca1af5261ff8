"""What a person would tidy by hand, found on a canvas; ``drawing.quality`` says where the rules come from."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from typing import Any

from drawing.canvas import CanvasObject
from drawing.geometry import (
    Point,
    Rect,
    bounding,
    distance_to_outline,
    distance_to_rounded,
    extent,
    inside_polygon,
    polygon,
    segment_hits_rect,
    shared_length,
)
from drawing.ground import ground_of
from drawing.object_index import ObjectIndex, frames_of, name_of, outline_of, shape_name
from drawing.text import LINE_HEIGHT, measure
from drawing.theme import MIN_LINE_CONTRAST, MIN_TEXT_CONTRAST, PAPER, contrast

BINDING = 2.0  # units
SLACK = 1.0  # units that may touch or stick out unseen
BESIDE = 1.5  # units between two connectors that look like one
ACTIVATION = 40.0  # units from a lifeline to the side of the widest stack of activations on it
SHARED = 6.0  # units that two connectors may run on top of each other, as at a common corner


def find_defects(index: ObjectIndex, page: Rect | None) -> tuple[str, ...]:
    """Return one sentence for each defect; ``page`` is where everything should stay, None for anywhere."""
    return (
        *_overlaps(index),
        *_text_misfits(index),
        *_loose_ends(index),
        *_passings(index),
        *_shared_ways(index),
        *_contrasts(index),
        *_outside(index, page),
    )


def _overlaps(index: ObjectIndex) -> Iterator[str]:
    frames = {key: frames_of(item, index) for key, (item, _) in index.shapes.items()}
    for (one, a), (other, b) in combinations(index.shapes.values(), 2):
        if not a.overlaps(b, -SLACK) or {one.properties.get("role"), other.properties.get("role")} == {
            "frame",
            "note",
        }:
            continue  # A note may lie across what it speaks of.
        if one.properties.get("layered") and other.properties.get("layered"):
            continue  # On purpose, as in a Venn diagram; what it hides is found elsewhere.
        if other.id in frames[one.id] and b.holds(a, SLACK):
            continue
        if one.id in frames[other.id] and a.holds(b, SLACK):
            continue
        yield f"Two shapes overlap: {shape_name(one, index)} and {shape_name(other, index)}."
    for (one, a), (other, b) in combinations(index.texts.values(), 2):
        if a.overlaps(b, -SLACK):
            yield f"Two texts overlap: {name_of(one)} and {name_of(other)}."
    yield from _covered_texts(index, frames)


def _covered_texts(index: ObjectIndex, frames: dict[str, set[str]]) -> Iterator[str]:
    badges = {mark.id: mark for mark, _ in index.marks}
    for text, a in index.texts.values():
        for shape, b in index.shapes.values():
            if text.properties.get("of") == shape.id or not a.overlaps(b, -SLACK):
                continue
            owner = index.shapes.get(text.properties.get("of", ""))
            is_frame = shape.properties.get("role") == "frame"
            is_within = is_frame and (b.holds(a, SLACK) or "halo" in text.properties)
            marked = badges.get(text.properties.get("of", ""), text)
            is_above = shape.id in (frames[owner[0].id] if owner else frames_of(marked, index))
            is_layered = shape.properties.get("layered") and shape.z_index < text.z_index
            if not (is_within or is_above or is_layered):
                is_word = text.properties.get("of") in index.routes
                what = (
                    "A connector's word touches a shape"
                    if is_word
                    else "A shape covers a text that is not its own"
                )
                yield f"{what}: {name_of(text)}."
        for mark, b in index.marks:
            # A frame around it, or a badge with its number, which what lies behind the badge does not cover.
            is_ground = mark.z_index < text.z_index and b.holds(a, SLACK)
            own = badges.get(text.properties.get("of", ""))
            ground = text if "halo" in text.properties else own
            is_hidden = ground is not None and mark.z_index < ground.z_index
            if mark.object_type != "line" and not (is_ground or is_hidden) and a.overlaps(b, -SLACK):
                yield f"A mark covers a text: {name_of(text)}."


def _text_misfits(index: ObjectIndex) -> Iterator[str]:
    for text, box in index.texts.values():
        p = text.properties
        lines = p["text"].split("\n")
        is_bold = p.get("fontWeight") == "bold"
        if max(measure(line, p["fontSize"], bold=is_bold) for line in lines) > box.w + SLACK:
            yield f"A text is wider than its box: {name_of(text)}."
        if len(lines) * p["fontSize"] * LINE_HEIGHT > box.h + SLACK:
            yield f"A text is higher than its box: {name_of(text)}."
        owner = index.shapes.get(p.get("of", ""))
        if (
            owner
            and p.get("role") != "caption"
            and not _holds_text(outline_of(owner[0]), owner[1], text, box)
        ):
            yield f"A text sticks out of its shape: {name_of(text)}."


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


def _distance(shape: CanvasObject, box: Rect, point: Point, captions: dict[str, Rect]) -> float:
    """Return how far a connector's end is from a shape, or from the box around it and the caption below it."""
    corner = shape.properties.get("cornerRadius", 0.0)
    distance = distance_to_outline(outline_of(shape), box, point, corner)
    if shape.id not in captions:
        return distance
    around = bounding([box, captions[shape.id]]) or box
    return min(distance, *(distance_to_outline("rectangle", each, point) for each in (box, around)))


def _loose_ends(index: ObjectIndex) -> Iterator[str]:
    captions = {
        text.properties.get("of", ""): box
        for text, box in index.texts.values()
        if text.properties.get("role") == "caption"
    }
    lifelines = {
        item.properties.get("of", ""): box
        for item, box in index.marks
        if item.properties.get("role") == "lifeline"
    }
    for item, points in index.routes.values():
        for end, point in (("from", points[0]), ("to", points[-1])):
            key = item.properties.get(end, "")
            bound = index.shapes.get(key) or index.texts.get(key)
            if bound is None or (key in lifelines and _meets(lifelines[key], point)):
                continue
            if _distance(*bound, point, captions) > BINDING:
                yield f"A connector's end is loose: {name_of(item)}."


def _meets(lifeline: Rect, point: Point) -> bool:
    """Say whether a message ends on a lifeline, or on the activation upon it."""
    return (
        abs(point[0] - lifeline.cx) <= ACTIVATION
        and lifeline.y - BINDING <= point[1] <= lifeline.bottom + BINDING
    )


def _passings(index: ObjectIndex) -> Iterator[str]:
    for item, points in index.routes.values():
        ends = (item.properties.get("from"), item.properties.get("to"))
        bound = [index.shapes.get(end) or index.texts.get(end) for end in ends if end]
        around = {frame for found in bound if found for frame in frames_of(found[0], index)}
        reach = extent(points)
        for shape, box in index.shapes.values():
            if not box.overlaps(reach, SLACK):
                continue  # Most are far away.
            if shape.id in around or (shape.properties.get("role") == "frame" and shape.id not in ends):
                continue
            if shape.id in ends:
                if _enters(shape, box, points, index, ends):
                    yield f"A connector runs through its own shape: {name_of(item)} at {shape_name(shape, index)}."
            elif _runs_through(points, box.grown(-SLACK)) and _cuts(shape, box, points):
                yield f"A connector runs through a shape: {name_of(item)} and {shape_name(shape, index)}."
        for text, box in index.texts.values():
            if not box.overlaps(reach, SLACK):
                continue
            if text.id in ends or (
                text.properties.get("of") in ends and text.properties.get("role") == "label"
            ):
                continue
            if _runs_through(points, box.grown(-SLACK)):
                yield f"A connector runs through a text: {name_of(item)} and {name_of(text)}."


def _runs_through(points: Sequence[Point], box: Rect) -> bool:
    return any(segment_hits_rect(a, b, box) for a, b in pairwise(points))


def _cuts(shape: CanvasObject, box: Rect, points: Sequence[Point]) -> bool:
    """Say whether a polyline enters an outline that does not fill its box."""
    if outline_of(shape) == "rectangle":
        return True
    corners = polygon(outline_of(shape), box.grown(-SLACK))
    return any(inside_polygon(corners, point) for point in _samples(points))


def _enters(
    shape: CanvasObject, box: Rect, points: Sequence[Point], index: ObjectIndex, ends: tuple[Any, Any]
) -> bool:
    """Say whether a connector runs through the inside of a shape that it should only touch."""
    other = ends[1] if shape.id == ends[0] else ends[0]
    if other in index.shapes and shape.id in frames_of(index.shapes[other][0], index):
        return False
    inner = box.grown(-2 * BINDING)
    if outline_of(shape) == "rectangle":
        corner = shape.properties.get("cornerRadius", 0.0)
        return _runs_through(points, inner) and any(
            distance_to_rounded(box, corner, point) < -2 * BINDING for point in _samples(points)
        )
    if not _runs_through(points, box):
        return False
    corners = polygon(outline_of(shape), inner)
    return any(inside_polygon(corners, point) for point in _samples(points))


def _samples(points: Sequence[Point], step: float = 6.0) -> Iterator[Point]:
    for a, b in pairwise(points):
        count = max(1, math.ceil(math.dist(a, b) / step))
        for i in range(count + 1):
            yield (a[0] + (b[0] - a[0]) * i / count, a[1] + (b[1] - a[1]) * i / count)


def _shared_ways(index: ObjectIndex) -> Iterator[str]:
    routes = [(item, points, extent(points)) for item, points in index.routes.values()]
    for (one, a, reach), (other, b, others) in combinations(routes, 2):
        if not reach.overlaps(others, 2 * BESIDE) or _are_related(one, other):
            continue
        shared = sum(shared_length(*p, *q, tolerance=BESIDE) for p in pairwise(a) for q in pairwise(b))
        if shared > SHARED:
            yield f"Two connectors lie on each other: {name_of(one)} and {name_of(other)}."


def _are_related(one: CanvasObject, other: CanvasObject) -> bool:
    """Say whether connectors share an end in the same sense, so that one line for both reads right."""
    p, q = one.properties, other.properties
    is_same = (p.get("from"), p.get("to")) == (q.get("from"), q.get("to"))
    return not is_same and (p.get("from") == q.get("from") or p.get("to") == q.get("to"))


def _contrasts(index: ObjectIndex) -> Iterator[str]:
    items = [item for item, _ in [*index.shapes.values(), *index.marks]]
    lines = [item for item, _ in [*index.shapes.values(), *index.routes.values()]]
    paper = ground_of([*lines, *(item for item, _ in index.texts.values())])
    grounds = {item.id: item.properties.get("fill", paper) for item in items}
    for text, _ in index.texts.values():
        is_caption = text.properties.get("role") == "caption"
        ground = paper if is_caption else grounds.get(text.properties.get("of", ""), paper)
        if contrast(text.properties["color"], ground) < MIN_TEXT_CONTRAST:
            yield f"A text is hard to read on its ground: {name_of(text)}."
    for item in lines:
        if contrast(item.properties["stroke"], paper) < MIN_LINE_CONTRAST:
            yield f"A line is too {'pale on white' if paper == PAPER else 'dark on dark paper'}: {name_of(item)}."


def _outside(index: ObjectIndex, page: Rect | None) -> Iterator[str]:
    if page is None:
        return
    for item, box in [*index.shapes.values(), *index.texts.values(), *index.marks]:
        if not page.holds(box, SLACK):
            yield f"An object leaves the page: {name_of(item)}."
    for item, points in index.routes.values():
        if not all(page.holds(Rect(x, y, 0, 0), SLACK) for x, y in points):
            yield f"A connector leaves the page: {name_of(item)}."
