"""``python -m bench.soak --minutes 30``: steady load, and what memory, files and tables do meanwhile.

Jobs of many users are created, followed, cancelled, deleted and reported by webhooks; some fail, some are retried. Jobs
are forgotten after ``RETENTION_SECONDS``, so that after a short warm-up everything should stay as large as it is. Exits
1 when something grows. Canvases grow by design, as they belong to their users; the harness deletes them as users would.
Everything runs on this machine, on 127.0.0.1, and is stopped again.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import os
import random
import statistics
import sys
import tempfile
import threading
import time
import urllib.error
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from core.database import Connection, connection_options
from core.settings import load_settings
from devtools.client import Client
from devtools.model_server import ModelServer, Script
from devtools.postgres import PostgresServer
from devtools.processes import WEB, WORKER, free_port, running, wait_until_healthy
from devtools.receiver import Receiver
from migrations import migrate
from webapp.auth import make_token

SECRET = "a secret for a long soak, long enough for HS256"
HOOK_SECRET = "whsec_" + base64.b64encode(b"a secret for webhooks, 32 bytes!").decode()
RETENTION_SECONDS = 20.0
PURGE_SECONDS = 5.0
WARM_UP = 0.4  # of the time, before the two halves that are compared
SAMPLE_SECONDS = 2.0
USERS = 20
CALLERS = 4  # threads that create jobs
API = "/api/ai-agent"
TABLES = (
    "ai_jobs", "ai_job_events", "procrastinate_jobs", "procrastinate_events", "procrastinate_workers", "ai_workers",
    "ai_deliveries", "ai_delivery_attempts", "ai_breakers", "ai_usage", "ai_erased_jobs", "canvases", "canvas_objects",
)  # fmt: skip
# What is more than noise: a share of the middle's mean, and at least so much.
MEMORY_SLACK, MEMORY_FLOOR = 0.04, 6.0  # MB
ROWS_SLACK, ROWS_FLOOR = 0.25, 150.0
DISK_SLACK, DISK_FLOOR = 0.25, 4.0  # MB of all tables: dead rows come and go with autovacuum
FILES_SLACK, FILES_FLOOR = 0.1, 8.0

console = Console()


@dataclass(frozen=True)
class Gauge:
    """A figure over time: its samples after the warm-up, and how much of it is noise."""

    name: str
    samples: list[float]
    slack: float
    floor: float

    @property
    def middle(self) -> float:
        """The mean of the first half."""
        return statistics.fmean(self.samples[: len(self.samples) // 2])

    @property
    def end(self) -> float:
        """The mean of the second half."""
        return statistics.fmean(self.samples[len(self.samples) // 2 :])

    @property
    def is_growing(self) -> bool:
        """True when the second half is larger than the first by more than noise."""
        return self.end - self.middle > max(self.floor, self.slack * self.middle)


def main() -> int:
    """Run the soak; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description="Memory and tables under load.")
    parser.add_argument("--minutes", type=float, default=30.0)
    minutes = parser.parse_args().minutes
    with tempfile.TemporaryDirectory(prefix="canvas-soak-") as folder:
        jobs, gauges = run(seconds=minutes * 60, folder=Path(folder))
    table = Table(title=f"{jobs} jobs in {minutes:g} minutes, after the warm-up", title_justify="left")
    for column in ("", "first half", "second half", "most", "verdict"):
        table.add_column(column, justify="right" if column else "left")
    for gauge in gauges:
        figures = [f"{value:.1f}" for value in (gauge.middle, gauge.end, max(gauge.samples))]
        table.add_row(gauge.name, *figures, "GROWS" if gauge.is_growing else "flat")
    console.print(table)
    return 1 if any(gauge.is_growing for gauge in gauges) else 0


def run(*, seconds: float, folder: Path) -> tuple[int, list[Gauge]]:
    """Put the service under load for so long; return how many jobs it took and what was measured."""
    postgres = PostgresServer(folder / "postgres")
    try:
        migrate(postgres.dsn)
        script = Script(chunk_delay=0.002)
        with (
            ModelServer(default=script, error_share=0.05) as model,
            Receiver(HOOK_SECRET) as receiver,
        ):
            env = _environment(postgres.dsn, model, receiver, folder)
            with (
                running(WORKER, env=env, log=folder / "worker.log") as worker,
                running(WEB, env=env, log=folder / "web.log") as web,
            ):
                url = f"http://127.0.0.1:{env['PORT']}"
                wait_until_healthy(url, {"web": web, "worker": worker}, logs=folder)
                pids = {"web": web.pid, "worker": worker.pid}
                heard: list[list[Any]] = [model.requests, receiver.messages, receiver.paths]
                with _load(url, env) as created:
                    samples = _watch(postgres.dsn, pids, folder, seconds, heard)
                return len(created), samples
    finally:
        postgres.cleanup()


