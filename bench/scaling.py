"""``python -m bench.scaling``: what one database carries, with 1, 2 and 4 processes; connections, WAL, disk, NOTIFY.

Everything runs on this machine, so that its cores are the limit of every rate. What holds elsewhere is what PostgreSQL
itself took: processor time, WAL and disk for one job. All numbers of processes take turns, the floors among them, and
the median of the rounds counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import select
import shutil
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

import psutil
import psycopg
from rich.console import Console
from rich.table import Table

from bench.load import http_request, measure
from bench.pickup import STOCK_WORKER
from bench.web import API, BODY, CALLERS, SECRET
from bench.worker import post, wait_until_done
from core import maintenance
from core.database import AsyncConnection, Connection, connection_options, limit_pooled_sessions
from core.settings import load_settings
from devtools.client import Client
from devtools.pooler import PGBOUNCER, Pooler
from devtools.postgres import PostgresServer
from devtools.processes import WEB, WORKER, free_port, running, wait_until_ready
from migrations import migrate
from webapp.auth import make_token

PROCESSES = (1, 2, 4)
LISTENERS = (0, 1, 10, 50, 200)
NOTIFIERS = 4  # connections that notify at the same time
PACE = 200.0  # notifications a second, when not as many as possible
MAX_CONNECTIONS = 400
SESSIONS = 4  # of pgbouncer with the database
PATIENCE = 180.0  # seconds until a round must have ended
SETTLE_SECONDS = 0.5  # until what sessions of the round before have taken is in the books

console = Console(width=110)


@dataclass
class Cost:
    """What one round did, and what PostgreSQL took for each thing of it."""

    rate: float  # a second
    cpu_ms: float  # of PostgreSQL's processes
    wal_bytes: float
    share: float = 0.0  # of PostgreSQL in the processor time of the whole machine


@dataclass
class Results:
    """The rounds of each kind, and single figures."""

    rounds: defaultdict[str, list[Cost]] = field(default_factory=lambda: defaultdict(list))
    figures: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Bench:
    """The database that is measured, and where logs go."""

    server: PostgresServer
    folder: Path

    @property
    def dsn(self) -> str:
        """The database's name."""
        return self.server.dsn

    def connect(self) -> Connection:
        """Return a connection of ours."""
        return psycopg.connect(self.dsn, **connection_options(application_name="bench"))

    def processor_seconds(self) -> float:
        """Return what PostgreSQL has taken so far, sessions that have ended included."""
        postmaster = psutil.Process(self.server.pid)
        times = postmaster.cpu_times()
        total = times.user + times.system + times.children_user + times.children_system
        for child in postmaster.children():
            try:
                own = child.cpu_times()
            except psutil.NoSuchProcess:
                continue  # It is among the parent's by now, with the next look.
            total += own.user + own.system
        return float(total)

    @contextmanager
    def costing(self, results: Results, what: str) -> Iterator[Callable[[float, float], None]]:
        """Note what the body costs; it says how many things it did, in how many seconds."""
        time.sleep(SETTLE_SECONDS)
        with self.connect() as conn:
            wal, cpu, all_cpu = _wal(conn), self.processor_seconds(), _machine_seconds()

            def note(count: float, seconds: float) -> None:
                taken = self.processor_seconds() - cpu
                results.rounds[what].append(
                    Cost(
                        rate=count / seconds,
                        cpu_ms=taken / count * 1000,
                        wal_bytes=(_wal(conn) - wal) / count,
                        share=taken / max(1e-9, _machine_seconds() - all_cpu),
                    )
                )

            yield note


def _wal(conn: Connection) -> float:
    row = conn.execute("SELECT pg_current_wal_insert_lsn() - '0/0' AS bytes").fetchone()
    assert row is not None
    return float(row["bytes"])


def _machine_seconds() -> float:
    times = psutil.cpu_times()
    return float(times.user + times.nice + times.system + times.softirq)


# Workers ------------------------------------------------------------------------------------------------------------


