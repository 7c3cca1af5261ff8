"""Draw a canvas as SVG; it trusts no property, so that stored objects cannot inject markup."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from drawing.canvas import Canvas, CanvasObject
from drawing.layout.geometry import Point, Rect, bounding, polygon
from drawing.text import LINE_HEIGHT

FONT_FAMILY = "Canvas Jobs Sans, Inter, Arial, Liberation Sans, Helvetica, sans-serif"
BASELINE = 0.98  # em below the top of a line; centres capitals in the line's box
MARGIN = 40.0  # canvas units around the objects in a picture
MAX_NUMBER = 100_000.0  # canvas units; larger numbers are clamped
DEFAULT_FILL = "#FFFFFF"
DEFAULT_INK = "#1F2937"

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# From the notch clockwise, in shares of the box; drawing.layout.geometry walks along the same curves.
_HEART = (
    "M.5 .25C.5 .1 .62 0 .75 0C.9 0 1 .12 1 .3C1 .55 .75 .75 .5 1"
    "C.25 .75 0 .55 0 .3C0 .12 .1 0 .25 0C.38 0 .5 .1 .5 .25Z"
)

Properties = dict[str, Any]


def draw_svg(canvas: Canvas, *, background: str = DEFAULT_FILL) -> str:
    """Return a standalone SVG document that shows every object.

    Text names fonts but embeds none; see ``drawing.png`` for pictures that bring their own.
    """
    page = page_box(canvas)
    objects = sorted(canvas.objects, key=lambda each: each.z_index)
    x, y, width, height = map(_short, (page.x, page.y, page.w, page.h))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}"'
        f' viewBox="{x} {y} {width} {height}" font-family="{FONT_FAMILY}">'
        f"<title>{_escaped(canvas.title)}</title>"
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{_color(background, DEFAULT_FILL)}"/>'
        f"{''.join(map(_draw, objects))}</svg>\n"
    )


def page_box(canvas: Canvas) -> Rect:
    """Return the part of the plane that a picture shows: all objects and a margin; the page when there are none."""
    drawn = bounding(map(object_box, canvas.objects))
    if drawn is None:
        return Rect(0.0, 0.0, max(1.0, _number(canvas.width)), max(1.0, _number(canvas.height)))
    return drawn.grown(MARGIN)


def object_box(drawn: CanvasObject) -> Rect:
    """Return the box around an object, without its stroke."""
    properties = drawn.properties
    x, y = _number(properties.get("x")), _number(properties.get("y"))
    w, h = _size(properties, "width"), _size(properties, "height")
    if drawn.object_type in ("arrow", "line"):
        points = _points(properties)
        return bounding((), points) or Rect(x, y, 0.0, 0.0)
    if drawn.object_type == "circle":
        radius = _size(properties, "radius")
        return Rect.around(x, y, 2 * radius, 2 * radius)
    if drawn.object_type in ("rectangle", "text"):
        return Rect(x, y, w, h)
    return Rect.around(x, y, w, h)


def _draw(drawn: CanvasObject) -> str:
    drawer = _DRAWERS.get(drawn.object_type)
    return drawer(drawn.properties, object_box(drawn)) if drawer else ""


def _draw_rectangle(properties: Properties, box: Rect) -> str:
    corner = min(_size(properties, "cornerRadius"), box.w / 2, box.h / 2)
    rounded = f' rx="{_short(corner)}"' if corner else ""
    return (
        f'<rect x="{_short(box.x)}" y="{_short(box.y)}" width="{_short(box.w)}" height="{_short(box.h)}"'
        f"{rounded}{_paint(properties)}/>"
    )


def _draw_circle(properties: Properties, box: Rect) -> str:
    return (
        f'<circle cx="{_short(box.cx)}" cy="{_short(box.cy)}" r="{_short(box.w / 2)}"{_paint(properties)}/>'
    )


def _draw_diamond(properties: Properties, box: Rect) -> str:
    return f'<path d="{_path(polygon("diamond", box))}Z"{_paint(properties)} stroke-linejoin="round"/>'


def _draw_star(properties: Properties, box: Rect) -> str:
    return f'<path d="{_path(polygon("star", box))}Z"{_paint(properties)} stroke-linejoin="round"/>'


def _draw_heart(properties: Properties, box: Rect) -> str:
    def place(match: re.Match[str]) -> str:
        x, y = float(match[1]) * box.w + box.x, float(match[2]) * box.h + box.y
        return f"{_short(x)} {_short(y)} "

    path = re.sub(r"([\d.]+) ([\d.]+) ?", place, _HEART)
    return f'<path d="{path}"{_paint(properties)} stroke-linejoin="round"/>'


def _draw_text(properties: Properties, box: Rect) -> str:
    text = properties.get("text")
    size = _size(properties, "fontSize", 16.0)
    lines = text.split("\n") if isinstance(text, str) else []
    is_centred = properties.get("align") == "center"
    x = _short(box.cx if is_centred else box.x)
    ys = (box.y + (i * LINE_HEIGHT + BASELINE) * size for i in range(len(lines)))
    spans = "".join(
        f'<tspan x="{x}" y="{_short(y)}">{_escaped(_directed(line))}</tspan>'
        for y, line in zip(ys, lines, strict=True)
        if line.strip()
    )
    anchor = ' text-anchor="middle"' if is_centred else ""
    weight = ' font-weight="bold"' if properties.get("fontWeight") == "bold" else ""
    fill = _color(properties.get("color"), DEFAULT_INK)
    return (
        f'<text xml:space="preserve" font-size="{_short(size)}" fill="{fill}"{anchor}{weight}>{spans}</text>'
    )


def _directed(line: str) -> str:
    """Return the line, isolated as right to left if its first letter is: a final stop then stands left."""
    strong = next((way for way in map(unicodedata.bidirectional, line) if way in ("L", "R", "AL")), "L")
    return line if strong == "L" else f"\u2067{line}\u2069"


def _draw_line(properties: Properties, box: Rect) -> str:
    return _stroke(_points(properties), properties)


def _draw_arrow(properties: Properties, box: Rect) -> str:
    points = _points(properties)
    tail = next((point for point in reversed(points) if math.dist(point, points[-1]) > 0.01), None)
    if tail is None:
        return ""
    tip = points[-1]
    length = math.dist(tail, tip)
    reach = min(6 + 2.5 * _size(properties, "strokeWidth", 2.0), length)
    dx, dy = (tip[0] - tail[0]) / length, (tip[1] - tail[1]) / length
    base = (tip[0] - dx * reach, tip[1] - dy * reach)
    half = reach * 0.45
    head = [tip, (base[0] - dy * half, base[1] + dx * half), (base[0] + dy * half, base[1] - dx * half)]
    # The shaft ends inside the head, else its blunt end shows beside the tip.
    shaft = [*points[: points.index(tail) + 1], (tip[0] - dx * reach * 0.8, tip[1] - dy * reach * 0.8)]
    fill = _color(properties.get("stroke"), DEFAULT_INK)
    return f'{_stroke(shaft, properties)}<path d="{_path(head)}Z" fill="{fill}"/>'


_DRAWERS: dict[str, Callable[[Properties, Rect], str]] = {
    "rectangle": _draw_rectangle,
    "circle": _draw_circle,
    "diamond": _draw_diamond,
    "star": _draw_star,
    "heart": _draw_heart,
    "text": _draw_text,
    "line": _draw_line,
    "arrow": _draw_arrow,
}


def _stroke(points: Sequence[Point], properties: Properties) -> str:
    if len(points) < 2:
        return ""
    path = _rounded_path(points, _size(properties, "cornerRadius"))
    ink = _color(properties.get("stroke"), DEFAULT_INK)
    width = _short(_size(properties, "strokeWidth", 2.0))
    return (
        f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{width}"{_dash(properties)}'
        ' stroke-linejoin="round"/>'
    )


def _paint(properties: Properties) -> str:
    fill = properties.get("fill")
    return (
        f' fill="{"none" if fill == "none" else _color(fill, DEFAULT_FILL)}"'
        f' stroke="{_color(properties.get("stroke"), DEFAULT_INK)}"'
        f' stroke-width="{_short(_size(properties, "strokeWidth", 2.0))}"{_dash(properties)}'
    )


def _dash(properties: Properties) -> str:
    dash = properties.get("dash")
    lengths = [_number(each) for each in dash[:8]] if isinstance(dash, list) else []
    if not lengths or min(lengths) < 0 or sum(lengths) < 0.5:
        return ""
    return f' stroke-dasharray="{" ".join(map(_short, lengths))}"'


def _points(properties: Properties) -> list[Point]:
    """Return the absolute points of a connector."""
    x, y = _number(properties.get("x")), _number(properties.get("y"))
    raw = properties.get("points")
    flat = [_number(each) for each in raw] if isinstance(raw, list | tuple) else []
    return [(x + dx, y + dy) for dx, dy in zip(flat[::2], flat[1::2], strict=False)]


def _path(points: Iterable[Point]) -> str:
    return "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in points)


def _rounded_path(points: Sequence[Point], radius: float) -> str:
    """Return a path through the points whose bends are curves that begin ``radius`` before the corner."""
    if radius <= 0 or len(points) < 3:
        return _path(points)
    path = _path(points[:1])
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        start, end = _towards(corner, before, radius), _towards(corner, after, radius)
        path += f"L{_short(start[0])} {_short(start[1])}"
        path += f"Q{_short(corner[0])} {_short(corner[1])} {_short(end[0])} {_short(end[1])}"
    return f"{path}L{_short(points[-1][0])} {_short(points[-1][1])}"


def _towards(origin: Point, target: Point, distance: float) -> Point:
    """Return the point that far on the way, at most half of it."""
    length = math.dist(origin, target)
    share = min(distance / length, 0.5) if length else 0.0
    return (origin[0] + (target[0] - origin[0]) * share, origin[1] + (target[1] - origin[1]) * share)


def _number(value: object, default: float = 0.0) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or value != value:
        return default
    return float(min(max(value, -MAX_NUMBER), MAX_NUMBER))


def _size(properties: Properties, key: str, default: float = 0.0) -> float:
    return max(0.0, _number(properties.get(key), default))


def _short(number: float) -> str:
    """Return the number with at most two decimals and nothing superfluous: 12.50 is "12.5", -0.001 is "0"."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _color(value: object, default: str) -> str:
    return value if isinstance(value, str) and _COLOR.fullmatch(value) else default


def _escaped(text: str) -> str:
    return escape(_NOT_XML.sub("", text), {'"': "&quot;"})
