"""The job record as its callers use it: add, find, page, count, cancel, reopen.

What a worker does with a job is in ``core.attempts``; the sentence-by-sentence SQL in ``core/sql/jobs.sql``.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from psycopg.rows import kwargs_row
from psycopg.types.json import Jsonb

from core import events, metrics
from core.database import Connection
from core.errors import (
    BudgetExhausted,
    CanvasJobsError,
    CanvasNotFound,
    IdempotencyKeyReused,
    IntakePaused,
    JobNotCancellable,
    JobNotFound,
    JobNotRetryable,
    RateLimited,
    TooManyActiveJobs,
)
from core.ids import new_id
from core.sql import load_queries

Status = Literal["queued", "processing", "completed", "failed", "cancelled"]
STATUSES: tuple[Status, ...] = ("queued", "processing", "completed", "failed", "cancelled")
FINAL = frozenset({"completed", "failed", "cancelled"})
NEWEST = ("infinity", uuid.UUID(int=2**128 - 1))  # as a cursor: before it come all jobs
MAX_AHEAD = 10_000  # waiting jobs; further back in the line nobody counts any more
STATS_SAMPLE = 1000  # the newest jobs, whose waits and runs the statistics tell
PAUSE_RETRY_SECONDS = 30  # what callers are asked to wait while the intake is paused

queries = load_queries("jobs")


class Job(NamedTuple):
    """One job as ``job_view`` shows it: the record, and what the queue is doing with it.

    A tuple: of thirty fields it is made five times as fast as a frozen dataclass.
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


@dataclass(frozen=True, slots=True)
class Limits:
    """What one caller may do: unfinished jobs at a time, new jobs in 60 seconds, and tokens a day (UTC; None: any)."""

    active_jobs: int
    jobs_per_minute: int
    tokens_per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """Where a caller stands after a new job: how many of each are left, and when the window moves on."""

    active_left: int
    minute_left: int
    minute_reset_seconds: float
    tokens_left: int | None
    day_reset_seconds: float


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job that is safely on record. ``is_replay``: an earlier request with the same key made it."""

    job_id: uuid.UUID
    is_replay: bool
    admission: Admission | None


def hash_request(request_data: Mapping[str, Any], *, priority: int) -> bytes:
    """Return a fingerprint of what was asked, to tell a repeated request from another one with the same key."""
    text = json.dumps([request_data, priority], sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a caller asks for; ``request_id`` and ``traceparent`` are for the logs and traces of both processes."""

    user_id: str
    request_data: dict[str, Any]
    max_retries: int
    priority: int = 0
    target_canvas_id: uuid.UUID | None = None
    idempotency_key: str | None = None
    request_id: str | None = None
    webhook_url: str | None = None
    traceparent: str | None = None


def add_jobs(
    conn: Connection, *, asked: Sequence[NewJob], limits: Limits
) -> list[Accepted | CanvasJobsError]:
    """Return for each new job, in their order, that it is accepted or why not.

    One round trip for all, and one transaction unless the caller has one open: of each accepted job the row and the
    queue task are written together, or neither is. The refusals are ``IntakePaused``, ``TooManyActiveJobs``,
    ``RateLimited`` or ``BudgetExhausted`` (all with ``retry_after_seconds``), ``IdempotencyKeyReused`` when the key
    belongs to another request, and ``CanvasNotFound`` when the target canvas is not the caller's.
    """
    # Every statement takes its callers' locks in the same order, so that two never wait for each other.
    in_turn = sorted(range(len(asked)), key=lambda position: asked[position].user_id)
    rows = conn.execute(
        queries.accept_jobs,
        {
            "asked": Jsonb([_describe(asked[position], position) for position in in_turn]),
            **_limit_values(limits),
        },
    ).fetchall()
    verdicts = {row["position"]: _read_verdict(row, limits) for row in rows}
    return [verdicts[position] for position in range(len(asked))]


def add_job(conn: Connection, *, asked: NewJob, limits: Limits) -> Accepted:
    """Return the accepted job; raise what ``add_jobs`` says of it otherwise."""
    [verdict] = add_jobs(conn, asked=[asked], limits=limits)
    if isinstance(verdict, CanvasJobsError):
        raise verdict
    return verdict


def _describe(new: NewJob, position: int) -> dict[str, Any]:
    request_hash = hash_request(new.request_data, priority=new.priority) if new.idempotency_key else None
    return {
        "position": position,
        "id": str(new_id()),
        "user_id": new.user_id,
        "priority": new.priority,
        "request_data": new.request_data,
        "target_canvas_id": None if new.target_canvas_id is None else str(new.target_canvas_id),
        "idempotency_key": new.idempotency_key,
        "request_hash": request_hash and f"\\x{request_hash.hex()}",
        "request_id": new.request_id,
        "max_retries": new.max_retries,
        "webhook_url": new.webhook_url,
        "traceparent": new.traceparent,
    }


