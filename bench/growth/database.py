"""One of the databases that are compared, as the web process and the worker use it."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job as QueueJob

from bench.growth.history import REQUEST, History
from core import admission, jobs, workers
from core.admission import NewJob
from core.attempts import Attempt, Usage, claim_job, postpone_attempt
from core.database import AsyncConnection, Connection, connection_options
from core.workers import Heartbeat, WorkerCard
from tasks.app import QUEUE, app
from webapp.job_view import JobView
from webapp.live.queue_position import QueuePositions

LIMITS = admission.Limits(
    active_jobs=1000, jobs_per_minute=1_000_000, tokens_per_day=10**12
)  # out of the way
RETENTION = timedelta(days=7)
SILENCE = 20.0  # seconds until a worker counts as gone
RUNNING = 20  # jobs that run all the while; as many wait for a retry


class Database:
    """The connections to a database with a history; ``times`` are the seconds each operation took."""

    def __init__(self, history: History, web: Connection, worker: AsyncConnection, queue: App) -> None:
        self.history = history
        self.web = web
        self.worker = worker
        self.queue = queue.job_manager
        self.times: dict[str, list[float]] = defaultdict(list)
        self.job_view = JobView(RETENTION)
        self.positions = QueuePositions(worker_timeout_seconds=SILENCE)
        self.heartbeat = Heartbeat(uuid.uuid4(), None, is_draining=False)
        self.purged = 0  # of the oldest jobs

    @classmethod
    @asynccontextmanager
    async def open(cls, dsn: str, history: History) -> AsyncIterator[Database]:
        """Open the connections, and begin with forty unfinished jobs: half of them run, half wait for a retry."""
        options = connection_options(application_name="bench")
        queue = app.with_connector(PsycopgConnector(conninfo=dsn, min_size=1, max_size=1))
        async with await psycopg.AsyncConnection.connect(dsn, **options) as worker, queue.open_async():
            with psycopg.connect(dsn, **options) as web:
                database = cls(history, web, worker, queue)
                await database._begin()
                yield database

    async def _begin(self) -> None:
        card = WorkerCard(self.heartbeat.worker_id, 40, 1.0, "openai", "a-model")
        await workers.register_worker(self.worker, card)
        self.heartbeat = replace(self.heartbeat, queue_worker_id=await self.queue.register_worker())
        for number in range(2 * RUNNING):
            self.post(str(uuid.uuid4()))
            job, attempt = await self.take()
            if number % 2:
                continue
            retry_at = datetime.now(UTC) + timedelta(hours=1)
            await postpone_attempt(
                self.worker,
                attempt,
                retry_at=retry_at,
                code="model_timeout",
                message="The model's server did not answer.",
                progress_message="Trying again",
                usage=Usage(),
                counts_as_retry=True,
            )
            await self.queue.retry_job(job, retry_at=retry_at)

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        """Note how long the body took."""
        began = time.perf_counter()
        yield
        self.times[what].append(time.perf_counter() - began)

    def post(self, user_id: str) -> uuid.UUID:
        """Accept a job."""
        asked = NewJob(user_id=user_id, request_data=REQUEST, max_retries=3)
        return admission.add_job(self.web, asked=asked, limits=LIMITS).job_id

    async def take(self) -> tuple[QueueJob, Attempt]:
        """Fetch the first in line and claim it."""
        assert self.heartbeat.queue_worker_id is not None
        with self.timed("fetch from the queue"):
            job = await self.queue.fetch_job(queues=[QUEUE], worker_id=self.heartbeat.queue_worker_id)
        assert job is not None
        assert job.id is not None
        job_id = uuid.UUID(str(job.task_kwargs["job_id"]))
        with self.timed("claim"):
            attempt = await claim_job(self.worker, job_id=job_id, queue_job_id=job.id)
        assert attempt is not None
        return job, attempt

    def show(self, job_id: uuid.UUID, user_id: str) -> None:
        """Do what GET status does."""
        [snapshot] = self.positions.snapshots(
            self.web, [jobs.get_job(self.web, job_id=job_id, user_id=user_id)]
        )
        self.job_view.show(snapshot)
