"""What a change adds to an app's canvas: shapes where there is room, then connectors around all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from drawing.canvas import CanvasObject
from drawing.figure import MIN_FONT, SMALL, Figure, Line, Ruler, Text
from drawing.free_spots import nearest_free
from drawing.geometry import Rect
from drawing.layout.sketch import DASH, draw_shapes
from drawing.model import Edge, PlacedShape, key_of
from drawing.moving import beside_route, route_lines
from drawing.notation.sketch import in_box
from drawing.object_index import object_box, points_of
from drawing.own.board import Board
from drawing.own.looks import LABEL_WIDTH, THEME, inked, recolored
from drawing.text import wrap

_LINES = ("arrow", "line")


def add_parts(board: Board) -> None:
    """Draw what the sketch has and the canvas has not."""
    new = [part for key, part in board.after.parts.items() if key not in board.ids]
    _add_shapes(board, [part for part in new if isinstance(part, PlacedShape)])
    _add_connectors(board, [part for part in new if isinstance(part, Edge)])


def add_words(board: Board, shape: CanvasObject, part: PlacedShape) -> None:
    """Write words into a shape that had none."""
    drawn = _draw(board, [in_box(part, object_box(shape))])
    board.take(
        inked(replace(item, properties=item.properties | {"of": shape.id}), shape)
        for item in drawn
        if item.object_type == "text"
    )


def label_connector(board: Board, line: CanvasObject, key: str, text: str) -> None:
    """Write words beside a connector that had none."""
    size = max(MIN_FONT, round(board.looks.font * SMALL))
    lines = wrap(text, size, LABEL_WIDTH * size)
    box = Rect(0, 0, lines.width + 2, lines.height)
    [drawn] = board.painter().paint(Figure([Text("words", box, lines, size, is_quiet=True, has_halo=True)]))
    properties = drawn.properties | {"of": line.id, "role": "label"}
    words = replace(drawn, id=board.new_id(f"{key}:label"), properties=properties)
    board.take([beside_route(words, points_of(line.properties))])


def _add_shapes(board: Board, shapes: Sequence[PlacedShape]) -> None:
    taken = [
        object_box(item)
        for item in board.objects
        if item.object_type not in _LINES and not item.properties.get("of")
    ]
    new: list[PlacedShape] = []
    for shape in shapes:
        if not shape.points and shape.w:
            rect = nearest_free(_grown_to_words(shape, board.looks.font), taken)
            taken.append(rect)
            shape = in_box(shape, rect)
        key = key_of(shape)
        board.after.parts[key] = shape
        board.ids[key] = board.new_id(key)
        new.append(shape)
    board.take(_draw(board, new))


def _draw(board: Board, shapes: Sequence[PlacedShape]) -> list[CanvasObject]:
    """Return the objects of shapes, in the look that is usual here where they have no colour of their own."""
    if not shapes:
        return []
    painter, ids = board.painter(), {shape.id for shape in shapes}
    others = [part for part in board.after.all(PlacedShape) if part.id not in ids]
    drawn = painter.paint(draw_shapes(shapes, [*others, *shapes], Ruler(THEME.metrics, board.looks.font)))
    ours = {painter.object_id(key): board.ids[key] for key in board.after.parts if key in board.ids}
    for shape in shapes:
        for key in (key_of(shape), f"{key_of(shape)}:label"):
            ours[painter.object_id(key)] = board.ids.get(key) or board.new_id(key)
    plain = {ours[painter.object_id(key_of(shape))] for shape in shapes if not shape.color}
    out: dict[str, CanvasObject] = {}
    for item in drawn:
        properties = {
            name: ours.get(value, value) if name in ("in", "of") else value
            for name, value in item.properties.items()
            if name != "layered"
        }
        item = replace(item, id=ours.get(item.id, item.id), properties=properties)
        home = out.get(str(properties.get("of")))
        if item.id in plain and item.object_type not in ("text", *_LINES):
            item = _in_usual_look(board, item)
        elif home is not None and home.id in plain and item.object_type == "text":
            item = inked(item, home)
        out[item.id] = item
    return list(out.values())


def _in_usual_look(board: Board, item: CanvasObject) -> CanvasObject:
    item = recolored(item, None, board.looks)
    names = ["strokeWidth"]
    if item.object_type == "rectangle" and "shape" not in item.properties:
        names.append("cornerRadius")
    look = {name: board.looks.shape[name] for name in names if name in board.looks.shape}
    return replace(item, properties=item.properties | look)


def _grown_to_words(shape: PlacedShape, font: float) -> Rect:
    """Return a new shape's box, as large as its words need it."""
    if not shape.text or shape.shape == "text":
        return Rect(shape.x, shape.y, shape.w, shape.h)
    longest = wrap(shape.text.replace(" ", "\n"), font, 1e6).width + 2 * font
    w = max(shape.w, min(longest, 2 * shape.w))
    h = max(shape.h, wrap(shape.text, font, w - 2 * font).height + font)
    return Rect(shape.x, shape.y, w, h)


def _add_connectors(board: Board, edges: Sequence[Edge]) -> None:
    added: list[str] = []
    for edge in edges:
        ends = [board.object_of(f"shape:{name}") for name in (edge.source, edge.target)]
        if ends[0] is None or ends[1] is None or edge.line == "invisible":
            continue
        look = dict(board.looks.line)
        if edge.line == "thick":
            look["strokeWidth"] = 2 * look["strokeWidth"]
        dash = DASH if edge.line == "dotted" else ()
        line = Line("line", ((0.0, 0.0), (1.0, 1.0)), None, edge.tail, edge.head, dash, text=edge.text)
        [drawn] = board.painter().paint(Figure([line]))
        key = key_of(edge)
        board.ids[key] = object_id = board.new_id(key)
        properties = drawn.properties | look | {"from": ends[0].id, "to": ends[1].id}
        board.take([replace(drawn, id=object_id, properties=properties)])
        added.append(object_id)
    board.take(route_lines(board.objects, added))
    for edge in edges:
        connector = board.object_of(key_of(edge))
        if edge.text and connector is not None:
            label_connector(board, connector, key_of(edge), edge.text)
