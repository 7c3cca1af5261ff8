"""The tables have grown: what callers and workers ask every moment still finds its rows by an index.

Each statement really runs, with the plan for any values and the plan for these; afterwards PostgreSQL says which tables
it has read from end to end, in functions, triggers and foreign keys too.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import sql

from core.database import Connection
from core.sql import load_queries
from tests.conftest import _database, connect
from tests.tasks.workshop import post

JOBS = 50_000  # finished, of 500 users
BIG = {
    "ai_jobs",
    "ai_job_events",
    "canvases",
    "canvas_objects",
    "procrastinate_jobs",
    "procrastinate_events",
}
USER = "user-7"

# Ids are made of numbers, so that rows of different tables find each other.
GROW = """
SET session_replication_role = replica;
INSERT INTO procrastinate_jobs (id, queue_name, task_name, args, status)
SELECT n, 'canvas', 'create_canvas', jsonb_build_object('job_id', lpad(to_hex(n), 32, '0')::uuid), 'succeeded'
FROM generate_series(1, {jobs}) AS n;
INSERT INTO procrastinate_events (job_id, type)
SELECT n, unnest(ARRAY['deferred', 'started', 'succeeded']::procrastinate_job_event_type[])
FROM generate_series(1, {jobs}) AS n;
INSERT INTO ai_jobs (
    id, user_id, request_data, max_retries, queue_job_id, attempt, outcome, canvas_id, result,
    created_at, accepted_at, started_at, completed_at, last_event
)
SELECT
    lpad(to_hex(n), 32, '0')::uuid, 'user-' || n % 500, '{{"instructions": "A -> B"}}', 3, n, 1, 'completed',
    lpad(to_hex(n), 32, '0')::uuid, '{{"title": "A"}}',
    at, at, at + interval '1 second', at + interval '5 seconds', 4
