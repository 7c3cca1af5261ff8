"""The pace of the workers, read at most every few seconds: one estimate serves all who ask meanwhile."""

from __future__ import annotations

import time

from core.database import Connection
from core.pace import Pace, read_pace

MAX_AGE = 3.0  # seconds


class PaceKeeper:
    """Remembers the pace for ``MAX_AGE``; one for each web process."""

    def __init__(self, *, worker_timeout_seconds: float) -> None:
        self._worker_timeout_seconds = worker_timeout_seconds
        self._kept: tuple[float, Pace] | None = None

    def read(self, conn: Connection) -> Pace:
        """Return the pace, not older than ``MAX_AGE``."""
        now = time.monotonic()
        if self._kept is not None and now - self._kept[0] < MAX_AGE:
            return self._kept[1]
        pace = read_pace(conn, timeout_seconds=self._worker_timeout_seconds)
        self._kept = (now, pace)
        return pace
