"""Which new jobs are accepted: one caller's limits, repeated requests, the places that are left. See ``core.jobs``."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.types.json import Jsonb

from core import job_record
from core.database import Connection
from core.errors import (
    BudgetExhausted,
    CanvasJobsError,
    IdempotencyKeyReused,
    IntakePaused,
    RateLimited,
    TooManyActiveJobs,
)
from core.ids import new_id
from core.sql import load_queries

PAUSE_RETRY_SECONDS = 30  # what callers are asked to wait while the intake is paused

queries = load_queries("admission")


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
    ``RateLimited`` or ``BudgetExhausted`` (all with ``retry_after_seconds``), and ``IdempotencyKeyReused`` when
    the key belongs to another request. The target canvas is the caller's by that id, else the host app's of the id in
    ``request_data``, which is taken on.
    """
    # Every statement takes its callers' locks in the same order, so that two never wait for each other.
    in_turn = sorted(range(len(asked)), key=lambda position: asked[position].user_id)
    values = {"asked": Jsonb([_describe(asked[position], position) for position in in_turn])}
    rows = job_record.change(conn, "accept_jobs", values | _limit_values(limits))
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
    try:
        return Accepted(job_id=row["job_id"], is_replay=False, admission=_read_admission(row, limits))
    except CanvasJobsError as exc:
        return exc


def lock_user(conn: Connection, *, user_id: str) -> None:
    """Make all else that changes this user's jobs wait until the caller's transaction ends."""
    conn.execute(queries.lock_user, {"user_id": user_id})


def admit(conn: Connection, *, user_id: str, priority: int, limits: Limits) -> int:
    """Return the queue priority of one more job; raise what forbids it. The caller holds the user's lock."""
    row = conn.execute(
        queries.admit, {"user_id": user_id, "priority": priority, **_limit_values(limits)}
    ).fetchone()
    assert row is not None  # noqa: S101 - a function with OUT parameters returns one row
    _read_admission(row, limits)
    return fair_priority(row["jobs_ahead"])


def fair_priority(jobs_ahead: int) -> int:
    """Return the queue priority of a caller's next job: 0 for the first, -1 for the second, and so on.

    Callers A, B with two jobs each are served A0 B0 A1 B1, no matter who came first or with how many. A job's own
    priority only changes its place with the caller's others.
    """
    return -jobs_ahead


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
