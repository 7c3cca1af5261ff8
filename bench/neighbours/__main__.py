"""``python -m bench.neighbours [--only NAME] [--jobs N]``: the table of what each attacker costs two honest users.

Alone and beside the attacker are measured in turn, in one run, at the service's default limits. Exit code 1 when a job
of an honest user failed.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

from bench.neighbours.attackers import ATTACKS
from bench.neighbours.honest import SECRET, Felt, feel
from bench.report import describe_machine
from core.database import connection_options
from core.errors import JobNotCancellable
from core.jobs import cancel_job
from core.webhook_rules import PREFIX
from devtools.postgres import embedded_postgres
from devtools.processes import free_port, running, stop, web_and_worker
from migrations import migrate

GOAL = 2.0  # times what the honest users feel without the attacker
COLUMNS = ("attacker on", "requests p99 alone", "beside", "times", "jobs p99 alone", "beside", "times")
DRAIN_SECONDS = 120.0


def main() -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.neighbours")
    parser.add_argument("--only", choices=sorted(ATTACKS), action="append")
    parser.add_argument("--jobs", type=int, default=120, help="of each honest user, in each round")
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="canvas-neighbours-"))
    database = embedded_postgres(folder / "postgres")
    table = Table(title=f"On {describe_machine()}", title_justify="left")
    for heading in COLUMNS:
        table.add_column(heading, justify="right")
    failed: list[str] = []
    try:
        migrate(database.get_uri())
        with service(database.get_uri(), folder) as port:
            feel(port, jobs=given.jobs)  # until plans are prepared, caches filled and processes started
            for name in given.only or ATTACKS:
                alone, beside = measure(name, port, database.get_uri(), jobs=given.jobs)
                failed += [f"{name}: {what}" for what in (*alone.failed, *beside.failed)]
                table.add_row(
                    name, *_cells(alone.requests, beside.requests), *_cells(alone.jobs, beside.jobs)
                )
    finally:
        database.cleanup()
        shutil.rmtree(folder, ignore_errors=True)
    console = Console(width=120)
    console.print(table)
    for what in failed:
        console.print(f"An honest user's job failed. {what}")
    return 1 if failed else 0


@contextlib.contextmanager
def service(dsn: str, folder: Path) -> Iterator[int]:
    """Run the service with its default limits, and a model's server; gives its port."""
    port, model = free_port(), free_port()
    env = {
        "DATABASE_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "VAR_DIR": str(folder),
        "OPENAI_BASE_URL": f"http://127.0.0.1:{model}/v1",
        "PLAN_FORMAT": "notation",
        "AI_IDLE_TIMEOUT_SECONDS": "60",
        "WEBHOOK_SECRET": PREFIX + base64.b64encode(os.urandom(32)).decode(),
        "WEBHOOK_ALLOW_PRIVATE": "true",
        "LOG_FORMAT": "json",
    }
    command = [sys.executable, "-m", "bench.neighbours.model", str(model)]
    with running(command, env={}, log=folder / "model.log"), web_and_worker(env, port=port, logs=folder):
        yield port


def measure(name: str, port: int, dsn: str, *, jobs: int) -> tuple[Felt, Felt]:
    """Return what honest users feel without and with the attacker."""
    alone = feel(port, jobs=jobs)
    command = [sys.executable, "-m", "bench.neighbours.attackers", name, str(port)]
    # The attacker's own work is not what is measured: elsewhere it has a machine of its own.
    attacker = subprocess.Popen(command, stdout=subprocess.PIPE, preexec_fn=lambda: os.nice(19))
    try:
        assert attacker.stdout is not None
        attacker.stdout.readline()
        beside = feel(port, jobs=jobs)
    finally:
        stop(attacker)
    drain(dsn)
    return alone, beside


def drain(dsn: str) -> None:
    """Cancel what the attacker has left, and wait until no job runs."""
    with psycopg.connect(dsn, **connection_options(application_name="bench")) as conn:
        for row in conn.execute("SELECT id, user_id FROM ai_jobs WHERE outcome IS NULL").fetchall():
            with contextlib.suppress(JobNotCancellable):
                cancel_job(conn, job_id=row["id"], user_id=row["user_id"])
        deadline = time.monotonic() + DRAIN_SECONDS
        while time.monotonic() < deadline:
            row = conn.execute(
                "SELECT count(*) AS left FROM procrastinate_jobs WHERE status = 'doing'"
            ).fetchone()
            if row is not None and not row["left"]:
                return
            time.sleep(0.2)


def _cells(alone: list[float], beside: list[float]) -> list[str]:
    if not alone or not beside:
        return ["–", "–", "–"]
    before, after = Felt().p99_ms(alone), Felt().p99_ms(beside)
    times = after / before
    return [
        f"{before:,.0f} ms",
        f"{after:,.0f} ms",
        f"{times:.1f}" if times <= GOAL else f"[bold]{times:.1f}[/bold]",
    ]


if __name__ == "__main__":
    sys.exit(main())
