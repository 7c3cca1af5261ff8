"""An app's objects as a sketch: what a model reads of them, and which object each of its parts stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from drawing.canvas import CanvasObject
from drawing.model import (
    MAX_EDGE_TEXT_LENGTH,
    Color,
    Drawing,
    Edge,
    EdgeEnd,
    LineStyle,
    PlacedShape,
    key_of,
    label,
)
from drawing.notation.colors import color_of
from drawing.notation.sketch import LINES, NAMES, write_sketch
from drawing.object_index import object_box, outline_of, points_of
from drawing.own.binding import bind
from drawing.source import read_source
from drawing.theme import luminance

MOST_SHAPES, MOST_CONNECTORS = 100, 200  # which leaves room for new ones below the limits of a drawing
MAX_POINTS = 40  # of a line
PALE = 0.9  # luminance: a grey fill above it is paper, not a colour
_DIGITS = 4  # of a name, where they tell all objects apart
_ENDS: dict[str, EdgeEnd] = {
    "arrow": "arrow",
    "triangle": "arrow",
    "open_arrow": "arrow",
    "half_arrow": "arrow",
}


@dataclass(slots=True)
class OwnSketch:
    """The sketch; ``objects`` are bound, ``ids`` and ``labels`` are ids of objects by the keys of its parts."""

    drawing: Drawing
    objects: list[CanvasObject] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def source(self) -> str:
        """The sketch as notation."""
        return "\n".join(write_sketch(self.drawing)) + "\n"

    def key_of(self, object_id: str) -> str | None:
        """Return the key of the part that an object stands for; its words stand for it, too."""
        found = (key for ids in (self.ids, self.labels) for key, known in ids.items() if known == object_id)
        return next(found, None)


def sketch_of(objects: Sequence[CanvasObject], first: Collection[str] = ()) -> OwnSketch:
    """Return the objects as a sketch, from back to front.

    A sketch holds so many shapes and connectors; ``first`` are ids of objects that it holds before others. A part has
    the same name as long as its object is there.
    """
    bound = bind(sorted(objects, key=lambda item: (item.z_index, item.id)))
    sketch = OwnSketch(Drawing("sketch"), bound)
    names = _names(item.id for item in bound)
    words = _words(bound)
    wanted = sorted(
        bound, key=lambda item: item.id not in first and words.get(item.id, ("",))[0] not in first
    )
    found = ((item.id, shape) for item in wanted if (shape := _shape(item, names, words)) is not None)
    shapes = dict(islice(found, MOST_SHAPES))
    for item in bound:
        if item.id in shapes:
            _put(sketch, item, shapes[item.id], words)
    counts: dict[tuple[str, str], int] = {}
    edges = ((item, edge) for item in bound if (edge := _edge(item, shapes, words, counts)) is not None)
    for item, edge in islice(edges, MOST_CONNECTORS):
        _put(sketch, item, edge, words)
    read = read_source(sketch.source).drawing
    if read is not None:  # as whoever changes it will read it
        sketch.drawing = read
    return sketch


def _put(
    sketch: OwnSketch, item: CanvasObject, part: PlacedShape | Edge, words: dict[str, tuple[str, str]]
) -> None:
    if sketch.drawing.put(part):
        sketch.ids[key_of(part)] = item.id
        if item.id in words:
            sketch.labels[key_of(part)] = words[item.id][0]


def _names(ids: Iterable[str]) -> dict[str, str]:
    """Return a short name for each object, made from its id alone as far as that tells them apart."""
    digests = {each: hashlib.blake2s(each.encode(), digest_size=16).hexdigest() for each in ids}
    names: dict[str, str] = {}
    taken: set[str] = set()
    for each in sorted(digests):
        length = _DIGITS
        while digests[each][:length] in taken and length < 32:
            length += 1
        taken.add(digests[each][:length])
        names[each] = f"o{digests[each][:length]}"
    return names


def _words(bound: Sequence[CanvasObject]) -> dict[str, tuple[str, str]]:
    """Return the label of each shape and connector that has one: its object's id, and its words."""
    return {
        str(item.properties["of"]): (item.id, str(item.properties.get("text", "")))
        for item in reversed(bound)
        if item.object_type == "text" and item.properties.get("of")
    }


def _shape(
    item: CanvasObject, names: dict[str, str], words: dict[str, tuple[str, str]]
) -> PlacedShape | None:
    """Return what a sketch has for an object; None for a label, a connector and decoration."""
    properties, box, name = item.properties, object_box(item), names[item.id]
    if properties.get("role") in ("mark", "lifeline"):
        return None
    x, y, w, h = (float(round(each)) for each in (box.x, box.y, box.w, box.h))
    if item.object_type == "text":
        text = label(str(properties.get("text", "")))
        return None if properties.get("of") or not text else PlacedShape(name, "text", x, y, w, h, text)
    said = label(words.get(item.id, ("", ""))[1])
    if item.object_type in LINES:
        points = tuple((float(round(px)), float(round(py))) for px, py in points_of(properties))
        is_connector = properties.get("from") is not None and properties.get("to") is not None
        if is_connector or not 2 <= len(points) <= MAX_POINTS:
            return None
        return PlacedShape(name, item.object_type, x, y, w, h, said, points=points)
    outline = outline_of(item)
    color = _color(properties.get("fill"))
    return PlacedShape(
        name, outline if outline in NAMES else "rectangle", x, y, w or 1.0, h or 1.0, said, color
    )


def _color(fill: object) -> Color | None:
    """Return the palette's name of a fill; None for paper, and for what is not filled."""
    if not isinstance(fill, str) or fill == "none":
        return None
    color = color_of(fill)
    return None if color == "gray" and luminance(fill) > PALE else color


def _edge(
    item: CanvasObject,
    shapes: dict[str, PlacedShape],
    words: dict[str, tuple[str, str]],
    counts: dict[tuple[str, str], int],
) -> Edge | None:
    properties = item.properties
    source, target = (shapes.get(str(properties.get(end))) for end in ("from", "to"))
    if item.object_type not in ("arrow", "line") or source is None or target is None:
        return None
    number = counts[source.id, target.id] = counts.get((source.id, target.id), 0) + 1
    text = words[item.id][1] if item.id in words else str(properties.get("label") or "")
    head = _ENDS.get(str(properties.get("head", "arrow" if item.object_type == "arrow" else "")), "none")
    tail = _ENDS.get(str(properties.get("tail")), "none")
    line: LineStyle = "dotted" if properties.get("dash") else "solid"
    key = f"{source.id}>{target.id}>{number}"
    return Edge(key, source.id, target.id, label(text, MAX_EDGE_TEXT_LENGTH), line, tail, head)
