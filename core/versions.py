"""Versions of canvases: begin the next one, change what is there, list what was, go back.

Every change of a stored canvas holds its lock (``canvases.lock_canvas``) and begins a version in the same transaction.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from psycopg.types.json import Jsonb

from core.canvases import CREATED_BY, Drawable, StoredCanvas, StoredObject, to_rows
from core.database import AsyncConnection, Connection
from core.errors import VersionNotFound
from core.sql import load_queries

MOST = 100  # versions that are kept of a canvas

Author = Literal["ai-agent", "person"]

queries = load_queries("versions")
_CHANGES = (queries.change_drawing, queries.delete_objects, queries.write_objects)


@dataclass(frozen=True, slots=True)
class StoredDrawing:
    """One drawing on a canvas: its notation, and how it is drawn. Its id is that of the job that drew it first."""

    id: uuid.UUID
    title: str
    source: str
    style: str
    color_scheme: str
    is_dark: bool
    square_diamonds: bool
    connectors: str
    pins: dict[str, Any]  # boxes of shapes that were put there by hand, by object id: x, y, width, height


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a canvas; ``job_id`` is None when a person made it."""

    number: int
    author: str
    job_id: uuid.UUID | None
    message: str
    created_at: datetime
    object_count: int


async def begin_version(
    conn: AsyncConnection, *, canvas_id: uuid.UUID, job_id: uuid.UUID, message: str
) -> int:
    """Keep what the canvas is, and return the number of its next version, which a job makes."""
    values = {
        "canvas_id": canvas_id,
        "author": CREATED_BY,
        "job_id": job_id,
        "message": message,
        "keep": MOST,
    }
    row = await (await conn.execute(queries.next_version, values)).fetchone()
    assert row is not None  # noqa: S101 - the caller has locked the canvas
    return int(row["version"])


async def read_number(conn: AsyncConnection, *, canvas_id: uuid.UUID) -> int:
    """Return the number of the newest version."""
    row = await (await conn.execute(queries.read_number, {"canvas_id": canvas_id})).fetchone()
    assert row is not None  # noqa: S101 - the caller has locked the canvas
    return int(row["version"])


async def read_drawings(conn: AsyncConnection, *, canvas_id: uuid.UUID) -> list[StoredDrawing]:
    """Return the drawings of a canvas, the oldest first."""
    cursor = await conn.execute(queries.read_drawings, {"canvas_id": canvas_id})
    return [StoredDrawing(**row) for row in await cursor.fetchall()]


async def change_drawing(
    conn: AsyncConnection,
    *,
    canvas_id: uuid.UUID,
    drawing_id: uuid.UUID,
    title: str,
    source: str,
    written: Sequence[Drawable],
    deleted: Sequence[str],
) -> None:
    """Store a drawing as it has become: its notation, the objects that differ, and which are gone."""
    values = _values_of(canvas_id, drawing_id, title, source, written, deleted)
    for query in _CHANGES:
        await conn.execute(query, values)


def _values_of(
    canvas_id: uuid.UUID,
    drawing_id: uuid.UUID,
    title: str,
    source: str,
    written: Sequence[Drawable],
    deleted: Sequence[str],
) -> dict[str, Any]:
    return {
        "canvas_id": canvas_id,
        "drawing_id": drawing_id,
        "title": title,
        "source": source,
        "style": None,
        "color_scheme": None,
        "is_dark": None,
        "pins": None,
        "ids": list(deleted),
        "objects": to_rows(written),
        "by": CREATED_BY,
    }


def begin_own_version(conn: Connection, canvas: StoredCanvas, *, message: str, keep: int = MOST) -> int:
    """Keep what the canvas is, and return the number of its next version, which its owner makes."""
    values = {"canvas_id": canvas.id, "author": "person", "job_id": None, "message": message, "keep": keep}
    row = conn.execute(queries.next_version, values).fetchone()
    assert row is not None  # noqa: S101 - the caller has locked the canvas
    return int(row["version"])


def change_own_drawing(
    conn: Connection,
    canvas: StoredCanvas,
    drawing: StoredDrawing,
    *,
    written: Sequence[Drawable],
    deleted: Sequence[str],
) -> None:
    """Store a drawing as its owner has changed it: notation, style and scheme, and the objects that differ."""
    values = _values_of(canvas.id, drawing.id, drawing.title, drawing.source, written, deleted)
    manner = {
        "style": drawing.style,
        "color_scheme": drawing.color_scheme,
        "is_dark": drawing.is_dark,
        "pins": Jsonb(drawing.pins),
    }
    for query in _CHANGES:
        conn.execute(query, values | manner)


def change_own_objects(
    conn: Connection, canvas: StoredCanvas, *, written: Sequence[Drawable], deleted: Sequence[str]
) -> None:
    """Store what has become of the objects that an app handed over; they belong to no drawing of ours."""
    values = _values_of(canvas.id, canvas.id, "", "", written, deleted) | {"by": "person"}
    for query in (queries.delete_objects, queries.write_objects):
        conn.execute(query, values)


def name_canvas(conn: Connection, canvas: StoredCanvas, *, title: str) -> None:
    """Give the canvas another title."""
    conn.execute(queries.name_canvas, {"canvas_id": canvas.id, "title": title})


def list_drawings(conn: Connection, *, canvas_id: uuid.UUID) -> list[StoredDrawing]:
    """Return the drawings of a canvas, the oldest first."""
    rows = conn.execute(queries.read_drawings, {"canvas_id": canvas_id}).fetchall()
    return [StoredDrawing(**row) for row in rows]


def list_versions(conn: Connection, *, canvas_id: uuid.UUID) -> list[Version]:
    """Return the versions of a canvas that are kept, the newest first."""
    rows = conn.execute(queries.list_versions, {"canvas_id": canvas_id}).fetchall()
    return [Version(**row) for row in rows]


def read_version(
    conn: Connection, canvas: StoredCanvas, number: int
) -> tuple[StoredCanvas, list[StoredObject]]:
    """Return the canvas as it was at an earlier version, and its objects. Raises ``VersionNotFound``."""
    row = _find_version(conn, canvas, number)
    objects = [
        StoredObject(
            id=uuid.UUID(item["id"]),
            canvas_id=canvas.id,
            object_type=item["object_type"],
            properties=item["properties"],
            z_index=item["z_index"],
            created_by=item["created_by"],
            created_at=datetime.fromisoformat(item["created_at"]),
            updated_at=datetime.fromisoformat(item["updated_at"]),
        )
        for item in row["objects"]
    ]
    was = StoredCanvas(
        canvas.id,
        canvas.public_id,
        canvas.user_id,
        row["title"],
        canvas.created_at,
        row["created_at"],
        number,
    )
    return was, objects


def revert(conn: Connection, canvas: StoredCanvas, number: int) -> int:
    """Make the canvas what it was at a version, as a version of its own; return that one's number.

    The caller owns the transaction and has locked the canvas. Raises ``VersionNotFound``.
    """
    if number == canvas.version:
        return number
    _find_version(conn, canvas, number)
    values: dict[str, Any] = {"canvas_id": canvas.id, "number": number}
    begun = begin_own_version(conn, canvas, message=f"Back to version {number}.", keep=MOST + 1)
    conn.execute(queries.clear_canvas, values)
    conn.execute(queries.restore_version, values)
    return begun


def _find_version(conn: Connection, canvas: StoredCanvas, number: int) -> dict[str, Any]:
    row = conn.execute(queries.read_version, {"canvas_id": canvas.id, "number": number}).fetchone()
    if row is None:
        raise VersionNotFound
    return row
