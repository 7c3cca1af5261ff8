"""How fast one worker process takes up and finishes jobs, beside stock Procrastinate on the same database.

The model's server is a process of its own on this machine (``bench.model``), so that it takes part of the processors.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench.load import percentile
from core import jobs
from core.database import Connection, connection_options
from core.jobs import Limits, NewJob
from demo.services import WORKER, free_port, running

PATIENCE = 180.0  # seconds until a round must have ended
ROOMY = Limits(active_jobs=1_000_000, jobs_per_minute=1_000_000)
STOCK = [sys.executable, "-m", "procrastinate", "--app=bench.stock.app", "worker", "--concurrency=20"]


@dataclass(frozen=True)
class Bench:
    """Where things are."""

    dsn: str
    folder: Path

    @property
    def marks(self) -> Path:
        """The times at which the model had sent the first item of its answers."""
        return self.folder / "model.log"

    def connect(self) -> Connection:
        """Return a connection of ours."""
        return psycopg.connect(self.dsn, **connection_options(application_name="bench"))


@contextmanager
def worker(
    bench: Bench, *, nodes: int, seconds: float = 0.0, concurrency: int = 20
) -> Iterator[psutil.Process]:
    """Run one worker process and its model beside the body."""
    port = free_port()
    model = [
        sys.executable,
        "-m",
        "bench.model",
        f"--port={port}",
        f"--nodes={nodes}",
        f"--seconds={seconds}",
    ]
    env = {
        "DATABASE_URL": bench.dsn,
        "VAR_DIR": str(bench.folder),
        "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "MAX_CONCURRENT_JOBS": str(concurrency),
        "LOG_FORMAT": "json",
        "JWT_SECRET_KEY": "a secret for the benchmarks, long enough for HS256",
    }
    bench.marks.unlink(missing_ok=True)
    with ExitStack() as stack:
        stack.enter_context(running(model, env={}, log=bench.marks))
        process = stack.enter_context(running(WORKER, env=env, log=bench.folder / "worker.log"))
        with bench.connect() as conn:
            # The first job finds everything warm, as the later ones do.
            warm_up = post(conn)
            wait_until_done(conn, [warm_up])
        yield psutil.Process(process.pid)


@contextmanager
def stock_worker(bench: Bench) -> Iterator[None]:
    """Run a stock worker process beside the body."""
    env = {"DATABASE_URL": bench.dsn}
    with running(STOCK, env=env, log=bench.folder / "stock.log"):
        yield


def post(conn: Connection) -> uuid.UUID:
    """Accept a job of a caller of its own, as the web process does."""
    asked = NewJob(
        user_id=str(uuid.uuid4()),
        request_data={"instructions": "Draw an order", "style": "modern", "colorScheme": "default"},
        max_retries=0,
    )
    return jobs.add_job(conn, asked=asked, limits=ROOMY).job_id


def wait_until_done(conn: Connection, job_ids: list[uuid.UUID]) -> None:
    """Return when all of them have ended; raise when one failed or it takes too long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        left = _read(conn, "SELECT count(*) FROM ai_jobs WHERE outcome IS NULL AND id = ANY(%s)", [job_ids])
        if left == 0:
            break
        time.sleep(0.05)
    completed = _read(
        conn, "SELECT count(*) FROM ai_jobs WHERE outcome = 'completed' AND id = ANY(%s)", [job_ids]
    )
    if completed != len(job_ids):
        raise RuntimeError(f"{completed} of {len(job_ids)} jobs were completed")


def pick_up(bench: Bench, *, jobs_each: int, pause: float) -> tuple[list[float], list[float]]:
    """Return the seconds from a commit to the first line of its task: (ours, stock's).

    Ours is when the claim's transaction began, after the first line.
    """
    ours, stock = [], []
    with bench.connect() as conn, worker(bench, nodes=1):
        sent = {}
        for _ in range(jobs_each):
            sent[post(conn)] = time.time()
            time.sleep(pause)
        wait_until_done(conn, list(sent))
        rows = conn.execute(
            "SELECT id, extract(epoch FROM started_at)::float8 AS at FROM ai_jobs WHERE id = ANY(%s)",
            [list(sent)],
        ).fetchall()
        ours = [row["at"] - sent[row["id"]] for row in rows]
    with bench.connect() as conn, stock_worker(bench):
        conn.execute("CREATE TABLE IF NOT EXISTS bench_started (key integer, at float8)")
        conn.execute("TRUNCATE bench_started")
        _defer_stock(conn, "tell", -1)
        _wait_for(conn, "SELECT count(*) FROM bench_started", 1)
        times = []
        for key in range(jobs_each):
            _defer_stock(conn, "tell", key)
            times.append(time.time())
            time.sleep(pause)
        _wait_for(conn, "SELECT count(*) FROM bench_started", jobs_each + 1)
        rows = conn.execute("SELECT key, at FROM bench_started WHERE key >= 0").fetchall()
        stock = [row["at"] - times[row["key"]] for row in rows]
    return ours, stock