@contextmanager
def _workers(bench: Bench, count: int, *, nodes: int, **more: str) -> Iterator[None]:
    port = free_port()
    model = [sys.executable, "-m", "bench.model", f"--port={port}", f"--nodes={nodes}"]
    env = {
        "DATABASE_URL": bench.dsn,
        "VAR_DIR": str(bench.folder),
        "OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "WARNING",
        "JWT_SECRET_KEY": SECRET,
    } | more
    with ExitStack() as stack:
        stack.enter_context(running(model, env={}, log=bench.folder / "model.log"))
        for number in range(count):
            stack.enter_context(running(WORKER, env=env, log=bench.folder / f"worker-{number}.log"))
        with bench.connect() as conn:
            _until(conn, "SELECT count(*) >= %s AS done FROM ai_workers", count)
            wait_until_done(conn, [post(conn) for _ in range(10 * count)])
        yield


def measure_workers(bench: Bench, results: Results, *, jobs: int, nodes: int, processes: int) -> None:
    """Post jobs and have them drawn by so many worker processes."""
    with _workers(bench, processes, nodes=nodes), bench.connect() as conn:
        what = f"{_plural(processes, 'worker')}, {_plural(nodes, 'node')}: jobs"
        with bench.costing(results, what) as note:
            began = time.monotonic()
            wait_until_done(conn, [post(conn) for _ in range(jobs)])
            note(jobs, time.monotonic() - began)


def measure_stock(bench: Bench, results: Results, *, jobs: int, processes: int) -> None:
    """The floor: stock Procrastinate's workers with a task that does nothing."""
    done = "SELECT count(*) >= %s AS done FROM procrastinate_jobs WHERE queue_name = 'stock' AND status = 'succeeded'"
    with ExitStack() as stack:
        for number in range(processes):
            log = bench.folder / f"stock-{number}.log"
            stack.enter_context(running(STOCK_WORKER, env={"DATABASE_URL": bench.dsn}, log=log))
        with bench.connect() as conn:
            conn.execute("DELETE FROM procrastinate_jobs WHERE queue_name = 'stock'")
            _defer(conn, 10 * processes)
            _until(conn, done, 10 * processes)
            what = f"floor: {_plural(processes, 'stock worker')}, no-op: jobs"
            with bench.costing(results, what) as note:
                began = time.monotonic()
                _defer(conn, jobs)
                _until(conn, done, 10 * processes + jobs)
                note(jobs, time.monotonic() - began)


def _defer(conn: Connection, count: int) -> None:
    for _ in range(count):
        conn.execute(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW('stock', 'nothing', 0, NULL, NULL, '{}'::jsonb, NULL)"
            "::procrastinate_job_to_defer_v1])"
        )


# Requests -----------------------------------------------------------------------------------------------------------


@contextmanager
def _web(bench: Bench, count: int, **more: str) -> Iterator[int]:
    port = free_port()
    env = {
        "DATABASE_URL": bench.dsn,
        "VAR_DIR": str(bench.folder),
        "JWT_SECRET_KEY": SECRET,
        "AI_PROVIDER": "rules",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(count),
        "LOG_LEVEL": "WARNING",
        "MAX_ACTIVE_JOBS_PER_USER": "1000000",
        "RATE_LIMIT_PER_MINUTE": "1000000",
    } | more
    with running(WEB, env=env, log=bench.folder / "web.log"):
        wait_until_ready(f"http://127.0.0.1:{port}{API}/health/ready")
        time.sleep(1)  # until the last of the processes is there
        yield port


@contextmanager
def _bare(bench: Bench, count: int) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gevent", "--workers", str(count)]
    command += ["--worker-connections", "4000", "--keep-alive", "75", "--bind", f"127.0.0.1:{port}"]
    with running(
        [*command, "bench.bare:create_app()"], env={"DATABASE_URL": bench.dsn}, log=bench.folder / "bare.log"
    ):
        wait_until_ready(f"http://127.0.0.1:{port}/hello")
        time.sleep(1)
        yield port


def _token(user: str) -> str:
    return make_token(load_settings(_env_file=None, jwt_secret_key=SECRET), user)


def _creations() -> Iterator[bytes]:
    headers = [{"Authorization": f"Bearer {_token(f'caller-{number}')}"} for number in range(CALLERS)]
    return cycle([http_request("POST", f"{API}/create-canvas", headers=each, body=BODY) for each in headers])


