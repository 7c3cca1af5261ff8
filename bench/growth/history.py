"""A history, written by SQL: finished jobs with their events, canvases, queue rows and deliveries, a hundred a minute.

One user owns half of them and never cancelled any; the other users' jobs lie scattered between. A tenth have failed.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import sql

from core.database import Connection

HEAVY = "heavy"  # owns every second job
JOBS_A_USER = 100  # of everybody else
STEP = 604  # milliseconds from one job to the next: a million in a week
YOUNGEST = timedelta(minutes=1)

# One after another, as time made them, so that rows lie where they would. What a job drew is of the size that three
# boxes and two arrows have.
FUNCTIONS = """
CREATE OR REPLACE FUNCTION pg_temp.job_at(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT to_timestamp(({start} + n * {step}) / 1000.0)
$$;
CREATE OR REPLACE FUNCTION pg_temp.job_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex({start} + n * {step}), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid
$$;
CREATE OR REPLACE FUNCTION pg_temp.canvas_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT md5('canvas' || n)::uuid
$$;
CREATE OR REPLACE FUNCTION pg_temp.user_of(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN n % 2 = 0 THEN {heavy} ELSE 'user-' || n / 2 % {users} END
$$;
CREATE OR REPLACE FUNCTION pg_temp.outcome_of(n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN (n / 2 + n / 2 / {users}) % 10 = 3 THEN 'failed'
        WHEN n % 2 = 1 AND (n / 2 + n / 2 / {users}) % 100 = 57 THEN 'cancelled'
        ELSE 'completed'
    END
$$;
"""
GROW = """
INSERT INTO procrastinate_jobs (id, queue_name, task_name, args, status, attempts)
SELECT
    n, 'canvas', 'create_canvas', jsonb_build_object('job_id', pg_temp.job_id(n)),
    (CASE pg_temp.outcome_of(n) WHEN 'completed' THEN 'succeeded' ELSE pg_temp.outcome_of(n) END)
        ::procrastinate_job_status,
    1
FROM generate_series(1, {jobs}) AS n;
INSERT INTO procrastinate_events (job_id, type, at)
SELECT n, unnest(ARRAY['deferred', 'started', 'succeeded']::procrastinate_job_event_type[]), pg_temp.job_at(n)
FROM generate_series(1, {jobs}) AS n;
INSERT INTO ai_jobs (
    id, user_id, request_data, request_id, max_retries, queue_job_id, attempt, outcome, canvas_id, result, error_code,
    error_message, created_at, accepted_at, started_at, completed_at, updated_at, progress_percent, progress_message,
    progress_objects, last_event, model, input_tokens, output_tokens
)
SELECT
    pg_temp.job_id(n), pg_temp.user_of(n), {request}, gen_random_uuid(), 3, n, 1, outcome,
    CASE outcome WHEN 'completed' THEN pg_temp.canvas_id(n) END, CASE outcome WHEN 'completed' THEN {result}::jsonb END,
    CASE outcome WHEN 'failed' THEN 'model_unavailable' END,
    CASE outcome WHEN 'failed' THEN 'The model''s server did not answer.' END,
    at, at, at + interval '1 second', at + interval '9 seconds', at + interval '9 seconds', 100, 'Drew 7 shapes', 7, 10,
    'a-model', 800, 400
FROM generate_series(1, {jobs}) AS n
CROSS JOIN LATERAL (SELECT pg_temp.outcome_of(n) AS outcome, pg_temp.job_at(n) AS at) AS job;
INSERT INTO ai_job_events (job_id, number, kind, data, at)
SELECT pg_temp.job_id(n), number, kind, data, pg_temp.job_at(n)
FROM generate_series(1, {jobs}) AS n
CROSS JOIN (
    SELECT number, 'object', {object}::jsonb FROM generate_series(2, 8) AS number
    UNION ALL
    VALUES
        (1, 'status', '{{"status": "processing", "attempt": 1}}'::jsonb),
        (9, 'progress', '{{"percent": 100, "message": "Drew 7 shapes", "objects": 7}}'),
        (10, 'done', '{{"status": "completed"}}')
) AS event (number, kind, data);
INSERT INTO canvases (id, user_id, title, created_by_job, created_at, updated_at)
SELECT pg_temp.canvas_id(n), pg_temp.user_of(n), 'An order', pg_temp.job_id(n), pg_temp.job_at(n), pg_temp.job_at(n)
FROM generate_series(1, {jobs}) AS n
WHERE pg_temp.outcome_of(n) = 'completed';
INSERT INTO canvas_objects (canvas_id, id, job_id, object_type, properties, z_index, created_by, created_at, updated_at)
SELECT
    pg_temp.canvas_id(n), md5('object' || n || '/' || z)::uuid, pg_temp.job_id(n), 'rectangle',
    {object}::jsonb -> 'properties', z, 'ai-agent', pg_temp.job_at(n), pg_temp.job_at(n)
FROM generate_series(1, {jobs}) AS n
CROSS JOIN generate_series(1, 7) AS z
WHERE pg_temp.outcome_of(n) = 'completed';
"""
# Every tenth job has delivered a webhook.
DELIVER = """
SELECT setval('procrastinate_jobs_id_seq', {jobs});
INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, attempts)
SELECT
    'webhooks', 'deliver_webhook',
    jsonb_build_object('delivery_id', md5('delivery' || n)::uuid, 'job_id', pg_temp.job_id(n)), 'succeeded', 1
FROM generate_series(1, {jobs}, 10) AS n;
INSERT INTO ai_deliveries (
    id, job_id, queue_job_id, url, is_callers, payload, attempts, created_at, ended_at, is_delivered
)
SELECT
    md5('delivery' || n)::uuid, pg_temp.job_id(n), {jobs} + n / 10 + 1, 'https://example.org/hook', true,
    '{{"type": "job.completed"}}', 1, pg_temp.job_at(n), pg_temp.job_at(n), true
FROM generate_series(1, {jobs}, 10) AS n;
INSERT INTO ai_delivery_attempts (delivery_id, number, at, status, seconds)
SELECT id, 1, ended_at, 200, 0.1 FROM ai_deliveries;
"""
TOTALS = """
INSERT INTO ai_totals
SELECT
    user_id,
    count(*) FILTER (WHERE outcome = 'completed'),
    count(*) FILTER (WHERE outcome = 'failed'),
    count(*) FILTER (WHERE outcome = 'cancelled'),
    sum(input_tokens),
    sum(output_tokens)
FROM ai_jobs
GROUP BY user_id;
"""
REQUEST = {
    "instructions": "flowchart: start -> check the order -> in stock? -> pack -> ship -> invoice -> done",
    "style": "modern",
    "colorScheme": "default",
    "canvas_id": None,
}
RESULT = {
    "title": "An order",
    "message": "Drew 7 shapes.",
    "generator": "openai",
    "quality": {"score": 100, "defects": []},
    "canvas_size": {"width": 1000, "height": 804.4},
    "dropped": [],
    "notes": [],
}
OBJECT: dict[str, Any] = {  # as readers get it; its properties are what is stored
    "id": "e8ebb5cd-0db8-56c4-a513-c73eb91f6e84",
    "attempt": 1,
    "z_index": 30,
    "canvas_id": "83cfa52f-9a18-56df-8bc6-6e902560e5a8",
    "created_at": "2026-01-31T09:30:00.018Z",
    "created_by": "ai-agent",
    "properties": {
        "x": 430.0,
        "y": 190.4,
        "fill": "#E4EEFC",
        "text": "Check the order",
        "width": 140.0,
        "height": 44.0,
        "stroke": "#2B6CD4",
        "strokeWidth": 2.0,
        "cornerRadius": 12.0,
    },
    "updated_at": "2026-01-31T09:30:00.018Z",
    "object_type": "rectangle",
}


@dataclass(frozen=True, slots=True)
class History:
    """The finished jobs of a database by their number: 1 is the oldest."""

    jobs: int
    start: int  # milliseconds since 1970

    @property
    def users(self) -> int:
        """How many there are besides ``HEAVY``."""
        return self.jobs // 2 // JOBS_A_USER

    def user_id(self, number: int) -> str:
        """Return the owner of a job: of an even one, ``HEAVY``."""
        return f"user-{number // 2 % self.users}" if number % 2 else HEAVY

    def created_at(self, number: int) -> datetime:
        """Return when a job was accepted; it ended nine seconds later."""
        return datetime.fromtimestamp(self._milliseconds(number) / 1000, UTC)

    def job_id(self, number: int) -> uuid.UUID:
        """Return a job's id: a UUIDv7 with the number at its end."""
        return uuid.UUID(int=self._milliseconds(number) << 80 | 0x70008 << 60 | number)

    def canvas_id(self, number: int) -> uuid.UUID:
        """Return the id of the canvas that a job made, if it completed."""
        return uuid.UUID(hashlib.md5(f"canvas{number}".encode(), usedforsecurity=False).hexdigest())

    def _milliseconds(self, number: int) -> int:
        return self.start + number * STEP


def write_history(conn: Connection, *, jobs: int) -> History:
    """Fill the empty tables with finished jobs; a million take two minutes and 8 GB."""
    youngest = datetime.now(UTC) - YOUNGEST
    history = History(jobs, int(youngest.timestamp() * 1000) - jobs * STEP)
    values = {
        "start": sql.Literal(history.start),
        "step": sql.Literal(STEP),
        "users": sql.Literal(history.users),
        "heavy": sql.Literal(HEAVY),
        "jobs": sql.Literal(jobs),
        "request": sql.Literal(json.dumps(REQUEST)),
        "result": sql.Literal(json.dumps(RESULT)),
        "object": sql.Literal(json.dumps(OBJECT)),
    }
    with conn.transaction():
        # Without triggers and foreign keys: faster, and no listener is woken.
        conn.execute("SET LOCAL session_replication_role = replica")
        for statements in (FUNCTIONS, GROW, DELIVER, TOTALS):
            conn.execute(sql.SQL(statements).format(**values))
    # As autovacuum would have, long ago.
    conn.execute("VACUUM (ANALYZE)")
    return history
