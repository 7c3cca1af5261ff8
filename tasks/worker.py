"""Procrastinate's worker, made to outlive its database. The only module that uses Procrastinate's private members.

This is only about liveness. That nothing is lost or done twice rests on the job record, not on this. What the stock
worker (3.10) does, each seen by doing it: a lost connection while fetching ends it; a lost LISTEN connection ends its
listener for good, unnoticed; an outcome it cannot write leaves the row "doing" forever; a worker row pruned by
others ends it at the next fetch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import psycopg
import structlog
from procrastinate import jobs, retry
from procrastinate.exceptions import ConnectorException
from procrastinate.job_context import JobContext, JobResult
from procrastinate.worker import Worker
from psycopg_pool import PoolTimeout

DATABASE_PAUSE = 1.0  # seconds between two tries while the database does not answer
PERSIST_PATIENCE = 300.0  # seconds; after that the row is left to maintenance
STOP_PATIENCE = 5.0  # seconds; the same while shutting down

log = structlog.get_logger()

TROUBLE = (ConnectorException, psycopg.Error, PoolTimeout, OSError)


class DurableWorker(Worker):
    """Fetches and runs jobs until ``stop``, whatever the database does meanwhile."""

    is_paused = False
    ends_after_a_job = False

    def set_paused(self, is_paused: bool) -> None:
        """Fetch no new jobs, or fetch them again; running ones go on."""
        if is_paused is not self.is_paused:
            log.warning("worker_paused" if is_paused else "worker_resumed")
        self.is_paused = is_paused
        if not is_paused:
            self._new_job_event.set()

    @property
    def queues(self) -> list[str] | None:
        """Where to fetch from: nowhere while paused, for the stock loop asks at each fetch."""
        return [] if self.is_paused else self._queues

    @queues.setter
    def queues(self, queues: Iterable[str] | None) -> None:
        self._queues = None if queues is None else list(queues)

    @property
    def running_queue_ids(self) -> list[int]:
        """The queue rows this worker is running or whose end it is writing down."""
        return [context.job.id for context in self._running_jobs.values() if context.job.id is not None]

    def _start_side_tasks(self) -> list[asyncio.Task[Any]]:
        """Listen, and poll for aborts: neither may end. The heartbeat is the supervisor's, also while it drains."""
        return [
            asyncio.create_task(self._poll_jobs_to_abort(), name="poll_jobs_to_abort"),
            asyncio.create_task(self._listen(), name="listener"),
        ]

    async def _listen(self) -> None:
        while not self._stop_event.is_set():
            try:
                await self.app.job_manager.listen_for_jobs(
                    on_notification=self._handle_notification, queues=self._queues
                )
            except TROUBLE as exc:
                log.warning("listener_lost", reason=_reason(exc))
            await asyncio.sleep(DATABASE_PAUSE)
            # Notifications sent meanwhile were missed.
            self._new_job_event.set()

    async def _fetch_and_process_jobs(self) -> None:
        try:
            await super()._fetch_and_process_jobs()
        except TROUBLE as exc:
            log.warning("fetch_failed", reason=_reason(exc))
            await asyncio.sleep(DATABASE_PAUSE)
            if isinstance(exc.__cause__, psycopg.errors.ForeignKeyViolation):
                await self._register_again()
            self._new_job_event.set()

    async def _process_job(self, context: JobContext) -> None:
        await super()._process_job(context)
        if self.ends_after_a_job:
            self.stop()

    async def _register_again(self) -> None:
        """Register as a new worker: others deleted this one's row, as it was frozen or cut off for too long."""
        try:
            self.worker_id = await self.app.job_manager.register_worker()
        except TROUBLE as exc:
            log.warning("registration_failed", reason=_reason(exc))
        else:
            log.warning("worker_registered_again", queue_worker_id=self.worker_id)

    async def _persist_job_status(
        self,
        job: jobs.Job,
        status: jobs.Status,
        retry_decision: retry.RetryDecision | None,
        context: JobContext,
        job_result: JobResult | None,
    ) -> None:
        """Write how a run ended, for as long as it takes. Another worker's row is left alone."""
        started = asyncio.get_running_loop().time()
        while True:
            try:
                await super()._persist_job_status(job, status, retry_decision, context, job_result)
            except TROUBLE as exc:
                if isinstance(exc.__cause__, psycopg.errors.RaiseException):
                    # Procrastinate's own refusal: the row has ended or was given to another worker.
                    log.info("queue_row_is_not_ours", queue_job_id=job.id)
                    return
                patience = STOP_PATIENCE if self._stop_event.is_set() else PERSIST_PATIENCE
                if asyncio.get_running_loop().time() > started + patience:
                    log.error("queue_row_left_behind", queue_job_id=job.id, reason=_reason(exc))
                    return
                log.warning("queue_row_delayed", queue_job_id=job.id, reason=_reason(exc))
                await asyncio.sleep(DATABASE_PAUSE)
            else:
                return


def _reason(exc: BaseException) -> str:
    return type(exc.__cause__ or exc).__name__