FROM generate_series(1, {jobs}) AS n
CROSS JOIN LATERAL (SELECT now() - interval '6 days' * n / {jobs} AS at) AS spread;
INSERT INTO ai_job_events (job_id, number, kind, data)
SELECT lpad(to_hex(n), 32, '0')::uuid, number, 'progress', '{{}}'
FROM generate_series(1, {jobs}) AS n
CROSS JOIN generate_series(1, 4) AS number;
INSERT INTO canvases (id, user_id, title, created_by_job)
SELECT id, user_id, 'A', id FROM ai_jobs;
INSERT INTO canvas_objects (canvas_id, id, job_id, object_type, properties, z_index, created_by)
SELECT canvas_id, id, id, 'rectangle', '{{}}', 0, 'ai-agent' FROM ai_jobs;
SELECT setval('procrastinate_jobs_id_seq', {jobs});
SET session_replication_role = DEFAULT;
ANALYZE;
"""


@pytest.fixture(scope="module")
def grown(postgres: str, template: str) -> Iterator[str]:
    """The name of a database whose tables have grown, with one job waiting."""
    for dsn in _database(postgres, template):
        with connect(dsn) as conn:
            conn.execute(sql.SQL(GROW).format(jobs=sql.Literal(JOBS)))
            post(conn, user_id=USER)
            conn.execute("ANALYZE")
        yield dsn


def job_values() -> dict[str, Any]:
    """Return values for every placeholder of the statements below; of one finished job and its user."""
    finished = uuid.UUID(int=7)
    return {
        "asked": json.dumps([new_job()]),
        "job_id": finished,
        "job_ids": [finished],
        "user_ids": [USER],
        "user_id": USER,
        "priority": 0,
        "canvas_id": finished,
        "active_limit": 20,
        "minute_limit": 30,
        "token_limit": 1_000_000,
        "queue_job_id": 7,
        "queue_job_ids": [7, JOBS + 1],
        "queue_worker_id": 1,
        "running": [1],
        "attempt": 1,
        "status": None,
        "limit": 51,
        "offset": 0,
        "before_at": None,
        "before_id": None,
        "afters": [1],
        "sample": 50,
        "sample_age": 3600.0,
        "timeout": 20.0,
        "deadline": 3600.0,
        "age_seconds": 5.9 * 86400,
        "batch": 1000,
    }


def new_job() -> dict[str, Any]:
    """Return a job as ``accept_jobs`` takes it."""
    return {
        "position": 0,
        "id": str(uuid.uuid4()),
        "user_id": USER,
        "priority": 0,
        "request_data": {},
        "target_canvas_id": str(uuid.UUID(int=7)),
        "idempotency_key": "key",
        "request_hash": "\\x00",
        "request_id": "request",
        "max_retries": 3,
        "webhook_url": None,
    }


HOT = [
    ("jobs", "accept_jobs"),
    ("jobs", "find_jobs"),
    ("jobs", "page_jobs"),
    ("jobs", "count_ahead"),
    ("jobs", "count_jobs"),
    ("jobs", "count_all_jobs"),
    ("jobs", "cancel_job"),
    ("attempts", "claim_job"),
    ("attempts", "is_current"),
    ("events", "read_events"),
    ("canvases", "read_objects"),
    ("workers", "read_processor"),
    ("workers", "read_pace"),
    ("upkeep", "find_orphans"),
    ("upkeep", "find_strays"),
    ("upkeep", "find_overdue"),
    ("upkeep", "close_leftovers"),
    ("upkeep", "purge_jobs"),
]


@pytest.mark.parametrize("mode", ["force_generic_plan", "force_custom_plan"])
@pytest.mark.parametrize(("file", "name"), HOT, ids=[name for _, name in HOT])
def test_no_big_table_is_read_from_end_to_end(grown: str, file: str, name: str, mode: str) -> None:
    query = getattr(load_queries(file), name)
    with connect(grown) as conn, conn.transaction(force_rollback=True):
        conn.execute(sql.SQL("SET LOCAL plan_cache_mode = {}").format(sql.Identifier(mode)))
        conn.execute(query, job_values(), prepare=True)
        assert scanned(conn) == set(), explain(conn, query)


@pytest.mark.parametrize("step", ["fetch", "finish"])
def test_the_queue_finds_its_rows_by_an_index(grown: str, step: str) -> None:
    with connect(grown) as conn, conn.transaction(force_rollback=True):
        worker = conn.execute("SELECT worker_id FROM procrastinate_register_worker_v1()").fetchone()
        assert worker is not None
        fetch = "SELECT id FROM procrastinate_fetch_job_v2(ARRAY['canvas'], %(worker_id)s)"
        fetched = conn.execute(fetch, worker).fetchone()
        assert fetched is not None
        if step == "finish":
            conn.execute("SELECT procrastinate_finish_job_v1(%(id)s, 'succeeded', false)", fetched)
        assert scanned(conn) == set()


def test_accepting_reads_the_callers_own_jobs_only(conn: Connection) -> None:
    # No ANALYZE: PostgreSQL takes the table for an empty one, as after a quiet night. In one transaction, since the
    # counters are taken away from time to time in between.
    with conn.transaction():
        for number in range(300):
            post(conn, user_id=f"user-{number}")
        before = fetched(conn)
        asked = new_job() | {"target_canvas_id": None}
        conn.execute(load_queries("jobs").accept_jobs, job_values() | {"asked": json.dumps([asked])})
        assert fetched(conn) - before < 20


def fetched(conn: Connection) -> int:
    """Return how many jobs this session has fetched by an index, as far as it was not yet added to the totals."""
    row = conn.execute(
        "SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'ai_jobs'"
    ).fetchone()
    assert row is not None
    return int(row["idx_tup_fetch"])


def scanned(conn: Connection) -> set[str]:
    """Return the big tables that this transaction has read sequentially."""
    rows = conn.execute("SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0").fetchall()
    return {row["relname"] for row in rows} & BIG


def explain(conn: Connection, query: str) -> str:
    """Return the plan, for the message of a test that fails."""
    cursor = psycopg.ClientCursor(conn)
    cursor.execute(b"EXPLAIN " + cursor.mogrify(query, job_values()).encode())
    return "\n".join(str(row) for row in cursor.fetchall())
