"""A short form of ``make chaos``: every kind of harm once, and the books must balance."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from bench.chaos.run import run


@pytest.mark.timeout(300)
def test_books_balance_after_every_kind_of_harm() -> None:
    with tempfile.TemporaryDirectory(prefix="canvas-chaos-") as folder:
        books = run(jobs=60, rate=2.0, pause=0.5, seed=7, folder=Path(folder))
    assert books.problems == []
    assert len(books.accepted) == 60
    assert len(books.faults) == 6
