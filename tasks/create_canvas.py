"""The task: claim the job, have it drawn, and write down how it ended.

Every way an attempt can end is here: stored, failed, postponed, overtaken, cancelled, given back at shutdown.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
import uuid
from typing import NoReturn

import psycopg
import structlog
from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from core import breaker, canvases, metrics, tracing
from core.attempts import Attempt, AttemptIsOver, claim_job, fail_attempt, postpone_attempt
from core.spans import Span
from drawing.canvas import Bounds
from drawing.plan import PlanUnusable
from tasks.app import QUEUE, TASK, app
from tasks.designers.failures import ModelFailure, PermanentFailure, TransientFailure
from tasks.designers.notation import NotationDesigner
from tasks.pipeline import AttemptRun, WorkerContext, box_of, canvas_id_of, run_attempt
from tasks.retry import Failed, Postponed, RetryStrategy, backoff_seconds, in_seconds

WAITING = TransientFailure(breaker.WAITING_CODE, "The model's server is down.")
NOTATION = NotationDesigner()
UNEXPECTED = TransientFailure("internal_error", "Something went wrong on our side.")

log = structlog.get_logger()


class ServerDown(Exception):
    """The model's server is down for everyone; the next probe is due in ``wait_seconds``."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(wait_seconds)
        self.wait_seconds = wait_seconds


@app.task(name=TASK, queue=QUEUE, retry=RetryStrategy(), pass_context=True)
async def create_canvas(context: JobContext, job_id: str) -> None:
    """Draw the canvas of a job, unless it has ended or another queue row has it by now."""
    worker: WorkerContext = context.additional_context["worker"]
    assert context.job.id is not None  # noqa: S101 - a fetched job has its number
    async with worker.pool.connection() as conn:
        attempt = await claim_job(conn, job_id=uuid.UUID(job_id), queue_job_id=context.job.id)
    if attempt is None:
        log.info("job_not_due", job_id=job_id, queue_job_id=context.job.id)
        return
    ids = {"job_id": job_id, "attempt": attempt.number, "request_id": attempt.request_id}
    with structlog.contextvars.bound_contextvars(**ids), _span(attempt):
        await _run(worker, attempt, context)


def _span(attempt: Attempt) -> Span:
    """Return the span of an attempt, in the trace of the request that asked for the job."""
    return tracing.span(
        f"process {QUEUE}",
        kind="consumer",
        parent=attempt.traceparent,
        attributes={
            **tracing.messaging("process", queue=QUEUE),
            "messaging.message.id": attempt.job_id,
            "canvas.job.id": attempt.job_id,
            "canvas.job.attempt": attempt.number,
            "canvas.job.retry_count": attempt.retry_count,
            "canvas.job.wait_seconds": attempt.waited_seconds,
            "canvas.request_id": attempt.request_id,
        },
    )


def _note_outcome(outcome: str, failure: ModelFailure | None = None) -> None:
    """Set the attempt's outcome on its span, before the exception that the queue sees."""
    span = tracing.current_span()
    span.set({"canvas.job.outcome": outcome})
    if failure is None:
        span.settle()
    else:
        span.fail(failure.code)


async def _run(worker: WorkerContext, attempt: Attempt, context: JobContext) -> None:
    started = time.monotonic()
    log.info("job_started", retry_count=attempt.retry_count)
    if attempt.waited_seconds is not None:
        metrics.wait_seconds.observe(attempt.waited_seconds)
    designer = NOTATION if "source" in attempt.request_data else worker.designer
    buffer = worker.publisher.open_buffer(attempt)
    run = AttemptRun(attempt, canvas_id_of(attempt), buffer, occupied=None, designer=designer)
    try:
        with metrics.running.track_inprogress():
            await _attempt(worker, run, context)
    except AttemptIsOver:
        # Cancelled, or given to another attempt: what this one did is dropped.
        log.info("attempt_is_over", seconds=round(time.monotonic() - started, 3))
        _note_outcome("over")
    else:
        log.info("job_finished", seconds=round(time.monotonic() - started, 3), **_figures(run))
        _note_outcome("completed")
        metrics.finished.labels("completed", "").inc()
        metrics.run_seconds.observe(time.monotonic() - started)
    finally:
        metrics.tokens.labels("input").inc(run.usage.input_tokens)
        metrics.tokens.labels("output").inc(run.usage.output_tokens)
        worker.publisher.close_buffer(run.progress)


async def _attempt(worker: WorkerContext, run: AttemptRun, context: JobContext) -> None:
    """Draw, and write down any failure. Raises what the queue has to know of how the run ended."""
    try:
        await _try(worker, run)
    except asyncio.CancelledError:
        if context.abort_reason() is AbortReason.USER_REQUEST:
            log.info("job_aborted")
            _note_outcome("cancelled")
            raise JobAborted from None
        await _give_back(worker, run)
        raise
    except PlanUnusable as exc:
        await _fail(worker, run, PermanentFailure("plan_unusable", str(exc)))
    except PermanentFailure as exc:
        await _fail(worker, run, exc)
    except ServerDown as exc:
        await _wait_for_server(worker, run, exc)
    except TransientFailure as exc:
        await _postpone_or_fail(worker, run, exc)
    except (AttemptIsOver, psycopg.OperationalError):
        # A lost database is not the attempt's failure: the queue brings the job back and its retries stay.
        raise
    except Exception:
        log.exception("attempt_failed_unexpectedly")
        await _postpone_or_fail(worker, run, UNEXPECTED)


