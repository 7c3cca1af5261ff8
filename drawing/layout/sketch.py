"""Sketches: every shape stays where it was put, one inside another stays in it, and the texts fit."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from drawing.figure import MIN_FONT, SMALL, Align, Box, Element, Figure, Line, Ruler, Text
from drawing.geometry import Point, Rect, extent, polygon, segment_hits_rect
from drawing.layout.compound import Connector
from drawing.layout.cross_links import draw_links, line_label, moved_below
from drawing.model import Drawing, Edge, PlacedShape, key_of
from drawing.shapes import outline
from drawing.text import LINE_HEIGHT, Wrapped, wrap
from drawing.theme import Tone, bright, solid

LARGEST = 1_400.0  # canvas units: what is larger is scaled down
LEAST = 500.0  # what is smaller both ways is scaled up
MOST_SCALE = 2.0  # that much a sketch may grow so that its texts fit
FONTS = (20.0, 18.0, 16.0, 14.0, 13.0, 12.0)
LARGEST_TEXT = 48.0  # canvas units: of a free text
GROUND = 0.15  # of the sketch: what covers more is a ground, and pale
CONTROL = 0.07  # of the sketch: what covers no more and has words is a control, and dark
CONTROLS = frozenset(("rectangle", "rounded", "circle", "ellipse"))
DASH = (3.0, 4.0)
ARC_STEPS = 24
CENTRED = 0.02  # of its width: a text that near to the middle of what it stands in is centred

# The part of a shape's box that its text may fill, as left, top, width and height.
_INNER: dict[str, tuple[float, float, float, float]] = {
    "circle": (0.15, 0.15, 0.7, 0.7), "ellipse": (0.15, 0.15, 0.7, 0.7), "diamond": (0.24, 0.24, 0.52, 0.52),
    "triangle": (0.27, 0.46, 0.46, 0.5), "triangle_down": (0.27, 0.04, 0.46, 0.5), "star": (0.26, 0.36, 0.48, 0.3),
    "heart": (0.18, 0.2, 0.64, 0.38), "cloud": (0.14, 0.3, 0.72, 0.5), "cylinder": (0.05, 0.2, 0.9, 0.72),
    "hexagon": (0.14, 0.06, 0.72, 0.88), "parallelogram": (0.16, 0.06, 0.68, 0.88), "document": (0.05, 0.05, 0.9, 0.68),
    "chevron": (0.2, 0.06, 0.6, 0.88), "stadium": (0.1, 0.06, 0.8, 0.88), "sticky": (0.06, 0.06, 0.88, 0.88),
}  # fmt: skip
_FORMS = {"rounded": "rectangle", "button": "rectangle", "image": "rectangle"}
_WHOLE = (0.04, 0.04, 0.92, 0.92)


@dataclass(frozen=True, slots=True)
class _Placed:
    shape: PlacedShape
    rect: Rect
    points: tuple[Point, ...]
    parent: str | None  # the key of the shape it stands in


def place_sketch(drawing: Drawing, ruler: Ruler) -> Figure:
    """Return the sketch in its own coordinates, scaled only where the page or its texts ask for it."""
    shapes = drawing.all(PlacedShape)
    if not shapes:
        return Figure()
    scale = _scale(shapes, ruler)
    # Nobody writes words to hide them behind a shape.
    placed = sorted(_placed(shapes, scale), key=lambda each: each.shape.shape == "text")
    figure = Figure()
    for i, each in enumerate(placed):
        _draw(figure, each, placed[i + 1 :], placed, ruler)
    _lift_hidden_words(figure)
    _connect(figure, drawing.all(Edge), placed, ruler)
    bounds = figure.bounds()
    return figure.moved(-bounds.x, -bounds.y)


def draw_shapes(shapes: Sequence[PlacedShape], every: Sequence[PlacedShape], ruler: Ruler) -> Figure:
    """Return some shapes of a sketch just where they are, drawn as beside all the others; no connectors."""
    ids = {shape.id for shape in shapes}
    placed = _placed(every, 1.0)
    figure = Figure()
    for i, each in enumerate(placed):
        if each.shape.id in ids:
            _draw(figure, each, placed[i + 1 :], placed, ruler)
    return figure


def _scale(shapes: Sequence[PlacedShape], ruler: Ruler) -> float:
    """Return by how much to enlarge: as little as lets texts fit, so that a person sees what was said."""
    points = [
        point for shape in shapes for point in ((shape.x, shape.y), (shape.x + shape.w, shape.y + shape.h))
    ]
    reach = extent(points)
    size = max(reach.w, reach.h, 1.0)
    if size > LARGEST:
        return LARGEST / size
    least = LEAST / size if size < LEAST else 1.0
    wanted = max([1.0, *(_wanted(shape, ruler) for shape in shapes)])
    return max(least, min(wanted, MOST_SCALE, LARGEST / size))


def _wanted(shape: PlacedShape, ruler: Ruler) -> float:
    """Return the scale at which a shape's text fits into it in a small font."""
    if not shape.text or shape.points or shape.shape in ("text", "person"):
        return 1.0
    for step in range(11):
        scale = 1.0 + step * (MOST_SCALE - 1.0) / 10
        inner = _inner(shape.shape, Rect(0, 0, shape.w * scale, shape.h * scale))
        if _fits(shape.text, MIN_FONT, inner, ruler.style.has_bold_labels):
            return scale
    return 1.0  # Its text stands below it instead.


