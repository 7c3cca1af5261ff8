"""The totals kept by triggers equal a full count, whatever happens to the jobs."""

from __future__ import annotations

from core import jobs
from core.database import Connection
from core.erasure import erase_job
from tests.tasks.workshop import LIMITS, post
from tests.webapp.conftest import complete, fail

COUNTED = """
SELECT
    user_id,
    count(*) FILTER (WHERE outcome = 'completed') AS completed_jobs,
    count(*) FILTER (WHERE outcome = 'failed') AS failed_jobs,
    count(*) FILTER (WHERE outcome = 'cancelled') AS cancelled_jobs,
    sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens
FROM ai_jobs
GROUP BY user_id
HAVING count(outcome) > 0 OR sum(input_tokens + output_tokens) > 0
ORDER BY user_id
"""


def assert_totals_are_true(conn: Connection) -> None:
    kept = conn.execute("SELECT * FROM ai_totals ORDER BY user_id").fetchall()
    assert [row for row in kept if any(list(row.values())[1:])] == conn.execute(COUNTED).fetchall()


def test_totals_follow_every_outcome(conn: Connection) -> None:
    done, failed, cancelled = (post(conn) for _ in range(3))
    post(conn, user_id="teammate")
    complete(conn, str(done.id))
    fail(conn, str(failed.id))
    jobs.cancel_job(conn, job_id=cancelled.id, user_id="owner")
    conn.execute("UPDATE ai_jobs SET input_tokens = input_tokens + 7 WHERE id = %s", [failed.id])
    assert_totals_are_true(conn)
    jobs.reopen_job(conn, job_id=failed.id, user_id="owner", limits=LIMITS)
    assert_totals_are_true(conn)
    numbers = jobs.count_jobs(conn, user_id="owner")
    assert (numbers["total_jobs"], numbers["completed_jobs"], numbers["input_tokens"]) == (3, 1, 7)


def test_totals_forget_what_is_deleted(conn: Connection) -> None:
    for user_id in ("owner", "teammate"):
        for _ in range(2):
            fail(conn, str(post(conn, user_id=user_id).id))
    kept = post(conn)
    complete(conn, str(kept.id))
    with conn.transaction():
        erase_job(conn, job_id=kept.id, user_id="owner", with_canvas=False)
    assert_totals_are_true(conn)
    conn.execute("DELETE FROM ai_jobs WHERE user_id = 'teammate'")
    assert_totals_are_true(conn)
    assert conn.execute("SELECT user_id FROM ai_totals").fetchall() == [{"user_id": "owner"}]
