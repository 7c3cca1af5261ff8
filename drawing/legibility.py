"""What misleads a reader though nothing overlaps: hidden or stretched shapes, strange labels, markup, tiny text.

Found on the objects alone, as ``drawing.defects`` does; where the rules come from is said in ``drawing.quality``.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator

from drawing.canvas import CanvasObject
from drawing.geometry import Point, Rect, bounding, extent, inside_polygon, polygon, polyline_to_rect
from drawing.markup import read_markup
from drawing.object_index import ObjectIndex, frames_of, name_of, outline_of, shape_name
from drawing.text import LINE_HEIGHT, measure

SLIDE = (960.0, 540.0)  # points: a slide of 13.333 by 7.5 inches
SMALL_PRINT = 0.8  # connectors' labels and captions may be that much smaller than the text of shapes
OWN_LINE = 1.0  # units that a label must be nearer to its own connector than to any other
FAR = 32.0  # units from its connector at which a label belongs to nothing
HIDDEN = 0.8  # the share of a shape or text behind others from which on it counts as hidden
STRETCHED = 1.7  # times what a shape's text asks for
SAMPLES = 9  # points each way at which it is looked what lies on top


def find_misreadings(index: ObjectIndex) -> Iterator[str]:
    """Yield one sentence for each thing that a reader would take for something else, or not see at all."""
    yield from _strange_labels(index)
    yield from _hidden(index)
    yield from _stretched(index)
    yield from _markup(index)


def slide_text_points(index: ObjectIndex) -> float | None:
    """Return the size of the smallest text in points when the drawing fills a slide; None without texts.

    A drawing of 1000 by 1000 units is 540 points high on the slide, so that its 16 units are 8.6 points.
    """
    boxes = [box for _, box in [*index.shapes.values(), *index.texts.values(), *index.marks]]
    around = bounding(boxes, (point for _, points in index.routes.values() for point in points))
    if around is None or not index.texts:
        return None
    scale = min(SLIDE[0] / max(around.w, 1.0), SLIDE[1] / max(around.h, 1.0))
    return min(_body_size(text, index) for text, _ in index.texts.values()) * scale


def _body_size(text: CanvasObject, index: ObjectIndex) -> float:
    properties = text.properties
    is_small_print = properties.get("role") == "caption" or properties.get("of") in index.routes
    return float(properties["fontSize"]) / (SMALL_PRINT if is_small_print else 1.0)


def _strange_labels(index: ObjectIndex) -> Iterator[str]:
    reaches = {key: extent(points) for key, (_, points) in index.routes.items()}
    for text, box in index.texts.values():
        own = index.routes.get(text.properties.get("of", ""))
        if own is None:
            continue
        distance = polyline_to_rect(own[1], box)
        near = distance + OWN_LINE
        if any(
            polyline_to_rect(points, box) < near
            for key, (item, points) in index.routes.items()
            if item.id != own[0].id and reaches[key].overlaps(box, near)
        ):
            yield f"A label is nearer to another connector than to its own: {name_of(text)}."
        elif distance > FAR:
            yield f"A label is far from its connector: {name_of(text)}."


def _hidden(index: ObjectIndex) -> Iterator[str]:
    shapes = list(index.shapes.values())
    homes = {shape.id: frames_of(shape, index) for shape, _ in shapes}
    for item, box in [*shapes, *index.texts.values()]:
        over = [
            (shape, other)
            for shape, other in shapes
            if shape.z_index > item.z_index
            and item.id not in homes[shape.id]  # What stands in a frame fills it.
            and shape.properties.get("fill") != "none"
            and other.overlaps(box)
        ]
        if over and _covered_share(item, box, over) >= HIDDEN:
            what = name_of(item) if item.object_type == "text" else shape_name(item, index)
            yield f"Something is hidden behind other shapes: {what}."


def _covered_share(item: CanvasObject, box: Rect, over: list[tuple[CanvasObject, Rect]]) -> float:
    outline = polygon(outline_of(item), box)
    points = [point for point in _grid(box) if inside_polygon(outline, point)]
    corners = [polygon(outline_of(shape), other) for shape, other in over]
    covered = [point for point in points if any(inside_polygon(each, point) for each in corners)]
    return len(covered) / len(points) if points else 0.0


def _grid(box: Rect) -> Iterator[Point]:
    for i in range(SAMPLES):
        for j in range(SAMPLES):
            yield box.x + box.w * (i + 0.5) / SAMPLES, box.y + box.h * (j + 0.5) / SAMPLES


def _stretched(index: ObjectIndex) -> Iterator[str]:
    """Boxes far larger than their text that are so for their connectors; cards of one size are large on purpose."""
    bound = Counter(item.properties.get(end) for item, _ in index.routes.values() for end in ("from", "to"))
    homes = {item.properties.get("in") for item, _ in [*index.shapes.values(), *index.marks]}
    texts = Counter(text.properties.get("of") for text, _ in index.texts.values())
    boxes = {
        key: box
        for key, (item, box) in index.shapes.items()
        if item.object_type == "rectangle" and item.properties.get("role") != "cell"
    }
    if not boxes:
        return
    usual = (statistics.median(b.w for b in boxes.values()), statistics.median(b.h for b in boxes.values()))
    for text, _ in index.texts.values():
        key = text.properties.get("of", "")
        if (
            key not in boxes
            or key in homes
            or bound[key] < 2
            or texts[key] > 1
            or text.properties.get("role") != "label"
        ):
            continue
        w, h = _wanted_size(text)
        box = boxes[key]
        if (box.w > STRETCHED * w and box.w > 1.2 * usual[0]) or (
            box.h > STRETCHED * h and box.h > 1.2 * usual[1]
        ):
            yield f"A shape is stretched far beyond its text: {shape_name(index.shapes[key][0], index)}."


def _wanted_size(text: CanvasObject) -> tuple[float, float]:
    """Return the size of a generous box around a text."""
    p = text.properties
    lines = p["text"].split("\n")
    is_bold = p.get("fontWeight") == "bold"
    width = max(measure(line, p["fontSize"], bold=is_bold) for line in lines)
    return (
        max(width + 3 * p["fontSize"], 9.5 * p["fontSize"]),
        len(lines) * p["fontSize"] * LINE_HEIGHT + 2.0 * p["fontSize"],
    )


def _markup(index: ObjectIndex) -> Iterator[str]:
    for text, _ in index.texts.values():
        words = text.properties["text"]
        if read_markup(words).text != words:
            yield f"Markup is shown as text: {name_of(text)}."
