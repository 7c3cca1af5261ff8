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

from core import attempts, canvases, jobs, maintenance, versions
from core.attempts import Attempt, AttemptIsOver, Usage
from core.canvases import StoredCanvas
from core.database import AsyncConnection, Connection, connection_options
from core.errors import JobNotCancellable, JobNotFound, JobNotRetryable
from drawing.canvas import CanvasObject
from tasks.pipeline import CANVAS_NAMESPACE
from tasks.retry import in_seconds
from tests.conftest import connect
from tests.tasks.workshop import LIMITS, post

USERS = ("owner", "teammate")
BOARD = uuid.UUID(int=1)  # a canvas that jobs and its owner change
MAX_JOBS = 3  # few, so that much happens to each
picks = st.integers(0, 9)
FINAL_KEYS = ("outcome", "canvas_id", "error_code", "completed_at", "attempt", "last_event")


def written(item_id: uuid.UUID, text: str) -> CanvasObject:
    """Return an object of the board; who changed it last is its text."""
    return CanvasObject(str(item_id), "text", {"text": text}, 0)


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
        self.changed: set[uuid.UUID] = set()  # jobs that have changed the board
        self.versions = 1  # of the board
        canvases.create_canvas(
            self.web, canvas_id=BOARD, user_id="owner", title="", objects=[written(BOARD, "person")]
        )
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
    @rule(
        target=made, user=st.sampled_from(USERS), priority=st.sampled_from([0, 10]), is_change=st.booleans()
    )
    def accept(self, user: str, priority: int, is_change: bool) -> tuple[str, uuid.UUID]:
        self.accepted += 1
        target = BOARD if is_change and user == "owner" else None
        return user, post(self.web, user_id=user, priority=priority, target_canvas_id=target).id

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
        if attempt.target_canvas_id is None:
            self.expect_fence(attempt, self.write(attempt))
        else:
            self.change(attempt)

    def change(self, attempt: Attempt) -> None:
        """The attempt ends with a change of what is on the board."""
        if self.expect_fence(attempt, self.write_change(attempt)):
            self.changed.add(attempt.job_id)
            self.versions += 1

    async def write_change(self, attempt: Attempt) -> None:
        async with self.worker.transaction():
            assert await canvases.lock_canvas(self.worker, canvas_id=BOARD, user_id="owner") is not None
            version = await versions.begin_version(
                self.worker, canvas_id=BOARD, job_id=attempt.job_id, message=""
            )
            await versions.change_drawing(
                self.worker,
                canvas_id=BOARD,
                drawing_id=BOARD,
                title="",
                source="",
                written=[written(attempt.job_id, str(version))],
                deleted=[],
            )
            await self.write(attempt, canvas_id=BOARD)

    @rule(pick=picks)
    def change_by_hand(self, pick: int) -> None:
        with self.web.transaction():
            canvas = canvases.lock_own_canvas(self.web, self.board())
            versions.begin_own_version(self.web, canvas, message="")
            item = written(uuid.UUID(int=pick), f"by hand {self.versions}")
            versions.change_own_objects(self.web, canvas, written=[item], deleted=[])
        self.versions += 1

    @precondition(lambda self: self.versions > 1)
    @rule(pick=picks)
    def revert(self, pick: int) -> None:
        number = 1 + pick % self.versions
        is_present = number == self.versions
        then = [] if is_present else versions.read_version(self.web, self.board(), number)[1]
        with self.web.transaction():
            canvas = canvases.lock_own_canvas(self.web, self.board())
            reverted = versions.revert(self.web, canvas, number)
        if is_present:
            assert reverted == self.versions
            return
        self.versions += 1
        assert reverted == self.versions
        now = canvases.read_objects(self.web, canvas_id=BOARD)
        assert {each.id: each.properties for each in now} == {each.id: each.properties for each in then}

    def board(self) -> StoredCanvas:
        return canvases.get_canvas(self.web, canvas_id=str(BOARD), user_id="owner")

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

    async def write(self, attempt: Attempt, canvas_id: uuid.UUID | None = None) -> None:
        await attempts.finish_attempt(
            self.worker,
            attempt,
            canvas_id=canvas_id or uuid.uuid5(CANVAS_NAMESPACE, str(attempt.job_id)),
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
            "LEFT JOIN canvases AS canvas ON canvas.created_by_job = job.id "
            "WHERE NOT job.id = ANY(%s) GROUP BY job.id "
            "HAVING count(canvas.id) <> (job.outcome IS NOT DISTINCT FROM 'completed')::integer",
            [list(self.changed)],
        ).fetchall()
        assert wrong == []

    @invariant()
    def board_has_a_version_for_each_change_and_none_for_anything_else(self) -> None:
        if not hasattr(self, "web"):
            return
        assert self.board().version == self.versions
        listed = versions.list_versions(self.web, canvas_id=BOARD)
        assert [each.number for each in listed] == list(range(self.versions, 0, -1))
        by_jobs = [each.job_id for each in listed if each.job_id is not None]
        assert sorted(by_jobs) == sorted(self.changed)

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
