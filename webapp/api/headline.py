"""The operator's headline: what is wrong right now, in sentences, the worst first; empty when all is well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

MIN_FAILED = 3  # jobs; fewer are nobody's pattern
MAX_FAILED_SHARE = 0.2  # of the jobs that completed or failed within the hour
SILENT_SHARE = 0.5  # of the time after which a worker counts as gone; heartbeats come every quarter
# Failures that only an operator can end: one is enough, unless a job has completed since.
OPERATORS = {
    "model_unauthorized": "The model's server refuses the API key",
    "model_not_found": "The model's server does not know the model",
    "model_quota_exhausted": "The account at the model's server has no credit left",
    "model_invalid_request": "The model's server does not accept our requests",
    "model_context_too_small": "The model's context is too small",
}

Row = Mapping[str, Any]


def describe_troubles(
    *,
    processor: Row,
    pauses: Sequence[Row],
    workers: Sequence[Row],
    failures: Sequence[Row],
    last_completed_at: datetime | None,
    completed: int,
    timeout_seconds: float,
) -> list[str]:
    """Return what an operator should look at.

    ``failures`` are the last hour's by ``code``, with ``jobs`` and ``last_at``; ``completed`` counts that hour's jobs.
    """
    return [
        *_describe_pauses(pauses),
        *_describe_workers(processor, workers, timeout_seconds),
        *(["The model's server is down; jobs wait for it."] if processor["model_is_down"] else []),
        *_describe_failures(failures, last_completed_at, completed),
    ]


def _describe_pauses(pauses: Sequence[Row]) -> Iterator[str]:
    for pause in pauses:
        what = "New jobs are" if pause["what"] == "intake" else "Workers are"
        yield f"{what} paused{': ' + pause['reason'] if pause['reason'] else ''}."


def _describe_workers(processor: Row, workers: Sequence[Row], timeout_seconds: float) -> Iterator[str]:
    if not processor["workers"]:
        yield "No worker is running."
    for worker in workers:
        age, name = worker["heartbeat_age_seconds"], f"{worker['hostname']} {worker['pid']}"
        if worker["is_alive"] and age > SILENT_SHARE * timeout_seconds:
            yield f"Worker {name} has been silent for {age:.0f} s."
        elif not worker["is_alive"] and worker["running"]:
            yield f"Worker {name} is gone; {_jobs(worker['running'])} will run elsewhere."


def _describe_failures(
    failures: Sequence[Row], last_completed_at: datetime | None, completed: int
) -> Iterator[str]:
    for failure in failures:
        is_over = last_completed_at is not None and last_completed_at > failure["last_at"]
        if failure["code"] in OPERATORS and not is_over:
            yield f"{OPERATORS[failure['code']]}: {_jobs(failure['jobs'])} failed ({failure['code']})."
    failed = sum(failure["jobs"] for failure in failures)
    if failed >= MIN_FAILED and failed >= MAX_FAILED_SHARE * (failed + completed):
        by_code = ", ".join(f"{failure['code']} {failure['jobs']}" for failure in failures)
        yield f"{failed} of {_jobs(failed + completed)} failed in the last hour: {by_code}."


def _jobs(count: int) -> str:
    return "1 job" if count == 1 else f"{count} jobs"
