"""``procrastinate_schema.sql`` held against the installed Procrastinate, so that an upgrade cannot surprise."""

from __future__ import annotations

from importlib.metadata import version

from core.database import Connection
from tasks.app import QUEUE, TASK
from tests.waiting import PATIENCE

PINNED = "3.10.0"


def test_installed_version_is_the_one_the_border_was_written_for() -> None:
    assert version("procrastinate") == PINNED, (
        "read its changelog, then procrastinate_schema.sql line by line"
    )


def test_columns_we_rely_on(conn: Connection) -> None:
    rows = conn.execute(
        "SELECT column_name, udt_name FROM information_schema.columns WHERE table_name = 'procrastinate_jobs'"
    ).fetchall()
    assert {row["column_name"]: row["udt_name"] for row in rows} == {
        "id": "int8",
        "queue_name": "varchar",
        "task_name": "varchar",
        "priority": "int4",
        "lock": "text",
        "queueing_lock": "text",
        "args": "jsonb",
        "status": "procrastinate_job_status",
        "scheduled_at": "timestamptz",
        "attempts": "int4",
        "abort_requested": "bool",
        "worker_id": "int8",
    }


def test_statuses_we_map(conn: Connection) -> None:
    row = conn.execute("SELECT enum_range(NULL::procrastinate_job_status)::text[] AS statuses").fetchone()
    assert row is not None
    assert row["statuses"] == ["todo", "doing", "succeeded", "failed", "cancelled", "aborting", "aborted"]


def test_functions_we_call(conn: Connection) -> None:
    rows = conn.execute(
        "SELECT proname || '(' || pg_get_function_arguments(oid) || ')' AS signature FROM pg_proc "
        "WHERE proname IN ('procrastinate_defer_jobs_v1', 'procrastinate_cancel_job_v1', "
        "'procrastinate_notify_queue_job_inserted_v1') ORDER BY 1"
    ).fetchall()
    assert [row["signature"] for row in rows] == [
        "procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean)",
        "procrastinate_defer_jobs_v1(jobs procrastinate_job_to_defer_v1[])",
        "procrastinate_notify_queue_job_inserted_v1()",
    ]


def test_queue_put_writes_what_the_worker_fetches(conn: Connection) -> None:
    job_id = "0198c0de-0000-7000-8000-000000000001"
    conn.execute("SELECT canvas_queue_put(%s, -3)", [job_id])
    row = conn.execute("SELECT * FROM procrastinate_jobs").fetchone()
    assert row is not None
    assert (row["queue_name"], row["task_name"], row["priority"]) == (QUEUE, TASK, -3)
    assert row["args"] == {"job_id": job_id}


def test_row_that_leaves_doing_forgets_its_worker(conn: Connection) -> None:
    conn.execute("SELECT canvas_queue_put(gen_random_uuid(), 0)")
    worker = conn.execute("SELECT worker_id FROM procrastinate_register_worker_v1()").fetchone()
    assert worker is not None
    fetched = conn.execute(
        "SELECT id FROM procrastinate_fetch_job_v2(NULL, %s)", [worker["worker_id"]]
    ).fetchone()
    assert fetched is not None
    conn.execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', false)", [fetched["id"]])
    row = conn.execute("SELECT status, worker_id FROM procrastinate_jobs").fetchone()
    assert row == {"status": "succeeded", "worker_id": None}


def test_row_that_goes_back_on_the_queue_wakes_workers(conn: Connection) -> None:
    conn.execute("SELECT canvas_queue_put(gen_random_uuid(), 0)")
    conn.execute("UPDATE procrastinate_jobs SET status = 'doing'")
    conn.execute('LISTEN "procrastinate_queue_v1#canvas"')
    conn.execute("UPDATE procrastinate_jobs SET status = 'todo'")
    assert [note.channel for note in conn.notifies(timeout=PATIENCE, stop_after=1)] == [
        "procrastinate_queue_v1#canvas"
    ]
