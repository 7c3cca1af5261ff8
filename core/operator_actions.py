"""What operators do with any user's jobs: inspect, find what is stuck and why, requeue, cancel, pause.

Each change goes the same way as a caller's or maintenance's own: the record first, with its event, then the queue.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from core import job_record, jobs
from core.breaker import SERVER_DOWN_CODES
from core.database import Connection
from core.errors import JobNotFound, JobNotRetryable
from core.jobs import USER_WORDS, Job
from core.sql import load_queries
from core.workers import read_processor

Pausable = Literal["intake", "workers"]
PAUSABLE: tuple[Pausable, ...] = ("intake", "workers")
# The user's, or of no use to operators.
HIDDEN_COLUMNS = frozenset({"request_hash", "idempotency_key", "result", "answer"})

SILENT_WORKERS_KEPT = 300.0  # seconds for which operators are shown a worker that is gone

queries = load_queries("operator_actions")


@dataclass(frozen=True, slots=True)
class History:
    """What operators may see of a job: ``record`` as in ``job_view``, its queue rows, and the events of both."""

    record: dict[str, Any]
    queue_rows: list[dict[str, Any]]
    events: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Stuck:
    """An unfinished job of which nothing was heard for ``quiet_seconds``, and a sentence that says why."""

    id: uuid.UUID
    user_id: str
    created_at: datetime
    quiet_seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Pause:
    """What is paused, since when, and what the operator gave as a reason."""

    what: Pausable
    reason: str | None
    paused_at: datetime


def pause(conn: Connection, *, what: Pausable, reason: str | None = None) -> None:
    """Take no new jobs ("intake"), or fetch none from the queue ("workers"); all processes follow within seconds."""
    conn.execute(queries.pause, {"what": what, "reason": reason})


def resume(conn: Connection, *, what: Pausable) -> bool:
    """End a pause; return whether there was one."""
    return conn.execute(queries.resume, {"what": what}).rowcount > 0


def read_pauses(conn: Connection) -> list[Pause]:
    """Return what is paused; empty list when nothing is."""
    return [Pause(**row) for row in conn.execute(queries.read_pauses).fetchall()]


def read_history(
    conn: Connection, *, job_id: uuid.UUID, with_words: bool = False, with_objects: bool = False
) -> History:
    """Return what operators may see of anybody's job; raise ``JobNotFound``.

    What its user wrote, and the events that hold what was drawn, are left out unless asked for.
    """
    record = conn.execute(queries.find_record, {"job_id": job_id}).fetchone()
    if record is None:
        raise JobNotFound
    if not with_words:
        for words in USER_WORDS:
            record["request_data"].pop(words, None)
    return History(
        record={name: value for name, value in record.items() if name not in HIDDEN_COLUMNS},
        queue_rows=conn.execute(queries.find_queue_rows, {"job_id": job_id}).fetchall(),
        events=conn.execute(
            queries.read_history, {"job_id": job_id, "with_objects": with_objects}
        ).fetchall(),
    )


def find_stuck(
    conn: Connection, *, quiet_seconds: float, timeout_seconds: float, limit: int = 100
) -> list[Stuck]:
    """Return unfinished jobs that were quiet for longer, the quietest first.

    A worker silent for ``timeout_seconds`` counts as gone.
    """
    processor = read_processor(conn, timeout_seconds=timeout_seconds)
    rows = conn.execute(
        queries.find_quiet, {"quiet": quiet_seconds, "timeout": timeout_seconds, "limit": limit}
    ).fetchall()
    return [
        Stuck(
            id=row["id"],
            user_id=row["user_id"],
            created_at=row["created_at"],
            quiet_seconds=row["quiet_seconds"],
            why=explain(row, processor),
        )
        for row in rows
    ]


def explain(row: dict[str, Any], processor: dict[str, Any]) -> str:
    """Return why a job does not move, in one sentence; ``processor`` is what /health says of workers and queue."""
    if row["queue_status"] == "doing" and row["has_worker"]:
        return f"A worker is running it (attempt {row['attempt']}); the model has not said anything since."
    if not processor["workers"]:
        return "No worker is alive."
    if row["queue_status"] != "todo":
        lost = (
            "Its worker is gone" if row["queue_status"] == "doing" else "The queue does not carry it any more"
        )
        return f"{lost}; maintenance puts it back within seconds."
    if processor["workers_are_paused"]:
        return "The workers are paused."
    if row["error_code"] in SERVER_DOWN_CODES and processor["model_is_down"]:
        return "The model's server is down; the job waits until it responds."
    if row["retry_at"] is not None:
        return f"It tries again at {row['retry_at']:%H:%M:%S %Z}: {row['error_message']}"
    return f"It waits in line: {processor['active_jobs']} of {processor['max_concurrent_jobs']} places are taken."


def requeue_job(conn: Connection, *, job_id: uuid.UUID) -> Job:
    """Put anybody's job back on the queue under a new queue row, whatever the queue thinks of it; return it.

    An unfinished job goes on with its next attempt and the worker that runs it now is overtaken; a failed or cancelled
    one starts over. The caller owns the transaction. Raises ``JobNotFound``, and ``JobNotRetryable`` once completed.
    """
    row = conn.execute(queries.lock_any, {"job_id": job_id}).fetchone()
    if row is None:
        raise JobNotFound
    if row["outcome"] == "completed":
        raise JobNotRetryable("The job is completed; there is nothing to do again.", job_status="completed")
    if row["outcome"] is None:
        carried = {"queue_job_id": row["queue_job_id"], "queue_priority": row["queue_priority"]}
        no_crash = dict.fromkeys(("is_crash", "is_lone_crash", "runs_alone"), False)
        job_record.change(conn, "requeue_job", {"job_id": job_id} | carried | no_crash)
    else:
        jobs.reopen(conn, job_id=job_id, queue_priority=0)
    return jobs.get_job(conn, job_id=job_id, user_id=row["user_id"])


def cancel_any(conn: Connection, *, job_id: uuid.UUID) -> Job:
    """Cancel anybody's job for good; raises as ``core.jobs.cancel_job`` does."""
    row = conn.execute(queries.find_owner, {"job_id": job_id}).fetchone()
    if row is None:
        raise JobNotFound
    return jobs.cancel_job(conn, job_id=job_id, user_id=row["user_id"])


