"""Stored canvases and their objects: find, read, lock, and create one of an app's own objects.

Storing what a job drew is left to the step that ends it (``attempts``).
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from psycopg.types.json import Jsonb

from core.database import AsyncConnection, Connection
from core.errors import CanvasNotFound
from core.sql import load_queries

MAX_OBJECTS = 2000  # on one canvas: reading and drawing it stays quick
CREATED_BY = "ai-agent"  # who made an object, as the canvas app shows it

queries = load_queries("canvases")

_CANVAS_ID = re.compile(r"[A-Za-z0-9_-]{1,100}")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class Drawable(Protocol):
    """What is needed of an object to store it (``drawing.canvas.CanvasObject`` is one)."""

    @property
    def id(self) -> str: ...
    @property
    def object_type(self) -> str: ...
    @property
    def properties(self) -> dict[str, Any]: ...
    @property
    def z_index(self) -> int: ...


@dataclass(frozen=True, slots=True)
class StoredCanvas:
    """A canvas without its objects; ``public_id`` is what its owner calls it: our id, or the host app's."""

    id: uuid.UUID
    public_id: str
    user_id: str
    title: str
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object of a stored canvas; ``properties`` as in ``drawing.canvas``."""

    id: uuid.UUID
    canvas_id: uuid.UUID
    object_type: str
    properties: dict[str, Any]
    z_index: int
    created_by: str
    created_at: datetime
    updated_at: datetime
    job_id: uuid.UUID | None = None  # the drawing that it belongs to: the job that drew it first


def get_canvas(conn: Connection, *, canvas_id: str, user_id: str) -> StoredCanvas:
    """Return the caller's canvas, by our id or the host app's; raise ``CanvasNotFound`` when there is none."""
    if not is_canvas_id(canvas_id):
        raise CanvasNotFound
    values = {"canvas_id": canvas_id, "own_id": parse_own_id(canvas_id), "user_id": user_id}
    row = conn.execute(queries.find_canvas, values).fetchone()
    if row is None:
        raise CanvasNotFound
    public_id = canvas_id if row.pop("is_host") else str(row["id"])
    return StoredCanvas(public_id=public_id, **row)


def create_canvas(
    conn: Connection, *, canvas_id: uuid.UUID, user_id: str, title: str, objects: Sequence[Drawable]
) -> None:
    """Store a canvas with what is on it in an app; no job has drawn that."""
    values = {
        "canvas_id": canvas_id,
        "user_id": user_id,
        "title": title,
        "objects": to_rows(objects),
    }
    conn.execute(queries.create_canvas, values)


def to_rows(objects: Sequence[Drawable]) -> Jsonb:
    """Return objects as statements that store them take them: rows of id, object_type, properties and z_index."""
    return Jsonb(
        [
            {
                "id": item.id,
                "object_type": item.object_type,
                "properties": item.properties,
                "z_index": item.z_index,
            }
            for item in objects
        ]
    )


def is_canvas_id(text: str) -> bool:
    """Return whether a canvas may be called that: 1 to 100 of ``A-Z a-z 0-9 _ -``."""
    return _CANVAS_ID.fullmatch(text) is not None


def parse_own_id(canvas_id: str) -> uuid.UUID | None:
    """Return the id as one of ours; None when it can only be a host app's."""
    return uuid.UUID(canvas_id) if _UUID.fullmatch(canvas_id) else None


def read_objects(
    conn: Connection, *, canvas_id: uuid.UUID, job_id: uuid.UUID | None = None
) -> list[StoredObject]:
    """Return the objects of a canvas from back to front, all of them or only those that one job drew."""
    rows = conn.execute(queries.read_objects, {"canvas_id": canvas_id, "job_id": job_id}).fetchall()
    return [StoredObject(**row) for row in rows]


def lock_own_canvas(conn: Connection, canvas: StoredCanvas) -> StoredCanvas:
    """Lock the canvas until the transaction ends; return it as it is now. Raises ``CanvasNotFound``."""
    values = {"canvas_id": canvas.id, "user_id": canvas.user_id}
    if conn.execute(queries.lock_canvas, values).fetchone() is None:
        raise CanvasNotFound
    return get_canvas(conn, canvas_id=canvas.public_id, user_id=canvas.user_id)


async def lock_canvas(
    conn: AsyncConnection, *, canvas_id: uuid.UUID, user_id: str
) -> list[StoredObject] | None:
    """Lock the caller's canvas until the transaction ends and return its objects; None when it is gone."""
    cursor = await conn.execute(queries.lock_canvas, {"canvas_id": canvas_id, "user_id": user_id})
    if await cursor.fetchone() is None:
        return None
    cursor = await conn.execute(queries.read_objects, {"canvas_id": canvas_id, "job_id": None})
    return [StoredObject(**row) for row in await cursor.fetchall()]
