"""Jobs as their callers use them: find, page, count, cancel, reopen.

Accepting new ones is in ``core.admission``; what a worker does with a job in ``core.attempts``.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Literal, NamedTuple

from psycopg.rows import kwargs_row

from core import job_record, metrics
from core.admission import Limits, admit, lock_user
from core.database import Connection
from core.errors import JobNotCancellable, JobNotFound, JobNotRetryable
from core.sql import load_queries

Status = Literal["queued", "processing", "completed", "failed", "cancelled"]
# What a person wrote, in ``request_data``: nobody's business unless asked for.
USER_WORDS = ("instructions", "source")
STATUSES: tuple[Status, ...] = ("queued", "processing", "completed", "failed", "cancelled")
FINAL = frozenset({"completed", "failed", "cancelled"})
NEWEST = ("infinity", uuid.UUID(int=2**128 - 1))  # as a cursor: before it come all jobs
MAX_AHEAD = 10_000  # waiting jobs; places further back are not counted
STATS_SAMPLE = 1000  # the newest jobs, whose waits and runs the statistics show

queries = load_queries("jobs")


class Job(NamedTuple):
    """One job as ``job_view`` shows it: the record, and what the queue is doing with it.

    A tuple: with thirty fields, it is created five times as fast as a frozen dataclass.
    """

    id: uuid.UUID
    user_id: str
    job_type: str
    status: Status
    priority: int
    request_data: dict[str, Any]
    target_canvas_id: uuid.UUID | None
    queue_job_id: int | None
    attempt: int
    first_attempt: int
    retry_count: int
    max_retries: int
    canvas_id: uuid.UUID | None
    result: dict[str, Any] | None
    error_code: str | None
    error_message: str | None
    created_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    cancel_requested_at: datetime | None
    next_processing_at: datetime | None
    updated_at: datetime
    progress_percent: int
    progress_message: str
    progress_objects: int
    last_event: int
    model: str | None
    input_tokens: int
    output_tokens: int

    @property
    def is_final(self) -> bool:
        """True when the job has its outcome; only an explicit retry changes it then."""
        return self.status in FINAL


_as_job = kwargs_row(Job)


def find_jobs(conn: Connection, *, asked: Sequence[tuple[uuid.UUID, str]]) -> list[Job | None]:
    """Return for each (job's id, user's id) the job, or None: somebody else's job is as good as missing."""
    cursor = conn.cursor(row_factory=_as_job)
    found = cursor.execute(
        queries.find_jobs,
        {"job_ids": [job_id for job_id, _ in asked], "user_ids": [user_id for _, user_id in asked]},
    ).fetchall()
    jobs = {(job.id, job.user_id): job for job in found}
    return [jobs.get(each) for each in asked]


def find_job(conn: Connection, *, job_id: uuid.UUID, user_id: str) -> Job | None:
    """Return the caller's job, or None: somebody else's job is as good as missing."""
    return find_jobs(conn, asked=[(job_id, user_id)])[0]


def get_job(conn: Connection, *, job_id: uuid.UUID, user_id: str) -> Job:
    """Return the caller's job; raise ``JobNotFound`` when there is none."""
    job = find_job(conn, job_id=job_id, user_id=user_id)
    if job is None:
        raise JobNotFound
    return job


class Waiting(NamedTuple):
    """A waiting queue row: its number, its priority, and how many others come first, up to a limit."""

    queue_job_id: int
    priority: int
    ahead: int


def count_ahead(conn: Connection, *, queue_job_ids: Sequence[int], limit: int = MAX_AHEAD) -> list[Waiting]:
    """Return those of the queue rows that wait, each with how many others the queue would run before it."""
    values = {"queue_job_ids": list(queue_job_ids), "limit": limit}
    rows = conn.execute(queries.count_ahead, values).fetchall()
    return [Waiting(row["id"], row["priority"], row["total"]) for row in rows]


def read_line(conn: Connection) -> list[tuple[int, int]]:
    """Return (priority, number) of the queue rows that wait, the next one first; at most ``MAX_AHEAD``."""
    row = conn.execute(queries.read_line, {"limit": MAX_AHEAD}).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has one row
    return list(zip(row["priorities"], row["ids"], strict=True))


