"""How long the system takes to recover from a fault, measured in the background."""

from __future__ import annotations

import contextlib
import subprocess
import time
from typing import Any

import psycopg

from bench.chaos.system import System

MESSAGE_PATIENCE = 120.0  # seconds


def watch_jobs_of(system: System, fault: str, victim: subprocess.Popen[bytes]) -> None:
    """Time how long the victim's jobs take until another attempt has them."""
    with system.connect() as conn:
        rows = conn.execute(
            "SELECT job.id, job.attempt FROM job_view AS job "
            "JOIN ai_workers AS worker ON worker.queue_worker_id = job.queue_worker_id "
            "WHERE job.status = 'processing' AND worker.pid = %s",
            [victim.pid],
        ).fetchall()
    _watch_attempts(system, fault, {row["id"]: row["attempt"] for row in rows})


def watch_completions(system: System, fault: str) -> None:
    """Time how long the system takes until it finishes a job again."""
    started = time.monotonic()

    def wait() -> None:
        with system.connect() as conn:
            row = conn.execute("SELECT count(*) AS n FROM ai_jobs WHERE outcome = 'completed'").fetchone()
            assert row is not None
            before = row["n"]
        while not system.is_over.wait(0.05):
            with contextlib.suppress(psycopg.Error), system.connect() as conn:
                row = conn.execute("SELECT count(*) AS n FROM ai_jobs WHERE outcome = 'completed'").fetchone()
                if row is not None and row["n"] > before:
                    _note(system, fault, time.monotonic() - started)
                    return

    system.spawn(wait)


def watch_message(system: System, fault: str, *, count: int) -> None:
    """Time how long it takes until the honest user's receiver has so many messages; note when none comes at all."""
    started = time.monotonic()

    def wait() -> None:
        while (seconds := time.monotonic() - started) < MESSAGE_PATIENCE:
            if len(system.receiver.messages) >= count:
                _note(system, fault, seconds)
                return
            time.sleep(0.05)
        system.books.problems.append("a message to a receiver that responds never came")

    system.spawn(wait)


def _watch_attempts(system: System, fault: str, held: dict[Any, int]) -> None:
    started = time.monotonic()

    def wait() -> None:
        waiting = dict(held)
        while waiting and not system.is_over.wait(0.05):
            with contextlib.suppress(psycopg.Error), system.connect() as conn:
                rows = conn.execute(
                    "SELECT id, attempt, outcome FROM ai_jobs WHERE id = ANY(%s)", [list(waiting)]
                ).fetchall()
                for row in rows:
                    if row["outcome"] or row["attempt"] > waiting[row["id"]]:
                        del waiting[row["id"]]
                        _note(system, fault, time.monotonic() - started)

    system.spawn(wait)


def _note(system: System, fault: str, seconds: float) -> None:
    system.books.recoveries.setdefault(fault, []).append(seconds)