def _placed(shapes: Sequence[PlacedShape], scale: float) -> list[_Placed]:
    """Return the shapes to scale, each with the smallest earlier one that it stands in."""
    out: list[_Placed] = []
    for shape in shapes:
        rect = Rect(shape.x * scale, shape.y * scale, shape.w * scale, shape.h * scale)
        around = [
            each
            for each in out
            if not each.points
            and each.shape.shape != "text"
            and each.rect.holds(rect, 0.5)
            and each.rect != rect
        ]
        parent = min(around, key=lambda each: each.rect.w * each.rect.h, default=None)
        points = tuple((x * scale, y * scale) for x, y in shape.points)
        out.append(_Placed(shape, rect, points, key_of(parent.shape) if parent else None))
    return out


def _inner(shape: str, rect: Rect) -> Rect:
    left, top, width, height = _INNER.get(shape, _WHOLE)
    return Rect(rect.x + left * rect.w, rect.y + top * rect.h, width * rect.w, height * rect.h)


def _fits(text: str, size: float, inner: Rect, is_bold: bool) -> bool:
    lines = wrap(text, size, inner.w, bold=is_bold)
    whole = wrap(text.replace(" ", "\n"), size, 1e6, bold=is_bold)
    return lines.height <= inner.h and lines.width <= inner.w and whole.width <= inner.w


def _draw(
    figure: Figure, each: _Placed, later: Sequence[_Placed], every: Sequence[_Placed], ruler: Ruler
) -> None:
    shape, key = each.shape, key_of(each.shape)
    if each.points:
        _draw_line(figure, each, ruler)
        return
    if shape.shape == "text":
        _draw_text(figure, each, every, ruler)
        return
    tone = _tone(each, every)
    form = shape_form(shape)
    corner = min(each.rect.w, each.rect.h) * 0.25 if shape.shape in ("rounded", "button") else 0.0
    figure.add(Box(key, each.rect, form, tone, min(corner, ruler.em(1.2)), group=each.parent, role="placed"))
    if shape.shape == "image":
        r = each.rect
        for i, ends in enumerate((((r.x, r.y), (r.right, r.bottom)), ((r.x, r.bottom), (r.right, r.y)))):
            figure.add(Line(f"{key}:cross{i}", ends, shape.color or "gray", width=1.0, of=key, role="mark"))
    if shape.text:
        _label(figure, each, tone, [other.rect for other in later if each.rect.overlaps(other.rect)], ruler)


