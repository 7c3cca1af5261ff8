"""Sketches: shapes with coordinates of their own, and connectors between them."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace

from drawing.free_spots import LEAST_GAP, free_spot_beside
from drawing.geometry import Rect
from drawing.markup import unmarked, unquoted
from drawing.model import MAX_EDGE_TEXT_LENGTH, Drawing, Edge, EdgeEnd, LineStyle, PlacedShape, label
from drawing.notation.colors import color_class, color_of, split_class
from drawing.notation.lines import Line, Unreadable
from drawing.notation.links import Link, read_link
from drawing.notation.names import Names
from drawing.notation.node_mentions import Mention, read_node
from drawing.notation.part_names import find_part
from drawing.notation.statement_ends import skipped
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
        """Take a shape, or shapes by name, joined by connectors or alone."""
        body, color = split_class(line)
        match = _SHAPE.match(body.text)
        name = match["shape"].lower() if match else ""
        name = _ALIASES.get(name, name)
        if match is None or name not in NAMES:
            if self._chain(line) or self._edge(body):
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
        said = rest.said(at).lstrip(":").strip()
        text = label(unmarked(unquoted(said)))
        own_id = shape_id(match["id"] or "") or self._names.id_of(shape_id(text) or name)
        before = self.drawing.get(PlacedShape, own_id)
        if before is not None:  # What is not said again stays.
            text = text if said else before.text
            color = color or before.color
            if at == 0 and not (shape.points or before.points):
                shape = replace(shape, w=before.w, h=before.h)
        if shape.shape == "text" and not text:
            raise Unreadable("the text is empty")
        self.drawing.put(replace(shape, id=own_id, text=text, color=color))

    def end(self) -> None:
        """Nothing stays open."""

    def _chain(self, line: Line) -> bool:
        """Take ``a["words"]:::green``, ``a --> b`` or ``a --> new["words"] --> b``; False when the line is none.

        A shape that is not there yet finds its place beside the one before it, or else beside the one after it.
        """
        chain = _read_chain(line)
        if not chain:
            return False
        known = [self._known(mention) for mention, _ in chain]
        is_new = [shape is None for shape in known]
        says_something = len(chain) > 1 or chain[0][0].text is not None or chain[0][0].css_class is not None
        if all(is_new) or not says_something:
            return False
        if any(new and mention.text is None for new, (mention, _) in zip(is_new, chain, strict=True)):
            return False
        ids: list[str] = []
        for i, (mention, _) in enumerate(chain):
            shape = known[i] or self._placed(mention, self._neighbours(known, i))
            known[i] = shape = _said_again(shape, mention)
            self.drawing.put(shape)
            ids.append(shape.id)
        for (_, link), source, target in zip(chain[1:], ids, ids[1:], strict=False):
            assert link is not None  # noqa: S101 - all but the first have one
            self._connect(source, target, link.text, link.line, link.tail, link.head)
        return True

    def _known(self, mention: Mention) -> PlacedShape | None:
        part = find_part(self.drawing, mention.name or mention.id, (PlacedShape,))
        return part if isinstance(part, PlacedShape) else None

    def _neighbours(self, known: list[PlacedShape | None], at: int) -> list[PlacedShape]:
        """Return the shape before a place of a chain and the next one after it, as far as they are there."""
        before = [shape for shape in known[:at] if shape][-1:]
        return before + [shape for shape in known[at + 1 :] if shape][:1]

    def _placed(self, mention: Mention, neighbours: list[PlacedShape]) -> PlacedShape:
        """Return a new shape in the middle between its neighbours, or where there is room beside the first."""
        taken = [_rect(each) for each in self.drawing.all(PlacedShape)]
        first = _rect(neighbours[0])
        w, h = (first.w, first.h) if _is_usual(first) and not neighbours[0].points else DEFAULT_SIZE
        spot = free_spot_beside(first, w, h, taken)
        if len(neighbours) > 1:
            second = _rect(neighbours[1])
            middle = Rect.around((first.cx + second.cx) / 2, (first.cy + second.cy) / 2, w, h)
            if not any(rect.overlaps(middle, LEAST_GAP) and not rect.holds(middle) for rect in taken):
                spot = middle
        shape = mention.shape if mention.shape in NAMES else "rectangle"
        own_id = shape_id(mention.name or mention.id) or self._names.id_of(
            shape_id(mention.text or "") or shape
        )
        return in_box(PlacedShape(own_id, shape, 0, 0, 0, 0), spot)

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
        style: LineStyle = "dotted" if "." in match["dash"] else "thick" if "=" in match["dash"] else "solid"
        head: EdgeEnd = "arrow" if match["head"] or match["dash"] == "\u2192" else "none"
        tail: EdgeEnd = "arrow" if match["tail"] else "none"
        self._connect(a, b, text, style, tail, head)
        return True

    def _connect(
        self, source: str, target: str, text: str, line: LineStyle, tail: EdgeEnd, head: EdgeEnd
    ) -> None:
        number = self._edges[source, target] = self._edges.get((source, target), 0) + 1
        self.drawing.put(Edge(f"{source}>{target}>{number}", source, target, text, line, tail, head))


def _read_chain(line: Line) -> list[tuple[Mention, Link | None]]:
    """Return the shapes that a line names, each with the connector before it; nothing when it says anything else."""
    chain: list[tuple[Mention, Link | None]] = []
    link: Link | None = None
    at = 0
    while mention := read_node(line, at):
        chain.append((mention, link))
        at = skipped(line.text, mention.end)
        if at == len(line.text.rstrip(" ;")):
            return chain
        link = read_link(line, at)
        if link is None:
            break
        at = skipped(line.text, link.end)
    return []


def _said_again(shape: PlacedShape, mention: Mention) -> PlacedShape:
    """Return a shape with the words and the colour that a mention gives it."""
    if mention.text is not None:
        shape = replace(shape, text=mention.text)
    if mention.css_class is not None:
        shape = replace(shape, color=color_of(mention.css_class))
    return shape


def in_box(shape: PlacedShape, rect: Rect) -> PlacedShape:
    """Return the shape in another box."""
    return replace(shape, x=bounded(rect.x), y=bounded(rect.y), w=bounded(rect.w), h=bounded(rect.h))


def _rect(shape: PlacedShape) -> Rect:
    return Rect(shape.x, shape.y, shape.w, shape.h)


def _is_usual(rect: Rect) -> bool:
    """Say whether a box has the size of a shape with words, not of a ground or a dot."""
    return 60 <= rect.w <= 320 and 30 <= rect.h <= 200


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
