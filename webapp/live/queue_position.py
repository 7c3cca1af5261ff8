"""Where waiting jobs stand in the queue, and how much the workers can do; read at most once a second."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core import clock, jobs
from core.database import Connection
from core.eta import Capacity, read_capacity
from core.jobs import Job

CAPACITY_AGE = 3.0  # seconds
LINE_AGE = 1.0  # seconds
NEAR = 100  # jobs ahead, up to which each job's are counted on the spot
NO_CAPACITY = Capacity(run_seconds=None, places=0, busy=0)


class JobSnapshot(NamedTuple):
    """A job with what is true of it at this moment only; ``queue_position`` 1 means next."""

    job: Job
    queue_position: int | None
    capacity: Capacity


class QueuePositions:
    """Remembers the capacity for ``CAPACITY_AGE`` and a long line for ``LINE_AGE``; one for each web process."""

    def __init__(self, *, worker_timeout_seconds: float) -> None:
        self._worker_timeout_seconds = worker_timeout_seconds
        self._capacity: tuple[float, Capacity] | None = None
        self._line: tuple[float, list[tuple[int, int]]] | None = None  # sorted: (-priority, number)

    def snapshots(self, conn: Connection, found: Sequence[Job]) -> list[JobSnapshot]:
        """Return jobs with their places in the queue: one query for all, and none for those that have ended."""
        waiting = [job.queue_job_id for job in found if is_in_line(job) and job.queue_job_id is not None]
        ahead = self.count_ahead(conn, waiting) if waiting else {}
        capacity = NO_CAPACITY if all(job.is_final for job in found) else self.read_capacity(conn)
        return [JobSnapshot(job, _position(job, ahead), capacity) for job in found]

    def read_capacity(self, conn: Connection) -> Capacity:
        """Return the capacity, not older than ``CAPACITY_AGE``."""
        now = time.monotonic()
        if self._capacity is not None and now - self._capacity[0] < CAPACITY_AGE:
            return self._capacity[1]
        capacity = read_capacity(conn, timeout_seconds=self._worker_timeout_seconds)
        self._capacity = (now, capacity)
        return capacity

    def count_ahead(self, conn: Connection, queue_job_ids: Sequence[int]) -> dict[int, int]:
        """Return for each waiting queue row how many others come first; of a long line, as it was a second ago."""
        ahead = {}
        for waiting in jobs.count_ahead(conn, queue_job_ids=queue_job_ids, limit=NEAR):
            place = waiting.ahead
            if place == NEAR:
                # A job newer than the kept line is where that line would have let it in.
                place = max(
                    NEAR, bisect_left(self._read_line(conn), (-waiting.priority, waiting.queue_job_id))
                )
            ahead[waiting.queue_job_id] = place
        return ahead

    def _read_line(self, conn: Connection) -> list[tuple[int, int]]:
        now = time.monotonic()
        if self._line is None or now - self._line[0] > LINE_AGE:
            self._line = now, [(-priority, number) for priority, number in jobs.read_line(conn)]
        return self._line[1]


def is_in_line(job: Job) -> bool:
    """Return whether a job has a place: one that waits for its retry time has none yet."""
    return job.status == "queued" and (
        job.next_processing_at is None or job.next_processing_at <= clock.now()
    )


def _position(job: Job, ahead: Mapping[int, int]) -> int | None:
    if job.queue_job_id is None or not is_in_line(job) or job.queue_job_id not in ahead:
        return None
    return ahead[job.queue_job_id] + 1
