"""Domain errors: each class knows its stable code and a sentence for people. HTTP is left to ``webapp.errors``."""

from __future__ import annotations

from typing import Any


class CanvasJobsError(Exception):
    """Something went wrong."""

    code = "internal_error"
    is_retryable = False

    def __init__(self, message: str | None = None, **extra: Any) -> None:
        self.message = message or (type(self).__doc__ or "").strip().split("\n")[0]
        self.extra = extra
        super().__init__(self.message)


class JobNotFound(CanvasJobsError):
    """There is no such job."""

    code = "job_not_found"


class CanvasNotFound(CanvasJobsError):
    """There is no such canvas."""

    code = "canvas_not_found"


class VersionNotFound(CanvasJobsError):
    """The canvas has no such version; the last hundred are kept."""

    code = "version_not_found"


class VersionIsOld(CanvasJobsError):
    """The canvas has changed since. Read it again and repeat what you did."""

    code = "version_is_old"


class NothingToChange(CanvasJobsError):
    """The canvas has no drawing that could be changed."""

    code = "nothing_to_edit"


class JobNotCompleted(CanvasJobsError):
    """The job has no result."""

    code = "job_not_completed"


class JobNotCancellable(CanvasJobsError):
    """The job has already ended and cannot be cancelled."""

    code = "job_not_cancellable"


class JobNotRetryable(CanvasJobsError):
    """Only a failed or cancelled job can be retried."""

    code = "job_not_retryable"


class JobNotDeletable(CanvasJobsError):
    """Only a job that has ended can be deleted. Cancel it first."""

    code = "job_not_deletable"


class CanvasDeleted(CanvasJobsError):
    """The job's canvas was deleted."""

    code = "canvas_deleted"


class JobExpired(CanvasJobsError):
    """The job's result is past its retention time."""

    code = "job_expired"


class IntakePaused(CanvasJobsError):
    """The service takes no new jobs at the moment; running ones go on. Try again in a little while."""

    code = "intake_paused"
    is_retryable = True


class TooManyActiveJobs(CanvasJobsError):
    """You have too many unfinished jobs. Wait for one to end or cancel one."""

    code = "too_many_active_jobs"
    is_retryable = True


class RateLimited(CanvasJobsError):
    """You have created too many jobs in the last minute. Try again in a moment."""

    code = "rate_limited"
    is_retryable = True


class BudgetExhausted(CanvasJobsError):
    """You have used up the model's tokens of this day. New jobs are accepted again after midnight UTC."""

    code = "budget_exhausted"
    is_retryable = True


class IdempotencyKeyReused(CanvasJobsError):
    """This Idempotency-Key was used with another request body."""

    code = "idempotency_key_reused"


class DatabaseUnavailable(CanvasJobsError):
    """The service cannot reach its database at the moment. Try again in a few seconds."""

    code = "database_unavailable"
    is_retryable = True
