"""Statements keep the plan that they were prepared with, so it must be one for large tables from the beginning."""

from __future__ import annotations

import uuid

from core import events, jobs
from core.database import Connection
from core.jobs import Limits, NewJob

LIMITS = Limits(active_jobs=1_000_000, jobs_per_minute=1_000_000)
ENOUGH = 15  # times until psycopg has prepared a statement, and PostgreSQL has settled on its plan


def new_job() -> NewJob:
    return NewJob(user_id=str(uuid.uuid4()), request_data={"instructions": "A -> B"}, max_retries=0)


def test_plans_made_for_an_empty_database_hold_in_a_full_one(conn: Connection) -> None:
    for table in ("ai_jobs", "ai_job_events", "procrastinate_jobs"):
        conn.execute(
            f"ALTER TABLE {table} SET (autovacuum_enabled = off)"
        )  # whoever analyzes has new plans made

    def use() -> None:
        asked = new_job()
        job_id = jobs.add_job(conn, asked=asked, limits=LIMITS).job_id
        assert jobs.find_jobs(conn, asked=[(job_id, asked.user_id)] * 3)[0] is not None
        events.read_events(conn, asked=[(job_id, 0)] * 3, limit=200)
        assert jobs.page_jobs(conn, user_id=asked.user_id, status=None, limit=50, offset=0, before=None)
        jobs.cancel_job(conn, job_id=job_id, user_id=asked.user_id)

    for _ in range(ENOUGH):
        use()
    jobs.add_jobs(conn, asked=[new_job() for _ in range(1000)], limits=LIMITS)
    with conn.transaction():
        use()
        row = conn.execute(
            "SELECT coalesce(sum(seq_tup_read), 0) AS rows FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)",
            [["ai_jobs", "ai_job_events", "procrastinate_jobs"]],
        ).fetchone()
    assert row == {"rows": 0}
