"""The same graph gives the same drawing in every process, whatever Python's hash seed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

COUNT = 60
_PROGRAM = """
import hashlib, sys
from bench.layout.engines import ours
from bench.layout.graphs import generated

digest = hashlib.sha256()
for graph in generated(int(sys.argv[1])):
    layout = ours(graph)
    for places in (layout.rects, layout.frames, layout.headings, layout.labels, layout.routes):
        digest.update(repr(list(places.items())).encode())
print(digest.hexdigest())
"""


def digest(seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(COUNT)],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout


@pytest.mark.slow
def test_two_processes_with_two_hash_seeds_draw_the_same() -> None:
    assert digest("1") == digest("20061")
