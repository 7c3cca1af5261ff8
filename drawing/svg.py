"""Draw a canvas as SVG; it trusts no property, so that stored objects cannot inject markup."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from drawing.canvas import Canvas, CanvasObject
from drawing.geometry import Point, Rect, bounding, polygon
from drawing.ground import ground_of
from drawing.line_ends import ENDS, Fill, placed_end
from drawing.model import EdgeEnd
from drawing.object_index import number, object_box, points_of, size
from drawing.shapes import SHAPES, Command, shape_paths
from drawing.text import FONT_STACK, LINE_HEIGHT

BASELINE = 0.98  # em below the top of a line; centres capitals in the line's box
MARGIN = 40.0  # canvas units around the objects in a picture
DEFAULT_FILL = "#FFFFFF"
DEFAULT_INK = "#1F2937"

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Properties = dict[str, Any]


def to_svg(canvas: Canvas) -> str:
    """Return a standalone SVG document that shows every object, on the paper that they are for.

    Text names fonts but embeds none; see ``drawing.png`` for pictures that bring their own.
    """
    page = page_box(canvas)
    objects = sorted(canvas.objects, key=lambda each: each.z_index)
    x, y, width, height = map(_short, (page.x, page.y, page.w, page.h))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}"'
        f' viewBox="{x} {y} {width} {height}" font-family="{FONT_STACK}">'
        f"<title>{_escaped(canvas.title)}</title>"
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{ground_of(objects)}"/>'
        f"{''.join(map(_render, objects))}</svg>\n"
    )


def page_box(canvas: Canvas) -> Rect:
    """Return the part of the plane that a picture shows: all objects and a margin; the page when there are none."""
    box = bounding(map(object_box, canvas.objects))
    if box is None:
        return Rect(0.0, 0.0, max(1.0, number(canvas.width)), max(1.0, number(canvas.height)))
    return box.grown(MARGIN)


def _render(item: CanvasObject) -> str:
    renderer = _RENDERERS.get(item.object_type)
    return renderer(item.properties, object_box(item)) if renderer else ""


def _render_rectangle(properties: Properties, box: Rect) -> str:
    shape = properties.get("shape")
    if isinstance(shape, str) and shape != "rectangle" and shape in SHAPES:
        return _render_shape(shape, properties, box)
    corner = min(size(properties, "cornerRadius"), box.w / 2, box.h / 2)
    rounded = f' rx="{_short(corner)}"' if corner else ""
    return (
        f'<rect x="{_short(box.x)}" y="{_short(box.y)}" width="{_short(box.w)}" height="{_short(box.h)}"'
        f"{rounded}{_paint(properties)}/>"
    )


def _render_shape(shape: str, properties: Properties, box: Rect) -> str:
    first, *others = (_commands(path) for path in shape_paths(shape, box))
    body = f'<path d="{first}"{_paint(properties)} stroke-linejoin="round"/>'
    lines = _paint({**properties, "fill": "none"})
    return body + "".join(f'<path d="{other}"{lines} stroke-linejoin="round"/>' for other in others)


def _commands(path: Iterable[Command]) -> str:
    return "".join(
        letter + " ".join(f"{_short(x)} {_short(y)}" for x, y in points) for letter, points in path
    )


def _render_circle(properties: Properties, box: Rect) -> str:
    return (
        f'<circle cx="{_short(box.cx)}" cy="{_short(box.cy)}" r="{_short(box.w / 2)}"{_paint(properties)}/>'
    )


def _render_diamond(properties: Properties, box: Rect) -> str:
    return f'<path d="{_path(polygon("diamond", box))}Z"{_paint(properties)} stroke-linejoin="round"/>'


def _render_star(properties: Properties, box: Rect) -> str:
    return f'<path d="{_path(polygon("star", box))}Z"{_paint(properties)} stroke-linejoin="round"/>'


def _render_heart(properties: Properties, box: Rect) -> str:
    return _render_shape("heart", properties, box)


def _render_text(properties: Properties, box: Rect) -> str:
    text = properties.get("text")
    font_size = size(properties, "fontSize", 16.0)
    lines = text.split("\n") if isinstance(text, str) else []
    align = str(properties.get("align"))
    x = _short({"center": box.cx, "right": box.right}.get(align, box.x))
    ys = (box.y + (i * LINE_HEIGHT + BASELINE) * font_size for i in range(len(lines)))
    spans = "".join(
        f'<tspan x="{x}" y="{_short(y)}">{_escaped(_directed(line))}</tspan>'
        for y, line in zip(ys, lines, strict=True)
        if line.strip()
    )
    anchor = {"center": ' text-anchor="middle"', "right": ' text-anchor="end"'}.get(align, "")
    weight = ' font-weight="bold"' if properties.get("fontWeight") == "bold" else ""
    fill = _color(properties.get("color"), DEFAULT_INK)
    manner = f' font-size="{_short(font_size)}" fill="{fill}"{anchor}{weight}{_halo(properties, font_size)}'
    return f'<text xml:space="preserve"{manner}>{spans}</text>'


def _halo(properties: Properties, font_size: float) -> str:
    halo = properties.get("halo")
    if not isinstance(halo, str) or not _COLOR.fullmatch(halo):
        return ""
    return f' stroke="{halo}" stroke-width="{_short(font_size * 0.3)}" stroke-linejoin="round" paint-order="stroke"'


def _directed(line: str) -> str:
    """Return the line, isolated as right to left if its first letter is: a final stop then stands left."""
    strong = next((way for way in map(unicodedata.bidirectional, line) if way in ("L", "R", "AL")), "L")
    return line if strong == "L" else f"\u2067{line}\u2069"


def _render_line(properties: Properties, box: Rect) -> str:
    points = points_of(properties)
    if properties.get("closed") is True and len(points) > 2:
        return f'<path d="{_path(points)}Z"{_paint(properties)} stroke-linejoin="round"/>'
    return _with_ends(points, properties, _end(properties, "head", "none"))


def _render_arrow(properties: Properties, box: Rect) -> str:
    return _with_ends(points_of(properties), properties, _end(properties, "head", "arrow"))


def _end(properties: Properties, name: str, default: EdgeEnd) -> EdgeEnd:
    return next((end for end in ENDS if end == properties.get(name)), default)


def _with_ends(points: Sequence[Point], properties: Properties, head: EdgeEnd) -> str:
    """Return a line and what is at its ends; it stops inside them, else its blunt tips would show beside theirs."""
    shaft = [point for i, point in enumerate(points) if i == 0 or math.dist(point, points[i - 1]) > 0.01]
    if len(shaft) < 2:
        return ""
    width, ink = size(properties, "strokeWidth", 2.0), _color(properties.get("stroke"), DEFAULT_INK)
    paper = _color(properties.get("endFill"), DEFAULT_FILL)
    drawn, corners = "", list(shaft)
    for end, at, inner in ((head, -1, -2), (_end(properties, "tail", "none"), 0, 1)):
        shaft[at], outlines = placed_end(end, corners[at], corners[inner], width)
        drawn += "".join(_render_end(fill, outline, ink, width, paper) for fill, outline in outlines)
    return _stroke(shaft, properties) + drawn


def _render_end(fill: Fill, outline: Sequence[Point], ink: str, width: float, paper: str) -> str:
    if fill == "stroke":
        return f'<path d="{_path(outline)}Z" fill="{ink}"/>'
    ground = paper if fill == "paper" else "none"
    return (
        f'<path d="{_path(outline)}" fill="{ground}" stroke="{ink}" stroke-width="{_short(width)}"'
        ' stroke-linejoin="round"/>'
    )


_RENDERERS: dict[str, Callable[[Properties, Rect], str]] = {
    "rectangle": _render_rectangle,
    "circle": _render_circle,
    "diamond": _render_diamond,
    "star": _render_star,
    "heart": _render_heart,
    "text": _render_text,
    "line": _render_line,
    "arrow": _render_arrow,
}


def _stroke(points: Sequence[Point], properties: Properties) -> str:
    if len(points) < 2:
        return ""
    path = _rounded_path(points, size(properties, "cornerRadius"))
    ink = _color(properties.get("stroke"), DEFAULT_INK)
    width = _short(size(properties, "strokeWidth", 2.0))
    return (
        f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{width}"{_dash(properties)}'
        ' stroke-linejoin="round"/>'
    )


def _paint(properties: Properties) -> str:
    fill = properties.get("fill")
    return (
        f' fill="{"none" if fill == "none" else _color(fill, DEFAULT_FILL)}"'
        f' stroke="{_color(properties.get("stroke"), DEFAULT_INK)}"'
        f' stroke-width="{_short(size(properties, "strokeWidth", 2.0))}"{_dash(properties)}'
    )


def _dash(properties: Properties) -> str:
    dash = properties.get("dash")
    lengths = [number(each) for each in dash[:8]] if isinstance(dash, list) else []
    if not lengths or min(lengths) < 0 or sum(lengths) < 0.5:
        return ""
    return f' stroke-dasharray="{" ".join(map(_short, lengths))}"'


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


def _short(number: float) -> str:
    """Return the number with at most two decimals and nothing superfluous: 12.50 is "12.5", -0.001 is "0"."""
    text = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _color(value: object, default: str) -> str:
    return value if isinstance(value, str) and _COLOR.fullmatch(value) else default


def _escaped(text: str) -> str:
    return escape(_NOT_XML.sub("", text), {'"': "&quot;"})
