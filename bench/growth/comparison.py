"""Run each operation on a small and a large database in turn, and compare the medians."""

from __future__ import annotations

import random
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.table import Table

from bench.growth.database import Database
from bench.growth.history import HEAVY, REQUEST, History, write_history
from bench.growth.job_life import change_job, run_job
from bench.growth.maintenance import keep_in_order, purge_jobs
from bench.growth.queries import read_as_caller, read_as_operator
from bench.load import percentile
from bench.report import Figure
from core.database import Connection, connection_options
from core.maintenance import PURGE_BATCH
from migrations import migrate

SMALL = 12_000  # jobs of the other database: two hours
GOAL = 1.5  # times as long as in the small one
PURGED = 100_000  # jobs
SMALL_PURGES = 5  # batches of the small database, which is not large
WAITING = 10_000  # jobs of as many others
WARM_UP = 5  # rounds
# What reads the whole queue by nature: it counts it, or looks for lost jobs in it.
READS_THE_QUEUE = frozenset(
    {
        "health",
        "statistics of everybody",
        "operator: newest queued jobs",
        "operator: stuck jobs",
        "maintenance: orphans",
        "maintenance: waiting for the model",
    }
)

console = Console(width=140)


async def compare_sizes(dsn: str, *, jobs: int, rounds: int, waiting: int = WAITING) -> list[Figure]:
    """Return how a database of so many finished jobs compares with a small one; the server at ``dsn`` gets both."""
    with psycopg.connect(dsn, **connection_options(application_name="bench")) as admin:
        sizes = {"two_hours": min(SMALL, jobs), "a_week": jobs}
        histories = {name: _make_history(admin, dsn, name, count) for name, count in sizes.items()}
        async with AsyncExitStack() as stack:
            small, grown = [
                await stack.enter_async_context(Database.open(_dsn(dsn, name), history))
                for name, history in histories.items()
            ]
            figures = list(_sizes(grown))
            figures += await _compare(small, grown, f"{jobs:,} finished jobs", rounds)
            # So that what is dead stays where it is.
            _set_autovacuum(admin, on=False)
            figures += await _purge(small, grown, count=min(PURGED, jobs // 10))
            figures += await _compare(small, grown, "just purged", rounds)
            _set_autovacuum(admin, on=True)
            grown.web.execute("VACUUM (ANALYZE)")
            _queue_up(grown.web, waiting)
            figures += await _compare(small, grown, f"{waiting:,} waiting", rounds)
    return figures


def _make_history(admin: Connection, dsn: str, name: str, jobs: int) -> History:
    began = time.monotonic()
    admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    migrate(_dsn(dsn, name))
    with psycopg.connect(_dsn(dsn, name), **connection_options(application_name="bench")) as conn:
        history = write_history(conn, jobs=jobs)
    console.print(f"  {jobs:,} finished jobs in {time.monotonic() - began:.0f} s", style="dim")
    return history


def _dsn(dsn: str, name: str) -> str:
    return psycopg.conninfo.make_conninfo(dsn, dbname=name)


def _set_autovacuum(admin: Connection, *, on: bool) -> None:
    admin.execute(sql.SQL("ALTER SYSTEM SET autovacuum = {}").format(sql.Literal("on" if on else "off")))
    admin.execute("SELECT pg_reload_conf()")


def _queue_up(conn: Connection, waiting: int) -> None:
    """Let others wait, one job each; then as autovacuum would, a minute later."""
    conn.execute(
        "SELECT count(verdict) FROM generate_series(1, %s) AS n CROSS JOIN LATERAL canvas_accept_job("
        "gen_random_uuid(), 'waiting-' || n, 0, %s, NULL, NULL, NULL, NULL, 3, NULL, 10, 10, NULL)",
        [waiting, Jsonb(REQUEST)],
    )
    conn.execute("ANALYZE ai_jobs, procrastinate_jobs")


def _sizes(database: Database) -> Iterator[Figure]:
    row: Any = database.web.execute(
        "SELECT sum(pg_table_size(relid)) AS rows, sum(pg_indexes_size(relid)) AS indexes,"
        " sum(pg_total_relation_size(relid)) FILTER (WHERE relname LIKE 'canvas%%') AS kept FROM pg_stat_user_tables",
        [],
    ).fetchone()
    jobs = database.history.jobs
    for what, size in (
        ("rows", row["rows"]),
        ("indexes", row["indexes"]),
        ("of both, canvases that stay", row["kept"]),
    ):
        yield Figure(f"a finished job on disk: {what}", float(size) / jobs / 1000, "kB")


async def _compare(small: Database, grown: Database, phase: str, rounds: int) -> list[Figure]:
    """Run every operation on both in turn, and print how they compare."""
    for number in range(WARM_UP + rounds):
        if number == WARM_UP:
            small.times.clear()
            grown.times.clear()
        for database in (small, grown) if number % 2 else (grown, small):
            chance = random.Random(number)
            await run_job(database, str(uuid.uuid4()))
            await run_job(database, HEAVY)
            change_job(database, HEAVY)
            read_as_caller(database, chance)
            read_as_operator(database, chance)
            await keep_in_order(database)
    return _report(
        small,
        grown,
        phase,
        goal_for=lambda what: None if phase.endswith("waiting") and what in READS_THE_QUEUE else GOAL,
    )


async def _purge(small: Database, grown: Database, *, count: int) -> list[Figure]:
    """Purge so many jobs of the large database, and two thousand of the small one."""
    small.times.clear()
    grown.times.clear()
    for number in range(count // PURGE_BATCH):
        if number < SMALL_PURGES:
            await purge_jobs(small)
        await purge_jobs(grown)
    seconds = sum(grown.times["purge of 1,000 jobs"])
    return [
        *_report(small, grown, f"{count:,} jobs purged", goal_for=lambda _: GOAL),
        Figure(f"purge of {count:,} jobs", seconds, "s", note=f"{count // PURGE_BATCH} transactions"),
    ]


def _report(
    small: Database, grown: Database, phase: str, goal_for: Callable[[str], float | None]
) -> list[Figure]:
    table = Table(title=phase, title_justify="left")
    for heading in ("operation", "2 hours, p50", "a week, p50", "p99", "p99", "ratio", "goal", "met"):
        table.add_column(heading, justify="left" if heading == "operation" else "right")
    figures = []
    for what, before in small.times.items():
        after = grown.times[what]
        p50s = [statistics.median(times) * 1000 for times in (before, after)]
        p99s = [percentile(times, 0.99) * 1000 for times in (before, after)]
        note = f"p50 {p50s[0]:.2f} to {p50s[1]:.2f} ms, p99 {p99s[0]:.1f} to {p99s[1]:.1f} ms"
        figure = Figure(f"{phase}: {what}", p50s[1] / p50s[0], "x", goal_for(what), at_most=True, note=note)
        figures.append(figure)
        met = "" if figure.reached is None else "yes" if figure.reached >= 1 else "no"
        cells = [f"{value:.2f} ms" for value in (*p50s, *p99s)]
        table.add_row(what, *cells, f"{figure.value:.2f}", f"{figure.goal or ''}", met)
    console.print(table)
    return figures
