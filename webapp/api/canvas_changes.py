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
from drawing.part_edits import NotEditable, PartEdit, edit_parts, part_keys
from drawing.plan import PlanUnusable
from drawing.revision import Revised, Revision, object_names, revision_of
from drawing.source import read_source
from webapp.api.change_models import PatchBody
from webapp.errors import InvalidRequest


def change_drawing(
    conn: Connection, canvas: StoredCanvas, asked: PatchBody, *, revise: Callable[[Revision], Revised]
) -> Difference:
    """Change the locked canvas as asked, as its next version; return which objects look different.

    Raises ``NothingToChange`` when it has no drawing, and ``InvalidRequest`` when nothing would be left of it.
    """
    drawings = versions.list_drawings(conn, canvas_id=canvas.id)
    is_revised = (asked.style, asked.color_scheme, asked.theme, asked.source, asked.objects) != (None,) * 5
    if not drawings and is_revised:
        raise NothingToChange
    seen = Difference()
    versions.begin_own_version(conn, canvas, message=_describe(asked))
    if drawings:
        present = canvases.read_objects(conn, canvas_id=canvas.id)
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
    if asked.title is not None:
        versions.name_canvas(conn, canvas, title=asked.title)
    return seen


def _revision(drawing: StoredDrawing, present: Sequence[StoredObject], asked: PatchBody) -> Revision:
    title = "" if asked.title is None else f"title {' '.join(asked.title.split())}\n"
    text = "\n".join([asked.source or "", *_removals(drawing, asked), title])
    revision = revision_of(drawing, present, text)
    return replace(
        revision,
        before=replace(revision.before, source=_edited_source(drawing, asked)),
        pins=drawing.pins | _pins(revision.before.objects, asked),
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
        raise InvalidRequest({"objects": ["Give ids of shapes that belong to one drawing."]})
    return found[0]


def _pins(mine: Sequence[CanvasObject], asked: PatchBody) -> dict[str, list[float]]:
    """Return the boxes of the shapes that were moved or resized, by id."""
    changes = {change.id: change for change in asked.objects or () if not change.deleted}
    pins: dict[str, list[float]] = {}
    for item in mine:
        change = changes.get(item.id)
        if change is None or item.object_type in ("arrow", "line", "text"):
            continue
        said = {"x": change.x, "y": change.y, "width": change.width, "height": change.height}
        if set(said.values()) == {None}:
            continue
        if item.object_type == "circle" and change.width is not None:
            said["radius"] = change.width / 2
        properties = item.properties | {name: value for name, value in said.items() if value is not None}
        box = object_box(replace(item, properties=properties))
        pins[item.id] = [box.x, box.y, box.w, box.h]
    return pins


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
    edits = {
        change.id: PartEdit(change.text, change.color)
        for change in asked.objects or ()
        if not change.deleted and (change.text, change.color) != (None, None)
    }
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
        problem = (
            "These words or colours are not those of a shape, connector or title; change them by `source`."
        )
        raise InvalidRequest({"objects": [problem]}) from None


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
