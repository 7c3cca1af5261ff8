"""Accepting, finding, listing and ending jobs, as the web process does it."""

from __future__ import annotations

import re
import threading
import uuid
from pathlib import Path
from typing import Any

import pytest

from core import admission, jobs
from core.admission import Accepted, Limits, NewJob
from core.database import Connection
from core.errors import (
    IdempotencyKeyReused,
    JobNotCancellable,
    JobNotFound,
    JobNotRetryable,
    RateLimited,
    TooManyActiveJobs,
)
from core.jobs import Job
from tests.conftest import connect

ROOMY = Limits(active_jobs=1000, jobs_per_minute=1000)


def add(conn: Connection, user_id: str = "owner", *, limits: Limits = ROOMY, **values: Any) -> Accepted:
    request = {"instructions": "A -> B", "style": "modern", "colorScheme": "default"}
    given: dict[str, Any] = {"request_data": request, "max_retries": 3} | values
    asked = NewJob(user_id=user_id, **given)
    with conn.transaction():
        return admission.add_job(conn, asked=asked, limits=limits)


def add_one(conn: Connection, user_id: str = "owner", **values: Any) -> Job:
    job_id = add(conn, user_id, **values).job_id
    return jobs.get_job(conn, job_id=job_id, user_id=user_id)


def test_accepted_row_and_queue_task_appear_together(conn: Connection) -> None:
    job = add_one(conn)
    queued = conn.execute(
        "SELECT status, args FROM procrastinate_jobs WHERE id = %s", [job.queue_job_id]
    ).fetchone()
    assert job.status == "queued"
    assert queued == {"status": "todo", "args": {"job_id": str(job.id)}}


def test_accepted_row_and_queue_task_vanish_together(conn: Connection) -> None:
    with pytest.raises(ZeroDivisionError), conn.transaction():
        add(conn)
        raise ZeroDivisionError
    assert conn.execute("SELECT count(*) AS n FROM ai_jobs").fetchone() == {"n": 0}
    assert conn.execute("SELECT count(*) AS n FROM procrastinate_jobs").fetchone() == {"n": 0}


def test_strangers_job_is_missing(conn: Connection) -> None:
    job = add_one(conn, "owner")
    assert jobs.find_job(conn, job_id=job.id, user_id="stranger") is None
    with pytest.raises(JobNotFound):
        jobs.cancel_job(conn, job_id=job.id, user_id="stranger")
    with pytest.raises(JobNotFound):
        jobs.reopen_job(conn, job_id=job.id, user_id="stranger", limits=ROOMY)


def test_everyones_first_job_comes_before_anyones_second(conn: Connection) -> None:
    for user in ("anna", "anna", "anna", "bert"):
        add(conn, user)
    rows = conn.execute(
        "SELECT j.user_id FROM procrastinate_jobs q JOIN ai_jobs j ON j.queue_job_id = q.id "
        "ORDER BY q.priority DESC, q.id"
    ).fetchall()
    assert [row["user_id"] for row in rows] == ["anna", "bert", "anna", "anna"]


def served(conn: Connection) -> list[uuid.UUID]:
    """Return the jobs in the order in which workers fetch them."""
    fetch = "SELECT args FROM procrastinate_fetch_job_v2(ARRAY['canvas'], NULL)"
    ids = []
    while (row := conn.execute(fetch).fetchone()) is not None and row["args"] is not None:
        ids.append(uuid.UUID(row["args"]["job_id"]))
    return ids


def test_priority_orders_only_ones_own_jobs(conn: Connection) -> None:
    first = add_one(conn, "anna")
    other = add_one(conn, "berta")
    second = add_one(conn, "anna")
    urgent = add_one(conn, "anna", priority=10)
    last = add_one(conn, "berta")
    # Anna's places are the first, third and fifth, as they would be without any priority.
    assert served(conn) == [urgent.id, other.id, first.id, last.id, second.id]


def test_swapped_jobs_are_carried_by_the_rows_that_say_so(conn: Connection) -> None:
    for priority in (0, 1, 2):
        add_one(conn, priority=priority)
    rows = conn.execute(
        "SELECT job.id::text, queue.args ->> 'job_id' AS carried FROM ai_jobs AS job"
        " JOIN procrastinate_jobs AS queue ON queue.id = job.queue_job_id"
    ).fetchall()
    assert [row["id"] for row in rows] == [row["carried"] for row in rows]
    assert len(rows) == 3


def test_running_job_keeps_its_row_when_an_urgent_one_comes(conn: Connection) -> None:
    running = add_one(conn)
    waiting = add_one(conn)
    conn.execute("SELECT FROM procrastinate_fetch_job_v2(ARRAY['canvas'], NULL)")
    urgent = add_one(conn, priority=5)
    again = {job.id: jobs.get_job(conn, job_id=job.id, user_id="owner") for job in (running, waiting, urgent)}
    assert again[running.id].queue_job_id == running.queue_job_id
    assert again[urgent.id].queue_job_id == waiting.queue_job_id
    assert again[waiting.id].queue_job_id not in (running.queue_job_id, waiting.queue_job_id)


def test_reopened_urgent_job_takes_a_better_place_of_ones_own(conn: Connection) -> None:
    urgent = add_one(conn, priority=5)
    jobs.cancel_job(conn, job_id=urgent.id, user_id="owner")
    waiting = add_one(conn)
    with conn.transaction():
        jobs.reopen_job(conn, job_id=urgent.id, user_id="owner", limits=ROOMY)
    assert served(conn) == [urgent.id, waiting.id]


