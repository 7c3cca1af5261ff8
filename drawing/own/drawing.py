"""What an app has on a canvas of its own, among the drawings on that canvas."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from drawing.canvas import CanvasObject
from drawing.own.revision import OwnRevision
from drawing.own.sketch import sketch_of
from drawing.part_edits import PartEdit
from drawing.revision import KeptObject, as_drawn, statement_name


@dataclass(frozen=True, slots=True)
class OwnDrawing:
    """An app's objects as a drawing: its notation is derived, its id is that of the canvas."""

    id: uuid.UUID
    source: str
    title: str = ""
    first: tuple[str, ...] = ()  # ids of objects that the sketch holds before others
    names: Mapping[str, str] = field(default_factory=dict)  # what statements call the objects, by id


def own_drawing(
    canvas_id: uuid.UUID, present: Sequence[KeptObject], first: Collection[str] = ()
) -> OwnDrawing | None:
    """Return what an app has on a canvas; None when there is nothing, or nothing that a sketch can say."""
    objects = own_objects(canvas_id, present)
    if not objects:
        return None
    sketch = sketch_of(objects, first)
    if not sketch.drawing.parts:
        return None
    names = {
        object_id: statement_name(sketch.drawing.parts[key])
        for ids in (sketch.ids, sketch.labels)
        for key, object_id in ids.items()
        if key in sketch.drawing.parts
    }
    return OwnDrawing(canvas_id, sketch.source, first=tuple(first), names=names)


def own_objects(canvas_id: uuid.UUID, present: Sequence[KeptObject]) -> tuple[CanvasObject, ...]:
    """Return those objects of a canvas that no drawing of ours holds."""
    return tuple(as_drawn(item) for item in present if item.job_id == canvas_id)


def own_revision(
    drawing: OwnDrawing,
    present: Sequence[KeptObject],
    text: str = "",
    *,
    boxes: Mapping[str, Sequence[float]] | None = None,
    edits: Mapping[str, PartEdit] | None = None,
    deleted: Collection[str] = (),
) -> OwnRevision:
    """Return the revision of an app's objects by an answer, and by what a person did by hand."""
    others = tuple(item.z_index for item in present if item.job_id != drawing.id)
    objects = own_objects(drawing.id, present)
    return OwnRevision(
        objects, drawing.id, text, drawing.first, others, boxes or {}, edits or {}, tuple(deleted)
    )
