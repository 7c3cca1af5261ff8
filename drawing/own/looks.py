"""How objects on an app's canvas look, and the same objects with other colours, words or ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from drawing.canvas import CanvasObject, ObjectType
from drawing.figure import MIN_FONT
from drawing.geometry import Rect
from drawing.layout.sketch import DASH
from drawing.model import Color, Edge
from drawing.object_index import object_box
from drawing.paint import rounded
from drawing.text import LINE_HEIGHT, wrap
from drawing.theme import get_theme, readable_ink

THEME = get_theme("modern", "default")  # whose colours names of colours mean
FONT = 16.0  # canvas units: of words, where nothing on the canvas has any
LABEL_WIDTH = 10.0  # em: of a connector's words
_SHAPES: tuple[ObjectType, ...] = ("rectangle", "circle", "diamond")
_PLAIN = {"fill": "#FFFFFF", "stroke": "#1F2937", "strokeWidth": 2.0}
_INK = "#1F2937"


@dataclass(frozen=True, slots=True)
class Looks:
    """The font size of most words, and the properties that most shapes and most connectors have."""

    font: float = FONT
    shape: dict[str, Any] = field(default_factory=dict)
    line: dict[str, Any] = field(default_factory=dict)


def looks_of(objects: Sequence[CanvasObject]) -> Looks:
    """Return what is usual among objects: what is new looks like that."""
    sizes = Counter(_font_of(item) for item in objects if item.object_type == "text")
    font = sizes.most_common(1)[0][0] if sizes else FONT
    shapes = [item for item in objects if item.properties.get("role") not in ("frame", "mark", "lifeline")]
    return Looks(
        max(MIN_FONT, font),
        _PLAIN | _usual(shapes, _SHAPES, ("fill", "stroke", "strokeWidth", "cornerRadius")),
        {"stroke": _INK, "strokeWidth": 2.0} | _usual(objects, ("arrow", "line"), ("stroke", "strokeWidth")),
    )


def _usual(
    objects: Sequence[CanvasObject], kinds: Collection[ObjectType], names: Sequence[str]
) -> dict[str, Any]:
    looks: Counter[tuple[tuple[str, Hashable], ...]] = Counter(
        tuple((name, item.properties[name]) for name in names if _is_plain(item.properties.get(name)))
        for item in objects
        if item.object_type in kinds
    )
    return dict(looks.most_common(1)[0][0]) if looks else {}


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _font_of(item: CanvasObject) -> float:
    size = item.properties.get("fontSize")
    return float(size) if isinstance(size, int | float) and not isinstance(size, bool) else FONT


def recolored(item: CanvasObject, color: Color | None, looks: Looks) -> CanvasObject:
    """Return an object in a colour of the palette; None is the colour that most shapes have."""
    swatch = THEME.tone(color) if color else None
    if item.object_type == "text":
        ink = swatch.stroke if swatch else _INK
        return replace(item, properties=item.properties | _ink(item, ink))
    if item.object_type in ("arrow", "line"):
        stroke = swatch.stroke if swatch else looks.line["stroke"]
        return replace(item, properties=item.properties | {"stroke": stroke})
    fill, stroke = (swatch.fill, swatch.stroke) if swatch else (looks.shape["fill"], looks.shape["stroke"])
    return replace(item, properties=item.properties | {"fill": fill, "stroke": stroke})


def inked(words: CanvasObject, shape: CanvasObject) -> CanvasObject:
    """Return the words of a shape in a colour that is readable on it."""
    ink = readable_ink(str(shape.properties.get("fill", "none")))
    return replace(words, properties=words.properties | _ink(words, ink))


def _ink(words: CanvasObject, ink: str) -> dict[str, str]:
    """Return the colour of words; apps that draw text in its fill say that, too."""
    return {"color": ink} | ({"fill": ink} if "fill" in words.properties else {})


def reworded(words: CanvasObject, text: str, room: Rect | None) -> CanvasObject:
    """Return a text with other words, in its font, smaller only where its shape has no room; its middle stays.

    ``room`` is the box of the shape that it labels; None for any other text, whose left or middle stays.
    """
    box, size = object_box(words), _font_of(words)
    width = max(box.w, room.w - size) if room else max(box.w, LABEL_WIDTH * size)
    lines = wrap(text, size, width)
    while room and size > MIN_FONT and lines.height > room.h:
        size -= 1
        lines = wrap(text, size, width)
    w, h = lines.width + 4, max(lines.height, size * LINE_HEIGHT)
    said = words.properties.get("align")
    properties = words.properties | {"text": lines.text, "fontSize": size}
    x, y = box.cx - w / 2, box.cy - h / 2
    if said == "left" or (room is None and not words.properties.get("of")):
        x, y = box.x, (box.cy - h / 2 if room else box.y)
    elif room and said is None:
        properties |= {"align": "center", "textAlign": "center"}
    elif room and box.w > w:
        x, w = box.x, box.w  # It fills its shape, whatever it says.
    return replace(words, properties=properties | rounded(Rect(x, y, w, h)))


def relined(item: CanvasObject, old: Edge, new: Edge) -> CanvasObject:
    """Return a connector with the ends and the dashes of its part, where these are other ones."""
    properties = dict(item.properties)
    kind: ObjectType = item.object_type
    if (new.head, new.tail) != (old.head, old.tail):
        kind = "arrow" if new.head == "arrow" else "line"
        properties |= {"head": new.head, "tail": new.tail}
    if new.line != old.line:
        properties.pop("dash", None)
        if new.line == "dotted":
            properties["dash"] = list(DASH)
    return replace(item, object_type=kind, properties=properties)
