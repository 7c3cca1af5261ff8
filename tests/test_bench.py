"""A small ``make bench``: each part runs for real, and the report says which goals are met and what is missing."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench import pickup
from bench.peers import redis_server
from bench.peers.marks import read_marks
from bench.profile import REST, count_statements, parts_of
from bench.report import BEGIN, END, Figure, Report
from bench.worker import Bench, end_to_end, first_object, many_streams, throughput
from core.sql import load_queries
from devtools.processes import ROOT

REPORT = Report(
    [
        Figure("quick", 10.0, "ms", 20, at_most=True),
        Figure("slow", 1.0, "/s", 2, note="p99 <3 ms"),
        Figure("absent", None, "x", 3, at_most=True, note="Not measured: no Redis."),
    ],
    {"Canvas Jobs": [0.002, 0.004], "a polling thread": [2.5, 4.9]},
    "a machine",
)

WAKE = load_queries("breaker").wake_waiting
PROGRESS = load_queries("job_record").publish_progress
FETCH = "SELECT id, status, task_name"
BY_THE_CLOCK = (
    "BEGIN",
    "COMMIT",
    "SET LOCAL synchronous_commit",
    "SELECT EXISTS (SELECT 1 FROM ai_pauses",
    "SELECT current_setting('transaction_read_only')",  # of a connection that was idle
    "SELECT id from procrastinate_jobs",  # to abort
    "SELECT * FROM procrastinate_prune_stalled_workers",
    "SELECT procrastinate_update_heartbeat",
    "SELECT procrastinate_unregister_worker",
)


@pytest.fixture
def bench(dsn: str) -> Iterator[Bench]:
    folder = Path(tempfile.mkdtemp(prefix="canvas-bench-"))
    yield Bench(dsn, folder)
    shutil.rmtree(folder, ignore_errors=True)


def test_every_queue_that_can_run_here_takes_its_jobs_up(bench: Bench) -> None:
    with pickup.queues(bench, poll_interval=0.5) as entered:
        seconds = pickup.race(entered, rounds=1, jobs=3, pause=0.01)
    expected = {pickup.OURS, pickup.STOCK, pickup.POLLER}
    if redis_server.why_missing() is None:
        expected |= {pickup.RQ, pickup.CELERY}
    assert seconds.keys() == expected
    assert {len(each) for each in seconds.values()} == {3}
    # Clocks of two processes on one machine: no job begins before it was accepted.
    assert all(each > -0.1 for each in seconds[pickup.POLLER])


def test_rates_are_of_finished_jobs(bench: Bench) -> None:
    ours, stock = pickup.rates(bench, count=5, rounds=1)
    assert ours > 0
    assert stock > 0
    with bench.connect() as conn:
        done = conn.execute(
            "SELECT count(*) FILTER (WHERE outcome = 'completed') AS ours,"
            " (SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'nothing' AND status = 'succeeded') AS stock"
            " FROM ai_jobs"
        ).fetchone()
    assert done == {"ours": 6, "stock": 5}  # ours with the job that warms up


def test_the_worker_is_measured(bench: Bench) -> None:
    assert throughput(bench, nodes=12, count=3) > 0
    assert all(each > 0 for each in end_to_end(bench, count=2))
    assert len(first_object(bench, count=1, seconds=0.5)) == 1
    alone, together, peak = many_streams(bench, streams=3, seconds=0.5)
    assert min(alone, together) >= 0.5
    assert peak > 10_000_000


def test_a_job_costs_seven_statements(bench: Bench) -> None:
    """Fetch, breaker, claim, keep the answer, store, end the queue row, an empty fetch; the clock brings the rest."""
    statements = count_statements(bench, nodes=1, count=10)
    clock = (*BY_THE_CLOCK, *first_words("maintenance", "workers", "events"), WAKE[:60], PROGRESS[:60])
    of_jobs = {what: number for what, number in statements.items() if not what.startswith(clock)}
    [fetches] = [float(of_jobs.pop(what)) for what in list(of_jobs) if what.startswith(FETCH)]
    assert fetches >= 1  # A job posted before the second one takes it over; while jobs run, the worker polls.
    assert list(of_jobs.values()) == ["1.0"] * 5, list(of_jobs)


def first_words(*files: str) -> list[str]:
    """Return how the queries of these files appear among the statements."""
    texts = [(ROOT / f"core/sql/{name}.sql").read_text() for name in files]
    return [words for text in texts for words in re.findall(r"^-- name: \w+\n(.{1,60})", text, re.MULTILINE)]


def test_a_look_counts_for_the_innermost_part_and_waiting_for_none() -> None:
    stacks = [
        "run (asyncio/runners.py:1);_design_and_finish (tasks/pipeline.py:9);PlanScanner.feed (drawing/scanner.py:3) 4",
        "run (asyncio/runners.py:1);claim_job (core/attempts.py:9) 2",
        "run (asyncio/runners.py:1);EpollSelector.select (selectors.py:468) 90",
        "run (asyncio/runners.py:1) 1",
    ]
    assert parts_of(stacks) == {"read the plan in the answer": 4, "claim": 2, REST: 1}


def test_without_redis_the_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    reason = redis_server.why_missing()
    assert reason is not None
    assert "redis-server is not installed" in reason


def test_a_mark_that_is_still_being_written_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "marks").write_text("1 10.5\n2 11.25\n3 1")
    assert read_marks(tmp_path / "marks") == {1: 10.5, 2: 11.25}
    assert read_marks(tmp_path / "none") == {}


def test_the_table_says_which_goals_are_met_and_what_is_missing() -> None:
    assert [figure.cells[3] for figure in REPORT.figures] == ["yes", "**no**", ""]
    assert "| slow | 1.00 /s | ≥ 2 /s | **no** | p99 <3 ms |" in REPORT.markdown()
    assert "| absent | – | ≤ 3 x |  | Not measured: no Redis. |" in REPORT.markdown()


def test_the_docs_are_renewed_between_the_marks_only(tmp_path: Path) -> None:
    page = tmp_path / "performance.md"
    page.write_text(f"# Speed\n\n{BEGIN}\nold\n{END}\n\nThe end.\n")
    REPORT.write_docs(page)
    text = page.read_text()
    assert text.startswith(f"# Speed\n\n{BEGIN}\nMeasured on a machine.")
    assert text.endswith(f"{END}\n\nThe end.\n")
    assert "old" not in text
    figures = json.loads((tmp_path / "performance" / "bench.json").read_text())["figures"]
    assert [figure["value"] for figure in figures] == [10.0, 1.0, None]
    for chart in ("goals.svg", "pickup.svg"):
        assert ElementTree.parse(tmp_path / "performance" / chart).getroot().tag.endswith("svg")
    page.write_text("no marks")
    with pytest.raises(ValueError, match="bench"):
        REPORT.write_docs(page)