def measure_requests(
    bench: Bench, results: Results, what: str, port: int, requests: Iterator[bytes], *, seconds: float
) -> None:
    """Send requests over 16 connections; the warm-up costs the database as well, so it counts there."""
    with bench.costing(results, what) as note:
        measured = measure(port, lambda: next(requests), seconds=seconds)
        if set(measured.statuses) - {200, 202}:
            raise RuntimeError(f"{what}: {measured.statuses}")
        # The database's time is that of the whole round: warm-up and answers that came too late for the count.
        note(measured.rate * (seconds + 0.5), seconds + 0.5)


def measure_web(bench: Bench, results: Results, *, processes: int, seconds: float) -> None:
    """Accept jobs, and answer questions about one of them; beside it, a bare INSERT on as many processes."""
    name = _plural(processes, "web process")
    with _web(bench, processes) as port:
        measure_requests(bench, results, f"{name}: POST", port, _creations(), seconds=seconds)
        client = Client(f"http://127.0.0.1:{port}", _token("reader"))
        job_id = client.call(f"{API}/create-canvas", body={"instructions": "A -> B"})["job_id"]
        headers = {"Authorization": f"Bearer {_token('reader')}"}
        status = cycle([http_request("GET", f"{API}/job/{job_id}/status", headers=headers)])
        measure_requests(bench, results, f"{name}: GET status", port, status, seconds=seconds)
    with _bare(bench, processes) as port:
        inserts = cycle([http_request("POST", "/insert", body=BODY)])
        measure_requests(bench, results, f"floor: {name}, bare INSERT: POST", port, inserts, seconds=seconds)
    _empty(bench)


def measure_pooler(bench: Bench, results: Results, *, seconds: float) -> None:
    """The same through pgbouncer, which takes processor time of its own and no prepared statements."""
    folder = Path(tempfile.mkdtemp(prefix="canvas-pgbouncer-"))
    system_user = bench.server.system_user
    pooler = Pooler(bench.dsn, system_user=system_user, folder=folder, pool_size=SESSIONS)
    pooler.start()
    try:
        limit_pooled_sessions(pooler.dsn)
        pooled = {"DATABASE_URL": pooler.dsn, "DATABASE_DIRECT_URL": bench.dsn}
        with _web(bench, 1, **pooled) as port:
            what = "1 web process behind pgbouncer: POST"
            measure_requests(bench, results, what, port, _creations(), seconds=seconds)
    finally:
        pooler.kill()
        shutil.rmtree(folder)
    _empty(bench)


# Connections, disk, NOTIFY --------------------------------------------------------------------------------------------


