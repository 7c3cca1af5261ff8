"""The task: claim the job, have it drawn, and write down how it ended.

Every way an attempt can end is here: stored, failed for good, postponed, overtaken, cancelled, shut down.
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
from tasks.retry import Failed, Postponed, RetryStrategy, backoff_seconds, in_seconds
from tasks.studio import Piece, Studio, canvas_id_of, draw, taken_by

WAITING = TransientFailure(breaker.WAITING_CODE, "The model's server is down.")
UNEXPECTED = TransientFailure("internal_error", "Something went wrong on our side.")

log = structlog.get_logger()


class ServerDown(Exception):
    """The model's server is down for everyone; the next probe is due in ``wait_seconds``."""

    def __init__(self, wait_seconds: float) -> None:
        super().__init__(wait_seconds)
        self.wait_seconds = wait_seconds


@app.task(name=TASK, queue=QUEUE, retry=RetryStrategy(), pass_context=True)
async def create_canvas(context: JobContext, job_id: str) -> None:
    """Draw the canvas of a job, unless it has ended or another queue row carries it by now."""
    studio: Studio = context.additional_context["studio"]
    assert context.job.id is not None  # noqa: S101 - a fetched job has its number
    async with studio.pool.connection() as conn:
        attempt = await claim_job(conn, job_id=uuid.UUID(job_id), queue_job_id=context.job.id)
    if attempt is None:
        log.info("job_not_due", job_id=job_id, queue_job_id=context.job.id)
        return
    ids = {"job_id": job_id, "attempt": attempt.number, "request_id": attempt.request_id}
    with structlog.contextvars.bound_contextvars(**ids), _span(attempt):
        await _run(studio, attempt, context)


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
    """Tell the attempt's span how it ended, before the exceptions that tell it to the queue."""
    span = tracing.current_span()
    span.set({"canvas.job.outcome": outcome})
    if failure is None:
        span.settle()
    else:
        span.fail(failure.code)


async def _run(studio: Studio, attempt: Attempt, context: JobContext) -> None:
    started = time.monotonic()
    log.info("job_started", retry_count=attempt.retry_count)
    if attempt.waited_seconds is not None:
        metrics.wait_seconds.observe(attempt.waited_seconds)
    piece = Piece(attempt, canvas_id_of(attempt), studio.reporter.follow(attempt), occupied=None)
    try:
        with metrics.running.track_inprogress():
            await _attempt(studio, piece, context)
    except AttemptIsOver:
        # Cancelled, or given to another attempt: whatever this one did is forgotten.
        log.info("attempt_is_over", seconds=round(time.monotonic() - started, 3))
        _note_outcome("over")
    else:
        log.info("job_finished", seconds=round(time.monotonic() - started, 3), **_figures(piece))
        _note_outcome("completed")
        metrics.finished.labels("completed", "").inc()
        metrics.run_seconds.observe(time.monotonic() - started)
    finally:
        metrics.tokens.labels("input").inc(piece.usage.input_tokens)
        metrics.tokens.labels("output").inc(piece.usage.output_tokens)
        studio.reporter.forget(piece.told)


async def _attempt(studio: Studio, piece: Piece, context: JobContext) -> None:
    """Draw, and write down any failure. Raises what tells the queue how the run ended."""
    try:
        await _try(studio, piece)
    except asyncio.CancelledError:
        if context.abort_reason() is AbortReason.USER_REQUEST:
            log.info("job_aborted")
            _note_outcome("cancelled")
            raise JobAborted from None
        await _give_back(studio, piece)
        raise
    except PlanUnusable as exc:
        await _fail(studio, piece, PermanentFailure("plan_unusable", str(exc)))
    except PermanentFailure as exc:
        await _fail(studio, piece, exc)
    except ServerDown as exc:
        await _wait_for_server(studio, piece, exc)
    except TransientFailure as exc:
        await _postpone_or_fail(studio, piece, exc)
    except (AttemptIsOver, psycopg.OperationalError):
        # A lost database is no failure of the attempt's: the queue brings the job back, its retries untouched.
        raise
    except Exception:
        log.exception("attempt_failed_unexpectedly")
        await _postpone_or_fail(studio, piece, UNEXPECTED)


async def _try(studio: Studio, piece: Piece) -> None:
    """Draw, by leave of the circuit breaker, and tell it how the model's server did."""
    if studio.model_server is None:
        piece.occupied = await _occupied(studio, piece.attempt)
        await draw(studio, piece)
        return
    async with studio.pool.connection() as conn:
        leave = await breaker.ask_leave(conn, server=studio.model_server)
    if leave.wait_seconds is not None:
        raise ServerDown(leave.wait_seconds)
    try:
        piece.occupied = await _occupied(studio, piece.attempt)
        await draw(studio, piece)
    except ModelFailure as exc:
        metrics.model_errors.labels(exc.code).inc()
        if exc.code in breaker.SERVER_DOWN_CODES:
            await _note_failure(studio, exc)
        elif leave.is_troubled:
            await _note_success(studio)
        raise
    if leave.is_troubled:
        await _note_success(studio)


