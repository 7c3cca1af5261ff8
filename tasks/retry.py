"""Which failures come back, and when: pure decisions, and the strategy that hands them to Procrastinate."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime, timedelta

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

from core import clock

MAX_WAIT = 480.0  # seconds between two tries
UNEXPECTED_WAIT = 2.0  # seconds after a failure nobody foresaw, such as a lost database


class Postponed(Exception):
    """The attempt failed for now; the record says so already, and the queue brings the job back at ``retry_at``."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(f"again at {retry_at.isoformat(timespec='seconds')}")
        self.retry_at = retry_at


class Failed(Exception):
    """The job has ended as failed; the queue row has to end as failed, too. The argument is the error code."""


def backoff_ceiling(retry: int, *, base: float) -> float:
    """Return the longest wait in seconds before retry 1, 2, 3…: ``base`` doubled each time, at most 8 minutes.

    With the default base of 2 s: 2, 4, 8, 16, … 480.
    """
    return min(MAX_WAIT, base * 2.0 ** (retry - 1))


def backoff_seconds(retry: int, *, base: float, asked_for: float | None = None) -> float:
    """Return how long to wait before retry 1, 2, 3…: anything up to the ceiling, so that jobs that failed together
    do not come back together ("full jitter", AWS Architecture Blog, "Exponential Backoff And Jitter", 2015).

    ``asked_for`` is the server's Retry-After in seconds; it wins, within the same 8 minutes.
    """
    if asked_for is not None:
        return min(MAX_WAIT, max(0.0, asked_for))
    return random.uniform(0.0, backoff_ceiling(retry, base=base))  # noqa: S311 - no secret depends on it


def rate_limit_seconds(*, retries: int, base: float) -> float:
    """Return how long to wait when a server has too many requests and does not say until when.

    Limits are per minute: all retries together take a minute at least, with the default base of 2 s.
    """
    patience = 30.0 * base / max(1, retries)
    return min(MAX_WAIT, random.uniform(patience, 1.5 * patience))  # noqa: S311 - no secret depends on it


def in_seconds(seconds: float) -> datetime:
    """Return the time that many seconds from now, by the clock that will be looked at then: the database's."""
    return clock.now() + timedelta(seconds=seconds)


class RetryStrategy(BaseRetryStrategy):
    """Procrastinate asks this after every failed run; None means that the queue row ends as failed."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when the job runs again; the limits have been applied before, where the record was written."""
        if isinstance(exception, Postponed):
            return RetryDecision(retry_at=exception.retry_at)
        if isinstance(exception, Failed):
            return None
        if isinstance(exception, asyncio.CancelledError):
            # The worker shuts down. Without a retry here every deploy would abort the running jobs.
            return RetryDecision(retry_at=in_seconds(0))
        return RetryDecision(retry_at=in_seconds(UNEXPECTED_WAIT))