def throughput(bench: Bench, *, nodes: int, count: int) -> float:
    """Return the jobs a second that one worker process finishes, the model answering at once."""
    with bench.connect() as conn, worker(bench, nodes=nodes):
        began = time.monotonic()
        wait_until_done(conn, [post(conn) for _ in range(count)])
        return count / (time.monotonic() - began)


def stock_throughput(bench: Bench, *, count: int) -> float:
    """Return the no-op tasks a second that one stock worker process runs."""
    done = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'stock' AND status = 'succeeded'"
    with bench.connect() as conn, stock_worker(bench):
        before = int(_read(conn, done))
        _defer_stock(conn, "nothing")
        _wait_for(conn, done, before + 1)
        began = time.monotonic()
        for _ in range(count):
            _defer_stock(conn, "nothing")
        _wait_for(conn, done, before + 1 + count)
        return count / (time.monotonic() - began)


def end_to_end(bench: Bench, *, count: int) -> list[float]:
    """Return the seconds from acceptance to completion of 12-node plans, one at a time, the model answering at once."""
    with bench.connect() as conn, worker(bench, nodes=12):
        done = []
        for _ in range(count):
            done.append(post(conn))
            wait_until_done(conn, done[-1:])
        rows = conn.execute(
            "SELECT extract(epoch FROM completed_at - created_at)::float8 AS took FROM ai_jobs WHERE id = ANY(%s)",
            [done],
        ).fetchall()
    return [row["took"] for row in rows]


def first_object(bench: Bench, *, count: int) -> list[float]:
    """Return the seconds from when the model had sent its first node to when the node's shape is in the events."""
    delays = []
    with bench.connect() as conn, worker(bench, nodes=12, seconds=2.0):
        for _ in range(count):
            job_id = post(conn)
            seen_at = _wait_for_shape(conn, job_id)
            delays.append(seen_at - float(bench.marks.read_text().split()[-1]))
            wait_until_done(conn, [job_id])
    return delays


def many_streams(bench: Bench, *, streams: int, seconds: float) -> tuple[float, float, float]:
    """Return (seconds that one job takes alone, that all take together, the worker's peak memory in bytes)."""
    with bench.connect() as conn, worker(bench, nodes=12, seconds=seconds, concurrency=streams) as process:
        alone = _time_jobs(conn, 1)
        peak = 0.0

        def note_memory() -> None:
            nonlocal peak
            peak = max(peak, float(process.memory_info().rss))

        together = _time_jobs(conn, streams, note_memory)
    return alone, together, peak


def _time_jobs(conn: Connection, count: int, meanwhile: Any = lambda: None) -> float:
    began = time.monotonic()
    job_ids = [post(conn) for _ in range(count)]
    while _read(conn, "SELECT count(*) FROM ai_jobs WHERE outcome IS NULL AND id = ANY(%s)", [job_ids]):
        meanwhile()
        time.sleep(0.2)
    took = time.monotonic() - began
    wait_until_done(conn, job_ids)
    return took


def _wait_for_shape(conn: Connection, job_id: uuid.UUID) -> float:
    # The title is a text, and there before any node.
    query = (
        "SELECT count(*) FROM ai_job_events "
        "WHERE job_id = %s AND kind = 'object' AND data ->> 'object_type' <> 'text'"
    )
    deadline = time.monotonic() + PATIENCE
    while not _read(conn, query, [job_id]):
        if time.monotonic() > deadline:
            raise RuntimeError("no shape was drawn")
        time.sleep(0.002)
    return time.time()


def _defer_stock(conn: Connection, task: str, key: int | None = None) -> None:
    conn.execute(
        "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('stock', %s, 0, NULL, NULL, %s::jsonb, NULL)"
        "::procrastinate_job_to_defer_v1])",
        [task, "{}" if key is None else f'{{"key": {key}}}'],
    )


def _wait_for(conn: Connection, query: str, number: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while _read(conn, query) < number:
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited in vain: {query}")
        time.sleep(0.05)


def _read(conn: Connection, query: Any, values: Any = None) -> float:
    row = conn.execute(query, values).fetchone()
    assert row is not None
    return float(next(iter(row.values())))


def summary(values: list[float]) -> tuple[float, float]:
    """Return p50 and p99 in milliseconds."""
    return percentile(values, 0.5) * 1000, percentile(values, 0.99) * 1000