async def _note_failure(studio: Studio, failure: ModelFailure) -> None:
    assert studio.model_server is not None  # noqa: S101 - only asked servers fail
    async with studio.pool.connection() as conn:
        state = await breaker.note_failure(conn, server=studio.model_server)
    if state.is_open and state.probe_at is not None:
        log.warning("breaker_open", code=failure.code, failures=state.failures)
        raise ServerDown((state.probe_at - state.at).total_seconds()) from None


async def _note_success(studio: Studio) -> None:
    assert studio.model_server is not None  # noqa: S101
    async with studio.pool.connection() as conn:
        if await breaker.note_success(conn, server=studio.model_server):
            log.info("model_server_is_well", jobs_woken=await breaker.wake_waiting(conn))


async def _occupied(studio: Studio, attempt: Attempt) -> Bounds | None:
    """Return the box of what is on the target canvas; None when the job makes a canvas of its own."""
    if attempt.target_canvas_id is None:
        return None
    async with studio.pool.connection() as conn, conn.transaction():
        present = await canvases.lock_canvas(
            conn, canvas_id=attempt.target_canvas_id, user_id=attempt.user_id
        )
    if present is None:
        raise PermanentFailure("canvas_not_found", "The canvas to draw on does not exist any more.")
    return taken_by(present)


async def _wait_for_server(studio: Studio, piece: Piece, down: ServerDown) -> None:
    """The server is down for everyone: the job waits for the next probe and keeps its retries."""
    # Spread out, so that those who wait do not all ask at the moment of the probe.
    seconds = down.wait_seconds + random.uniform(0.0, max(1.0, down.wait_seconds / 2))  # noqa: S311
    await _postpone(studio, piece, WAITING, seconds=seconds, counts_as_retry=False)


async def _postpone_or_fail(studio: Studio, piece: Piece, failure: TransientFailure) -> None:
    attempt = piece.attempt
    if attempt.retry_count >= attempt.max_retries:
        await _fail(studio, piece, failure)
    seconds = backoff_seconds(
        attempt.retry_count + 1,
        base=studio.settings.retry_base_seconds,
        asked_for=failure.retry_after_seconds,
    )
    await _postpone(studio, piece, failure, seconds=seconds, counts_as_retry=True)


async def _postpone(
    studio: Studio, piece: Piece, failure: TransientFailure, *, seconds: float, counts_as_retry: bool
) -> NoReturn:
    retry_at = in_seconds(seconds)
    async with studio.pool.connection() as conn:
        await postpone_attempt(
            conn,
            piece.attempt,
            retry_at=retry_at,
            code=failure.code,
            message=failure.message,
            progress_message=f"Trying again in {max(1, round(seconds))} s: {failure.message}",
            usage=piece.usage,
            counts_as_retry=counts_as_retry,
        )
    metrics.postponed.labels(failure.code).inc()
    log.warning(
        "job_postponed",
        code=failure.code,
        seconds=round(seconds, 3),
        retry_count=piece.attempt.retry_count + counts_as_retry,
    )
    _note_outcome("postponed", failure)
    raise Postponed(retry_at) from None


async def _fail(studio: Studio, piece: Piece, failure: ModelFailure) -> NoReturn:
    async with studio.pool.connection() as conn:
        await fail_attempt(conn, piece.attempt, code=failure.code, message=failure.message, usage=piece.usage)
    log.warning("job_failed", code=failure.code)
    _note_outcome("failed", failure)
    metrics.finished.labels("failed", failure.code).inc()
    raise Failed(failure.code) from None


async def _give_back(studio: Studio, piece: Piece) -> None:
    """The worker shuts down: the job goes back on the queue and loses at most its progress."""
    # Overtaken or cancelled meanwhile: there is nothing to give back.
    with contextlib.suppress(AttemptIsOver):
        async with studio.pool.connection() as conn:
            await postpone_attempt(
                conn,
                piece.attempt,
                retry_at=in_seconds(0),
                code=None,
                message=None,
                progress_message="Waiting for a free worker",
                usage=piece.usage,
                counts_as_retry=False,
            )
    log.info("job_given_back")
    _note_outcome("given_back")


def _figures(piece: Piece) -> dict[str, object]:
    return {
        "objects": len(piece.shown),
        "input_tokens": piece.usage.input_tokens,
        "output_tokens": piece.usage.output_tokens,
    }