def purge_now(conn: Connection, *, age_seconds: float, batch: int = 1000) -> int:
    """Delete all jobs that ended longer ago, with their events and queue rows; return how many."""
    purged = 0
    while gone := job_record.change(conn, "purge_jobs", {"age_seconds": age_seconds, "batch": batch}):
        purged += len(gone)
    return purged


def list_workers(conn: Connection, *, timeout_seconds: float) -> list[dict[str, Any]]:
    """Return the worker processes, oldest first; ``is_alive`` unless silent for ``timeout_seconds``.

    A worker that has been silent for ``SILENT_WORKERS_KEPT`` is left out.
    """
    kept = max(SILENT_WORKERS_KEPT, 2 * timeout_seconds)
    return conn.execute(queries.list_workers, {"timeout": timeout_seconds, "kept": kept}).fetchall()


def count_failures(conn: Connection) -> list[dict[str, Any]]:
    """Return the last hour's failures: ``code``, ``jobs``, ``last_at``; the most frequent first."""
    return conn.execute(queries.count_failures).fetchall()


def find_last_completion(conn: Connection) -> datetime | None:
    """Return when a job last completed, None if none did within the hour."""
    row = conn.execute(queries.find_last_completion).fetchone()
    assert row is not None  # noqa: S101 - an aggregate always has one row
    at: datetime | None = row["at"]
    return at


def count_minutes(conn: Connection, *, minutes: int) -> list[dict[str, Any]]:
    """Return how many jobs completed, failed and were cancelled in each of the last minutes, and their median run."""
    return conn.execute(queries.count_minutes, {"minutes": minutes}).fetchall()


def list_newest(conn: Connection, *, status: str | None = None, limit: int = 50) -> list[dict[str, Any]]:
    """Return everybody's newest jobs, without what the users wrote."""
    return conn.execute(queries.list_newest, {"status": status, "limit": limit}).fetchall()
