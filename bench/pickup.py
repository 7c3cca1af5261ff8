"""How soon a job is picked up after its commit: by ours, and by other queues in the same run.

All workers run all the time, each with nothing else to do; they get jobs in turn, a few at a time. The clock starts
when the call that put the job returns, and stops at the first line of its task.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import statistics
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from bench.peers import marks
from bench.peers.redis_server import redis_server, why_missing
from bench.worker import LOOK_SECONDS, Bench, post, wait_until_done, worker
from core.database import Connection
from devtools.processes import running

OURS, STOCK, RQ, CELERY, POLLER = "Canvas Jobs", "stock Procrastinate", "RQ", "Celery", "a polling thread"
POLL_INTERVAL = 5.0  # seconds between two looks of the polling thread
PATIENCE = 60.0  # seconds until all jobs of a turn must have begun

PYTHON_M = [sys.executable, "-m"]
# Of its own queue alone: it would take our rows too, and fail them.
STOCK_WORKER = [
    *PYTHON_M,
    "procrastinate",
    "--app=bench.peers.stock.app",
    "worker",
    "--queues=stock",
    "--concurrency=20",
]
DEFER = (
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('stock', %s, 0, NULL, NULL, %s::jsonb, NULL)"
    "::procrastinate_job_to_defer_v1])"
)


@dataclass(frozen=True)
class Queue:
    """Where jobs can be put: ``put`` returns once a job is accepted, ``read`` when the tasks began, by key."""

    name: str
    put: Callable[[int], object]
    read: Callable[[], Mapping[int, float]]
    interval: float = 0.0  # seconds between two looks; a turn lasts as long, so that it meets every phase


@contextmanager
def queues(bench: Bench, *, poll_interval: float = POLL_INTERVAL) -> Iterator[list[Queue]]:
    """Run all that can run here while the body runs, warm; without Redis its two are left out (``why_missing``)."""
    with ExitStack() as stack:
        conn = stack.enter_context(bench.connect())
        stack.enter_context(worker(bench, nodes=1))
        entered = [
            _ours(conn),
            stack.enter_context(stock(bench, conn)),
            stack.enter_context(_poller(bench, conn, poll_interval)),
        ]
        if why_missing() is None:
            url = stack.enter_context(redis_server(bench.folder))
            entered += [stack.enter_context(_rq(bench, url)), stack.enter_context(_celery(bench, url))]
        for queue in entered:
            _take_turn(queue, [-1], pause=0.0)
        yield entered


def race(
    entered: Sequence[Queue], *, rounds: int, jobs: int, pause: float, seed: int = 1
) -> dict[str, list[float]]:
    """Return by name the seconds from each commit to the first line of its task.

    In each round every queue gets ``jobs`` in turn, about ``pause`` seconds apart.
    """
    rng = random.Random(seed)
    seconds: dict[str, list[float]] = {queue.name: [] for queue in entered}
    keys = itertools.count(time.time_ns())
    for _ in range(rounds):
        for queue in rng.sample(entered, len(entered)):
            mine = list(itertools.islice(keys, jobs))
            apart = max(pause, queue.interval / jobs)
            seconds[queue.name] += _take_turn(queue, mine, pause=apart)
    return seconds


def rates(bench: Bench, *, count: int, rounds: int) -> tuple[float, float]:
    """Return how many jobs of one node our worker finishes a second, and how many no-op tasks stock's does.

    Medians of rounds in turn, each of ``count`` jobs, the model answering at once.
    """
    ours, stocks = [], []
    with bench.connect() as conn, worker(bench, nodes=1), stock(bench, conn) as warm:
        _take_turn(warm, [-1], pause=0.0)
        for _ in range(rounds):
            began = time.monotonic()
            wait_until_done(conn, [post(conn) for _ in range(count)])
            ours.append(count / (time.monotonic() - began))
            began = time.monotonic()
            _run_stock(conn, count)
            stocks.append(count / (time.monotonic() - began))
    return statistics.median(ours), statistics.median(stocks)


def _run_stock(conn: Connection, count: int) -> None:
    left = (
        "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'stock' AND status IN ('todo', 'doing')"
    )
    for _ in range(count):
        conn.execute(DEFER, ["nothing", "{}"])
    deadline = time.monotonic() + PATIENCE
    while _read_one(conn, left):
        if time.monotonic() > deadline:
            raise RuntimeError(f"stock's tasks did not end; see {STOCK}'s log")
        time.sleep(LOOK_SECONDS)


def _take_turn(queue: Queue, keys: list[int], *, pause: float) -> list[float]:
    accepted: dict[int, float] = {}
    for key in keys:
        queue.put(key)
        accepted[key] = time.time()
        # Not in step with anybody's clock.
        time.sleep(pause * random.uniform(0.5, 1.5))
    deadline = time.monotonic() + PATIENCE
    while not (began := queue.read()).keys() >= accepted.keys():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{queue.name} did not begin {len(accepted.keys() - began.keys())} jobs")
        time.sleep(0.02)
    return [began[key] - at for key, at in accepted.items()]


def _ours(conn: Connection) -> Queue:
    """Ours has begun when the record says so: after the task's first line, when the claim reaches the database."""
    sent: dict[uuid.UUID, int] = {}

    def read() -> dict[int, float]:
        rows = conn.execute(
            "SELECT id, extract(epoch FROM started_at)::float8 AS at FROM ai_jobs "
            "WHERE started_at IS NOT NULL AND id = ANY(%s)",
            [list(sent)],
        ).fetchall()
        return {sent[row["id"]]: row["at"] for row in rows}

    return Queue(OURS, lambda key: sent.update({post(conn): key}), read)


