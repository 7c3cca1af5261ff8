"""A supervised worker: Procrastinate's loop with our heartbeat, reports and upkeep beside it, rebuilt when it breaks.

The process ends with 0 after SIGTERM or SIGINT, and with 1 only when the settings make no sense.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psycopg
import structlog
from procrastinate import App
from procrastinate.worker import Worker
from psycopg_pool import PoolTimeout

from core.database import get_dsn, make_async_pool
from core.ids import new_id
from core.settings import Settings
from core.workers import WorkerCard, beat, register_worker, unregister_worker
from tasks.app import QUEUE, app, make_connector
from tasks.designers import Designer, make_designer
from tasks.reporter import Reporter
from tasks.studio import Studio
from tasks.upkeep import run_upkeep

HEARTBEATS_A_TIMEOUT = 4  # so many heartbeats may get lost before a worker counts as gone
POOL_SIZE = 4  # our own connections; Procrastinate has as many, and one that listens
FIRST_PAUSE, MAX_PAUSE = 0.5, 15.0  # seconds before the worker is rebuilt, doubled each time

log = structlog.get_logger()


class Supervisor:
    """Runs a worker until told to stop, whatever happens to the database meanwhile."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.id = new_id()
        self.dsn = get_dsn(settings)
        self.designer: Designer = make_designer(settings)
        self._stopping = asyncio.Event()
        self._worker: Worker | None = None

    def stop(self) -> None:
        """Fetch no more jobs, give the running ones their time, put the rest back; ``run`` returns then."""
        if not self._stopping.is_set():
            log.info("worker_stopping", grace_seconds=self.settings.shutdown_grace_seconds)
        self._stopping.set()
        if self._worker is not None:
            self._worker.stop()

    async def run(self) -> None:
        """Work until ``stop``."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        pause = FIRST_PAUSE
        while not self._stopping.is_set():
            started = loop.time()
            try:
                await self._work()
            except (psycopg.Error, PoolTimeout, OSError) as exc:
                log.warning("worker_lost_database", reason=type(exc).__name__)
            except Exception:
                log.exception("worker_broke")
            if self._stopping.is_set():
                break
            pause = FIRST_PAUSE if loop.time() - started > MAX_PAUSE else min(MAX_PAUSE, pause * 2)
            log.warning("worker_rebuilding", pause_seconds=pause)
            await _sleep_unless(self._stopping, pause)
        await self.designer.close()
        log.info("worker_stopped")

    async def _work(self) -> None:
        """Build everything on a live database, work until the inner worker ends, and take it down again."""
        async with AsyncExitStack() as stack:
            pool = make_async_pool(self.dsn, size=POOL_SIZE, application_name="canvas-worker")
            await stack.enter_async_context(pool)
            await pool.wait(timeout=10)
            queue = stack.enter_context(app.replace_connector(make_connector(self.dsn)))
            await stack.enter_async_context(queue.open_async())
            queue.perform_import_paths()
            reporter = Reporter(pool)
            studio = Studio(pool=pool, designer=self.designer, reporter=reporter, settings=self.settings)
            self._worker = self._make_worker(queue, studio)
            await stack.enter_async_context(_beside(reporter.run()))
            await stack.enter_async_context(_beside(run_upkeep(self.dsn, self.settings)))
            await stack.enter_async_context(_beside(self._beat(studio)))
            if self._stopping.is_set():
                return
            log.info(
                "worker_started",
                concurrency=self.settings.max_concurrent_jobs,
                provider=self.settings.provider,
            )
            await self._worker.run()
            async with pool.connection() as conn:
                await unregister_worker(conn, worker_id=self.id)

    def _make_worker(self, queue: App, studio: Studio) -> Worker:
        return Worker(
            queue,
            queues=[QUEUE],
            concurrency=self.settings.max_concurrent_jobs,
            fetch_job_polling_interval=self.settings.job_processing_interval,
            abort_job_polling_interval=1.0,
            shutdown_graceful_timeout=self.settings.shutdown_grace_seconds,
            install_signal_handlers=False,
            update_heartbeat_interval=3600,  # ours beats for it, also while it drains
            stalled_worker_timeout=self.settings.worker_timeout_seconds,
            additional_context={"studio": studio},
        )

    async def _beat(self, studio: Studio) -> None:
        """Say that this process is alive, until cancelled: also while the inner worker drains."""
        card = WorkerCard(
            id=self.id,
            concurrency=self.settings.max_concurrent_jobs,
            poll_seconds=self.settings.job_processing_interval,
            provider=studio.designer.generator,
            model=studio.designer.model,
        )
        interval = self.settings.worker_timeout_seconds / HEARTBEATS_A_TIMEOUT
        while True:
            try:
                await self._beat_once(studio, card)
                pause = interval if self._worker_id else 0.1
            except (psycopg.Error, PoolTimeout) as exc:
                log.warning("heartbeat_delayed", reason=type(exc).__name__)
                pause = 1.0
            await asyncio.sleep(pause)

    async def _beat_once(self, studio: Studio, card: WorkerCard) -> None:
        async with studio.pool.connection() as conn:
            values = {"queue_worker_id": self._worker_id, "is_draining": self._stopping.is_set()}
            if not await beat(conn, worker_id=card.id, **values):
                await register_worker(conn, card)
                await beat(conn, worker_id=card.id, **values)

    @property
    def _worker_id(self) -> int | None:
        return self._worker.worker_id if self._worker is not None else None


@asynccontextmanager
async def _beside(job: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run a loop beside the body and end it with the body."""
    task = asyncio.create_task(job)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _sleep_unless(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), timeout=seconds)
    except TimeoutError:
        return
