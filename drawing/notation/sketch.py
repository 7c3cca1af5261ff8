"""Sketches: shapes with coordinates of their own, and connectors between them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace

from drawing.markup import unmarked, unquoted
from drawing.model import MAX_EDGE_TEXT_LENGTH, Drawing, Edge, EdgeEnd, LineStyle, PlacedShape, label
from drawing.notation.colors import color_class, split_class
from drawing.notation.lines import Line, Unreadable
from drawing.notation.names import Names
from drawing.notation.writing import escaped, escaped_class, written_title
from drawing.shapes import SHAPES

MAX_COORDINATE = 10_000.0
DEFAULT_SIZE = (140.0, 70.0)
LINES = ("line", "arrow", "polygon", "arc")  # what has points instead of a box

_ALIASES = {
    "rect": "rectangle", "box": "rectangle", "square": "rectangle", "frame": "rectangle", "field": "rectangle",
    "input": "rectangle", "card": "rounded", "btn": "button", "oval": "ellipse", "actor": "person",
    "user": "person", "database": "cylinder", "note": "sticky", "post-it": "sticky", "postit": "sticky",
    "label": "text", "polyline": "line", "curve": "arc", "pill": "stadium", "picture": "image", "img": "image",
    "rhombus": "diamond", "db": "cylinder", "title": "text",
}  # fmt: skip
NAMES = frozenset((*SHAPES, *LINES, "star", "rounded", "button", "text", "image"))

_NUMBER = r"[-+\u2212]?\d{1,6}(?:\.\d{1,6})?"
_SHAPE = re.compile(
    rf"(?:shape\s+)?(?P<shape>[A-Za-z_-]{{2,20}})\s*:?\s+(?:(?P<id>[^\s\",;()]{{1,80}}?)\s*:?\s+)?(?:at\s+)?"
    rf"\(?(?P<x>{_NUMBER})\s*[,;]\s*(?P<y>{_NUMBER})\)?(?P<rest>.*)$",
    re.IGNORECASE,
)
_SIZE = re.compile(
    rf"\s*,?\s*(?:size\s+)?(?:(?P<w>{_NUMBER})\s*(?:[x\u00d7*,]|\s)\s*(?P<h>{_NUMBER})|r(?:adius)?\s*[=:]?\s*(?P<r>{_NUMBER}))",
    re.IGNORECASE,
)
_POINT = re.compile(rf"\s*(?:->|to\s)?\s*,?\s*\(?({_NUMBER})\s*,\s*({_NUMBER})\)?(?![\dx\u00d7])")
_NO_WORD = re.compile(r"[^\w.~-]+")
_EDGE = re.compile(
    r"(?P<a>[^\s\"|<>]+)\s*(?P<tail><)?(?P<dash>-\.+-|--+|==+|-|\u2192)(?P<head>>)?\s*(?:\|(?P<middle>[^|]*)\|\s*)?"
    r"(?P<b>[^\s\"|:<>]+)\s*:?\s*(?P<text>.*)$"
)


@dataclass(slots=True)
class SketchReader:
    """Reads the shapes of a sketch."""

    drawing: Drawing
    _names: Names = field(default_factory=Names)
    _edges: dict[tuple[str, str], int] = field(default_factory=dict)

    def read(self, line: Line) -> None:
        """Take a shape, or a connector between two of them."""
        body, color = split_class(line)
        match = _SHAPE.match(body.text)
        name = match["shape"].lower() if match else ""
        name = _ALIASES.get(name, name)
        if match is None or name not in NAMES:
            if self._edge(body):
                return
            raise Unreadable(
                f"\u201c{name}\u201d is no shape of a sketch"
                if match
                else "it is no shape with a place and a size"
            )
        rest = body.part(match.start("rest"))
        x, y = _coordinate(match["x"]), _coordinate(match["y"])
        if name in LINES:
            shape, at = _line(name, x, y, rest)
        else:
            shape, at = _box(name, x, y, rest)
        text = label(unmarked(unquoted(rest.said(at).lstrip(":").strip())))
        own_id = shape_id(match["id"] or "") or self._names.id_of(shape_id(text) or name)
        if shape.shape == "text" and not text:
            raise Unreadable("the text is empty")
        self.drawing.put(replace(shape, id=own_id, text=text, color=color))

    def end(self) -> None:
        """Nothing stays open."""

    def _edge(self, line: Line) -> bool:
        match = _EDGE.match(line.text)
        if not match:
            return False
        a, b = (shape_id(match[each]) for each in "ab")
        if not (self.drawing.get(PlacedShape, a) and self.drawing.get(PlacedShape, b)):
            return False
        where = "middle" if match["middle"] is not None else "text"
        text = label(
            unmarked(unquoted(line.said(match.start(where), match.end(where)))), MAX_EDGE_TEXT_LENGTH
        )
        self._edges[a, b] = number = self._edges.get((a, b), 0) + 1
        style: LineStyle = "dotted" if "." in match["dash"] else "thick" if "=" in match["dash"] else "solid"
        head: EdgeEnd = "arrow" if match["head"] or match["dash"] == "\u2192" else "none"
        tail: EdgeEnd = "arrow" if match["tail"] else "none"
        self.drawing.put(Edge(f"{a}>{b}>{number}", a, b, text, style, tail, head))
        return True


def shape_id(text: str) -> str:
    """Return a text as an id of one word."""
    return _NO_WORD.sub("_", text)[:40].strip("_.-")


def _coordinate(text: str) -> float:
    return bounded(float(text.replace("\u2212", "-")))


def bounded(value: float) -> float:
    """Return a coordinate or a size as sketches hold it: within the limit, in hundredths; 0 for what is no number."""
    if math.isnan(value):
        return 0.0
    return round(max(-MAX_COORDINATE, min(MAX_COORDINATE, value)), 2) + 0.0


def _box(name: str, x: float, y: float, rest: Line) -> tuple[PlacedShape, int]:
    """Return a shape in its box, and where its text begins."""
    size = _SIZE.match(rest.text)
    if not size:
        w, h = (0.0, 0.0) if name == "text" else DEFAULT_SIZE
        return PlacedShape("", name, x, y, w, h), 0
    if size["r"]:
        radius = abs(_coordinate(size["r"])) or 1.0
        return PlacedShape("", name, x, y, 2 * radius, 2 * radius), size.end()
    w, h = (abs(_coordinate(size[each])) or 1.0 for each in "wh")
    return PlacedShape("", name, x, y, w, h), size.end()


def _line(name: str, x: float, y: float, rest: Line) -> tuple[PlacedShape, int]:
    """Return a line through points, and where its text begins; an arc in a box is the upper half of an ellipse."""
    points, at = [(x, y)], 0
    while point := _POINT.match(rest.text, at):
        points.append((_coordinate(point[1]), _coordinate(point[2])))
        at = point.end()
    if len(points) == 1:
        size = _SIZE.match(rest.text)
        if not size or size["r"]:
            raise Unreadable("it has only one point")
        w, h = _coordinate(size["w"]), _coordinate(size["h"])
        low, high = (y + h, y) if h >= 0 else (y, y - h)
        points = [(x, low), (x + w / 2, high), (x + w, low)] if name == "arc" else [(x, y), (x + w, y + h)]
        at = size.end()
    points = [(bounded(px), bounded(py)) for px, py in points[:40]]
    xs, ys = [px for px, _ in points], [py for _, py in points]
    box = (min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))
    return PlacedShape("", name, *box, points=tuple(points)), at


def write_sketch(drawing: Drawing) -> list[str]:
    """Return the drawing as ``sketch`` lines."""
    lines = ["sketch", *written_title(drawing)]
    lines += [_written_shape(shape) for shape in drawing.all(PlacedShape)]
    return lines + [_written_edge(edge) for edge in drawing.all(Edge)]


def _written_shape(shape: PlacedShape) -> str:
    if shape.points:
        place = " ".join(f"{_short(x)},{_short(y)}" for x, y in shape.points)
    else:
        place = f"{_short(shape.x)},{_short(shape.y)}"
        if shape.w or shape.h:
            place += f" {_short(shape.w)}x{_short(shape.h)}"
    text = f' "{escaped_class(shape.text)}"' if shape.text else ""
    return f"{shape.shape} {shape.id} {place}{text} {color_class(shape.color)}".rstrip()


def _written_edge(edge: Edge) -> str:
    dash = {"dotted": "-.-", "thick": "=="}.get(edge.line, "--")
    arrow = ("<" if edge.tail == "arrow" else "") + dash + (">" if edge.head == "arrow" else "")
    text = f' "{escaped(edge.text)}"' if edge.text else ""
    return f"{edge.source} {arrow} {edge.target}{text}"


def _short(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
