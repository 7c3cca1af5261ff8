"""The pace of the workers and the line before them, read at most every second or so: one look serves all who ask."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections.abc import Sequence

from core import jobs
from core.database import Connection
from core.eta import Capacity, read_capacity

MAX_AGE = 3.0  # seconds
LINE_AGE = 1.0  # seconds
NEAR = 100  # jobs ahead, up to which each job's are counted on the spot


class PaceKeeper:
    """Remembers the pace for ``MAX_AGE`` and a long line for ``LINE_AGE``; one for each web process."""

    def __init__(self, *, worker_timeout_seconds: float) -> None:
        self._worker_timeout_seconds = worker_timeout_seconds
        self._kept: tuple[float, Capacity] | None = None
        self._line: tuple[float, list[tuple[int, int]]] | None = None  # sorted: (-priority, number)

    def read(self, conn: Connection) -> Capacity:
        """Return the pace, not older than ``MAX_AGE``."""
        now = time.monotonic()
        if self._kept is not None and now - self._kept[0] < MAX_AGE:
            return self._kept[1]
        pace = read_capacity(conn, timeout_seconds=self._worker_timeout_seconds)
        self._kept = (now, pace)
        return pace

    def count_ahead(self, conn: Connection, queue_job_ids: Sequence[int]) -> dict[int, int]:
        """Return for each waiting queue row how many others come first; of a long line, as it was a second ago."""
        ahead = {}
        for waiting in jobs.count_ahead(conn, queue_job_ids=queue_job_ids, limit=NEAR):
            place = waiting.ahead
            if place == NEAR:
                # Who came since the look stands where the line then would have let them in.
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
