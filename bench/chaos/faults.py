"""What may go wrong: workers killed, frozen and replaced, the database restarted, crashed and cut off."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from typing import Literal

from bench.chaos.recovery import watch_completions, watch_jobs_of
from bench.chaos.system import WORKER_TIMEOUT, System

FREEZE_SECONDS = WORKER_TIMEOUT + 3  # past the rescue


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
    if code not in (0, -signal.SIGTERM):
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


def _restart(system: System, mode: Literal["fast", "immediate"]) -> None:
    system.postgres.stop(mode)
    time.sleep(system.random.uniform(0, 2))
    system.postgres.start()
    watch_completions(system, "restart" if mode == "fast" else "crash")


FAULTS = [kill_worker, freeze_worker, replace_worker, restart_database, crash_database, cut_connections]


def inject_faults(system: System, *, until: Callable[[], bool], pause: float) -> None:
    """Inject one fault after another, each kind in turn and in random order."""
    kinds = list(FAULTS)
    while not until():
        system.random.shuffle(kinds)
        for inject in kinds:
            if until():
                return
            system.books.faults[inject.__name__] += 1
            inject(system)
            time.sleep(pause * system.random.uniform(0.5, 1.5))
