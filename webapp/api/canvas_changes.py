"""What a person changes of a canvas without a job: its title, the style and colours of a drawing, its notation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import cast

from core import canvases, versions
from core.canvases import StoredCanvas, StoredObject
from core.database import Connection
from core.errors import NothingToChange
from core.versions import StoredDrawing
from drawing.canvas import CanvasObject, ObjectType
from drawing.changes import Difference
from drawing.connectors import Connectors
from drawing.plan import PlanUnusable
from drawing.revision import Drawn, Revised, Revision
from drawing.theme import ColorScheme, Style
from webapp.api.request_models import PatchBody
from webapp.errors import InvalidRequest


def change_drawing(
    conn: Connection, canvas: StoredCanvas, asked: PatchBody, *, revise: Callable[[Revision], Revised]
) -> Difference:
    """Change the locked canvas as asked, as its next version; return which objects look different.

    Raises ``NothingToChange`` when it has no drawing, and ``InvalidRequest`` when nothing would be left of it.
    """
    drawings = versions.list_drawings(conn, canvas_id=canvas.id)
    is_revised = asked.style is not None or asked.color_scheme is not None or asked.source is not None
    if not drawings and is_revised:
        raise NothingToChange
    seen = Difference()
    versions.begin_own_version(conn, canvas, message=_describe(asked))
    if drawings:
        present = canvases.read_objects(conn, canvas_id=canvas.id)
        revision = _revision(drawings[-1], present, asked)
        try:
            revised = revise(revision)
        except PlanUnusable as exc:
            raise InvalidRequest({"source": [str(exc)]}) from None
        seen = revised.changes.seen
        changed = replace(
            drawings[-1],
            title=revised.canvas.title,
            source=revised.source,
            style=asked.style or drawings[-1].style,
            color_scheme=asked.color_scheme or drawings[-1].color_scheme,
        )
        versions.change_own_drawing(
            conn, canvas, changed, written=revised.changes.written, deleted=revised.changes.deleted
        )
    if asked.title is not None:
        versions.name_canvas(conn, canvas, title=asked.title)
    return seen


def _revision(drawing: StoredDrawing, present: Sequence[StoredObject], asked: PatchBody) -> Revision:
    mine = tuple(
        CanvasObject(str(item.id), cast(ObjectType, item.object_type), item.properties, item.z_index)
        for item in present
        if item.job_id == drawing.id
    )
    title = "" if asked.title is None else f"title {' '.join(asked.title.split())}\n"
    return Revision(
        Drawn(
            drawing.source,
            drawing.id,
            cast(Style, drawing.style),
            cast(ColorScheme, drawing.color_scheme),
            drawing.square_diamonds,
            mine,
            cast(Connectors, drawing.connectors),
        ),
        f"{asked.source or ''}\n{title}",
        others=tuple(item.z_index for item in present if item.job_id != drawing.id),
        style=asked.style,
        color_scheme=asked.color_scheme,
    )


def _describe(asked: PatchBody) -> str:
    parts = [
        name
        for name, value in (
            ("title", asked.title),
            ("style", asked.style),
            ("colours", asked.color_scheme),
            ("notation", asked.source),
        )
        if value is not None
    ]
    return f"Changed {' and '.join(parts)}."
