"""What users take back, for good: a job with its words and events, what it drew, a whole canvas.

Deleting what is merely old is in ``core.maintenance``.
"""

from __future__ import annotations

import uuid

from core import canvases, events, job_record, jobs
from core.admission import lock_user
from core.database import Connection
from core.errors import CanvasNotFound, JobNotDeletable, JobNotFound
from core.sql import load_queries

queries = load_queries("erasure")


def erase_job(conn: Connection, *, job_id: uuid.UUID, user_id: str, with_canvas: bool) -> None:
    """Delete the caller's finished job and, if asked, what it drew: its canvas, or its objects on another's canvas.

    The caller owns the transaction. Raises ``JobNotFound``, or ``JobNotDeletable`` while the job is unfinished.
    """
    # One erasure of a user after another: they lock jobs and canvases in different orders.
    lock_user(conn, user_id=user_id)
    row = conn.execute(queries.lock_job, {"job_id": job_id, "user_id": user_id}).fetchone()
    if row is None:
        raise JobNotFound
    if row["outcome"] is None:
        status = jobs.get_job(conn, job_id=job_id, user_id=user_id).status
        raise JobNotDeletable(f"The job is {status}; cancel it before you delete it.", job_status=status)
    if with_canvas and row["canvas_id"] is not None:
        if row["is_canvas_its_own"]:
            _erase_canvas(conn, canvas_id=row["canvas_id"], user_id=user_id)
        else:
            values = {"job_id": job_id, "canvas_id": row["canvas_id"]}
            conn.execute(queries.erase_drawing, values)
            conn.execute(queries.erase_drawing_notation, values)
            conn.execute(queries.erase_drawing_versions, values)
            conn.execute(queries.touch_canvas, {"canvas_id": row["canvas_id"]})
    job_record.change(conn, "erase_job", {"job_id": job_id})
    # Streams that still follow it look again, find nothing and end.
    events.announce(conn, [job_id])


def erase_canvas(conn: Connection, *, canvas_id: str, user_id: str) -> None:
    """Delete the caller's canvas with its objects, and the events of its jobs that describe them.

    ``canvas_id`` is ours or the host app's. The jobs stay, without a result. The caller owns the transaction.
    Raises ``CanvasNotFound``.
    """
    # One erasure of a user after another: they lock jobs and canvases in different orders.
    lock_user(conn, user_id=user_id)
    canvas = canvases.get_canvas(conn, canvas_id=canvas_id, user_id=user_id)
    if not _erase_canvas(conn, canvas_id=canvas.id, user_id=user_id):
        raise CanvasNotFound


def _erase_canvas(conn: Connection, *, canvas_id: uuid.UUID, user_id: str) -> bool:
    values = {"canvas_id": canvas_id, "user_id": user_id}
    # The canvas first: a worker that adds to it holds its row until the drawing is stored.
    erased = conn.execute(queries.erase_canvas, values).fetchone()
    if erased is None:
        return False
    job_record.change(conn, "erase_results", values | erased)
    conn.execute(queries.erase_canvas_events, values | erased)
    return True
