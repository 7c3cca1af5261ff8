"""One run: callers post jobs, faults are injected, and the books are balanced."""

from __future__ import annotations

import threading
from pathlib import Path

from bench.chaos.books import Books, balance, count_answers, settle
from bench.chaos.callers import draw_board, post_jobs
from bench.chaos.faults import FAULTS, inject_faults
from bench.chaos.system import System


def run(*, jobs: int, rate: float, pause: float, seed: int, folder: Path) -> Books:
    """Run it and return the books."""
    with System(folder, seed=seed) as system:
        draw_board(system)
        poster = threading.Thread(target=post_jobs, args=[system], kwargs={"jobs": jobs, "rate": rate})
        poster.start()
        # Each kind at least once, however quickly the jobs are posted.
        inject_faults(
            system,
            until=lambda: not poster.is_alive() and len(system.books.faults) == len(FAULTS),
            pause=pause,
        )
        poster.join()
        with system.connect() as conn:
            settle(system.books, conn)
            balance(system.books, conn)
        count_answers(system.books, system.model.requests)
        return system.books
