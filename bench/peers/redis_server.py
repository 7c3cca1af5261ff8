"""The distribution's Redis with its defaults, running during the body: occasional snapshots, no log of writes.

So Redis may forget what it has taken since its last snapshot (of up to an hour: ``save 3600 1 300 100 60 10000``).
"""

from __future__ import annotations

import importlib.util
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devtools.processes import START_TIMEOUT, free_port, running

SERVER = "redis-server"
CLIENTS = ("celery", "redis", "rq")


def why_missing() -> str | None:
    """Return why RQ and Celery cannot run here, in a sentence; None when they can."""
    if shutil.which(SERVER) is None:
        return f"{SERVER} is not installed, and could not be (that needs root and apt-get)."
    missing = [name for name in CLIENTS if importlib.util.find_spec(name) is None]
    return f"{', '.join(missing)} not installed; make bench does that." if missing else None


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Run a Redis with its data in ``folder``; gives its URL once it answers."""
    port = free_port()
    command = [SERVER, "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder)]
    with running(command, env={}, log=folder / "redis.log"):
        deadline = time.monotonic() + START_TIMEOUT
        while not _answers(port):
            if time.monotonic() > deadline:
                raise RuntimeError(f"Redis did not start; see {folder / 'redis.log'}")
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(16).startswith(b"+PONG")
    except OSError:
        return False
