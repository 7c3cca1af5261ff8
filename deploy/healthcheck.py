"""``python deploy/healthcheck.py``: exits 0 while the container's process is alive, for Docker and Kubernetes.

The web process is asked on ``PORT``, a worker on ``METRICS_PORT``; a worker without that port counts as alive while it
runs. Neither response depends on the database: restarting a container would not bring that back. A process that accepts
the connection but is too busy to respond in time counts as alive as long as it uses the processor, for five minutes at
most; one that does not respond and does nothing is dead.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

TIMEOUT = 4.0  # seconds for a response; Docker allows 5
BUSY_SHARE = 0.05  # of that time on the processor; a process that only waits uses less
BUSY_LIMIT = 300.0  # seconds without a response until even a busy process is dead
MARKER = "canvas-jobs-busy-since"  # a file, as old as the first check without a response


def main(pid: int = 1, folder: Path | None = None) -> int:
    """Return the exit code for a process and its children; ``folder`` keeps the marker between two checks."""
    url = find_url(Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8"))
    if url is None:
        return 0
    marker = (folder or Path(tempfile.gettempdir())) / MARKER
    began, used = time.monotonic(), processor_seconds(pid)
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT):  # noqa: S310 - our own address
            marker.unlink(missing_ok=True)
            return 0
    except OSError as exc:
        reason = exc.reason if isinstance(exc, urllib.error.URLError) else exc
        waited, used = time.monotonic() - began, processor_seconds(pid) - used
        if (
            isinstance(reason, TimeoutError)
            and used > BUSY_SHARE * waited
            and busy_seconds(marker) < BUSY_LIMIT
        ):
            sys.stderr.write(f"busy: {used:.1f} s of processor time in {waited:.1f} s\n")
            return 0
        sys.stderr.write(f"{exc}\n")
        return 1


def find_url(command_line: str) -> str | None:
    """Return what to ask a process that was started so; None for a worker without a port."""
    if "tasks" not in command_line.split("\0"):
        return f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/api/ai-agent/health/live"
    port = os.environ.get("METRICS_PORT")
    return f"http://127.0.0.1:{port}/health/live" if port else None


def busy_seconds(marker: Path) -> float:
    """Return how long there has been no response."""
    try:
        return time.time() - marker.stat().st_mtime
    except OSError:
        with suppress(OSError):
            marker.touch()
        return 0.0


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process and its descendants."""
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # It has ended meanwhile.
            # After the name, which is in brackets and may hold anything (proc(5)).
            fields = path.read_text().rpartition(")")[2].split()
            stats[int(path.parent.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    family, found = {pid}, -1
    while len(family) != found:
        found = len(family)
        family |= set(_children(stats, family))
    return sum(ticks for each, (_, ticks) in stats.items() if each in family) / os.sysconf("SC_CLK_TCK")


def _children(stats: dict[int, tuple[int, int]], family: set[int]) -> Iterable[int]:
    # The check itself is a child of the container's first process where there is no init.
    return (pid for pid, (parent, _) in stats.items() if parent in family and pid != os.getpid())


if __name__ == "__main__":
    sys.exit(main())
