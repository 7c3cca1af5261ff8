"""What a person changes of a canvas without a job: its title, the style and colours of a drawing, its notation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from core import canvases, versions
from core.canvases import StoredCanvas, StoredObject
from core.database import Connection
from core.errors import NothingToChange
from core.versions import StoredDrawing
from drawing.canvas import CanvasObject
from drawing.changes import Difference
from drawing.object_index import object_box
from drawing.own.drawing import OwnDrawing, own_drawing, own_objects, own_revision
from drawing.own.revision import UNBOXED, OwnRevision
from drawing.part_edits import NotEditable, PartEdit, edit_parts, part_keys
from drawing.plan import PlanUnusable
from drawing.revision import Revised, Revision, object_names, revision_of
from drawing.source import read_source
from webapp.api.change_models import PatchBody
from webapp.errors import InvalidRequest

ONE_DRAWING = "Give ids of shapes that belong to one drawing."
NOT_EDITABLE = "These words or colours are not those of a shape, connector or title; change them by `source`."


def change_drawing(
    conn: Connection,
    canvas: StoredCanvas,
    asked: PatchBody,
    *,
    revise: Callable[[Revision | OwnRevision], Revised],
) -> Difference:
    """Change the locked canvas as asked, as its next version; return which objects look different.

    Raises ``NothingToChange`` when it has no drawing, and ``InvalidRequest`` when nothing would be left of it.
    """
    drawings = versions.list_drawings(conn, canvas_id=canvas.id)
    present = canvases.read_objects(conn, canvas_id=canvas.id)
    seen = Difference()
    versions.begin_own_version(conn, canvas, message=_describe(asked))
    own = _own_drawing(canvas, drawings, present, asked)
    if own is not None:
        seen = _change_own_objects(conn, canvas, own, present, asked, revise=revise)
    elif drawings:
        drawing = _find_drawing(drawings, present, asked)
        revision = _revision(drawing, present, asked)
        try:
            revised = revise(revision)
        except PlanUnusable as exc:
            raise InvalidRequest({"source": [str(exc)]}) from None
        seen = revised.changes.seen
        changed = replace(
            drawing,
            title=revised.canvas.title,
            source=revised.source,
            style=asked.style or drawing.style,
            color_scheme=asked.color_scheme or drawing.color_scheme,
            is_dark=drawing.is_dark if asked.is_dark is None else asked.is_dark,
            pins=dict(revision.pins),
        )
        versions.change_own_drawing(
            conn, canvas, changed, written=revised.changes.written, deleted=revised.changes.deleted
        )
    elif _is_revised(asked):
        raise NothingToChange
    if asked.title is not None:
        versions.name_canvas(conn, canvas, title=asked.title)
    return seen


def _is_revised(asked: PatchBody) -> bool:
    return (asked.style, asked.color_scheme, asked.theme, asked.source, asked.objects) != (None,) * 5


def _own_drawing(
    canvas: StoredCanvas, drawings: Sequence[StoredDrawing], present: Sequence[StoredObject], asked: PatchBody
) -> OwnDrawing | None:
    """Return what an app has on the canvas, when the change is about that: by its objects, or as all there is."""
    changed = {change.id for change in asked.objects or ()}
    homes = {item.job_id for item in present if str(item.id) in changed}
    is_own = homes == {canvas.id} if changed else asked.source is not None and not drawings
    return own_drawing(canvas.id, present, changed) if is_own else None


def _change_own_objects(
    conn: Connection,
    canvas: StoredCanvas,
    own: OwnDrawing,
    present: Sequence[StoredObject],
    asked: PatchBody,
    *,
    revise: Callable[[OwnRevision], Revised],
) -> Difference:
    """Change what an app has on its canvas; style and colours of it are the app's."""
    mine = own_objects(canvas.id, present)
    unknown = {change.id for change in asked.objects or ()} - {item.id for item in mine}
    if unknown:
        raise InvalidRequest({"objects": [ONE_DRAWING]})
    revision = own_revision(
        own,
        present,
        asked.source or "",
        boxes=_boxes(mine, asked),
        edits=_edits(asked),
        deleted=[change.id for change in asked.objects or () if change.deleted],
    )
    try:
        revised = revise(revision)
    except PlanUnusable as exc:
        raise InvalidRequest({"source": [str(exc)]}) from None
    except NotEditable:
        raise InvalidRequest({"objects": [NOT_EDITABLE]}) from None
    versions.change_own_objects(
        conn, canvas, written=revised.changes.written, deleted=revised.changes.deleted
    )
    return revised.changes.seen


