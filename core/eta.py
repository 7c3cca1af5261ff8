"""How long a job will take, estimated from recent runs and the workers alive; None where there is nothing to go by."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from core.database import Connection
from core.jobs import Job
from core.sql import load_queries

SAMPLE = 50  # the newest completed jobs
SAMPLE_AGE = 3600  # seconds; older runs say nothing about the model's server of today
MIN_SAMPLE = 3  # runs; fewer say nothing

queries = load_queries("eta")


@dataclass(frozen=True, slots=True)
class Capacity:
    """``run_seconds`` is the median of recent runs, None when there were too few; places are those of live workers."""

    run_seconds: float | None
    places: int
    busy: int


def read_capacity(conn: Connection, *, timeout_seconds: float) -> Capacity:
    """Return the present capacity; a worker silent for ``timeout_seconds`` does not count."""
    row = conn.execute(
        queries.read_capacity, {"timeout": timeout_seconds, "sample": SAMPLE, "sample_age": SAMPLE_AGE}
    ).fetchone()
    assert row is not None  # noqa: S101 - aggregates always have one row
    run_seconds = row["run_seconds"] if row["runs"] >= MIN_SAMPLE else None
    return Capacity(run_seconds=run_seconds, places=int(row["places"]), busy=row["busy"])


def eta_seconds(job: Job, capacity: Capacity, *, position: int | None, now: datetime) -> int | None:
    """Return in how many seconds the job will probably be done; None when it cannot be estimated.

    With a median run of 10 s and 20 places of which 18 are busy, the job at position 2 starts at once (10 s), the one
    at position 3 when another ends (20 s). A job that already runs longer than the median has no estimate.
    """
    if capacity.run_seconds is None or capacity.places == 0:
        return None
    if job.status == "processing" and job.started_at is not None:
        left = capacity.run_seconds - (now - job.started_at).total_seconds()
        return math.ceil(left) if left > 0 else None
    if position is None:
        return None
    free = max(0, capacity.places - capacity.busy)
    rounds_before = math.ceil(max(0, position - free) / capacity.places)
    return math.ceil(capacity.run_seconds * (1 + rounds_before))
