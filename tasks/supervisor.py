"""A supervised worker: Procrastinate's loop, with our own loops in the background, rebuilt when it breaks.

The process ends with 0 after SIGTERM or SIGINT, and with 1 when the settings make no sense or nothing helps any more.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import psycopg
import structlog
from procrastinate import App
from psycopg_pool import PoolTimeout

from core import maintenance
from core.database import get_direct_dsn
from core.ids import new_id
from core.metrics import Pool
from core.pools import AsyncPool, make_async_pool
from core.settings import Settings
from core.workers import Heartbeat, WorkerCard, are_workers_paused, beat, register_worker, unregister_worker
from tasks.app import QUEUE, QUEUE_ALONE, app, make_connector
from tasks.cancellation import cancel_and_wait
from tasks.designers import Designer, make_designer
from tasks.designers.chat.endpoint import OPENAI_URL
from tasks.drawing_pool import DrawingPool
from tasks.isolation import run_isolated
from tasks.maintenance import log_fates, run_maintenance
from tasks.metrics_server import serve_metrics
from tasks.pipeline import WorkerContext
from tasks.progress import ProgressPublisher
from tasks.webhooks import WebhookContext, run_webhooks
from tasks.worker import DurableWorker

HEARTBEATS_A_TIMEOUT = 4  # so many heartbeats may get lost before a worker counts as gone
PAUSE_INTERVAL = 1.0  # seconds between two looks whether an operator has paused the workers
POOL_SIZE = 4  # our own connections; Procrastinate has as many, and one that listens
LOOP_PAUSE = 1.0  # seconds before a background loop that broke begins again
FIRST_PAUSE, MAX_PAUSE = 0.5, 15.0  # seconds before the worker is rebuilt, doubled each time

MAX_BREAKS = 10  # unexpected ends in a row, each within 15 s; a lost database is not one of them

log = structlog.get_logger()


class CannotWork(Exception):
    """The worker breaks whenever it is built; only another process, or another release, can help."""


class Supervisor:
    """Runs a worker until ``stop``, whatever happens to the database meanwhile.

    An isolated one runs one job from the queue of those that run alone, and nothing in the background.
    """

    def __init__(self, settings: Settings, *, is_isolated: bool = False) -> None:
        self.settings = settings
        self.is_isolated = is_isolated
        self.id = new_id()
        self.dsn = get_direct_dsn(settings)
        self.designer: Designer = make_designer(settings)
        self._stopping = asyncio.Event()
        self._worker: DurableWorker | None = None
        self._pools: dict[str, Pool] = {}

    def stop(self) -> None:
        """Fetch no more jobs, give the running ones their time, put the rest back; ``run`` returns then."""
        if not self._stopping.is_set():
            log.info("worker_stopping", grace_seconds=self.settings.shutdown_grace_seconds)
        self._stopping.set()
        if self._worker is not None:
            self._worker.stop()

    async def run(self) -> None:
        """Work until ``stop``; raise ``CannotWork`` when building the worker fails again and again."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        if self.is_isolated:  # its worker process has the port of the metrics
            await self._run_until_stopped()
            return
        async with serve_metrics(self.settings, lambda: self._pools):
            await self._run_until_stopped()

    async def _run_until_stopped(self) -> None:
        loop = asyncio.get_running_loop()
        pause, breaks = FIRST_PAUSE, 0
        while not self._stopping.is_set():
            started = loop.time()
            try:
                await self._work()
            except (psycopg.Error, PoolTimeout, OSError) as exc:
                log.warning("worker_lost_database", reason=type(exc).__name__)
            except Exception as exc:
                log.exception("worker_broke")
                breaks = 1 if loop.time() - started > MAX_PAUSE else breaks + 1
                if breaks >= MAX_BREAKS:
                    raise CannotWork from exc
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
            self._pools = {"worker": pool}
            queue = stack.enter_context(app.replace_connector(make_connector(self.dsn)))
            await stack.enter_async_context(queue.open_async())
            queue.perform_import_paths()
            publisher = ProgressPublisher(pool)
            drawings = DrawingPool()
            if not self.is_isolated:  # That one disturbs nobody.
                await stack.enter_async_context(drawings)
            context = WorkerContext(
                pool=pool,
                designer=self.designer,
                publisher=publisher,
                settings=self.settings,
                model_server=model_server(self.settings),
                drawings=drawings,
            )
            self._worker = self._make_worker(queue, context)
            await stack.enter_async_context(_in_background(publisher.run))
            await stack.enter_async_context(_in_background(self._beat, context))
            if not self.is_isolated:
                await self._start_side_work(stack, queue, pool)
            if self._stopping.is_set():
                return
            log.info(
                "worker_started",
                concurrency=self._worker.concurrency,
                provider=self.settings.provider,
                is_isolated=self.is_isolated,
            )
            await self._worker.run()
            async with pool.connection() as conn:
                await unregister_worker(conn, worker_id=self.id)
            if self.is_isolated:
                self._stopping.set()

    async def _start_side_work(self, stack: AsyncExitStack, queue: App, pool: AsyncPool) -> None:
        await stack.enter_async_context(_in_background(run_maintenance, pool, self.settings))
        await stack.enter_async_context(_in_background(self._watch_pause, pool))
        await stack.enter_async_context(_in_background(run_isolated, pool, self.settings))
        if self.settings.webhook_secret is not None:
            webhooks = WebhookContext(pool, self.settings)
            await stack.enter_async_context(_in_background(run_webhooks, queue, webhooks))

    def _make_worker(self, queue: App, context: WorkerContext) -> DurableWorker:
        worker = DurableWorker(
            queue,
            queues=[QUEUE_ALONE if self.is_isolated else QUEUE],
            concurrency=1 if self.is_isolated else self.settings.max_concurrent_jobs,
            wait=not self.is_isolated,
            fetch_job_polling_interval=self.settings.job_processing_interval,
            abort_job_polling_interval=1.0,
            shutdown_graceful_timeout=self.settings.shutdown_grace_seconds,
            install_signal_handlers=False,
            stalled_worker_timeout=self.settings.worker_timeout_seconds,
            additional_context={"worker": context},
        )
        worker.ends_after_a_job = self.is_isolated
        return worker

    async def _beat(self, context: WorkerContext) -> None:
        """Say that this process is alive, until cancelled: also while the inner worker drains."""
        card = WorkerCard(
            id=self.id,
            concurrency=1 if self.is_isolated else self.settings.max_concurrent_jobs,
            poll_seconds=self.settings.job_processing_interval,
            provider=context.designer.generator,
            model=context.designer.model,
            release=self.settings.release,
        )
        interval = self.settings.worker_timeout_seconds / HEARTBEATS_A_TIMEOUT
        seen_before: maintenance.Unstarted = set()
        while True:
            try:
                await self._beat_once(context, card)
                seen_before = await self._requeue_unstarted(context, seen_before)
                pause = interval if self._worker_id else 0.1
            except (psycopg.Error, PoolTimeout) as exc:
                log.warning("heartbeat_delayed", reason=type(exc).__name__)
                pause = 1.0
            await asyncio.sleep(pause)

    async def _watch_pause(self, pool: AsyncPool) -> None:
        """Do what operators ask of all workers, until cancelled."""
        while True:
            with contextlib.suppress(psycopg.Error, PoolTimeout):
                async with pool.connection() as conn:
                    is_paused = await are_workers_paused(conn)
                if self._worker is not None:
                    self._worker.set_paused(is_paused)
            await asyncio.sleep(PAUSE_INTERVAL)

    async def _beat_once(self, context: WorkerContext, card: WorkerCard) -> None:
        async with context.pool.connection() as conn:
            values = Heartbeat(
                worker_id=card.id,
                queue_worker_id=self._worker_id,
                # An isolated one offers no places either.
                is_draining=self._stopping.is_set() or self.is_isolated,
            )
            if not await beat(conn, values):
                await register_worker(conn, card)
                await beat(conn, values)

    async def _requeue_unstarted(
        self, context: WorkerContext, seen_before: maintenance.Unstarted
    ) -> maintenance.Unstarted:
        """Put jobs back that the database thinks are ours and we never heard of, once they were seen twice."""
        if self._worker is None or self._worker_id is None:
            return set()
        async with context.pool.connection() as conn:
            fates, seen_before = await maintenance.requeue_unstarted(
                conn,
                queue_worker_id=self._worker_id,
                running=self._worker.running_queue_ids,
                seen_before=seen_before,
            )
        log_fates("stray_job_released", fates)
        return seen_before

    @property
    def _worker_id(self) -> int | None:
        return self._worker.worker_id if self._worker is not None else None


def model_server(settings: Settings) -> str | None:
    """Return the address whose circuit breaker all workers share; None when no server is asked."""
    if settings.provider != "openai":
        return None
    return settings.openai_base_url or OPENAI_URL


@asynccontextmanager
async def _in_background(
    loop: Callable[..., Coroutine[Any, Any, None]], *arguments: Any
) -> AsyncIterator[None]:
    """Run a loop while the body runs, and end it with the body."""
    task = asyncio.create_task(_keep_up(loop, *arguments))
    try:
        yield
    finally:
        await cancel_and_wait(task)


async def _keep_up(loop: Callable[..., Coroutine[Any, Any, None]], *arguments: Any) -> None:
    """Begin a loop again whenever it breaks: without heartbeat, progress or maintenance a worker only seems well."""
    while True:
        try:
            await loop(*arguments)
        except Exception:
            log.exception("loop_broke", loop=loop.__qualname__)
        await asyncio.sleep(LOOP_PAUSE)


async def _sleep_unless(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), timeout=seconds)
    except TimeoutError:
        return
