"""With large tables, the queries of callers, workers and operators read no more than they need.

Each statement really runs, with the plan for any values and the plan for these, while the planner knows of the jobs
that wait and while it does not. Afterwards PostgreSQL says which tables the transaction has read from end to end, and
how many entries of each index; that sees into functions, triggers and foreign keys, too.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from bench.growth.comparison import compare_sizes
from bench.growth.history import HEAVY, OBJECT, History, write_history
from core import jobs
from core.database import Connection
from core.sql import load_queries
from tests.conftest import _database, connect
from tests.tasks.workshop import post

JOBS = 20_000  # finished; half of them are one user's
LINE = 3000  # jobs of as many users that wait
FEW = 2000  # entries of an index that a statement may read; a page, a sample or a batch needs a thousand at most
BIG = {
    "ai_jobs",
    "ai_job_events",
    "ai_deliveries",
    "ai_delivery_attempts",
    "canvases",
    "canvas_objects",
    "procrastinate_jobs",
    "procrastinate_events",
}
# Procrastinate's own index of rows that wait or run. Until autovacuum has counted those (autovacuum_analyze_threshold
# in procrastinate_schema.sql), the planner takes it for empty and reads all of it, once for each kind.
LURE = "procrastinate_jobs_id_lock_idx_v1"
OLD = 12  # the number of a job that completed, of the heavy user
FAILED = 6  # of one that failed, of the heavy user

WAIT = """
SELECT count(verdict)
FROM generate_series(1, %s) AS n
CROSS JOIN LATERAL canvas_accept_job(
    gen_random_uuid(), 'waiting-' || n, 0, '{}', NULL, NULL, NULL, NULL, 3, NULL, 10, 10, NULL
)
"""


@pytest.fixture(scope="module")
def history(postgres: str, template: str) -> Iterator[tuple[str, History]]:
    """The name of a database whose tables have grown, and what is in it; when they were vacuumed, no job waited."""
    for dsn in _database(postgres, template):
        with connect(dsn) as conn:
            for table in sorted(BIG):
                # What the planner knows changes when the tests say so.
                conn.execute(
                    sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(sql.Identifier(table))
                )
            grown = write_history(conn, jobs=JOBS)
            conn.execute("SELECT worker_id FROM procrastinate_register_worker_v1()")
            conn.execute(WAIT, [LINE])
            post(conn, user_id=HEAVY)
        yield dsn, grown


@pytest.fixture(scope="module", params=["unseen line", "counted line"])
def grown(request: pytest.FixtureRequest, postgres: str, history: tuple[str, History]) -> Iterator[str]:
    """The name of a copy of it. Of the jobs that wait, the planner knows only after an ANALYZE."""
    name = psycopg.conninfo.conninfo_to_dict(history[0])["dbname"]
    for dsn in _database(postgres, str(name)):
        if request.param == "counted line":
            with connect(dsn) as conn:
                conn.execute("ANALYZE")
        yield dsn


def make_values(dsn: str, history: History, *, of_waiting: bool, **special: Any) -> dict[str, Any]:
    """Return values for every placeholder: of a finished job or of the heavy user's waiting one."""
    with connect(dsn) as conn:
        found = conn.execute(
            "SELECT id, queue_job_id FROM ai_jobs WHERE user_id = %s AND outcome IS NULL", [HEAVY]
        ).fetchone()
        delivery = conn.execute("SELECT id FROM ai_deliveries LIMIT 1").fetchone()
    assert found is not None
    assert delivery is not None
    job_id, queue_job_id = found.values() if of_waiting else (history.job_id(OLD), OLD)
    usual: dict[str, Any] = {
        "job_id": job_id,
        "job_ids": [job_id],
        "queue_job_id": queue_job_id,
        "queue_job_ids": [OLD, found["queue_job_id"]],
        "user_id": HEAVY,
        "user_ids": [HEAVY],
        "canvas_id": history.canvas_id(OLD),
        "own_id": history.canvas_id(OLD),
        "created_by_job": history.job_id(OLD),
        "delivery_id": delivery["id"],
        "afters": [1],
        "before_at": jobs.NEWEST[0],
        "before_id": jobs.NEWEST[1],
        "age_seconds": JOBS * 0.6 - 600,
        "outcome": "failed",
        "active_limit": 20,
        "minute_limit": 30,
        "token_limit": 1_000_000,
        "objects": Jsonb([OBJECT | {"id": str(uuid.uuid4())}]),
        "object_count": 1,
        "drawings": Jsonb([]),
        "drawing_id": history.job_id(OLD),
        "author": "person",
        "keep": 100,
        "ids": [],
        "events": Jsonb([("progress", {})]),
        "event": Jsonb({}),
        "limit": 51,
        "sample": 50,
        "sample_age": 3600.0,
        "batch": 100,
        "minutes": 10,
        "running": [1],
        "timeout": 20.0,
        "kept": 600.0,
        "deadline": 3600.0,
        "quiet": 60.0,
        "spread": 3.0,
    }
    for value, names in (
        ("text", "request_id code message operator_message progress_message model title by traceparent"),
        (Jsonb({}), "result"),
        (None, "status next_at"),
        (True, "counts_as_retry is_delivered"),
        (False, "usage_is_estimated is_crash is_lone_crash runs_alone only_undelivered with_objects"),
        (0, "priority queue_priority attempt offset"),
        (1, "queue_worker_id event_count input_tokens output_tokens number"),
    ):
        usual |= dict.fromkeys(names.split(), value)
    values = usual | special
    return values | {"asked": json.dumps([new_job(values)])}


