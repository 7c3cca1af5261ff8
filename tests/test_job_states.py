"""Callers, workers and maintenance act on a job in any order, on several connections: the invariants hold."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Coroutine
from typing import Any

import psycopg
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from core import attempts, jobs, maintenance
from core.attempts import Attempt, AttemptIsOver, Usage
from core.database import AsyncConnection, Connection, connection_options
from core.errors import JobNotCancellable, JobNotFound, JobNotRetryable
from tasks.pipeline import CANVAS_NAMESPACE
from tasks.retry import in_seconds
from tests.conftest import connect
from tests.tasks.workshop import LIMITS, post

USERS = ("owner", "teammate")
MAX_JOBS = 3  # few, so that much happens to each
picks = st.integers(0, 9)
FINAL_KEYS = ("outcome", "canvas_id", "error_code", "completed_at", "attempt", "last_event")


class Jobs(RuleBasedStateMachine):
    """The record and its queue row, with what is known about them from outside."""

    dsn = ""
    made = Bundle("made")
    claimed = Bundle("claimed")

    @initialize()
    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.web: Connection = connect(self.dsn)
        options = connection_options(application_name="test")
        self.worker: AsyncConnection = self.do(psycopg.AsyncConnection.connect(self.dsn, **options))
        self.web.execute(
            "TRUNCATE ai_jobs, canvases, procrastinate_jobs, procrastinate_workers RESTART IDENTITY CASCADE"
        )
        self.final: dict[uuid.UUID, dict[str, Any]] = {}  # jobs that have ended, as they were then
        self.accepted = 0
        self.tokens: dict[uuid.UUID, int] = {}

    def teardown(self) -> None:
        if hasattr(self, "web"):
            self.web.close()
            self.do(self.worker.close())
            self.loop.close()

    def do(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(coroutine)

    # Callers

    @precondition(lambda self: self.accepted < MAX_JOBS)
    @rule(target=made, user=st.sampled_from(USERS), priority=st.sampled_from([0, 10]))
    def accept(self, user: str, priority: int) -> tuple[str, uuid.UUID]:
        self.accepted += 1
        return user, post(self.web, user_id=user, priority=priority).id

    @rule(job=made)
    def cancel(self, job: tuple[str, uuid.UUID]) -> None:
        user, job_id = job
        with contextlib.suppress(JobNotCancellable, JobNotFound):
            assert jobs.cancel_job(self.web, job_id=job_id, user_id=user).status == "cancelled"

    @rule(job=made)
    def retry(self, job: tuple[str, uuid.UUID]) -> None:
        user, job_id = job
        with contextlib.suppress(JobNotRetryable, JobNotFound), self.web.transaction():
            again = jobs.reopen_job(self.web, job_id=job_id, user_id=user, limits=LIMITS)
            assert again.status == "queued"
            self.final.pop(job_id, None)

    # Workers

    @rule(target=claimed, lives=st.booleans())
    def fetch_and_claim(self, lives: bool) -> Any:
        heartbeat = "'infinity'" if lives else "'-infinity'"
        row = self.web.execute(
            f"INSERT INTO procrastinate_workers (last_heartbeat) VALUES ({heartbeat}) RETURNING id"
        ).fetchone()
        assert row is not None
        fetched = self.web.execute(
            "SELECT id, args FROM procrastinate_fetch_job_v2(NULL, %s) WHERE id IS NOT NULL", [row["id"]]
        ).fetchone()
        if fetched is None:
            return multiple()
        return self.claim(uuid.UUID(fetched["args"]["job_id"]), fetched["id"])

    @rule(target=claimed, job=made, pick=picks)
    def claim_a_second_time(self, job: tuple[str, uuid.UUID], pick: int) -> Any:
        rows = self.web.execute(
            "SELECT id FROM procrastinate_jobs WHERE args ->> 'job_id' = %s ORDER BY id", [str(job[1])]
        ).fetchall()
        return self.claim(job[1], rows[pick % len(rows)]["id"]) if rows else multiple()

    def claim(self, job_id: uuid.UUID, queue_job_id: int) -> Any:
        carrier = self.web.execute("SELECT queue_job_id FROM ai_jobs WHERE id = %s", [job_id]).fetchone()
        attempt: Attempt | None = self.do(
            attempts.claim_job(self.worker, job_id=job_id, queue_job_id=queue_job_id)
        )
        if attempt is not None:
            assert carrier == {"queue_job_id": queue_job_id}
            assert job_id not in self.final
            assert attempt.number > self.tokens.get(job_id, 0)
            self.tokens[job_id] = attempt.number
        return attempt or multiple()

    @rule(attempt=claimed)
    def finish(self, attempt: Attempt) -> None:
        self.expect_fence(attempt, self.write(attempt))

    @rule(attempt=claimed)
    def keep(self, attempt: Attempt) -> None:
        """The answer is kept, and said twice by one attempt it is charged once."""
        spent = "SELECT input_tokens, answer FROM ai_jobs WHERE id = %s"
        before = self.web.execute(spent, [attempt.job_id]).fetchone()
        is_kept = before is not None and (before["answer"] or {}).get("attempt") == attempt.number
        step = attempts.keep_answer(self.worker, attempt, answer={}, usage=Usage(input_tokens=7))
        if self.expect_fence(attempt, step):
            after = self.web.execute(spent, [attempt.job_id]).fetchone()
            assert before is not None
            assert after is not None
            assert after["input_tokens"] - before["input_tokens"] == (0 if is_kept else 7)

    @rule(attempt=claimed)
    def fail(self, attempt: Attempt) -> None:
        step = attempts.fail_attempt(self.worker, attempt, code="x", message="X.", usage=Usage())
        self.expect_fence(attempt, step)

    @rule(attempt=claimed)
    def postpone(self, attempt: Attempt) -> None:
        step = attempts.postpone_attempt(
            self.worker,
            attempt,
            retry_at=in_seconds(0),
            code="x",
            message="X.",
            progress_message="Again",
            usage=Usage(),
            counts_as_retry=True,
        )
        self.expect_fence(attempt, step)

    def expect_fence(self, attempt: Attempt, step: Coroutine[Any, Any, None]) -> bool:
        """Return whether the step succeeded: exactly when its attempt is the newest and the job has no outcome."""
        row = self.web.execute(
            "SELECT attempt, outcome FROM ai_jobs WHERE id = %s", [attempt.job_id]
        ).fetchone()
        is_current = row is not None and row["outcome"] is None and row["attempt"] == attempt.number
        try:
            self.do(step)
        except AttemptIsOver:
            assert not is_current
        else:
            assert is_current
        return is_current

    async def write(self, attempt: Attempt) -> None:
        await attempts.finish_attempt(
            self.worker,
            attempt,
            canvas_id=uuid.uuid5(CANVAS_NAMESPACE, str(attempt.job_id)),
            title="T",
            objects=[],
            result={},
            message="",
            model=None,
            usage=Usage(),
            events=[],
        )

    @precondition(lambda self: self.tokens)
    @rule(pick=picks, end=st.sampled_from(["succeeded", "failed", "aborted", "vanished"]))
    def end_queue_row(self, pick: int, end: str) -> None:
        """A worker ends its row; one that woke up late ends a row whatever has become of it. Or a row gets lost."""
        rows = self.web.execute("SELECT id FROM procrastinate_jobs ORDER BY id").fetchall()
        if not rows:
            return
        row = rows[pick % len(rows)]["id"]
        if end == "vanished":
            self.web.execute("DELETE FROM procrastinate_jobs WHERE id = %s AND status <> 'doing'", [row])
            return
        with contextlib.suppress(psycopg.errors.RaiseException):
            self.web.execute("SELECT procrastinate_finish_job_v1(%s, %s, false)", [row, end])

    # Upkeep

    @precondition(lambda self: self.tokens)
    @rule(purges=st.sampled_from([False, False, False, True]))
    def keep_up(self, purges: bool) -> None:
        self.do(maintenance.rescue_orphans(self.worker, timeout_seconds=60))
        self.do(maintenance.close_leftovers(self.worker, timeout_seconds=60))
        row = self.web.execute(
            "SELECT count(*) AS n FROM job_view WHERE outcome IS NULL "
            "AND (queue_status IS NULL OR queue_status NOT IN ('todo', 'doing'))"
        ).fetchone()
        assert row == {"n": 0}, "an accepted job is carried by nobody"
        assert self.do(maintenance.purge_jobs(self.worker, age_seconds=86_400)) == 0
        if purges:
            self.do(maintenance.purge_jobs(self.worker, age_seconds=0))
            left = self.web.execute("SELECT count(*) AS n FROM ai_jobs WHERE outcome IS NOT NULL").fetchone()
            assert left == {"n": 0}
            self.final = {}

    # Promises

    @invariant()
    def final_stays_final(self) -> None:
        if not hasattr(self, "web"):
            return
        rows = {row["id"]: row for row in self.web.execute("SELECT * FROM job_view").fetchall()}
        for job_id, before in self.final.items():
            assert {key: rows[job_id][key] for key in FINAL_KEYS} == before
        self.final = {
            job_id: {key: row[key] for key in FINAL_KEYS} for job_id, row in rows.items() if row["outcome"]
        }

    @invariant()
    def one_canvas_for_a_completed_job_and_none_for_others(self) -> None:
        if not hasattr(self, "web"):
            return
        wrong = self.web.execute(
            "SELECT job.id, job.outcome, count(canvas.id) AS canvases FROM ai_jobs AS job "
            "LEFT JOIN canvases AS canvas ON canvas.created_by_job = job.id GROUP BY job.id "
            "HAVING count(canvas.id) <> (job.outcome IS NOT DISTINCT FROM 'completed')::integer"
        ).fetchall()
        assert wrong == []

    @invariant()
    def no_answer_is_left_of_an_ended_job(self) -> None:
        if not hasattr(self, "web"):
            return
        left = "SELECT id FROM ai_jobs WHERE outcome IS NOT NULL AND answer IS NOT NULL"
        assert self.web.execute(left).fetchall() == []

    @invariant()
    def events_are_numbered_without_a_gap(self) -> None:
        if not hasattr(self, "web"):
            return
        wrong = self.web.execute(
            "SELECT job.id FROM ai_jobs AS job JOIN ai_job_events AS event ON event.job_id = job.id "
            "GROUP BY job.id HAVING max(event.number) <> job.last_event "
            "OR count(*) <> max(event.number) - min(event.number) + 1"
        ).fetchall()
        assert wrong == []


def test_promises_hold_in_any_order(dsn: str) -> None:
    Jobs.dsn = dsn
    run_state_machine_as_test(
        Jobs,
        settings=settings(
            max_examples=100,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
