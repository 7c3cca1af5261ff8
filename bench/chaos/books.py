"""What callers saw during a run, compared with what the database holds afterwards."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.database import Connection
from devtools.model_server import Received

PAGE = re.compile(r"Add page (\d+)\.")  # what a change asks for
WISH = re.compile(r"(?:Order number|Add page) \d+")  # what a prompt asks for; no two jobs ask for the same
SETTLE_TIMEOUT = 180.0  # seconds after the last fault until every job must have its outcome


@dataclass
class Books:
    """What happened, as callers saw it."""

    accepted: list[str] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)  # answered with 200
    changes: int = 0  # of the shared canvas, that were asked for
    given_twice: int = (
        0  # answers that the model wrote to their end though it had done so for that job already
    )
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
    books.problems += list(_problems_of_changes(jobs, conn))
    books.problems += list(_gaps_in_events(conn))


def count_answers(books: Books, requests: Sequence[Received]) -> None:
    """Count the answers that were paid twice: their workers were lost or frozen before they had kept them."""
    whole = Counter(
        match[0]
        for request in list(requests)
        if request.done.is_set() and (match := WISH.search(request.body["messages"][-1]["content"]))
    )
    books.given_twice = sum(count - 1 for count in whole.values())


def _problems_of_changes(jobs: dict[str, dict[str, Any]], conn: Connection) -> Iterator[str]:
    """Each completed change has made one version, and its page is there once; of any other there is no trace."""
    texts = Counter(
        row["text"]
        for row in conn.execute(
            "SELECT properties ->> 'text' AS text FROM canvas_objects WHERE object_type = 'text'"
        ).fetchall()
    )
    versions = Counter(
        str(row["job_id"]) for row in conn.execute("SELECT job_id FROM canvas_versions").fetchall()
    )
    for job_id, job in jobs.items():
        page = PAGE.search(job["request_data"].get("instructions", ""))
        if page is None:
            continue
        expected = 1 if job["status"] == "completed" else 0
        times = texts[f"Page {page[1]}"]
        if times != expected or versions[job_id] != expected:
            yield f"{job_id} is {job['status']}, its page is there {times} times, in {versions[job_id]} versions"


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
        if "canvas_id" in job["request_data"]:  # of the shared canvas
            continue
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