def test_too_many_active_jobs(conn: Connection) -> None:
    limits = Limits(active_jobs=2, jobs_per_minute=1000)
    assert add(conn, limits=limits).admission.active_left == 1
    assert add(conn, limits=limits).admission.active_left == 0
    with pytest.raises(TooManyActiveJobs):
        add(conn, limits=limits)
    add(conn, "teammate", limits=limits)


def test_rate_limit_says_when_to_come_back(conn: Connection) -> None:
    limits = Limits(active_jobs=1000, jobs_per_minute=1)
    add(conn, limits=limits)
    with pytest.raises(RateLimited) as caught:
        add(conn, limits=limits)
    assert 50 < caught.value.extra["retry_after_seconds"] <= 60


def test_limits_hold_for_simultaneous_requests(dsn: str) -> None:
    limits = Limits(active_jobs=5, jobs_per_minute=1000)
    refused = []

    def post() -> None:
        with connect(dsn) as conn:
            try:
                add(conn, limits=limits)
            except TooManyActiveJobs:
                refused.append(1)

    threads = [threading.Thread(target=post) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with connect(dsn) as conn:
        assert conn.execute("SELECT count(*) AS n FROM ai_jobs").fetchone() == {"n": 5}
    assert len(refused) == 15


def test_same_key_and_request_is_one_job(conn: Connection) -> None:
    first = add(conn, idempotency_key="k")
    again = add(conn, idempotency_key="k")
    assert (first.is_replay, again.is_replay) == (False, True)
    assert first.job_id == again.job_id
    assert add(conn, "teammate", idempotency_key="k").job_id != first.job_id


def test_same_key_and_another_request_is_refused(conn: Connection) -> None:
    add(conn, idempotency_key="k")
    with pytest.raises(IdempotencyKeyReused):
        add(conn, idempotency_key="k", priority=1)


def test_cancel_is_final_and_may_be_repeated(conn: Connection) -> None:
    job = add_one(conn)
    for _ in range(2):
        cancelled = jobs.cancel_job(conn, job_id=job.id, user_id="owner")
        assert cancelled.status == "cancelled"
    queued = conn.execute("SELECT status FROM procrastinate_jobs").fetchone()
    events = conn.execute("SELECT kind FROM ai_job_events").fetchall()
    assert queued == {"status": "cancelled"}
    assert events == [{"kind": "done"}]


def test_failed_job_cannot_be_cancelled(conn: Connection) -> None:
    job = add_one(conn)
    conn.execute("UPDATE ai_jobs SET outcome='failed', completed_at=now(), error_code='x', error_message='x'")
    with pytest.raises(JobNotCancellable):
        jobs.cancel_job(conn, job_id=job.id, user_id="owner")


def test_cancelled_job_can_be_retried_under_a_new_queue_task(conn: Connection) -> None:
    job = add_one(conn)
    jobs.cancel_job(conn, job_id=job.id, user_id="owner")
    again = jobs.reopen_job(conn, job_id=job.id, user_id="owner", limits=ROOMY)
    assert (again.id, again.status, again.retry_count) == (job.id, "queued", 0)
    assert again.queue_job_id != job.queue_job_id
    with pytest.raises(JobNotRetryable):
        jobs.reopen_job(conn, job_id=job.id, user_id="owner", limits=ROOMY)


def test_pages_neither_shift_nor_overlap(conn: Connection) -> None:
    made = [add(conn).job_id for _ in range(5)]
    first = jobs.page_jobs(conn, user_id="owner", limit=2)
    add(conn)
    last = first[-1]
    rest = jobs.page_jobs(conn, user_id="owner", limit=10, before=(last.created_at, last.id))
    assert [job.id for job in first + rest] == made[::-1]
    assert jobs.page_jobs(conn, user_id="stranger") == []


def test_numbers_of_one_caller_and_of_all(conn: Connection) -> None:
    job = add_one(conn)
    add(conn)
    add(conn, "teammate")
    jobs.cancel_job(conn, job_id=job.id, user_id="owner")
    mine = jobs.count_jobs(conn, user_id="owner")
    assert (mine["total_jobs"], mine["queued_jobs"], mine["cancelled_jobs"]) == (2, 1, 1)
    assert mine["success_rate"] == 0
    assert jobs.count_jobs(conn, user_id=None)["total_jobs"] == 3
    assert jobs.count_jobs(conn, user_id="nobody")["total_jobs"] == 0


def test_job_ids_are_uuid7_and_rise(conn: Connection) -> None:
    ids = [add(conn).job_id for _ in range(3)]
    assert all(isinstance(job_id, uuid.UUID) and job_id.version == 7 for job_id in ids)


def test_every_change_of_a_job_moves_updated_at() -> None:
    """The ETag of a job rests on it."""
    root = Path(__file__).parents[2]
    for path in [*root.glob("core/sql/*.sql"), root / "procrastinate_schema.sql"]:
        for statement in re.findall(
            r"^\s*UPDATE ai_jobs\b.*?\bWHERE\b", path.read_text(), re.DOTALL | re.MULTILINE
        ):
            assert "updated_at = now()" in statement, f"{path.name}: {statement}"
