"""Writes down how an attempt ended, but for a stored canvas: failed, postponed, given back, charged.

Which of these an exception means is decided in ``tasks.create_canvas``. A record that the database refuses to write is
written again without what it may have refused, so that every failed attempt counts.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import NoReturn

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from core import breaker, metrics, tracing
from core.attempts import AttemptIsOver, Usage, charge_attempt, fail_attempt, postpone_attempt
from core.database import AsyncConnection
from tasks.designers.failures import ModelFailure, TransientFailure
from tasks.pipeline import AttemptRun, WorkerContext
from tasks.retry import Failed, Postponed, backoff_seconds, in_seconds, rate_limit_seconds

UNEXPECTED = TransientFailure("internal_error", "Something went wrong on our side.")

log = structlog.get_logger()


def note_outcome(outcome: str, failure: ModelFailure | None = None) -> None:
    """Set the attempt's outcome on its span, before the exception that the queue sees."""
    span = tracing.current_span()
    span.set({"canvas.job.outcome": outcome})
    if failure is None:
        span.settle()
    else:
        span.fail(failure.code)


async def postpone_or_fail(worker: WorkerContext, run: AttemptRun, failure: TransientFailure) -> NoReturn:
    """Have the job tried again, as long as it has retries left."""
    if run.attempt.is_last_try:
        await fail(worker, run, failure)
    seconds = _pause_seconds(worker, run, failure)
    message = f"Trying again in {max(1, round(seconds))} s: {failure.message}"
    await _postpone(worker, run, failure, message=message, seconds=seconds, counts_as_retry=True)


async def wait_for_server(
    worker: WorkerContext, run: AttemptRun, *, wait_seconds: float, spread_seconds: float
) -> NoReturn:
    """Have the job wait for the next probe of the model's server; it keeps its retries."""
    # Spread out, so that those who wait do not all ask at the moment of the probe.
    seconds = wait_seconds + random.uniform(0.0, spread_seconds)  # noqa: S311
    message = f"Waiting for the AI service; next check in {max(1, round(seconds))} s."
    waiting = TransientFailure(
        breaker.WAITING_CODE,
        message,
        operator_message="The model's server is down: jobs wait until a probe finds it well.",
    )
    await _postpone(worker, run, waiting, message=message, seconds=seconds, counts_as_retry=False)


async def fail(worker: WorkerContext, run: AttemptRun, failure: ModelFailure) -> NoReturn:
    """End the job as failed."""

    async def write(conn: AsyncConnection, usage: Usage) -> None:
        await fail_attempt(
            conn,
            run.attempt,
            code=failure.code,
            message=failure.message,
            operator_message=failure.operator_message,
            usage=usage,
        )

    await _write(worker, run, write)
    log.warning("job_failed", code=failure.code, reason=failure.operator_message)
    note_outcome("failed", failure)
    metrics.finished.labels("failed", failure.code).inc()
    raise Failed(failure.code) from None


async def give_back(worker: WorkerContext, run: AttemptRun) -> None:
    """Put the job back on the queue, as the worker shuts down; it loses at most its progress."""

    async def write(conn: AsyncConnection, usage: Usage) -> None:
        await postpone_attempt(
            conn,
            run.attempt,
            retry_at=in_seconds(0),
            code=None,
            message=None,
            progress_message="Waiting for a free worker",
            usage=usage,
            counts_as_retry=False,
        )

    try:
        await _write(worker, run, write)
    except AttemptIsOver:
        await charge(worker, run)  # Overtaken or cancelled meanwhile: there is nothing to give back.
    log.info("job_given_back")
    note_outcome("given_back")


async def charge(worker: WorkerContext, run: AttemptRun) -> None:
    """Charge the job for what an attempt cost that was cancelled or overtaken."""
    if run.usage == Usage():
        return
    try:
        async with worker.pool.connection() as conn:
            await charge_attempt(conn, run.attempt, run.usage)
    except (psycopg.Error, PoolTimeout) as exc:
        log.warning("attempt_not_charged", reason=type(exc).__name__)


def _pause_seconds(worker: WorkerContext, run: AttemptRun, failure: TransientFailure) -> float:
    attempt, base = run.attempt, worker.settings.retry_base_seconds
    # A wait of nothing is no answer to how long.
    asked_for = failure.retry_after_seconds or None
    if failure.code == "model_rate_limited" and (asked_for is None or attempt.retry_count):
        # What the server said may have been about one of several limits.
        return max(asked_for or 0.0, rate_limit_seconds(retries=attempt.max_retries, base=base))
    return backoff_seconds(attempt.retry_count + 1, base=base, asked_for=asked_for)


async def _postpone(
    worker: WorkerContext,
    run: AttemptRun,
    failure: TransientFailure,
    *,
    message: str,
    seconds: float,
    counts_as_retry: bool,
) -> NoReturn:
    retry_at = in_seconds(seconds)

    async def write(conn: AsyncConnection, usage: Usage) -> None:
        await postpone_attempt(
            conn,
            run.attempt,
            retry_at=retry_at,
            code=failure.code,
            message=failure.message,
            operator_message=failure.operator_message,
            progress_message=message,
            usage=usage,
            counts_as_retry=counts_as_retry,
        )

    await _write(worker, run, write)
    metrics.postponed.labels(failure.code).inc()
    log.warning(
        "job_postponed",
        code=failure.code,
        reason=failure.operator_message,
        seconds=round(seconds, 3),
        retry_count=run.attempt.retry_count + counts_as_retry,
    )
    note_outcome("postponed", failure)
    raise Postponed(retry_at) from None


async def _write(
    worker: WorkerContext, run: AttemptRun, write: Callable[[AsyncConnection, Usage], Awaitable[None]]
) -> None:
    """Write an outcome; where the database refuses it, without the usage: it must not keep a job from ending."""
    try:
        async with worker.pool.connection() as conn:
            await write(conn, run.usage)
    except psycopg.OperationalError:
        raise
    except psycopg.Error as exc:
        log.warning("outcome_refused", reason=type(exc).__name__)
        async with worker.pool.connection() as conn:
            await write(conn, Usage())