def page_jobs(
    conn: Connection,
    *,
    user_id: str,
    status: Status | None = None,
    limit: int = 50,
    offset: int = 0,
    before: tuple[datetime, uuid.UUID] | None = None,
) -> list[Job]:
    """Return the caller's jobs, newest first; empty list if none. ``before`` is the last (created_at, id) seen."""
    before_at, before_id = before or NEWEST
    cursor = conn.cursor(row_factory=_as_job)
    return cursor.execute(
        queries.page_jobs,
        {
            "user_id": user_id,
            "status": status,
            "limit": limit,
            "offset": offset,
            "before_at": before_at,
            "before_id": before_id,
        },
    ).fetchall()


def count_jobs(conn: Connection, *, user_id: str | None) -> dict[str, Any]:
    """Return the numbers of one caller, or of everybody (None): totals by status, waits and runs in seconds, tokens.

    ``wait_seconds`` and ``run_seconds`` are ``{"p50", "p95"}`` of the newest 1,000 jobs, null when nothing ran.
    ``success_rate`` is a percentage of the jobs that completed or failed; 0 when none did.
    """
    row = conn.execute(queries.count_jobs, {"user_id": user_id, "sample": STATS_SAMPLE}).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has one row
    judged = row["completed_jobs"] + row["failed_jobs"]
    row["success_rate"] = round(100 * row["completed_jobs"] / judged, 2) if judged else 0
    for name in ("wait_seconds", "run_seconds"):
        p50, p95 = row[name] or (None, None)
        row[name] = {"p50": _rounded(p50), "p95": _rounded(p95)}
    return row


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def cancel_job(conn: Connection, *, job_id: uuid.UUID, user_id: str) -> Job:
    """Cancel the caller's job for good and return it; cancelling twice is fine.

    Raises ``JobNotFound``, or ``JobNotCancellable`` when it completed or failed before.
    """
    if job_record.change(conn, "cancel_job", {"job_id": job_id, "user_id": user_id}):
        metrics.finished.labels("cancelled", "").inc()
    job = get_job(conn, job_id=job_id, user_id=user_id)
    if job.status != "cancelled":
        raise JobNotCancellable(f"The job is {job.status} and cannot be cancelled.", job_status=job.status)
    return job


def reopen_job(
    conn: Connection,
    *,
    job_id: uuid.UUID,
    user_id: str,
    limits: Limits,
    request_id: str | None = None,
    traceparent: str | None = None,
) -> Job:
    """Put the caller's failed or cancelled job back on the queue and return it, attempts counted afresh.

    Raises ``JobNotFound``, ``JobNotRetryable``, and the limits' errors as ``add_job`` does.
    """
    lock_user(conn, user_id=user_id)
    locked = conn.execute(queries.lock_job, {"job_id": job_id, "user_id": user_id}).fetchone()
    if locked is None:
        raise JobNotFound
    if locked["outcome"] not in ("failed", "cancelled"):
        status = get_job(conn, job_id=job_id, user_id=user_id).status
        raise JobNotRetryable(
            f"The job is {status}; only a failed or cancelled job can be retried.", job_status=status
        )
    if locked["is_notation"]:
        limits = replace(limits, tokens_per_day=None)  # It asks no model.
    queue_priority = admit(conn, user_id=user_id, priority=locked["priority"], limits=limits)
    reopen(conn, job_id=job_id, queue_priority=queue_priority, request_id=request_id, traceparent=traceparent)
    return get_job(conn, job_id=job_id, user_id=user_id)


def reopen(
    conn: Connection,
    *,
    job_id: uuid.UUID,
    queue_priority: int,
    request_id: str | None = None,
    traceparent: str | None = None,
) -> None:
    """Put a failed or cancelled job, which the caller has locked, back on the queue, whatever the limits say."""
    values = {"job_id": job_id, "queue_priority": queue_priority}
    values |= {"request_id": request_id, "traceparent": traceparent}
    [row] = job_record.change(conn, "reopen_job", values)
    assert row["is_reopened"]  # noqa: S101 - the row is locked, and its outcome was read
