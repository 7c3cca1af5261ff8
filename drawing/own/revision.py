"""A change of what an app has on its own canvas: only the objects that it is about are written again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from drawing.canvas import Canvas, CanvasObject
from drawing.changes import apply_change, compare_objects
from drawing.figure import Box, Figure
from drawing.geometry import Rect, bounding
from drawing.layout.sketch import shape_form
from drawing.model import Drawing, Edge, PlacedShape
from drawing.moving import Move, move_shapes, route_lines
from drawing.notation.removal import take_out
from drawing.object_index import object_box
from drawing.own.additions import add_parts, add_words, label_connector
from drawing.own.board import Board
from drawing.own.looks import inked, recolored, relined, reworded
from drawing.own.sketch import OwnSketch, sketch_of
from drawing.part_edits import NotEditable, PartEdit, edited_part
from drawing.plan import PlanUnusable
from drawing.quality import judge
from drawing.revision import Revised

NO_TITLE = "What an app has on its own canvas has no title to change."
_SHAPE = ("x", "y", "width", "height", "radius", "shape", "cornerRadius")  # what says shape and place
UNBOXED = ("text", "line", "arrow")  # objects that move without a size of their own


@dataclass(frozen=True, slots=True)
class OwnRevision:
    """A change to be drawn. It is a message to a drawing process, whose method ``finish`` is called there.

    ``namespace`` is what the ids of new objects are made with. ``boxes`` (x, y, width, height), ``edits`` and
    ``deleted`` are a person's own changes, by ids of objects.
    """

    objects: tuple[CanvasObject, ...]
    namespace: uuid.UUID
    text: str = ""  # the answer
    first: tuple[
        str, ...
    ] = ()  # ids of objects that the sketch held before others when the answer was written
    others: tuple[int, ...] = ()  # z-indexes of what else is on the canvas
    boxes: Mapping[str, Sequence[float]] = field(default_factory=dict)
    edits: Mapping[str, PartEdit] = field(default_factory=dict)
    deleted: tuple[str, ...] = ()

    def finish(self) -> Revised:
        """Return what the canvas becomes. Raises ``NotEditable`` and ``PlanUnusable``."""
        sketch = sketch_of(self.objects, {*self.first, *self.boxes, *self.edits, *self.deleted})
        change = apply_change(sketch.drawing, self.text)
        self._edit(change.drawing, sketch)
        z_from = max([*self.others, *(item.z_index for item in self.objects)], default=0) + 1
        board = Board.of(sketch, change.drawing, self.namespace, z_from)
        _delete(board)
        boxes = _boxes(board, self.boxes)
        _restyle(board)
        _place(board, boxes)
        _retype(board)
        add_parts(board)
        objects = board.objects
        if not objects:
            raise PlanUnusable("Nothing would be left on the canvas.")
        notes = (*change.notes, NO_TITLE) if change.drawing.title else change.notes
        box = bounding(map(object_box, objects)) or Rect(0, 0, 0, 0)
        canvas = Canvas("", tuple(objects), box.right, box.bottom, judge(objects), change.drawing.dropped())
        changes = compare_objects(sketch.objects, objects)
        return Revised(replace(change, notes=notes), canvas, changes)

    def _edit(self, drawing: Drawing, sketch: OwnSketch) -> None:
        """Change words and colours, and take parts out, as a person asks for it by ids of objects."""
        for object_id, edit in self.edits.items():
            key = sketch.key_of(object_id)
            if key is None or key not in drawing.parts:
                raise NotEditable(object_id)
            drawing.parts[key] = edited_part(drawing.parts[key], edit)
        for object_id in self.deleted:
            key = sketch.key_of(object_id)
            if key is not None and key in drawing.parts:
                take_out(drawing, drawing.parts[key])


def _delete(board: Board) -> None:
    """Take away what is gone, its words, and the connectors that ended at it."""
    gone = {board.ids[key] for key in board.before.parts if key not in board.after.parts and key in board.ids}
    while hanging := {item.id for item in board.objects if _hangs_on(item, gone)} - gone:
        gone |= hanging
    board.present = {key: _left_alone(item, gone) for key, item in board.present.items() if key not in gone}


def _hangs_on(item: CanvasObject, gone: set[str]) -> bool:
    names = ("of", "from", "to") if item.object_type in ("arrow", "line") else ("of",)
    return any(item.properties.get(name) in gone for name in names)


def _left_alone(item: CanvasObject, gone: set[str]) -> CanvasObject:
    """Return an object without the name of what it stood in, when that is gone."""
    if item.properties.get("in") not in gone:
        return item
    return replace(item, properties={name: value for name, value in item.properties.items() if name != "in"})


def _boxes(board: Board, by_hand: Mapping[str, Sequence[float]]) -> dict[str, Rect]:
    """Return the boxes of the objects that get another place or size, by id."""
    boxes = {key: Rect(*map(float, box)) for key, box in by_hand.items() if key in board.present}
    for _, item, old, new in board.changed():
        if isinstance(old, PlacedShape) and isinstance(new, PlacedShape) and _is_moved(old, new):
            box = object_box(item)  # whose place need not be as round as the part's
            boxes[item.id] = Rect(
                box.x + new.x - old.x,
                box.y + new.y - old.y,
                max(box.w + new.w - old.w, 0),
                max(box.h + new.h - old.h, 0),
            )
    return boxes


def _is_moved(old: PlacedShape, new: PlacedShape) -> bool:
    return (old.x, old.y, old.w, old.h) != (new.x, new.y, new.w, new.h)


def _restyle(board: Board) -> None:
    """Give parts their new shapes, colours and lines."""
    reshaped: set[str] = set()
    for key, item, old, new in list(board.changed()):
        if isinstance(old, PlacedShape) and isinstance(new, PlacedShape):
            if old.shape != new.shape and item.object_type not in UNBOXED and not new.points:
                reshaped.add(item.id)
                item = _reshaped(board, item, new)
            if old.color != new.color:
                item = recolored(item, new.color, board.looks)
                words = board.label_of(key)
                if words is not None and item.object_type not in UNBOXED:
                    board.take([inked(words, item)])
        elif isinstance(old, Edge) and isinstance(new, Edge):
            item = relined(item, old, new)
            if old.color != new.color:
                item = recolored(item, new.color, board.looks)
        board.take([item])
    ends = {item.id: {item.properties.get("from"), item.properties.get("to")} for item in board.objects}
    board.take(route_lines(board.objects, [key for key, names in ends.items() if names & reshaped]))


def _reshaped(board: Board, item: CanvasObject, part: PlacedShape) -> CanvasObject:
    """Return an object in another shape, in its box; what else it says stays."""
    [drawn] = board.painter().paint(Figure([Box("shape", object_box(item), shape_form(part))]))
    kept = {name: value for name, value in item.properties.items() if name not in _SHAPE}
    shape = {name: value for name, value in drawn.properties.items() if name in _SHAPE}
    return replace(item, object_type=drawn.object_type, properties=kept | shape)


def _place(board: Board, boxes: Mapping[str, Rect]) -> None:
    """Move objects, with their words, what stands in them, and their connectors."""
    loose = {key for key in boxes if board.present[key].object_type in UNBOXED}
    board.take(_shifted(board.present[key], boxes[key]) for key in loose)
    board.take(move_shapes(board.objects, _moves(boxes.items(), loose)))


def _moves(boxes: Iterable[tuple[str, Rect]], loose: set[str]) -> list[Move]:
    return [Move(key, box) for key, box in boxes if key not in loose]


def _shifted(item: CanvasObject, box: Rect) -> CanvasObject:
    """Return a text or a line whose box begins where another does."""
    before, properties = object_box(item), item.properties
    x, y = properties["x"] + box.x - before.x, properties["y"] + box.y - before.y
    return replace(item, properties=properties | {"x": round(x, 1), "y": round(y, 1)})


def _retype(board: Board) -> None:
    """Give parts their new words."""
    for key, item, old, new in list(board.changed()):
        if not isinstance(new, PlacedShape | Edge) or new.text == getattr(old, "text", ""):
            continue
        if "label" in item.properties:
            item = replace(item, properties=item.properties | {"label": new.text})
            board.take([item])
        words = board.label_of(key)
        if item.object_type == "text":
            board.take([reworded(item, new.text, None)])
        elif not new.text:
            board.present.pop(words.id if words else "", None)
        elif words is not None:
            board.take(
                [reworded(words, new.text, object_box(item) if isinstance(new, PlacedShape) else None)]
            )
        elif isinstance(new, Edge):
            label_connector(board, item, key, new.text)
        else:
            add_words(board, item, new)
