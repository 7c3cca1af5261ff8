"""What may go wrong: workers killed, frozen and replaced, by a job as well; the database restarted, crashed, cut off,
frozen and read-only; a webhook receiver that never responds.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Callable
from typing import Literal

import psycopg

from bench.chaos.recovery import watch_completions, watch_jobs_of, watch_message
from bench.chaos.system import HONEST, WORKER_TIMEOUT, System
from devtools.poison import POISON

API = "/api/ai-agent"
FREEZE_SECONDS = WORKER_TIMEOUT + 3  # past the rescue
SILENT_JOBS = 8  # twice the places of one user


def kill_worker(system: System) -> None:
    """Kill -9 a worker and start another."""
    victim = system.take_worker()
    watch_jobs_of(system, "kill -9", victim)
    victim.kill()
    victim.wait()
    system.start_worker()


def freeze_worker(system: System) -> None:
    """SIGSTOP a worker past its rescue, then wake it."""
    victim = system.random.choice(system.workers)
    watch_jobs_of(system, "freeze", victim)
    os.kill(victim.pid, signal.SIGSTOP)
    time.sleep(FREEZE_SECONDS)
    os.kill(victim.pid, signal.SIGCONT)


def replace_worker(system: System) -> None:
    """SIGTERM a worker and start another, as a deploy does."""
    victim = system.take_worker()
    watch_jobs_of(system, "SIGTERM", victim)
    victim.terminate()
    system.start_worker()
    code = victim.wait(timeout=60)
    # A worker that gets SIGTERM while it starts has nothing to put back and just ends.
    if code not in (0, -signal.SIGTERM) and victim.pid not in system.model.killed:
        system.books.problems.append(f"a worker exited after SIGTERM with {code}")


def restart_database(system: System) -> None:
    """Restart PostgreSQL in order."""
    _restart(system, "fast")


def crash_database(system: System) -> None:
    """Restart PostgreSQL as after a crash."""
    _restart(system, "immediate")


def cut_connections(system: System) -> None:
    """Terminate every second backend."""
    with system.connect() as conn:
        conn.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND random() < 0.5"
        )


def freeze_database(system: System) -> None:
    """SIGSTOP all of PostgreSQL for longer than workers may be silent; its kernel goes on acknowledging."""
    system.postgres.freeze()
    time.sleep(FREEZE_SECONDS)
    system.postgres.thaw()
    watch_completions(system, "frozen")


def make_database_read_only(system: System) -> None:
    """Let no session write for a while, as managed databases do when their disk is full."""
    with psycopg.connect(system.dsn, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        admin.execute("SELECT pg_reload_conf()")
        time.sleep(FREEZE_SECONDS)
        admin.execute("SET default_transaction_read_only = off")
        admin.execute("ALTER SYSTEM RESET default_transaction_read_only")
        admin.execute("SELECT pg_reload_conf()")
    watch_completions(system, "readonly")


def post_poison(system: System) -> None:
    """Post a job that kills whatever runs it, beside all the others."""
    with contextlib.suppress(OSError):
        answer = system.client("poisoner").call(f"{API}/create-canvas", body={"instructions": POISON})
        system.books.poisoned.add(answer["job_id"])


def name_silent_receiver(system: System) -> None:
    """End some jobs whose messages go to a receiver that never responds, then one whose message must arrive."""
    with contextlib.suppress(OSError):
        for _ in range(SILENT_JOBS):
            _post_with_webhook(system, "silent", system.tarpit.url)
        _post_with_webhook(system, HONEST, system.receiver.url)
        watch_message(system, "silent", count=len(system.receiver.messages) + 1)


def _post_with_webhook(system: System, user_id: str, url: str) -> None:
    body = {"instructions": "A -> B", "webhook_url": url}
    system.client(user_id).call(f"{API}/create-canvas", body=body)


def _restart(system: System, mode: Literal["fast", "immediate"]) -> None:
    system.postgres.stop(mode)
    time.sleep(system.random.uniform(0, 2))
    system.postgres.start()
    watch_completions(system, "restart" if mode == "fast" else "crash")


FAULTS = [
    kill_worker,
    freeze_worker,
    replace_worker,
    restart_database,
    crash_database,
    cut_connections,
    freeze_database,
    make_database_read_only,
    post_poison,
    name_silent_receiver,
]


def inject_faults(system: System, *, until: Callable[[], bool], pause: float) -> None:
    """Inject one fault after another, each kind in turn and in random order."""
    kinds = list(FAULTS)
    while not until():
        system.random.shuffle(kinds)
        for inject in kinds:
            if until():
                return
            system.books.faults[inject.__name__] += 1
            system.replace_dead_workers()
            inject(system)
            time.sleep(pause * system.random.uniform(0.5, 1.5))