@contextmanager
def stock(bench: Bench, conn: Connection) -> Iterator[Queue]:
    """Run a worker of stock Procrastinate while the body runs."""

    def put(key: int) -> None:
        conn.execute(DEFER, ["tell", json.dumps({"key": key})])

    with _peer(bench, "stock", STOCK_WORKER) as read:
        yield Queue(STOCK, put, read)


@contextmanager
def _poller(bench: Bench, conn: Connection, interval: float) -> Iterator[Queue]:
    command = [*PYTHON_M, "bench.peers.poller", "--interval", str(interval)]
    insert = "INSERT INTO bench_polled (key) VALUES (%s)"
    with _peer(bench, "poller", command) as read:
        while not _read_one(conn, "SELECT to_regclass('bench_polled') IS NOT NULL"):
            time.sleep(LOOK_SECONDS)
        yield Queue(POLLER, lambda key: conn.execute(insert, [key]), read, interval)


@contextmanager
def _rq(bench: Bench, url: str) -> Iterator[Queue]:
    import redis
    import rq

    # As it comes: a process is forked for each job.
    command = [*PYTHON_M, "rq.cli", "worker", "--url", url, "--quiet", "bench"]
    with _peer(bench, "rq", command) as read, redis.Redis.from_url(url) as client:
        yield Queue(RQ, partial(rq.Queue("bench", connection=client).enqueue, marks.mark), read)


@contextmanager
def _celery(bench: Bench, url: str) -> Iterator[Queue]:
    os.environ["BENCH_REDIS"] = url
    from bench.peers.celery_app import app, tell

    app.conf.broker_url = url
    command = [*PYTHON_M, "celery", "--app", "bench.peers.celery_app", "worker", "--loglevel", "WARNING"]
    with _peer(bench, "celery", command, BENCH_REDIS=url) as read:
        yield Queue(CELERY, tell.delay, read)


@contextmanager
def _peer(
    bench: Bench, name: str, command: list[str], **env: str
) -> Iterator[Callable[[], Mapping[int, float]]]:
    """Run a peer's worker while the body runs; gives what reads its marks."""
    path = bench.folder / f"{name}.marks"
    path.unlink(missing_ok=True)
    env |= {"DATABASE_URL": bench.dsn, marks.VARIABLE: str(path)}
    with running(command, env=env, log=bench.folder / f"{name}.log"):
        yield partial(marks.read_marks, path)


def _read_one(conn: Connection, query: Any) -> Any:
    row = conn.execute(query).fetchone()
    assert row is not None
    return next(iter(row.values()))