def shape_form(shape: PlacedShape) -> str:
    """Return the outline that a shape is drawn with; a circle that is not as high as wide is an ellipse."""
    form = _FORMS.get(shape.shape, shape.shape)
    return "ellipse" if form == "circle" and abs(shape.w - shape.h) > 1 else form


def _tone(each: _Placed, every: Sequence[_Placed]) -> Tone:
    """Return a shape's colour: bright as a part of a picture, dark as a control with words, pale as a ground."""
    shape, reach = each.shape, extent([point for other in every for point in _corners(other.rect)])
    if shape.color is None:
        return "note" if shape.shape == "sticky" else "strong" if shape.shape == "button" else "plain"
    if shape.shape == "button":
        return solid(shape.color)
    share = each.rect.w * each.rect.h / max(reach.w * reach.h, 1.0)
    if share > GROUND or any(other.parent == key_of(shape) for other in every):
        return shape.color
    if not shape.text:
        return bright(shape.color)
    return solid(shape.color) if shape.shape in CONTROLS and share <= CONTROL else shape.color


def _corners(rect: Rect) -> tuple[Point, Point]:
    return (rect.x, rect.y), (rect.right, rect.bottom)


def _label(figure: Figure, each: _Placed, tone: Tone, above: Sequence[Rect], ruler: Ruler) -> None:
    """Write a shape's text into it, clear of what lies on it; below it where it does not fit."""
    shape, key, is_bold = each.shape, key_of(each.shape), ruler.style.has_bold_labels
    inner = _inner(shape.shape, each.rect)
    words = _words_in(figure)
    taken = [*above, *words]
    for size in (font for font in FONTS if font <= ruler.font):
        if shape.shape == "person" or not _fits(shape.text, size, inner, is_bold):
            continue
        lines = wrap(shape.text, size, inner.w, bold=is_bold)
        place = _free_place(inner, lines, taken)
        if place is None and size == MIN_FONT:  # It may lie on another shape, but on no other words.
            top = Rect.around(inner.cx, inner.y + lines.height / 2, lines.width + 4, lines.height)
            is_clear = not any(top.overlaps(rect) for rect in words)
            place = Rect(inner.x, inner.y, inner.w, lines.height) if is_clear else None
        if place:
            figure.add(Text(f"{key}:label", place, lines, size, tone, is_bold=is_bold, of=key))
            return
    size = ruler.size(SMALL)
    lines = wrap(shape.text, size, max(each.rect.w, ruler.em(9)), bold=is_bold)
    place = Rect(
        each.rect.cx - lines.width / 2 - 1, each.rect.bottom + ruler.em(0.25), lines.width + 2, lines.height
    )
    place = moved_below(place, _words_in(figure))
    figure.add(
        Text(f"{key}:label", place, lines, size, is_bold=is_bold, has_halo=True, of=key, role="caption")
    )


def _words_in(figure: Figure) -> list[Rect]:
    """Return where the words of a figure stand, which is narrower than the boxes that they are centred in."""
    return [
        Rect.around(each.rect.cx, each.rect.cy, min(each.rect.w, each.lines.width + 4), each.rect.h)
        if each.align == "center"
        else each.rect
        for each in figure.elements
        if isinstance(each, Text)
    ]


def _free_place(inner: Rect, lines: Wrapped, above: Sequence[Rect]) -> Rect | None:
    """Return where the lines stand: in the middle, else at the top or the bottom, clear of what lies above."""
    left = inner.h - lines.height
    for share in (0.5, 0.0, 1.0, 0.25, 0.75):
        y = inner.y + left * share
        words = Rect(inner.cx - lines.width / 2, y, lines.width, lines.height)
        if not any(words.overlaps(rect) for rect in above):
            return Rect(inner.x, y, inner.w, lines.height)
    return None


