"""The RateLimit fields of the IETF draft (draft-ietf-httpapi-ratelimit-headers-10): what a caller may still do."""

from __future__ import annotations

import math

from core.errors import CanvasJobsError, RateLimited, TooManyActiveJobs
from core.jobs import Admission, Limits

WINDOW_SECONDS = 60


def policy_fields(limits: Limits) -> dict[str, str]:
    """Return the limits themselves: unfinished jobs at a time, and new jobs a minute."""
    minute = f'"minute";q={limits.jobs_per_minute};w={WINDOW_SECONDS}'
    return {"RateLimit-Policy": f'"active";q={limits.active_jobs}, {minute}'}


def left_fields(limits: Limits, admission: Admission) -> dict[str, str]:
    """Return the limits and what is left of them after a new job."""
    reset = math.ceil(admission.minute_reset_seconds)
    left = f'"active";r={admission.active_left}, "minute";r={admission.minute_left};t={reset}'
    return policy_fields(limits) | {"RateLimit": left}


def refused_fields(limits: Limits, error: CanvasJobsError) -> dict[str, str]:
    """Return the limits and which of them is used up."""
    if isinstance(error, TooManyActiveJobs):
        return policy_fields(limits) | {"RateLimit": '"active";r=0'}
    if isinstance(error, RateLimited):
        reset = max(1, math.ceil(error.extra["retry_after_seconds"]))
        return policy_fields(limits) | {"RateLimit": f'"minute";r=0;t={reset}'}
    return {}
