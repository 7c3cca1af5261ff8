"""A short ``make chaos``: every fault at least once, and the books must balance."""

from __future__ import annotations

import tempfile
from pathlib import Path

from bench.chaos.faults import FAULTS
from bench.chaos.run import run


def test_books_balance_after_every_kind_of_harm() -> None:
    with tempfile.TemporaryDirectory(prefix="canvas-chaos-") as folder:
        books = run(jobs=40, rate=3.0, pause=0.2, seed=7, folder=Path(folder))
    assert books.problems == []
    assert len(books.accepted) == 40
    assert set(books.faults) == {fault.__name__ for fault in FAULTS}
    assert books.poisoned
    assert books.changes