def _revision(drawing: StoredDrawing, present: Sequence[StoredObject], asked: PatchBody) -> Revision:
    title = "" if asked.title is None else f"title {' '.join(asked.title.split())}\n"
    text = "\n".join([asked.source or "", *_removals(drawing, asked), title])
    revision = revision_of(drawing, present, text)
    return replace(
        revision,
        before=replace(revision.before, source=_edited_source(drawing, asked)),
        pins=drawing.pins
        | _boxes([item for item in revision.before.objects if item.object_type not in UNBOXED], asked),
        style=asked.style,
        color_scheme=asked.color_scheme,
        is_dark=asked.is_dark,
    )


def _find_drawing(
    drawings: Sequence[StoredDrawing], present: Sequence[StoredObject], asked: PatchBody
) -> StoredDrawing:
    """Return the drawing that the changed shapes belong to, else the newest; raise ``InvalidRequest`` if not one."""
    wanted = {change.id for change in asked.objects or ()}
    if not wanted:
        return drawings[-1]
    homes = {item.job_id for item in present if str(item.id) in wanted}
    unknown = wanted - {str(item.id) for item in present}
    found = [drawing for drawing in drawings if {drawing.id} == homes]
    if unknown or not found:
        raise InvalidRequest({"objects": [ONE_DRAWING]})
    return found[0]


def _boxes(mine: Sequence[CanvasObject], asked: PatchBody) -> dict[str, list[float]]:
    """Return the boxes of the objects that were moved or resized, by id."""
    changes = {change.id: change for change in asked.objects or () if not change.deleted}
    boxes: dict[str, list[float]] = {}
    for item in mine:
        change = changes.get(item.id)
        if change is None:
            continue
        said = {"x": change.x, "y": change.y, "width": change.width, "height": change.height}
        if set(said.values()) == {None}:
            continue
        if item.object_type == "circle" and change.width is not None:
            said["radius"] = change.width / 2
        properties = item.properties | {name: value for name, value in said.items() if value is not None}
        box = object_box(replace(item, properties=properties))
        boxes[item.id] = [box.x, box.y, box.w, box.h]
    return boxes


def _removals(drawing: StoredDrawing, asked: PatchBody) -> list[str]:
    """Return the statements that take deleted shapes and connectors out of the drawing."""
    content = read_source(drawing.source).drawing
    deleted = {change.id for change in asked.objects or () if change.deleted}
    if content is None or not deleted:
        return []
    names = object_names(content, drawing.id)
    return [f"remove {names[each]}" for each in deleted if each in names]


def _edited_source(drawing: StoredDrawing, asked: PatchBody) -> str:
    """Return the drawing's notation with the new words and colours; raise ``InvalidRequest`` if it cannot have them."""
    edits = _edits(asked)
    content = read_source(drawing.source).drawing
    if content is None or not edits:
        return drawing.source
    keys = part_keys(content, drawing.id, edits)
    by_part: dict[str, PartEdit] = {}
    for object_id, key in keys.items():  # A shape and its words are one part.
        by_part[key] = by_part.get(key, PartEdit()).merged_with(edits[object_id])
    try:
        if len(keys) < len(edits):
            raise NotEditable
        return edit_parts(content, by_part)
    except NotEditable:
        raise InvalidRequest({"objects": [NOT_EDITABLE]}) from None


def _edits(asked: PatchBody) -> dict[str, PartEdit]:
    """Return the new words and colours by ids of objects."""
    return {
        change.id: PartEdit(change.text, change.color)
        for change in asked.objects or ()
        if not change.deleted and (change.text, change.color) != (None, None)
    }


def _describe(asked: PatchBody) -> str:
    parts = [
        name
        for name, value in (
            ("title", asked.title),
            ("style", asked.style),
            ("colours", asked.color_scheme),
            ("theme", asked.theme),
            ("notation", asked.source),
            ("shapes", asked.objects),
        )
        if value is not None
    ]
    return f"Changed {' and '.join(parts)}."