def _environment(dsn: str, model: ModelServer, receiver: Receiver, folder: Path) -> dict[str, str]:
    return {
        "DATABASE_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "VAR_DIR": str(folder / "var"),
        "PORT": str(free_port()),
        "AI_PROVIDER": "openai",
        "OPENAI_BASE_URL": model.base_url,
        "WEBHOOK_SECRET": HOOK_SECRET,
        "WEBHOOK_URL": receiver.url,
        "WEBHOOK_ALLOW_PRIVATE": "true",
        "JOB_CLEANUP_DAYS": str(RETENTION_SECONDS / 86_400),
        "PURGE_INTERVAL_SECONDS": str(PURGE_SECONDS),
        "RATE_LIMIT_PER_MINUTE": "100000",
        "REQUESTS_PER_SECOND_PER_USER": "1000000",
        "MAX_ACTIVE_JOBS_PER_USER": "10",
        "RETRY_BASE_SECONDS": "0.2",
        "LOG_LEVEL": "WARNING",
    }


@contextlib.contextmanager
def _load(url: str, env: dict[str, str]) -> Iterator[list[str]]:
    """Act as many users while the body runs; gives the ids of the jobs they make."""
    created: list[str] = []
    stop = threading.Event()
    settings = load_settings(_env_file=None, database_url=env["DATABASE_URL"], jwt_secret_key=SECRET)
    clients = [Client(url, make_token(settings, f"user-{number}")) for number in range(USERS)]

    def act() -> None:
        chance = random.Random()
        while not stop.is_set():
            try:
                _be_a_user(chance.choice(clients), chance, created)
            except (urllib.error.HTTPError, OSError) as exc:
                # Limits and pauses are part of the load.
                exc.close() if isinstance(exc, urllib.error.HTTPError) else None
                time.sleep(0.2)

    threads = [threading.Thread(target=act, daemon=True) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    try:
        yield created
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=60)


def _be_a_user(client: Client, chance: random.Random, created: list[str]) -> None:
    """Create a job and do with it what users do: follow, cancel, delete it."""
    job_id = client.call(f"{API}/create-canvas", body={"instructions": "How an order goes"})["job_id"]
    created.append(job_id)
    whim = chance.random()
    if whim < 0.15:
        client.call(f"{API}/job/{job_id}/cancel", body={})
        return
    for event, _ in client.follow(f"{API}/job/{job_id}/events"):
        if event == "object" and whim < 0.3:
            return  # closes the page in the middle
    client.call(f"{API}/jobs?limit=10")


def _watch(
    dsn: str, pids: dict[str, int], folder: Path, seconds: float, heard: Sequence[list[Any]]
) -> list[Gauge]:
    """Return what was measured after the warm-up; what our own servers have ``heard`` is forgotten meanwhile."""
    names = [f"{name} memory, MB" for name in pids] + [f"{name} open files" for name in pids]
    names += ["files under var/ and /tmp", "all tables, MB", *(f"{table}, rows" for table in TABLES)]
    kept: list[list[float]] = []
    started = time.monotonic()
    with psycopg.connect(dsn, **connection_options(application_name="soak")) as conn:
        while (elapsed := time.monotonic() - started) < seconds:
            _delete_canvases(conn)
            for each in heard:
                each.clear()
            values = _measure(conn, pids, folder)
            if elapsed > seconds * WARM_UP:
                kept.append(values)
            time.sleep(SAMPLE_SECONDS)
    return [
        Gauge(name, list(samples), *_noise(name))
        for name, samples in zip(names, zip(*kept, strict=True), strict=True)
    ]


def _noise(name: str) -> tuple[float, float]:
    if name.endswith("memory, MB"):
        return MEMORY_SLACK, MEMORY_FLOOR
    if name.endswith("rows"):
        return ROWS_SLACK, ROWS_FLOOR
    return (DISK_SLACK, DISK_FLOOR) if name.startswith("all tables") else (FILES_SLACK, FILES_FLOOR)


def _measure(conn: Connection, pids: dict[str, int], folder: Path) -> list[float]:
    families = [_family(pid) for pid in pids.values()]
    memory = [sum(_resident(pid) for pid in family) / 1e6 for family in families]
    files = [float(sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in family)) for family in families]
    temporary = sum(1 for _ in (folder / "var").rglob("*")) + len(
        list(Path(tempfile.gettempdir()).glob("canvas-m*"))
    )
    sizes: Any = conn.execute(
        "SELECT sum(pg_total_relation_size(relid)) / 1e6 AS size FROM pg_stat_user_tables"
    ).fetchone()
    rows: Any = conn.execute(
        "SELECT " + ", ".join(f"(SELECT count(*) FROM {table}) AS {table}" for table in TABLES)
    ).fetchone()
    return [
        *memory,
        *files,
        float(temporary),
        float(sizes["size"]),
        *(float(rows[table]) for table in TABLES),
    ]


def _delete_canvases(conn: Connection) -> None:
    conn.execute(
        "DELETE FROM canvases WHERE created_at < now() - make_interval(secs => %s)", [RETENTION_SECONDS]
    )


def _family(pid: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(int(child) for child in children)]


def _resident(pid: int) -> int:
    """Return the memory of a process in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    sys.exit(main())
