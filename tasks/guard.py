"""Runs an attempt under the circuit breaker of its model server, and reports to it how the server did."""

from __future__ import annotations

from functools import partial

import structlog

from core import breaker, canvases, metrics, versions
from tasks.designers.failures import ModelFailure, PermanentFailure, TransientFailure
from tasks.editing import make_change
from tasks.kept_answers import has_answer
from tasks.pipeline import AttemptRun, WorkerContext, box_of, make_drawing, run_attempt
from tasks.room import check_room
from tasks.subjects import find_subjects

log = structlog.get_logger()


class ServerDown(Exception):
    """The model's server is down for everyone; the next probe is due in ``wait_seconds``."""

    def __init__(self, wait_seconds: float, spread_seconds: float) -> None:
        super().__init__(wait_seconds)
        self.wait_seconds = wait_seconds
        self.spread_seconds = spread_seconds


async def run_guarded(worker: WorkerContext, run: AttemptRun) -> None:
    """Draw if the circuit breaker permits it; raises ``ServerDown`` and what ``run_attempt`` raises."""
    is_asked = run.designer is worker.designer and not has_answer(worker, run)
    if worker.model_server is None or not is_asked:
        await _look_at_canvas(worker, run)
        await run_attempt(worker, run, make_change if run.subjects else make_drawing)
        return
    async with worker.pool.connection() as conn:
        leave = await breaker.ask_leave(
            conn, server=worker.model_server, job_id=run.attempt.job_id, user_id=run.attempt.user_id
        )
    if leave.wait_seconds is not None:
        raise ServerDown(leave.wait_seconds, leave.spread_seconds)
    if leave.is_troubled:
        # Before the drawing is stored: its user's next job may ask right then.
        run.on_designed = partial(_note_success, worker)
    try:
        await _look_at_canvas(worker, run)
        await run_attempt(worker, run, make_change if run.subjects else make_drawing)
    except ModelFailure as exc:
        metrics.model_errors.labels(exc.code).inc()
        if _may_be_the_servers(exc):
            await _note_failure(worker, run, exc)
        elif leave.is_troubled and exc.code not in breaker.SERVER_DOWN_CODES:
            await _note_success(worker)
        raise


def _may_be_the_servers(failure: ModelFailure) -> bool:
    """Return whether a failure counts: not a time-out of a server that had begun to answer."""
    was_accepted = isinstance(failure, TransientFailure) and failure.was_accepted
    return failure.code in breaker.SERVER_DOWN_CODES and not was_accepted


async def _note_failure(worker: WorkerContext, run: AttemptRun, failure: ModelFailure) -> None:
    """Count the failure; raises ``ServerDown`` when the server is down and the job need not use up its retries."""
    assert worker.model_server is not None  # noqa: S101 - only asked servers fail
    is_timeout = failure.code == breaker.TIMEOUT_CODE
    async with worker.pool.connection() as conn:
        state = await breaker.note_failure(
            conn, server=worker.model_server, attempt=run.attempt, is_timeout=is_timeout
        )
    if state.is_open:
        log.warning("breaker_open", code=failure.code, failures=state.failures)
    # A request that the server took and did not come to an end with uses up the job's retries.
    if state.is_open and not is_timeout:
        raise ServerDown(state.wait_seconds, max(1.0, state.wait_seconds / 2)) from None


async def _note_success(worker: WorkerContext) -> None:
    assert worker.model_server is not None  # noqa: S101
    async with worker.pool.connection() as conn:
        if await breaker.note_success(conn, server=worker.model_server):
            log.info("model_server_is_well", jobs_woken=await breaker.wake_waiting(conn))


async def _look_at_canvas(worker: WorkerContext, run: AttemptRun) -> None:
    """Note what is on the target canvas: where there is room, or what is to be changed."""
    attempt = run.attempt
    if attempt.target_canvas_id is None:
        return
    async with worker.pool.connection() as conn, conn.transaction():
        present = await canvases.lock_canvas(
            conn, canvas_id=attempt.target_canvas_id, user_id=attempt.user_id
        )
        drawings = await versions.read_drawings(conn, canvas_id=attempt.target_canvas_id)
    if present is None:
        raise PermanentFailure("canvas_not_found", "The canvas to draw on does not exist any more.")
    check_room(len(present) + 1)  # before anything is paid for
    run.occupied = box_of(present)
    if attempt.request_data.get("mode", "add") != "add":
        run.subjects = find_subjects(attempt.request_data, attempt.target_canvas_id, drawings, present)
