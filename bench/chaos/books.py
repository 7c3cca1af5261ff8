"""What callers saw during a run, compared with what the database holds afterwards."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from core.database import Connection

SETTLE_TIMEOUT = 180.0  # seconds after the last fault until every job must have its outcome


@dataclass
class Books:
    """What happened, as callers saw it."""

    accepted: list[str] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)  # answered with 200
    poisoned: set[str] = field(default_factory=set)  # those that kill their workers
    refused: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, list[float]] = field(default_factory=dict)  # by fault, in seconds
    problems: list[str] = field(default_factory=list)


def settle(books: Books, conn: Connection) -> None:
    """Wait until every job has its outcome and the queue is empty."""
    deadline = time.monotonic() + SETTLE_TIMEOUT
    while time.monotonic() < deadline:
        row = conn.execute(
            "SELECT (SELECT count(*) FROM ai_jobs WHERE outcome IS NULL) "
            "+ (SELECT count(*) FROM procrastinate_jobs"
            " WHERE status IN ('todo', 'doing') AND queue_name LIKE 'canvas%') AS open"
        ).fetchone()
        if row == {"open": 0}:
            return
        time.sleep(0.2)
    books.problems.append(f"not settled after {SETTLE_TIMEOUT:.0f} s")


def balance(books: Books, conn: Connection) -> None:
    """Compare the responses that callers got with what the database holds."""
    jobs = {str(row["id"]): row for row in conn.execute("SELECT * FROM job_view").fetchall()}
    books.problems += [
        f"{job_id} was accepted and is not there" for job_id in books.accepted if job_id not in jobs
    ]
    books.problems += list(_stuck_queue_rows(conn))
    books.problems += list(_problems_of_jobs(books, jobs, conn))
    books.problems += list(_gaps_in_events(conn))


def _stuck_queue_rows(conn: Connection) -> Iterator[str]:
    # Webhooks go on being tried for three days.
    stuck = (
        "SELECT id, status FROM procrastinate_jobs"
        " WHERE status IN ('todo', 'doing') AND queue_name LIKE 'canvas%'"
    )
    for row in conn.execute(stuck).fetchall():
        yield f"queue row {row['id']} is stuck in {row['status']}"


def _problems_of_jobs(books: Books, jobs: dict[str, dict[str, Any]], conn: Connection) -> Iterator[str]:
    canvases = Counter(
        str(row["created_by_job"]) for row in conn.execute("SELECT created_by_job FROM canvases").fetchall()
    )
    drawn = {
        str(row["job_id"]): row["n"]
        for row in conn.execute("SELECT job_id, count(*) AS n FROM canvas_objects GROUP BY job_id").fetchall()
    }
    for job_id, job in jobs.items():
        status = job["status"]
        if job_id in books.poisoned:
            if job["error_code"] != "worker_crashed":
                yield f"{job_id} kills its workers and is {status}"
        elif status not in ("completed", "cancelled"):
            yield f"{job_id} is {status}: {job['error_code']} {job['error_message']}"
        if job_id in books.cancelled and status != "cancelled":
            yield f"{job_id} was cancelled and is {status}"
        if canvases[job_id] != (1 if status == "completed" else 0):
            yield f"{job_id} is {status} and has {canvases[job_id]} canvases"
        if status == "completed" and drawn.get(job_id) != job["progress_objects"]:
            yield f"{job_id} has {drawn.get(job_id)} objects instead of {job['progress_objects']}"


def _gaps_in_events(conn: Connection) -> Iterator[str]:
    events = conn.execute(
        "SELECT job_id, count(*) AS n, max(number) AS last, (array_agg(kind ORDER BY number DESC))[1] AS kind "
        "FROM ai_job_events GROUP BY job_id"
    ).fetchall()
    for row in events:
        if row["n"] != row["last"] or row["kind"] != "done":
            yield f"{row['job_id']}: {row['n']} events up to {row['last']}, the last is {row['kind']}"
