"""The RateLimit headers of the IETF draft (draft-ietf-httpapi-ratelimit-headers-10): what a caller may still do."""

from __future__ import annotations

import math

from core.admission import Admission, Limits
from core.errors import BudgetExhausted, CanvasJobsError, RateLimited, TooManyActiveJobs

WINDOW_SECONDS = 60
DAY_SECONDS = 86_400


def policy_headers(limits: Limits) -> dict[str, str]:
    """Return the limits themselves: unfinished jobs at a time, new jobs a minute, and tokens a day if limited."""
    policies = [f'"active";q={limits.active_jobs}', f'"minute";q={limits.jobs_per_minute};w={WINDOW_SECONDS}']
    if limits.tokens_per_day is not None:
        policies.append(f'"tokens";q={limits.tokens_per_day};w={DAY_SECONDS}')
    return {"RateLimit-Policy": ", ".join(policies)}


def remaining_headers(limits: Limits, admission: Admission) -> dict[str, str]:
    """Return the limits and what is left of them after a new job."""
    reset = math.ceil(admission.minute_reset_seconds)
    left = [f'"active";r={admission.active_left}', f'"minute";r={admission.minute_left};t={reset}']
    if admission.tokens_left is not None:
        left.append(f'"tokens";r={admission.tokens_left};t={math.ceil(admission.day_reset_seconds)}')
    return policy_headers(limits) | {"RateLimit": ", ".join(left)}


def refused_headers(limits: Limits, error: CanvasJobsError) -> dict[str, str]:
    """Return the limits and the one that is used up."""
    if isinstance(error, TooManyActiveJobs):
        return policy_headers(limits) | {"RateLimit": '"active";r=0'}
    if isinstance(error, RateLimited | BudgetExhausted):
        name = "minute" if isinstance(error, RateLimited) else "tokens"
        reset = max(1, math.ceil(error.extra["retry_after_seconds"]))
        return policy_headers(limits) | {"RateLimit": f'"{name}";r=0;t={reset}'}
    return {}
