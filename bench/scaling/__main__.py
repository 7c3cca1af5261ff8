"""``python -m bench.scaling``: what one database carries, with 1, 2 and 4 processes; prints a table, writes JSON.

Everything runs on this machine, so its cores limit every rate. What holds elsewhere is what PostgreSQL itself took:
processor time, WAL and disk for one job. All numbers of processes take turns, the floors among them, and the median of
the rounds counts.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from bench.scaling.connections import count_connections
from bench.scaling.costs import Cost, Results, Target, empty
from bench.scaling.disk import measure_disk
from bench.scaling.notify import NOTIFIERS, measure_notify
from bench.scaling.requests import measure_pooler, measure_web
from bench.scaling.workers import measure_idle, measure_stock, measure_workers
from devtools.pooler import PGBOUNCER
from devtools.postgres import PostgresServer
from migrations import migrate

PROCESSES = (1, 2, 4)
LISTENERS = (0, 1, 10, 50, 200)
PACE = 200.0  # notifications a second, when not as many as possible
MAX_CONNECTIONS = 400

console = Console(width=110)


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
            # As in production: with fsync.
            admin.execute("ALTER SYSTEM RESET ALL")
            admin.execute(f"ALTER SYSTEM SET max_connections = {MAX_CONNECTIONS}".encode())
        server.stop()
        server.start()
        migrate(server.dsn)
        results = run(Target(server, folder), rounds=given.rounds, seconds=given.seconds, jobs=given.jobs)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    rounds = medians(results)
    _print(rounds, results.figures)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    summary = {"cores": os.cpu_count(), "medians": {what: asdict(cost) for what, cost in rounds.items()}}
    given.json.write_text(json.dumps(summary | {"figures": results.figures}, indent=2))
    console.print(f"{os.cpu_count()} cores; figures in {given.json}")
    return 0


def run(target: Target, *, rounds: int, seconds: float, jobs: int) -> Results:
    """Return what all rounds measured."""
    results = Results()
    with target.connect() as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS bench_bare (id uuid PRIMARY KEY, body jsonb NOT NULL)")
    for turn in range(rounds):
        console.print(f"round {turn + 1} of {rounds}", style="dim")
        for processes in PROCESSES:
            measure_web(target, results, processes=processes, seconds=seconds)
        if PGBOUNCER is not None:
            measure_pooler(target, results, seconds=seconds)
        for processes in PROCESSES:
            measure_stock(target, results, jobs=2 * jobs, processes=processes)
            measure_workers(target, results, jobs=jobs, nodes=1, processes=processes)
            measure_workers(target, results, jobs=jobs // 2, nodes=12, processes=processes)
            empty(target)
        for listeners in LISTENERS:
            measure_notify(target, results, listeners=listeners, seconds=seconds)
            measure_notify(target, results, listeners=listeners, seconds=seconds, pause=NOTIFIERS / PACE)
    count_connections(target, results, seconds=2 * seconds)
    measure_idle(target, results, seconds=5 * seconds)
    measure_disk(target, results, jobs=2 * jobs)
    if PGBOUNCER is None:
        results.figures["pgbouncer"] = "not on this machine"
    return results


def medians(results: Results) -> dict[str, Cost]:
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


if __name__ == "__main__":
    sys.exit(main())