async def _try(worker: WorkerContext, run: AttemptRun) -> None:
    """Draw if the circuit breaker permits it, and report to it how the model's server did."""
    if worker.model_server is None or run.designer is NOTATION:
        run.occupied = await _occupied(worker, run.attempt)
        await run_attempt(worker, run)
        return
    async with worker.pool.connection() as conn:
        leave = await breaker.ask_leave(conn, server=worker.model_server)
    if leave.wait_seconds is not None:
        raise ServerDown(leave.wait_seconds)
    try:
        run.occupied = await _occupied(worker, run.attempt)
        await run_attempt(worker, run)
    except ModelFailure as exc:
        metrics.model_errors.labels(exc.code).inc()
        if exc.code in breaker.SERVER_DOWN_CODES:
            await _note_failure(worker, exc)
        elif leave.is_troubled:
            await _note_success(worker)
        raise
    if leave.is_troubled:
        await _note_success(worker)


async def _note_failure(worker: WorkerContext, failure: ModelFailure) -> None:
    assert worker.model_server is not None  # noqa: S101 - only asked servers fail
    async with worker.pool.connection() as conn:
        state = await breaker.note_failure(conn, server=worker.model_server)
    if state.is_open and state.probe_at is not None:
        log.warning("breaker_open", code=failure.code, failures=state.failures)
        raise ServerDown((state.probe_at - state.at).total_seconds()) from None


async def _note_success(worker: WorkerContext) -> None:
    assert worker.model_server is not None  # noqa: S101
    async with worker.pool.connection() as conn:
        if await breaker.note_success(conn, server=worker.model_server):
            log.info("model_server_is_well", jobs_woken=await breaker.wake_waiting(conn))


async def _occupied(worker: WorkerContext, attempt: Attempt) -> Bounds | None:
    """Return the box of what is on the target canvas; None when the job makes its own canvas."""
    if attempt.target_canvas_id is None:
        return None
    async with worker.pool.connection() as conn, conn.transaction():
        present = await canvases.lock_canvas(
            conn, canvas_id=attempt.target_canvas_id, user_id=attempt.user_id
        )
    if present is None:
        raise PermanentFailure("canvas_not_found", "The canvas to draw on does not exist any more.")
    return box_of(present)


async def _wait_for_server(worker: WorkerContext, run: AttemptRun, down: ServerDown) -> None:
    """The server is down for everyone: the job waits for the next probe and keeps its retries."""
    # Spread out, so that those who wait do not all ask at the moment of the probe.
    seconds = down.wait_seconds + random.uniform(0.0, max(1.0, down.wait_seconds / 2))  # noqa: S311
    await _postpone(worker, run, WAITING, seconds=seconds, counts_as_retry=False)


async def _postpone_or_fail(worker: WorkerContext, run: AttemptRun, failure: TransientFailure) -> None:
    attempt = run.attempt
    if attempt.retry_count >= attempt.max_retries:
        await _fail(worker, run, failure)
    seconds = backoff_seconds(
        attempt.retry_count + 1,
        base=worker.settings.retry_base_seconds,
        asked_for=failure.retry_after_seconds,
    )
    await _postpone(worker, run, failure, seconds=seconds, counts_as_retry=True)


async def _postpone(
    worker: WorkerContext,
    run: AttemptRun,
    failure: TransientFailure,
    *,
    seconds: float,
    counts_as_retry: bool,
) -> NoReturn:
    retry_at = in_seconds(seconds)
    async with worker.pool.connection() as conn:
        await postpone_attempt(
            conn,
            run.attempt,
            retry_at=retry_at,
            code=failure.code,
            message=failure.message,
            progress_message=f"Trying again in {max(1, round(seconds))} s: {failure.message}",
            usage=run.usage,
            counts_as_retry=counts_as_retry,
        )
    metrics.postponed.labels(failure.code).inc()
    log.warning(
        "job_postponed",
        code=failure.code,
        seconds=round(seconds, 3),
        retry_count=run.attempt.retry_count + counts_as_retry,
    )
    _note_outcome("postponed", failure)
    raise Postponed(retry_at) from None


async def _fail(worker: WorkerContext, run: AttemptRun, failure: ModelFailure) -> NoReturn:
    async with worker.pool.connection() as conn:
        await fail_attempt(conn, run.attempt, code=failure.code, message=failure.message, usage=run.usage)
    log.warning("job_failed", code=failure.code)
    _note_outcome("failed", failure)
    metrics.finished.labels("failed", failure.code).inc()
    raise Failed(failure.code) from None


async def _give_back(worker: WorkerContext, run: AttemptRun) -> None:
    """The worker shuts down: the job goes back on the queue and loses at most its progress."""
    # Overtaken or cancelled meanwhile: there is nothing to give back.
    with contextlib.suppress(AttemptIsOver):
        async with worker.pool.connection() as conn:
            await postpone_attempt(
                conn,
                run.attempt,
                retry_at=in_seconds(0),
                code=None,
                message=None,
                progress_message="Waiting for a free worker",
                usage=run.usage,
                counts_as_retry=False,
            )
    log.info("job_given_back")
    _note_outcome("given_back")


def _figures(run: AttemptRun) -> dict[str, object]:
    return {
        "objects": len(run.published),
        "input_tokens": run.usage.input_tokens,
        "output_tokens": run.usage.output_tokens,
    }