def _draw_text(figure: Figure, each: _Placed, every: Sequence[_Placed], ruler: Ruler) -> None:
    shape, key = each.shape, key_of(each.shape)
    size = round(min(max(each.rect.h / LINE_HEIGHT, 14.0), LARGEST_TEXT)) if each.rect.h else ruler.font
    room = max(each.rect.w, 4 * MIN_FONT) if each.rect.w else 1e6
    lines = wrap(shape.text, size, room)
    while (
        size > MIN_FONT
        and each.rect.h
        and (lines.height > each.rect.h + 1 or wrap(shape.text.replace(" ", "\n"), size, 1e6).width > room)
    ):
        size -= 1
        lines = wrap(shape.text, size, room)
    around = next((other for other in every if key_of(other.shape) == each.parent), None)
    align: Align = "left"
    rect = Rect(each.rect.x, each.rect.y, max(lines.width + 2, each.rect.w), max(lines.height, each.rect.h))
    if around and abs(rect.cx - around.rect.cx) <= CENTRED * around.rect.w:
        align = "center"
    tone: Tone | None = around.shape.color if around else None
    is_bold = size >= 22 or ruler.style.has_bold_labels
    if is_bold:
        lines = wrap(shape.text, size, max(room, lines.width * 1.2), bold=True)
        rect = replace(rect, w=max(rect.w, lines.width + 2), h=max(rect.h, lines.height))
    rect = moved_below(rect, _words_in(figure))
    figure.add(
        Text(key, rect, lines, size, tone, is_bold=is_bold, align=align, of=each.parent, role="placed")
    )


