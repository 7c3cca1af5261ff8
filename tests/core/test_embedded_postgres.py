"""The embedded PostgreSQL stops with the last process that uses it, however the others ended."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

START = (
    "import sys; from core.database import get_dsn; from core.settings import load_settings;"
    "get_dsn(load_settings(_env_file=None, database_url=None, var_dir=sys.argv[1])); print('up', flush=True);"
    "sys.stdin.read()"
)


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    # Not under pytest's own folder, which is closed to the user that the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="canvas-embedded-"))
    yield folder
    if (folder / "postgres" / "postmaster.pid").exists():  # A test failed.
        subprocess.run([sys.executable, "-c", START, str(folder)], stdin=subprocess.DEVNULL, check=True)
    shutil.rmtree(folder, ignore_errors=True)


def start(var: Path) -> subprocess.Popen[str]:
    """Return a process that holds the embedded PostgreSQL until its input closes."""
    process = subprocess.Popen(
        [sys.executable, "-c", START, str(var)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def test_it_stops_though_an_earlier_process_was_killed(var: Path) -> None:
    with start(var) as killed:
        killed.kill()
    assert (var / "postgres" / "postmaster.pid").exists()

    with start(var) as last:
        last.communicate()

    assert not (var / "postgres" / "postmaster.pid").exists()


def test_it_stays_while_another_process_needs_it(var: Path) -> None:
    with start(var) as other:
        with start(var) as first:
            first.communicate()

        assert (var / "postgres" / "postmaster.pid").exists()
        other.communicate()
    assert not (var / "postgres" / "postmaster.pid").exists()
