"""``python deploy/healthcheck.py``: exits 0 while the container's process is well, for Docker's HEALTHCHECK.

The web process is asked on ``PORT``, a worker on ``METRICS_PORT``; a worker without that port counts as well while it
runs. Neither answer depends on the database: restarting a container would not bring that back.
"""

from __future__ import annotations

import os
import sys
import urllib.request
from pathlib import Path

TIMEOUT = 4  # seconds; Docker allows 5


def main(command_line: str) -> int:
    """Return the exit code for the container whose first process was started so."""
    is_worker = "tasks" in command_line.split("\0")
    port = os.environ.get("METRICS_PORT") if is_worker else os.environ.get("PORT", "8000")
    if not port:
        return 0
    path = "/health/live" if is_worker else "/api/ai-agent/health/live"
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=TIMEOUT):
            return 0
    except OSError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(Path("/proc/1/cmdline").read_text(encoding="utf-8")))
