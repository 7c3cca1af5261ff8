"""The one thing that the peers' tasks do: write down when their first line ran."""

from __future__ import annotations

import os
import time
from pathlib import Path

VARIABLE = "BENCH_MARKS"  # names the file of a worker and its children


def mark(key: int, at: float | None = None) -> None:
    """Add a line to the marks: the key, and ``at`` (now) in seconds since the epoch."""
    line = f"{key} {at or time.time()}\n"
    with open(os.environ[VARIABLE], "a", encoding="ascii") as marks:
        marks.write(line)  # In one piece: several processes may add to the same file.


def read_marks(path: Path) -> dict[int, float]:
    """Return when the task of each key began; a line that is still being written is left for the next look."""
    if not path.exists():
        return {}
    lines, _, _ = path.read_text(encoding="ascii").rpartition("\n")
    return {int(key): float(at) for key, at in (line.split() for line in lines.splitlines())}
