"""The release step: a fresh database, a second run, two runs at once, and its own command."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
import time
import uuid

import psycopg
import pytest

from core import job_record, jobs
from migrations import ROOT, migrate, read_border
from tests.conftest import connect
from tests.tasks.workshop import post

EXPECTED = {
    "ai_jobs",
    "ai_job_events",
    "ai_workers",
    "canvases",
    "canvas_objects",
    "job_view",
    "procrastinate_jobs",
    "procrastinate_events",
}

FROZEN = {  # the number of each migration, and how its text begins as a SHA-256
    "0001": "d376995aa6fe0d5d",
    "0002": "d283201e8b1eadd1",
    "0003": "bf0d3aacef7dde07",
    "0004": "88d4fd6c011c513b",
    "0005": "cd3b680c4dd6e143",
    "0006": "8daed6900e585001",
    "0007": "0927ccb1227786bb",
    "0008": "e2c9207d67352bd9",
    "0009": "8f2e8238d951d0c9",
    "0010": "fb7619a6381d36a2",
    "0011": "cc9d025adbba477f",
    "0012": "7d4a4a6db5d6be01",
    "0013": "8fb0adf51c8646f6",
    "0014": "9afcfd2b243866e3",
}


def tables(dsn: str) -> set[str]:
    with psycopg.connect(dsn) as conn:
        rows = conn.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
        ).fetchall()
    return {row[0] for row in rows}


def test_fresh_database_and_second_run(empty_dsn: str) -> None:
    migrate(empty_dsn)
    assert tables(empty_dsn) >= EXPECTED
    migrate(empty_dsn)


def test_two_runs_at_once(empty_dsn: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            migrate(empty_dsn)
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert tables(empty_dsn) >= EXPECTED


def test_release_command(empty_dsn: str) -> None:
    ran = run_release(empty_dsn)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert tables(empty_dsn) >= EXPECTED


def test_release_command_says_what_is_wrong() -> None:
    ran = run_release("postgresql://nobody@127.0.0.1:1/none")
    assert ran.returncode == 1
    assert ran.stderr.startswith("Database: ")
    assert "Traceback" not in ran.stderr


def test_held_table_makes_the_release_step_give_up_and_change_nothing(empty_dsn: str) -> None:
    migrate(empty_dsn)
    with psycopg.connect(empty_dsn) as holder:
        holder.execute("COMMENT ON VIEW job_view IS 'an older procrastinate_schema.sql'")
        holder.commit()
        holder.execute("LOCK TABLE job_view IN ACCESS SHARE MODE")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            migrate(empty_dsn)
    migrate(empty_dsn)


def test_queue_tables_of_unknown_version_are_left_alone(empty_dsn: str) -> None:
    with psycopg.connect(empty_dsn) as conn:
        conn.execute("CREATE TABLE procrastinate_jobs (id bigint)")
    with pytest.raises(RuntimeError, match="COMMENT ON TABLE"):
        migrate(empty_dsn)


def run_release(dsn: str) -> subprocess.CompletedProcess[str]:
    env = {"PATH": os.environ["PATH"], "DATABASE_URL": dsn}
    return subprocess.run(
        [sys.executable, "-m", "migrations"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


def test_upgrade_under_load_refuses_and_loses_nothing(empty_dsn: str) -> None:
    """From the first revision to the last, while jobs are accepted, claimed and finished without a pause."""
    migrate(empty_dsn, revision="0001")
    # The release that runs meanwhile knows no column that comes later.
    cancel = job_record.queries.cancel_job.replace("answer = NULL,", "")
    stop = threading.Event()
    failures: list[BaseException] = []
    done: list[uuid.UUID] = []

    def work() -> None:
        try:
            with connect(empty_dsn) as conn:
                while not stop.is_set():
                    job = post(conn)
                    conn.execute(cancel, {"job_id": job.id, "user_id": "owner"})
                    done.append(job.id)
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    while len(done) < 50 and not failures:
        time.sleep(0.01)
    migrate(empty_dsn)
    reached = len(done)
    while len(done) < reached + 50 and not failures:
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    with connect(empty_dsn) as conn:
        row = conn.execute("SELECT count(*) AS n FROM job_view WHERE status = 'cancelled'").fetchone()
        assert row == {"n": len(done)}
        invalid = conn.execute(
            "SELECT indexrelid::regclass::text AS name FROM pg_index WHERE NOT indisvalid"
        ).fetchall()
        assert invalid == []


def test_border_is_replaced_under_the_hands_of_those_who_call_it(empty_dsn: str) -> None:
    migrate(empty_dsn)
    border = read_border()
    is_over = threading.Event()
    failures: list[BaseException] = []
    done: list[uuid.UUID] = []

    def work() -> None:
        try:
            with connect(empty_dsn) as conn:
                while not is_over.is_set():
                    job = post(conn, user_id=str(uuid.uuid4()))
                    jobs.cancel_job(conn, job_id=job.id, user_id=job.user_id)
                    done.append(job.id)
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    with psycopg.connect(empty_dsn) as conn:
        for _ in range(20):
            conn.execute(border)
            conn.commit()
            reached = len(done)
            while len(done) < reached + 8 and not failures:
                time.sleep(0.01)
    is_over.set()
    for thread in threads:
        thread.join()
    assert failures == []


def test_migrations_that_have_left_the_house_do_not_change() -> None:
    """A database that has applied one never sees it again: what it should have said needs a migration of its own."""
    folder = ROOT / "migrations" / "versions"
    found = {
        path.stem[:4]: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in folder.glob("0*.py")
    }
    assert found == FROZEN