def count_connections(bench: Bench, results: Results, *, seconds: float) -> None:
    """Load one web and one worker process with everything they do, and see what they hold at most."""
    most: Counter[str] = Counter()
    is_over = threading.Event()

    def watch() -> None:
        with bench.connect() as conn:
            while not is_over.wait(0.05):
                rows = conn.execute(
                    "SELECT CASE WHEN query LIKE 'LISTEN%' AND application_name = 'canvas-queue' "
                    "THEN 'canvas-queue, LISTEN' ELSE application_name END AS name, count(*) AS n "
                    "FROM pg_stat_activity WHERE application_name LIKE 'canvas-%' GROUP BY 1"
                ).fetchall()
                for row in rows:
                    most[row["name"]] = max(most[row["name"]], row["n"])

    hooks = {"WEBHOOK_SECRET": "whsec_" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"}
    watcher = threading.Thread(target=watch)
    with _workers(bench, 1, nodes=12, **hooks), _web(bench, 1) as port:
        watcher.start()
        client = Client(f"http://127.0.0.1:{port}", _token("reader"))
        job_id = client.call(f"{API}/create-canvas", body={"instructions": "A -> B"})["job_id"]
        list(client.follow(f"{API}/job/{job_id}/events"))
        headers = {"Authorization": f"Bearer {_token('reader')}"}
        stats = http_request("GET", f"{API}/jobs/stats", headers=headers)
        creations = _creations()
        turns = cycle([True, False])
        measure(port, lambda: stats if next(turns) else next(creations), seconds=seconds)
        is_over.set()
        watcher.join()
    for name, count in sorted(most.items()):
        results.figures[f"connections, {name}"] = str(count)
    _empty(bench)


def measure_disk(bench: Bench, results: Results, *, jobs: int) -> None:
    """What a finished job of 12 nodes keeps on disk, with and without its canvas, and how long forgetting it takes."""
    with _workers(bench, 1, nodes=12), bench.connect() as conn:
        wait_until_done(conn, [post(conn) for _ in range(jobs)])
        conn.execute("VACUUM FULL")
        sizes = {
            row["name"]: row["bytes"]
            for row in conn.execute(
                "SELECT relname AS name, pg_total_relation_size(oid) AS bytes FROM pg_class "
                "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
            ).fetchall()
        }
        row = conn.execute("SELECT count(*) AS n FROM ai_jobs").fetchone()
        assert row is not None
        count = row["n"]
        canvas = sum(size for name, size in sizes.items() if name.startswith("canvas"))
        results.figures["disk, a job with its events"] = (
            f"{(sum(sizes.values()) - canvas) / count / 1000:.1f} kB"
        )
        results.figures["disk, its canvas"] = f"{canvas / count / 1000:.1f} kB"
        began, cpu = time.monotonic(), bench.processor_seconds()
        asyncio.run(_purge(bench.dsn))
        took = time.monotonic() - began
        time.sleep(SETTLE_SECONDS)
        results.figures["purge"] = (
            f"{count / took:,.0f} jobs/s, "
            f"{(bench.processor_seconds() - cpu) / count * 1000:.2f} ms of PostgreSQL each"
        )
    _empty(bench)


async def _purge(dsn: str) -> None:
    conn: AsyncConnection
    async with await psycopg.AsyncConnection.connect(
        dsn, **connection_options(application_name="bench")
    ) as conn:
        while await maintenance.purge_jobs(conn, age_seconds=0):
            pass


def measure_idle(bench: Bench, results: Results, *, seconds: float) -> None:
    """What worker processes without a job ask of the database: they look for jobs, aborts, pauses, and beat."""
    count = PROCESSES[-1]
    with _workers(bench, count, nodes=1), bench.connect():
        time.sleep(1)
        cpu = bench.processor_seconds()
        time.sleep(seconds)
        share = (bench.processor_seconds() - cpu) / seconds / count
    results.figures["an idle worker"] = f"{share:.2%} of a core of PostgreSQL"
    _empty(bench)


def measure_notify(
    bench: Bench, results: Results, *, listeners: int, seconds: float, pause: float = 0.0
) -> None:
    """Commit notifications from a few connections while others listen; ``pause`` is between two of a connection."""
    spawn = multiprocessing.get_context("spawn")
    ready, stop = spawn.Event(), spawn.Event()
    process = spawn.Process(target=_listen, args=[bench.dsn, listeners, ready, stop])
    process.start()
    ready.wait(PATIENCE)
    counts = [0] * NOTIFIERS
    pace = f", {NOTIFIERS / pause:.0f}/s" if pause else ""
    try:
        with ExitStack() as stack:
            connections = [stack.enter_context(bench.connect()) for _ in range(NOTIFIERS)]
            note = stack.enter_context(
                bench.costing(results, f"{_plural(listeners, 'listener')}: NOTIFY{pace}")
            )
            ends_at = time.monotonic() + seconds

            def tell(number: int) -> None:
                while time.monotonic() < ends_at:
                    connections[number].execute("SELECT pg_notify('canvas_bench', %s)", [str(number)])
                    counts[number] += 1
                    time.sleep(pause)

            threads = [threading.Thread(target=tell, args=[number]) for number in range(NOTIFIERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            note(sum(counts), seconds)
    finally:
        stop.set()
        process.join()


def _listen(dsn: str, count: int, ready: Any, stop: Any) -> None:
    connections = [psycopg.connect(dsn, autocommit=True) for _ in range(count)]
    for conn in connections:
        conn.execute("LISTEN canvas_bench")
    ready.set()
    by_number = {conn.fileno(): conn for conn in connections}
    with select.epoll() as arrived:
        for number in by_number:
            arrived.register(number, select.EPOLLIN)
        while not stop.is_set():
            for number, _ in arrived.poll(timeout=0.2):
                # Not a generator for each: this must cost less than what it listens to.
                pgconn = by_number[number].pgconn
                pgconn.consume_input()
                while pgconn.notifies():
                    pass
    for conn in connections:
        conn.close()


# All of it ----------------------------------------------------------------------------------------------------------


def run(bench: Bench, *, rounds: int, seconds: float, jobs: int) -> Results:
    """Return what all rounds measured."""
    results = Results()
    with bench.connect() as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS bench_bare (id uuid PRIMARY KEY, body jsonb NOT NULL)")
    for turn in range(rounds):
        console.print(f"round {turn + 1} of {rounds}", style="dim")
        for processes in PROCESSES:
            measure_web(bench, results, processes=processes, seconds=seconds)
        if PGBOUNCER is not None:
            measure_pooler(bench, results, seconds=seconds)
        for processes in PROCESSES:
            measure_stock(bench, results, jobs=2 * jobs, processes=processes)
            measure_workers(bench, results, jobs=jobs, nodes=1, processes=processes)
            measure_workers(bench, results, jobs=jobs // 2, nodes=12, processes=processes)
            _empty(bench)
        for listeners in LISTENERS:
            measure_notify(bench, results, listeners=listeners, seconds=seconds)
            measure_notify(bench, results, listeners=listeners, seconds=seconds, pause=NOTIFIERS / PACE)
    count_connections(bench, results, seconds=2 * seconds)
    measure_idle(bench, results, seconds=5 * seconds)
    measure_disk(bench, results, jobs=2 * jobs)
    if PGBOUNCER is None:
        results.figures["pgbouncer"] = "not on this machine"
    return results


def _empty(bench: Bench) -> None:
    with bench.connect() as conn:
        conn.execute("TRUNCATE ai_jobs, canvases, procrastinate_jobs, bench_bare CASCADE")
        conn.execute("DELETE FROM ai_workers")
        conn.execute("CHECKPOINT")


def _until(conn: Connection, query: str, *values: object) -> None:
    deadline = time.monotonic() + PATIENCE
    while conn.execute(query.encode(), values).fetchone() != {"done": True}:
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited in vain: {query}")
        time.sleep(0.05)


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 'es' if noun.endswith('s') else 's'}"


def _medians(results: Results) -> dict[str, Cost]:
    """Return for each kind the median of each column over its rounds."""
    return {
        what: Cost(
            **{
                name: statistics.median(getattr(cost, name) for cost in costs)
                for name in Cost.__dataclass_fields__
            }
        )
        for what, costs in results.rounds.items()
    }


def _print(medians: dict[str, Cost], figures: dict[str, str]) -> None:
    table = Table(title="What one database carries", title_justify="left")
    for heading in ("what", "a second", "PostgreSQL, ms each", "a core carries", "WAL each", "its share"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    for what, cost in medians.items():
        table.add_row(
            what,
            f"{cost.rate:,.0f}",
            f"{cost.cpu_ms:.2f}",
            f"{1000 / cost.cpu_ms:,.0f}/s" if cost.cpu_ms else "",  # too short a round for its clock
            f"{cost.wal_bytes / 1000:.1f} kB",
            f"{cost.share:.0%}",
        )
    console.print(table)
    for name, value in figures.items():
        console.print(f"{name}: {value}", highlight=False)


def main() -> int:
    """Run it from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.scaling")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round of requests")
    parser.add_argument("--jobs", type=int, default=300, help="of each round of workers")
    parser.add_argument("--json", type=Path, default=Path("var/scaling.json"))
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="canvas-scaling-"))
    server = PostgresServer(folder / "postgres")
    try:
        with psycopg.connect(server.dsn, autocommit=True) as admin:
            # As a production server: it cares for power cuts.
            admin.execute("ALTER SYSTEM RESET ALL")
            admin.execute(f"ALTER SYSTEM SET max_connections = {MAX_CONNECTIONS}".encode())
        server.stop()
        server.start()
        migrate(server.dsn)
        results = run(Bench(server, folder), rounds=given.rounds, seconds=given.seconds, jobs=given.jobs)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    medians = _medians(results)
    _print(medians, results.figures)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    told = {"cores": os.cpu_count(), "medians": {what: asdict(cost) for what, cost in medians.items()}}
    given.json.write_text(json.dumps(told | {"figures": results.figures}, indent=2))
    console.print(f"{os.cpu_count()} cores; figures in {given.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
