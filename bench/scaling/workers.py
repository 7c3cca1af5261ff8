"""What jobs cost with several worker processes, next to stock Procrastinate with a task that does nothing."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from bench.pickup import STOCK_WORKER
from bench.scaling.costs import Results, Target, empty, plural, wait_for
from bench.web import SECRET
from bench.worker import post, wait_until_done
from core.database import Connection
from devtools.processes import WORKER, free_port, running

IDLE_WORKERS = 4


@contextmanager
def workers(target: Target, count: int, *, nodes: int, **more: str) -> Iterator[None]:
    """Run so many worker processes and a model server; each has finished some jobs when the body begins."""
    port = free_port()
    model = [sys.executable, "-m", "bench.model", f"--port={port}", f"--nodes={nodes}"]
    env = {
        "DATABASE_URL": target.dsn,
        "VAR_DIR": str(target.folder),
        "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "WARNING",
        "JWT_SECRET_KEY": SECRET,
    } | more
    with ExitStack() as stack:
        stack.enter_context(running(model, env={}, log=target.folder / "model.log"))
        for number in range(count):
            stack.enter_context(running(WORKER, env=env, log=target.folder / f"worker-{number}.log"))
        with target.connect() as conn:
            wait_for(conn, "SELECT count(*) >= %s AS done FROM ai_workers", count)
            wait_until_done(conn, [post(conn) for _ in range(10 * count)])
        yield


def measure_workers(target: Target, results: Results, *, jobs: int, nodes: int, processes: int) -> None:
    """Post jobs and have them drawn by so many worker processes."""
    with workers(target, processes, nodes=nodes), target.connect() as conn:
        what = f"{plural(processes, 'worker')}, {plural(nodes, 'node')}: jobs"
        with target.costing(results, what) as note:
            began = time.monotonic()
            wait_until_done(conn, [post(conn) for _ in range(jobs)])
            note(jobs, time.monotonic() - began)


def measure_stock(target: Target, results: Results, *, jobs: int, processes: int) -> None:
    """The floor: stock Procrastinate's workers with a task that does nothing."""
    done = "SELECT count(*) >= %s AS done FROM procrastinate_jobs WHERE queue_name = 'stock' AND status = 'succeeded'"
    with ExitStack() as stack:
        for number in range(processes):
            log = target.folder / f"stock-{number}.log"
            stack.enter_context(running(STOCK_WORKER, env={"DATABASE_URL": target.dsn}, log=log))
        with target.connect() as conn:
            conn.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'stock'")
            _defer(conn, 10 * processes)
            wait_for(conn, done, 10 * processes)
            what = f"floor: {plural(processes, 'stock worker')}, no-op: jobs"
            with target.costing(results, what) as note:
                began = time.monotonic()
                _defer(conn, jobs)
                wait_for(conn, done, 10 * processes + jobs)
                note(jobs, time.monotonic() - began)


def _defer(conn: Connection, count: int) -> None:
    for _ in range(count):
        conn.execute(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('stock', 'nothing', 0, NULL, NULL, '{}'::jsonb, NULL)"
            "::procrastinate_job_to_defer_v1])"
        )


def measure_idle(target: Target, results: Results, *, seconds: float) -> None:
    """What worker processes without a job ask of the database: they look for jobs, aborts, pauses, and beat."""
    count = IDLE_WORKERS
    with workers(target, count, nodes=1), target.connect():
        time.sleep(1)
        cpu = target.processor_seconds()
        time.sleep(seconds)
        share = (target.processor_seconds() - cpu) / seconds / count
    results.figures["an idle worker"] = f"{share:.2%} of a core of PostgreSQL"
    empty(target)
