"""What the tests share in which one user, or one bad server, does their worst while others just work."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from devtools.processes import WORKER, running


@contextlib.contextmanager
def restarted(env: Mapping[str, str], *, log: Path, command: list[str] = WORKER) -> Iterator[None]:
    """Run a process while the body runs and start it again whenever it ends, as every platform does."""
    is_over = threading.Event()

    def keep_up() -> None:
        while not is_over.is_set():
            with running(command, env=env, log=log) as process:
                while process.poll() is None and not is_over.wait(0.05):
                    pass

    thread = threading.Thread(target=keep_up)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
