"""``python -m bench.chaos --jobs 300``: jobs over HTTP while processes and the database are killed.

Afterwards every accepted job must have exactly one outcome, a completed one exactly one canvas with all its objects, a
cancelled one none, and no queue row may be stuck; a quarter of them change one canvas, of which each completed one
made one version. Prints how long jobs took to be taken up again, and exits 1 when the
books do not balance. Everything runs on this machine, on 127.0.0.1, and is stopped again.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from bench.chaos.books import Books
from bench.chaos.run import run

console = Console()


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


def report(books: Books) -> None:
    """Print the books."""
    console.print(
        f"Accepted {len(books.accepted)}, cancelled {len(books.cancelled)}, refused {dict(books.refused)}"
    )
    console.print(
        f"Changes  {books.changes} of one canvas; answers that the model gave twice: {books.given_twice}"
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


if __name__ == "__main__":
    sys.exit(main())
