"""What a round of work costs: its rate, and the processor time and WAL that PostgreSQL takes for it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import psycopg

from core.database import Connection, connection_options
from devtools.postgres import PostgresServer

PATIENCE = 180.0  # seconds until a round must have ended
SETTLE_SECONDS = 0.5  # until PostgreSQL has counted what the sessions of the round before took


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
class Target:
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


def empty(target: Target) -> None:
    """Delete what a round left behind."""
    with target.connect() as conn:
        conn.execute("TRUNCATE ai_jobs, canvases, procrastinate_jobs, bench_bare CASCADE")
        conn.execute("DELETE FROM ai_workers")
        conn.execute("CHECKPOINT")


def wait_for(conn: Connection, query: str, *values: object) -> None:
    """Return once the query's column ``done`` is true; raise when that does not happen."""
    deadline = time.monotonic() + PATIENCE
    while conn.execute(query.encode(), values).fetchone() != {"done": True}:
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited in vain: {query}")
        time.sleep(0.05)


def plural(count: int, noun: str) -> str:
    """Return ``1 worker``, ``2 workers``."""
    return f"{count} {noun}{'' if count == 1 else 'es' if noun.endswith('s') else 's'}"
