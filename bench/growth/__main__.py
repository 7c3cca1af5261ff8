"""``python -m bench.growth``: compare every operation on a small and a large database; prints tables, writes JSON.

Two databases of one embedded PostgreSQL with its defaults have taken a hundred jobs a minute: one for two hours, one
for a week. Each operation runs on both in turn, through the functions that the web process and the worker call; what
counts is the ratio of the medians. Then again after 100,000 jobs were purged without a vacuum, and with 10,000 jobs of
other users waiting.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import shutil
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from bench.growth.comparison import compare_sizes, console
from bench.report import describe_machine
from devtools.postgres import embedded_postgres


def main() -> int:
    """Run the comparison; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description="What finished jobs cost.")
    parser.add_argument("--jobs", type=int, default=1_000_000, help="of the large database; 8 KB each")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--json", type=Path, default=Path("var/growth.json"))
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="canvas-growth-"))
    server = embedded_postgres(folder / "postgres")
    try:
        figures = asyncio.run(compare_sizes(server.get_uri(), jobs=given.jobs, rounds=given.rounds))
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(
        json.dumps({"machine": describe_machine(), "figures": [asdict(each) for each in figures]}, indent=2)
    )
    console.print(f"{describe_machine()}; figures in {given.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