def _read_verdict(row: Mapping[str, Any], limits: Limits) -> Accepted | CanvasJobsError:
    verdict = row["verdict"]
    if verdict == "replayed":
        return Accepted(job_id=row["job_id"], is_replay=True, admission=None)
    if verdict == IdempotencyKeyReused.code:
        return IdempotencyKeyReused()
    if verdict == CanvasNotFound.code:
        return CanvasNotFound()
    try:
        return Accepted(job_id=row["job_id"], is_replay=False, admission=_read_admission(row, limits))
    except CanvasJobsError as exc:
        return exc


def fair_priority(jobs_ahead: int) -> int:
    """Return the queue priority of a caller's next job: 0 for the first, -1 for the second, and so on.

    Callers A, B with two jobs each are served A0 B0 A1 B1, whoever came first with how many.
    """
    return -jobs_ahead


def _admit(conn: Connection, *, user_id: str, priority: int, limits: Limits) -> int:
    """Return how many unfinished jobs of the caller come first; raise what forbids another."""
    row = conn.execute(
        queries.admit, {"user_id": user_id, "priority": priority, **_limit_values(limits)}
    ).fetchone()
    assert row is not None  # noqa: S101 - a function with OUT parameters returns one row
    _read_admission(row, limits)
    return int(row["jobs_ahead"])


def _limit_values(limits: Limits) -> dict[str, int | None]:
    return {
        "active_limit": limits.active_jobs,
        "minute_limit": limits.jobs_per_minute,
        "token_limit": limits.tokens_per_day,
    }


def _read_admission(row: Mapping[str, Any], limits: Limits) -> Admission:
    """Return where the caller stands; raise what the verdict says when there may not be another job."""
    verdict = row["verdict"]
    reset_seconds = max(0.0, 60.0 - (row["oldest_age_seconds"] or 0.0))
    if verdict == IntakePaused.code:
        raise IntakePaused(retry_after_seconds=PAUSE_RETRY_SECONDS)
    if verdict == TooManyActiveJobs.code:
        raise TooManyActiveJobs(retry_after_seconds=5, limit=limits.active_jobs)
    if verdict == RateLimited.code:
        raise RateLimited(retry_after_seconds=reset_seconds, limit=limits.jobs_per_minute)
    if verdict == BudgetExhausted.code:
        raise BudgetExhausted(retry_after_seconds=row["day_left_seconds"], limit=limits.tokens_per_day)
    return Admission(
        active_left=limits.active_jobs - row["active_jobs"] - 1,
        minute_left=limits.jobs_per_minute - row["recent_jobs"] - 1,
        minute_reset_seconds=reset_seconds,
        tokens_left=None if limits.tokens_per_day is None else limits.tokens_per_day - row["tokens_today"],
        day_reset_seconds=row["day_left_seconds"],
    )


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
    query = queries.count_all_jobs if user_id is None else queries.count_jobs
    row = conn.execute(query, {"user_id": user_id, "sample": STATS_SAMPLE}).fetchone()
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
    row = conn.execute(queries.cancel_job, {"job_id": job_id, "user_id": user_id}).fetchone()
    if row is not None:
        events.add_event(
            conn, job_id=job_id, number=row["last_event"], kind="done", data={"status": "cancelled"}
        )
        events.announce(conn, [job_id])
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
    conn.execute(queries.lock_user, {"user_id": user_id})
    locked = conn.execute(queries.lock_job, {"job_id": job_id, "user_id": user_id}).fetchone()
    if locked is None:
        raise JobNotFound
    if locked["outcome"] not in ("failed", "cancelled"):
        status = get_job(conn, job_id=job_id, user_id=user_id).status
        raise JobNotRetryable(
            f"The job is {status}; only a failed or cancelled job can be retried.", job_status=status
        )
    jobs_ahead = _admit(conn, user_id=user_id, priority=locked["priority"], limits=limits)
    row = conn.execute(
        queries.reopen_job,
        {
            "job_id": job_id,
            "user_id": user_id,
            "queue_priority": fair_priority(jobs_ahead),
            "request_id": request_id,
            "traceparent": traceparent,
        },
    ).fetchone()
    assert row is not None  # noqa: S101 - the row is locked and its outcome was read
    # The events of the run before are of no use to anybody; the numbers go on rising, so readers resume.
    events.delete_events(conn, job_id=job_id)
    events.add_event(conn, job_id=job_id, number=row["last_event"], kind="status", data={"status": "queued"})
    events.announce(conn, [job_id])
    return get_job(conn, job_id=job_id, user_id=user_id)
