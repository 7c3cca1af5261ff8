"""The task: claim the job, have it drawn, and decide how the attempt ended.

Every way an attempt can end is here: stored, failed, postponed, overtaken, cancelled, given back at shutdown.
``tasks.outcomes`` writes them down.
"""

from __future__ import annotations

import asyncio
import time
import uuid

import psycopg
import structlog
from procrastinate import JobContext
from procrastinate.exceptions import JobAborted
from procrastinate.job_context import AbortReason

from core import metrics, tracing
from core.attempts import Attempt, AttemptIsOver, claim_job
from core.spans import Span
from drawing.plan import PlanUnusable
from tasks import outcomes
from tasks.app import QUEUE, TASK, app
from tasks.designers.failures import PermanentFailure, TransientFailure
from tasks.designers.notation import NotationDesigner
from tasks.guard import ServerDown, run_guarded
from tasks.pipeline import AttemptRun, WorkerContext, canvas_id_of
from tasks.retry import RetryStrategy

NOTATION = NotationDesigner()
# What a lost or shut down server says; all other refusals are about what was to be written.
CONNECTION_STATES = ("08", "57P", "25006", "53300")

log = structlog.get_logger()


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
        # Cancelled, or given to another attempt: what this one did is dropped, what it cost is not.
        await outcomes.charge(worker, run)
        log.info("attempt_is_over", seconds=round(time.monotonic() - started, 3))
        outcomes.note_outcome("over")
    else:
        log.info("job_finished", seconds=round(time.monotonic() - started, 3), **_figures(run))
        outcomes.note_outcome("completed")
        metrics.finished.labels("completed", "").inc()
        metrics.run_seconds.observe(time.monotonic() - started)
    finally:
        spent = run.charged + run.usage
        metrics.tokens.labels("input").inc(spent.input_tokens)
        metrics.tokens.labels("output").inc(spent.output_tokens)
        worker.publisher.close_buffer(run.progress)


async def _attempt(worker: WorkerContext, run: AttemptRun, context: JobContext) -> None:
    """Draw, and write down any failure. Raises what the queue has to know of how the run ended."""
    try:
        await run_guarded(worker, run)
    except asyncio.CancelledError:
        if context.abort_reason() is AbortReason.USER_REQUEST:
            log.info("job_aborted")
            outcomes.note_outcome("cancelled")
            await outcomes.charge(worker, run)
            raise JobAborted from None
        await outcomes.give_back(worker, run)
        raise
    except PlanUnusable as exc:
        await outcomes.fail(worker, run, PermanentFailure("plan_unusable", str(exc)))
    except PermanentFailure as exc:
        await outcomes.fail(worker, run, exc)
    except ServerDown as exc:
        await outcomes.wait_for_server(
            worker, run, wait_seconds=exc.wait_seconds, spread_seconds=exc.spread_seconds
        )
    except TransientFailure as exc:
        await outcomes.postpone_or_fail(worker, run, exc)
    except AttemptIsOver:
        raise
    except psycopg.OperationalError as exc:
        if _is_lost(exc):
            # A lost database is not the attempt's failure: the queue brings the job back and its retries stay.
            raise
        log.exception("attempt_refused")
        await outcomes.postpone_or_fail(worker, run, outcomes.UNEXPECTED)
    except Exception:
        log.exception("attempt_failed_unexpectedly")
        await outcomes.postpone_or_fail(worker, run, outcomes.UNEXPECTED)


def _is_lost(error: psycopg.OperationalError) -> bool:
    return error.sqlstate is None or error.sqlstate.startswith(CONNECTION_STATES)


def _figures(run: AttemptRun) -> dict[str, object]:
    spent = run.charged + run.usage
    return {
        "objects": len(run.published),
        "input_tokens": spent.input_tokens,
        "output_tokens": spent.output_tokens,
    }