def _draw_line(figure: Figure, each: _Placed, ruler: Ruler) -> None:
    shape, key, points = each.shape, key_of(each.shape), each.points
    tone: Tone | None = shape.color
    if shape.shape == "polygon" and len(points) > 2:
        figure.add(Line(key, (*points, points[0]), tone or "plain", is_filled=True, role="mark"))
    else:
        drawn = _curve(points) if shape.shape == "arc" and len(points) > 2 else points
        width = max(ruler.style.line_width, 3.0) if shape.shape == "arc" else None
        figure.add(
            Line(
                key, drawn, tone, head="arrow" if shape.shape == "arrow" else "none", width=width, role="mark"
            )
        )
    if shape.text:
        size = ruler.size(SMALL)
        lines = wrap(shape.text, size, ruler.em(12))
        a, b = points[(len(points) - 1) // 2], points[len(points) // 2] if len(points) > 2 else points[-1]
        place = Rect.around(
            (a[0] + b[0]) / 2, (a[1] + b[1]) / 2 - lines.height * 0.7, lines.width + 2, lines.height
        )
        figure.add(Text(f"{key}:label", place, lines, size, is_quiet=True, has_halo=True, of=key))


def _curve(points: Sequence[Point]) -> tuple[Point, ...]:
    """Return points on a smooth way through a start, a middle and an end (a half ellipse where it stands upright)."""
    start, middle, end = points[0], points[len(points) // 2], points[-1]
    chord = (end[0] - start[0], end[1] - start[1])
    centre = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
    rise = (middle[0] - centre[0], middle[1] - centre[1])
    out = []
    for i in range(ARC_STEPS + 1):
        angle = math.pi * (1 - i / ARC_STEPS)
        along, up = math.cos(angle) / 2, math.sin(angle)
        out.append((centre[0] + chord[0] * along + rise[0] * up, centre[1] + chord[1] * along + rise[1] * up))
    return tuple(out)


def _lift_hidden_words(figure: Figure) -> None:
    """Put words that a later shape would hide on top of it: nobody writes them to hide them."""
    boxes = [(at, each.rect) for at, each in enumerate(figure.elements) if isinstance(each, Box)]
    hidden: list[Element] = [
        each
        for at, each in enumerate(figure.elements)
        if isinstance(each, Text) and any(over > at and rect.overlaps(each.rect) for over, rect in boxes)
    ]
    figure.elements = [each for each in figure.elements if each not in hidden] + hidden


def _connect(figure: Figure, edges: Sequence[Edge], placed: Sequence[_Placed], ruler: Ruler) -> None:
    """Add the connectors: straight lines where they are free and alone, else ways around the shapes."""
    by_id = {each.shape.id: each for each in placed}
    edges = [edge for edge in edges if edge.source in by_id and edge.target in by_id]
    pairs = Counter(frozenset((edge.source, edge.target)) for edge in edges)
    grounds = {each.parent for each in placed}
    solid = [each for each in placed if not each.points and key_of(each.shape) not in grounds]
    captions = [each.rect for each in figure.elements if isinstance(each, Text) and each.role == "caption"]
    around: list[Connector] = []
    for edge in edges:
        source, target = by_id[edge.source], by_id[edge.target]
        ends = (_leaves(source, target), _leaves(target, source))
        others = [*captions, *(each.rect for each in solid if each not in (source, target))]
        is_free = not any(segment_hits_rect(*ends, rect) for rect in others)
        if source is target or pairs[frozenset((edge.source, edge.target))] > 1 or not is_free:
            around.append(
                Connector(key_of(edge), key_of(source.shape), key_of(target.shape), edge.text, edge.line, edge.tail,
                          edge.head)
            )  # fmt: skip
        else:
            _draw_straight(figure, edge, ends, (source, target), ruler)
    draw_links(figure, around, [*captions, *(each.rect for each in solid)], ruler)


def _draw_straight(
    figure: Figure, edge: Edge, ends: tuple[Point, Point], shapes: tuple[_Placed, _Placed], ruler: Ruler
) -> None:
    key = key_of(edge)
    source, target = (key_of(each.shape) for each in shapes)
    figure.add(
        Line(key, ends, None, edge.tail, edge.head, DASH if edge.line == "dotted" else (),
             ruler.style.line_width * 1.6 if edge.line == "thick" else None, source=source, target=target,
             text=edge.text)
    )  # fmt: skip
    if edge.text:
        words = ruler.wrap(edge.text, ruler.em(11), scale=SMALL)
        place = moved_below(_beside(ends, words, ruler), _words_in(figure))
        figure.add(line_label(key, words, place, ruler))


def _beside(ends: tuple[Point, Point], lines: Wrapped, ruler: Ruler) -> Rect:
    """Return where a line's words stand: at its middle, above it or right of it, clear of it however steep it is."""
    (ax, ay), (bx, by) = ends
    length = max(math.hypot(bx - ax, by - ay), 1.0)
    nx, ny = (by - ay) / length, (ax - bx) / length  # square to the line
    if ny > 0.05 or (abs(ny) <= 0.05 and nx < 0):
        nx, ny = -nx, -ny
    w, h = lines.width + 2, lines.height
    away = abs(nx) * w / 2 + abs(ny) * h / 2 + ruler.em(0.25)
    return Rect.around((ax + bx) / 2 + nx * away, (ay + by) / 2 + ny * away, w, h)


def _leaves(one: _Placed, other: _Placed) -> Point:
    """Return where a straight line from the middle of one shape to the other leaves its outline."""
    centre, aim = (one.rect.cx, one.rect.cy), (other.rect.cx, other.rect.cy)
    form = one.shape.shape
    if form in ("star", "heart"):
        corners = polygon(form, one.rect)
    elif form in ("text", "person") or one.points:
        corners = outline("rectangle", one.rect)
    else:
        corners = outline(form, one.rect)
    best = centre
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        hit = _crossing(centre, aim, a, b)
        if hit and math.dist(hit, centre) > math.dist(best, centre):
            best = hit
    return best


def _crossing(p: Point, q: Point, a: Point, b: Point) -> Point | None:
    dx, dy, ex, ey = q[0] - p[0], q[1] - p[1], b[0] - a[0], b[1] - a[1]
    cross = dx * ey - dy * ex
    if abs(cross) < 1e-9:
        return None
    t = ((a[0] - p[0]) * ey - (a[1] - p[1]) * ex) / cross
    u = ((a[0] - p[0]) * dy - (a[1] - p[1]) * dx) / cross
    return (p[0] + t * dx, p[1] + t * dy) if 0 <= t <= 1 and -1e-9 <= u <= 1 + 1e-9 else None
