"""Prepared statements keep their plan, so it must suit large tables from the start."""

from __future__ import annotations

import uuid

import pytest

from bench.worker import post_together
from core import events, jobs
from core.database import Connection
from tests.conftest import connect

TABLES = ["ai_jobs", "ai_job_events", "procrastinate_jobs"]
WAITING, NEAR = 1000, 100
ENOUGH = 15  # times until psycopg has prepared a statement, and PostgreSQL has settled on its plan


@pytest.mark.parametrize("is_analyzed", [False, True], ids=["never analyzed", "nobody waited"])
def test_plans_made_for_an_empty_database_hold_in_a_full_one(
    conn: Connection, dsn: str, is_analyzed: bool
) -> None:
    for table in TABLES:
        # Whoever analyzes has new plans made.
        conn.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")

    def use(conn: Connection) -> None:
        user_id = str(uuid.uuid4())
        (job_id,) = post_together(conn, 1, user_id=user_id)
        job, *_ = jobs.find_jobs(conn, asked=[(job_id, user_id)] * 3)
        assert job is not None
        assert job.queue_job_id is not None
        assert jobs.count_ahead(conn, queue_job_ids=[job.queue_job_id], limit=NEAR)
        events.read_events(conn, asked=[(job_id, 0)] * 3, limit=200)
        assert jobs.page_jobs(conn, user_id=user_id, status=None, limit=50, offset=0, before=None)
        jobs.cancel_job(conn, job_id=job_id, user_id=user_id)

    for _ in range(ENOUGH):
        use(conn)
    if is_analyzed:
        conn.execute("ANALYZE")
        for _ in range(ENOUGH):
            use(conn)
    post_together(conn, WAITING)
    with connect(dsn) as newcomer:
        for session in (conn, newcomer):
            with session.transaction():
                before = count_read(session)
                use(session)
                after = count_read(session)
            assert after["by_sequence"] == before["by_sequence"]
            assert after["by_index"] - before["by_index"] < WAITING / 2


def count_read(conn: Connection) -> dict[str, int]:
    """Return how many rows this session has read of the tables, which nobody has collected yet."""
    row = conn.execute(
        "SELECT coalesce(sum(seq_tup_read), 0)::int AS by_sequence, coalesce(sum(idx_tup_fetch), 0)::int AS by_index"
        " FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)",
        [TABLES],
    ).fetchone()
    assert row is not None
    return row
