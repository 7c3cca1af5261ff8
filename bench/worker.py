"""How fast one worker process picks up and finishes jobs, compared with stock Procrastinate on the same database.

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
from core import admission
from core.admission import Limits, NewJob
from core.database import Connection, connection_options
from devtools.processes import WORKER, free_port, running
from webapp.live.batching import MAX_BATCH

PATIENCE = 60.0  # seconds until a round must have ended
LOOK_SECONDS = 0.02  # between two looks whether it has: a hundredth of it, or less
ROOMY = Limits(active_jobs=1_000_000, jobs_per_minute=1_000_000)


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
    """Run one worker process and its model while the body runs."""
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


def post(conn: Connection) -> uuid.UUID:
    """Accept a job of a caller of its own, as the web process does."""
    return admission.add_job(conn, asked=_new_job(None), limits=ROOMY).job_id


def post_together(conn: Connection, count: int, *, user_id: str | None = None) -> list[uuid.UUID]:
    """Accept so many jobs of one caller, or each of its own, as the web process does with those that come together."""
    accepted: list[Any] = []
    while len(accepted) < count:
        asked = [_new_job(user_id) for _ in range(min(MAX_BATCH, count - len(accepted)))]
        accepted += admission.add_jobs(conn, asked=asked, limits=ROOMY)
    return [each.job_id for each in accepted]


def _new_job(user_id: str | None) -> NewJob:
    return NewJob(
        user_id=user_id or str(uuid.uuid4()),
        request_data={"instructions": "Draw an order", "style": "modern", "colorScheme": "default"},
        max_retries=0,
    )


def wait_until_done(conn: Connection, job_ids: list[uuid.UUID]) -> None:
    """Return when all of them have ended; raise when one failed or it takes too long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        left = _read(conn, "SELECT count(*) FROM ai_jobs WHERE outcome IS NULL AND id = ANY(%s)", [job_ids])
        if left == 0:
            break
        time.sleep(LOOK_SECONDS)
    completed = _read(
        conn, "SELECT count(*) FROM ai_jobs WHERE outcome = 'completed' AND id = ANY(%s)", [job_ids]
    )
    if completed != len(job_ids):
        raise RuntimeError(f"{completed} of {len(job_ids)} jobs were completed")


def throughput(bench: Bench, *, nodes: int, count: int) -> float:
    """Return the jobs a second that one worker process finishes, the model answering at once."""
    with bench.connect() as conn, worker(bench, nodes=nodes):
        began = time.monotonic()
        wait_until_done(conn, [post(conn) for _ in range(count)])
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


def first_object(bench: Bench, *, count: int, seconds: float = 2.0) -> list[float]:
    """Return the seconds from when the model had sent its first node to when the node's shape is in the events.

    An answer of the model takes ``seconds``.
    """
    delays = []
    with bench.connect() as conn, worker(bench, nodes=12, seconds=seconds):
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
    deadline = began + PATIENCE * 3
    job_ids = post_together(conn, count)
    while _read(conn, "SELECT count(*) FROM ai_jobs WHERE outcome IS NULL AND id = ANY(%s)", [job_ids]):
        if time.monotonic() > deadline:
            raise RuntimeError(f"{count} streams did not end")
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


def _read(conn: Connection, query: Any, values: Any = None) -> float:
    row = conn.execute(query, values).fetchone()
    assert row is not None
    return float(next(iter(row.values())))


def summary(values: list[float]) -> tuple[float, float]:
    """Return p50 and p99 in milliseconds."""
    return percentile(values, 0.5) * 1000, percentile(values, 0.99) * 1000
