"""``python -m bench.chaos --jobs 300``: jobs over HTTP while processes and the database are killed; then the books.

Afterwards every accepted job must have exactly one outcome, a completed one exactly one canvas with all its objects, a
cancelled one none, and no queue row may be stuck. Prints how long jobs took to be taken up again, and exits 1 when the
books do not balance. Everything runs on this machine, on 127.0.0.1, and is stopped again.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console

from core.database import Connection, connection_options
from core.settings import load_settings
from devtools.client import Client
from devtools.model_server import ModelServer, Script
from devtools.postgres import PostgresServer
from devtools.processes import WEB, WORKER, free_port, running, wait_until_healthy
from migrations import migrate
from webapp.auth import make_token

SECRET = "a secret for an hour of chaos, long enough"
WORKERS = 3
WORKER_TIMEOUT = 5  # seconds; a production default of 20 only makes the run longer
FREEZE_SECONDS = WORKER_TIMEOUT + 3  # past the rescue
CANCEL_SHARE = 0.12
SETTLE_TIMEOUT = 180.0  # seconds after the last fault until every job must have its outcome
API = "/api/ai-agent"

console = Console()


@dataclass
class Books:
    """What happened, as callers saw it."""

    accepted: list[str] = field(default_factory=list)
    cancelled: set[str] = field(default_factory=set)  # answered with 200
    refused: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    recoveries: dict[str, list[float]] = field(default_factory=dict)  # by fault, in seconds
    problems: list[str] = field(default_factory=list)


class Chaos:
    """A running system and the ways to harm it."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.books = Books()
        self.postgres = PostgresServer(folder / "postgres")
        self.dsn = self.postgres.dsn
        self.workers: list[subprocess.Popen[bytes]] = []
        self._stack = contextlib.ExitStack()
        self._watchers: list[threading.Thread] = []
        self._is_over = threading.Event()

    def __enter__(self) -> Chaos:
        with contextlib.ExitStack() as stack:
            stack.callback(self.postgres.cleanup)
            migrate(self.dsn)
            model = stack.enter_context(ModelServer(default=Script(chunk_delay=0.02)))
            self.env = {
                "DATABASE_URL": self.dsn,
                "JWT_SECRET_KEY": SECRET,
                "VAR_DIR": str(self.folder),
                "OPENAI_BASE_URL": model.base_url,
                "WORKER_TIMEOUT_SECONDS": str(WORKER_TIMEOUT),
                "SHUTDOWN_GRACE_SECONDS": "1",
                "MAX_ACTIVE_JOBS_PER_USER": "100000",
                "RATE_LIMIT_PER_MINUTE": "100000",
                "LOG_FORMAT": "json",
            }
            port = free_port()
            web_env = {**self.env, "PORT": str(port)}
            web = stack.enter_context(running(WEB, env=web_env, log=self.folder / "web.log"))
            self.url = f"http://127.0.0.1:{port}"
            self._stack = stack.pop_all()
            for _ in range(WORKERS):
                self.start_worker()
            wait_until_healthy(self.url, {"web": web}, logs=self.folder)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        for watcher in self._watchers:
            watcher.join()
        self._stack.close()

    def start_worker(self) -> None:
        """Start one more worker process."""
        log = self.folder / "workers.log"
        self.workers.append(self._stack.enter_context(running(WORKER, env=self.env, log=log)))

    def connect(self) -> Connection:
        """Return a connection; retries while the database restarts."""
        while True:
            try:
                return psycopg.connect(self.dsn, **connection_options(application_name="chaos"))
            except psycopg.OperationalError:
                time.sleep(0.1)

    def client(self) -> Client:
        """Return a caller of the API."""
        return Client(self.url, make_token(load_settings(_env_file=None, jwt_secret_key=SECRET), "chaos"))

    # What may go wrong -------------------------------------------------------------------------------------------

    def kill_worker(self) -> None:
        """Kill -9 a worker and start another."""
        victim = self._take_worker()
        self._watch("kill -9", victim)
        victim.kill()
        victim.wait()
        self.start_worker()

    def freeze_worker(self) -> None:
        """SIGSTOP a worker past its rescue, then wake it."""
        victim = self.random.choice(self.workers)
        self._watch("freeze", victim)
        os.kill(victim.pid, signal.SIGSTOP)
        time.sleep(FREEZE_SECONDS)
        os.kill(victim.pid, signal.SIGCONT)

    def replace_worker(self) -> None:
        """SIGTERM a worker and start another, as a deploy does."""
        victim = self._take_worker()
        self._watch("SIGTERM", victim)
        victim.terminate()
        self.start_worker()
        code = victim.wait(timeout=60)
        # One that is told to end while it still starts has nothing to put back and just ends.
        if code not in (0, -signal.SIGTERM):
            self.books.problems.append(f"a worker told to end exited with {code}")

    def restart_database(self) -> None:
        """Restart PostgreSQL in order."""
        self._restart("fast")

    def crash_database(self) -> None:
        """Restart PostgreSQL as after a crash."""
        self._restart("immediate")

    def cut_connections(self) -> None:
        """Terminate every second backend."""
        with self.connect() as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND random() < 0.5"
            )

    def _restart(self, mode: Any) -> None:
        self.postgres.stop(mode)
        time.sleep(self.random.uniform(0, 2))
        self.postgres.start()
        self._watch_all("restart" if mode == "fast" else "crash")

    def _take_worker(self) -> subprocess.Popen[bytes]:
        return self.workers.pop(self.random.randrange(len(self.workers)))

    # How long it takes -------------------------------------------------------------------------------------------

    def _watch(self, fault: str, victim: subprocess.Popen[bytes]) -> None:
        """Time how long the victim's jobs take until another attempt has them."""
        with self.connect() as conn:
            rows = conn.execute(
                "SELECT job.id, job.attempt FROM job_view AS job "
                "JOIN ai_workers AS worker ON worker.queue_worker_id = job.queue_worker_id "
                "WHERE job.status = 'processing' AND worker.pid = %s",
                [victim.pid],
            ).fetchall()
        self._start_watcher(fault, {row["id"]: row["attempt"] for row in rows})

    def _watch_all(self, fault: str) -> None:
        """Time how long the system takes until it finishes a job again."""
        started = time.monotonic()

        def wait() -> None:
            with self.connect() as conn:
                row = conn.execute("SELECT count(*) AS n FROM ai_jobs WHERE outcome = 'completed'").fetchone()
                assert row is not None
                before = row["n"]
            while not self._is_over.wait(0.05):
                with contextlib.suppress(psycopg.Error), self.connect() as conn:
                    row = conn.execute(
                        "SELECT count(*) AS n FROM ai_jobs WHERE outcome = 'completed'"
                    ).fetchone()
                    if row is not None and row["n"] > before:
                        self._note(fault, time.monotonic() - started)
                        return

        self._spawn(wait)

    def _start_watcher(self, fault: str, held: dict[Any, int]) -> None:
        started = time.monotonic()

        def wait() -> None:
            waiting = dict(held)
            while waiting and not self._is_over.wait(0.05):
                with contextlib.suppress(psycopg.Error), self.connect() as conn:
                    rows = conn.execute(
                        "SELECT id, attempt, outcome FROM ai_jobs WHERE id = ANY(%s)", [list(waiting)]
                    ).fetchall()
                    for row in rows:
                        if row["outcome"] or row["attempt"] > waiting[row["id"]]:
                            del waiting[row["id"]]
                            self._note(fault, time.monotonic() - started)

        self._spawn(wait)

    def _note(self, fault: str, seconds: float) -> None:
        self.books.recoveries.setdefault(fault, []).append(seconds)

    def _spawn(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        thread.start()
        self._watchers.append(thread)


def post_jobs(chaos: Chaos, *, jobs: int, rate: float) -> None:
    """Post jobs at a rate a second; only what is answered with 202 counts as accepted."""
    client = chaos.client()
    number = 0
    while len(chaos.books.accepted) < jobs:
        number += 1
        try:
            answer = client.call(f"{API}/create-canvas", body={"instructions": f"Order number {number}"})
        except urllib.error.HTTPError as exc:
            chaos.books.refused[str(exc.code)] += 1
            exc.close()
        except OSError as exc:
            chaos.books.refused[type(exc).__name__] += 1
        else:
            chaos.books.accepted.append(answer["job_id"])
            if chaos.random.random() < CANCEL_SHARE:
                threading.Timer(chaos.random.uniform(0, 4), cancel, [chaos, answer["job_id"]]).start()
        time.sleep(1 / rate)


def cancel(chaos: Chaos, job_id: str) -> None:
    """Cancel a job; only what is answered with 200 counts as cancelled."""
    try:
        chaos.client().call(f"{API}/job/{job_id}/cancel", body={})
    except urllib.error.HTTPError as exc:
        exc.close()
    except OSError:
        return
    else:
        chaos.books.cancelled.add(job_id)


def do_harm(chaos: Chaos, *, until: Callable[[], bool], pause: float) -> None:
    """Do one harm after another, each kind in turn and in random order."""
    kinds = [
        chaos.kill_worker,
        chaos.freeze_worker,
        chaos.replace_worker,
        chaos.restart_database,
        chaos.crash_database,
        chaos.cut_connections,
    ]
    while not until():
        chaos.random.shuffle(kinds)
        for harm in kinds:
            if until():
                return
            chaos.books.faults[harm.__name__] += 1
            harm()
            time.sleep(pause * chaos.random.uniform(0.5, 1.5))


def settle(chaos: Chaos) -> None:
    """Wait until every job has its outcome and the queue is through."""
    deadline = time.monotonic() + SETTLE_TIMEOUT
    while time.monotonic() < deadline:
        with chaos.connect() as conn:
            row = conn.execute(
                "SELECT (SELECT count(*) FROM ai_jobs WHERE outcome IS NULL) "
                "+ (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')) AS open"
            ).fetchone()
        if row == {"open": 0}:
            return
        time.sleep(0.2)
    chaos.books.problems.append(f"not settled after {SETTLE_TIMEOUT:.0f} s")


def balance(chaos: Chaos) -> None:
    """Compare what callers were told with what the database holds."""
    books = chaos.books
    with chaos.connect() as conn:
        jobs = {str(row["id"]): row for row in conn.execute("SELECT * FROM job_view").fetchall()}
        canvases = Counter(
            str(row["created_by_job"])
            for row in conn.execute("SELECT created_by_job FROM canvases").fetchall()
        )
        drawn = {
            str(row["job_id"]): row["n"]
            for row in conn.execute(
                "SELECT job_id, count(*) AS n FROM canvas_objects GROUP BY job_id"
            ).fetchall()
        }
        events = conn.execute(
            "SELECT job_id, count(*) AS n, max(number) AS last, (array_agg(kind ORDER BY number DESC))[1] AS kind "
            "FROM ai_job_events GROUP BY job_id"
        ).fetchall()
        stuck = conn.execute(
            "SELECT id, status FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        ).fetchall()
    books.problems += [
        f"{job_id} was accepted and is not there" for job_id in books.accepted if job_id not in jobs
    ]
    books.problems += [f"queue row {row['id']} is stuck in {row['status']}" for row in stuck]
    books.problems += list(_problems_of_jobs(books, jobs, canvases, drawn))
    for row in events:
        if row["n"] != row["last"] or row["kind"] != "done":
            books.problems.append(
                f"{row['job_id']}: {row['n']} events up to {row['last']}, the last is {row['kind']}"
            )


def _problems_of_jobs(
    books: Books, jobs: dict[str, dict[str, Any]], canvases: Counter[str], drawn: dict[str, int]
) -> Iterator[str]:
    for job_id, job in jobs.items():
        status = job["status"]
        if status not in ("completed", "cancelled"):
            yield f"{job_id} is {status}: {job['error_code']} {job['error_message']}"
        if job_id in books.cancelled and status != "cancelled":
            yield f"{job_id} was cancelled and is {status}"
        if canvases[job_id] != (1 if status == "completed" else 0):
            yield f"{job_id} is {status} and has {canvases[job_id]} canvases"
        if status == "completed" and drawn.get(job_id) != job["progress_objects"]:
            yield f"{job_id} has {drawn.get(job_id)} objects instead of {job['progress_objects']}"


def report(books: Books) -> None:
    """Print the books."""
    console.print(
        f"Accepted {len(books.accepted)}, cancelled {len(books.cancelled)}, refused {dict(books.refused)}"
    )
    console.print(f"Faults   {dict(books.faults)}")
    for fault, seconds in sorted(books.recoveries.items()):
        middle, worst = statistics.median(seconds), max(seconds)
        console.print(
            f"  {fault:8} recovery p50 {middle:5.2f} s, max {worst:5.2f} s ({len(seconds)} measured)"
        )
    for problem in books.problems:
        console.print(f"[red]{problem}[/red]")
    console.print(
        "The books balance." if not books.problems else f"[red]{len(books.problems)} problems[/red]"
    )


def run(*, jobs: int, rate: float, pause: float, seed: int, folder: Path) -> Books:
    """Run it and return the books."""
    with Chaos(folder, seed=seed) as chaos:
        poster = threading.Thread(target=post_jobs, args=[chaos], kwargs={"jobs": jobs, "rate": rate})
        poster.start()
        do_harm(chaos, until=lambda: not poster.is_alive(), pause=pause)
        poster.join()
        time.sleep(5)  # the last cancels
        settle(chaos)
        balance(chaos)
        return chaos.books


def main() -> int:
    """Run it from the command line; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.chaos")
    parser.add_argument("--jobs", type=int, default=300)
    parser.add_argument("--rate", type=float, default=3.0, help="jobs a second")
    parser.add_argument("--pause", type=float, default=2.0, help="seconds between two faults")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    console.print(f"{arguments.jobs} jobs, seed {arguments.seed}, logs in {folder}", highlight=False)
    books = run(
        jobs=arguments.jobs, rate=arguments.rate, pause=arguments.pause, seed=arguments.seed, folder=folder
    )
    report(books)
    return 1 if books.problems else 0


if __name__ == "__main__":
    sys.exit(main())