def new_job(values: dict[str, Any]) -> dict[str, Any]:
    """Return a job as ``accept_jobs`` takes it; drawn on a canvas if it is the caller's own."""
    return {
        "position": 0,
        "id": str(uuid.uuid4()),
        "user_id": values["user_id"],
        "priority": 0,
        "request_data": {},
        "target_canvas_id": str(values["canvas_id"]) if values["user_id"] == HEAVY else None,
        "idempotency_key": "key",
        "request_hash": "\\x00",
        "request_id": "request",
        "max_retries": 3,
        "webhook_url": None,
        "traceparent": f"00-{1:032x}-{1:016x}-01",
    }


def publishing(job_id: uuid.UUID) -> dict[str, Any]:
    """Return the values of a report with one event."""
    report = {
        "job_id": str(job_id),
        "attempt": 0,
        "percent": 50,
        "message": "",
        "objects": 1,
        "events": [("object", {})],
    }
    return {"reports": Jsonb([report])}


# File and name of a query, and what is special. ``of_waiting``: it is about a job that waits, not one that has ended.
HOT: list[tuple[str, str, dict[str, Any]]] = [
    ("job_record", "accept_jobs", {"most": 20}),
    ("job_record", "accept_jobs", {"user_id": "somebody new", "most": 20}),
    ("jobs", "find_jobs", {"most": 20}),
    ("jobs", "find_jobs", {"of_waiting": True, "most": 20}),
    ("jobs", "count_ahead", {"limit": 100}),
    ("jobs", "page_jobs", {}),
    ("jobs", "page_jobs", {"user_id": "user-3"}),
    ("jobs", "page_jobs", {"offset": 500}),
    ("jobs", "page_jobs", {"cursor": JOBS // 2}),
    *(("jobs", "page_jobs", {"status": status}) for status in jobs.STATUSES),
    ("jobs", "page_jobs", {"status": "completed", "cursor": JOBS // 2}),
    ("jobs", "count_jobs", {}),
    ("job_record", "cancel_job", {"of_waiting": True}),
    ("jobs", "lock_job", {}),
    ("job_record", "reopen_job", {"job_id_of": "failed"}),
    ("job_record", "claim_job", {"of_waiting": True}),
    ("job_record", "keep_answer", {"of_waiting": True, "answer": Jsonb({"attempt": 1})}),
    ("job_record", "finish_job", {"of_waiting": True, "canvas_id": uuid.UUID(int=0)}),
    ("job_record", "fail_job", {"of_waiting": True}),
    ("job_record", "postpone_job", {"of_waiting": True}),
    ("job_record", "publish_progress", {"of_waiting": True}),
    ("events", "read_events", {}),
    ("canvases", "find_canvas", {"canvas_id": "a-canvas-of-the-host"}),
    ("canvases", "lock_canvas", {}),
    ("canvases", "read_objects", {}),
    ("canvases", "create_canvas", {"canvas_id": uuid.UUID(int=1)}),
    ("versions", "next_version", {}),
    ("versions", "read_number", {}),
    ("versions", "name_canvas", {}),
    ("versions", "read_drawings", {}),
    (
        "versions",
        "change_drawing",
        {"source": "flowchart TD", "style": None, "color_scheme": None, "is_dark": None, "pins": None},
    ),
    ("versions", "delete_objects", {}),
    ("versions", "write_objects", {}),
    ("versions", "list_versions", {}),
    ("versions", "read_version", {}),
    ("versions", "clear_canvas", {}),
    ("versions", "restore_version", {}),
    ("eta", "read_capacity", {}),
    ("job_record", "erase_job", {}),
    ("erasure", "erase_drawing", {}),
    ("erasure", "erase_drawing_notation", {}),
    ("erasure", "erase_drawing_versions", {}),
    ("erasure", "erase_canvas", {}),
    ("erasure", "erase_canvas_events", {}),
    ("job_record", "erase_results", {}),
    ("maintenance", "find_unstarted", {}),
    ("maintenance", "find_overdue", {}),
    ("maintenance", "close_leftovers", {}),
    ("job_record", "requeue_job", {"of_waiting": True}),
    ("job_record", "end_job", {"of_waiting": True}),
    ("job_record", "purge_jobs", {}),
    ("maintenance", "purge_queue", {}),
    ("maintenance", "purge_workers", {}),
    ("operator_actions", "find_record", {}),
    ("operator_actions", "find_queue_rows", {}),
    ("operator_actions", "read_history", {}),
    ("operator_actions", "lock_any", {}),
    ("operator_actions", "list_workers", {}),
    ("operator_actions", "count_minutes", {}),
    *(("operator_actions", "list_newest", {"status": status}) for status in (None, "failed", "cancelled")),
    ("webhooks", "claim_delivery", {}),
    ("webhooks", "end_delivery", {}),
    ("webhooks", "rescue_deliveries", {}),
    ("webhooks", "list_deliveries", {}),
    ("webhooks", "list_deliveries", {"job_id": None}),
    ("webhooks", "list_deliveries", {"job_id": None, "only_undelivered": True}),
    ("webhooks", "read_attempts", {}),
    ("webhooks", "replay_delivery", {}),
    ("webhooks", "count_pending", {}),
]
# These count the waiting jobs, or look for the lost among them, or pass them: they read the line, and nothing else.
READS_THE_QUEUE: list[tuple[str, str, dict[str, Any]]] = [
    ("jobs", "read_line", {"limit": jobs.MAX_AHEAD}),
    ("jobs", "count_jobs", {"user_id": None}),
    ("workers", "read_processor", {}),
    ("maintenance", "find_orphans", {}),
    ("breaker", "wake_waiting", {}),
    ("operator_actions", "find_quiet", {}),
    ("operator_actions", "list_newest", {"status": "queued"}),
    ("operator_actions", "list_newest", {"status": "completed"}),
]


def name_case(case: object) -> str:
    """Return ``page_jobs cancelled`` for that list."""
    if not isinstance(case, tuple):
        return str(case).removeprefix("force_")
    _, name, special = case
    return " ".join(
        [
            name,
            *(
                f"{value or key}"
                for key, value in special.items()
                if key not in ("of_waiting", "most", "canvas_id")
            ),
        ]
    )


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"], ids=name_case)
@pytest.mark.parametrize("case", HOT, ids=name_case)
def test_a_statement_reads_no_more_than_it_needs(
    grown: str, history: tuple[str, History], case: tuple[str, str, dict[str, Any]], mode: str
) -> None:
    check(grown, history[1], case, mode, most=FEW)


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"], ids=name_case)
@pytest.mark.parametrize("case", READS_THE_QUEUE, ids=name_case)
def test_what_reads_the_queue_reads_nothing_else(
    grown: str, history: tuple[str, History], case: tuple[str, str, dict[str, Any]], mode: str
) -> None:
    check(grown, history[1], case, mode, most=LINE + FEW)


def check(dsn: str, history: History, case: tuple[str, str, dict[str, Any]], mode: str, *, most: int) -> None:
    """Run a query and undo it: no big table is read sequentially, and at most so many entries of each index."""
    file, name, special = case
    special = dict(special)
    of_waiting, most = special.pop("of_waiting", False), special.pop("most", most)
    if (number := special.pop("cursor", None)) is not None:
        special |= {"before_at": history.created_at(number), "before_id": history.job_id(number)}
    if special.pop("job_id_of", None):
        special["job_id"] = history.job_id(FAILED)
    values = make_values(dsn, history, of_waiting=of_waiting, **special)
    if name == "publish_progress":
        values |= publishing(values["job_id"])
    query = getattr(load_queries(file), name)
    with connect(dsn) as conn, conn.transaction(force_rollback=True):
        conn.execute(sql.SQL("SET LOCAL plan_cache_mode = {}").format(sql.Identifier(mode)))
        conn.execute(query, values, prepare=True)
        assert read_too_much(conn, most=most) == {}, explain(conn, query, values)


@pytest.mark.parametrize("step", ["fetch", "finish", "cancel", "abandon"])
def test_the_queue_finds_its_rows_by_an_index(grown: str, step: str) -> None:
    with connect(grown) as conn, conn.transaction(force_rollback=True):
        fetch = "SELECT id FROM procrastinate_fetch_job_v2(ARRAY['canvas'], 1)"
        fetched = conn.execute(fetch).fetchone()
        assert fetched is not None
        if step == "finish":
            conn.execute("SELECT procrastinate_finish_job_v1(%(id)s, 'succeeded', false)", fetched)
        elif step == "cancel":
            conn.execute("SELECT canvas_queue_cancel(%(id)s + 1)", fetched)
        elif step == "abandon":
            conn.execute("SELECT canvas_queue_abandon(%(id)s)", fetched)
        assert read_too_much(conn, most=FEW) == {}


def test_the_bench_runs(postgres: str) -> None:
    """In small: ``make bench-growth`` takes ten minutes, and calls what others change."""
    figures = asyncio.run(compare_sizes(postgres, jobs=10_000, rounds=1, waiting=100))
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("ALTER SYSTEM RESET autovacuum")
        for name in ("two_hours", "a_week"):
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
    assert {figure.what for figure in figures} >= {
        "10,000 finished jobs: finish",
        "1,000 jobs purged: purge of 1,000 jobs",
        "just purged: fetch from the queue",
        "100 waiting: status of a waiting job",
    }


def read_too_much(conn: Connection, *, most: int) -> dict[str, int]:
    """Return what the transaction should not have read: big tables in sequence, too many entries of an index."""
    read = conn.execute(
        "SELECT relid::regclass::text AS name, seq_tup_read AS rows FROM pg_stat_xact_user_tables"
        " WHERE relid = ANY(%(big)s::regclass[]) AND seq_scan > 0 "
        "UNION ALL "
        "SELECT indexrelid::regclass::text, entries FROM pg_index,"
        " LATERAL pg_stat_get_xact_tuples_returned(indexrelid) AS entries"
        " WHERE indrelid = ANY(%(big)s::regclass[])"
        " AND entries > CASE indexrelid::regclass::text WHEN %(lure)s THEN %(line)s ELSE %(most)s END",
        {"big": sorted(BIG), "most": most, "lure": LURE, "line": 2 * LINE + FEW},
    ).fetchall()
    return {row["name"]: row["rows"] for row in read}


def explain(conn: Connection, query: str, values: dict[str, Any]) -> str:
    """Return the plan, for the message of a test that fails."""
    cursor = psycopg.ClientCursor(conn)
    cursor.execute(b"EXPLAIN " + cursor.mogrify(query, values).encode())
    return "\n".join(str(row) for row in cursor.fetchall())
