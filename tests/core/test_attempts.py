"""Fencing: no step of an attempt that is over changes anything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import psycopg
import pytest

from core import attempts, jobs, operator_actions
from core.attempts import Attempt, AttemptIsOver, Usage
from core.database import AsyncConnection, Connection, connection_options
from core.ids import new_id
from drawing.canvas import CanvasObject
from tasks.retry import in_seconds
from tests.tasks.workshop import LIMITS, count, look, post

Step = Callable[[AsyncConnection, Attempt], Awaitable[None]]


async def finish(conn: AsyncConnection, attempt: Attempt, objects: Sequence[CanvasObject] = ()) -> None:
    await attempts.finish_attempt(
        conn,
        attempt,
        canvas_id=new_id(),
        title="T",
        objects=objects,
        result={},
        message="",
        model=None,
        usage=Usage(),
        events=[],
    )


async def fail(conn: AsyncConnection, attempt: Attempt) -> None:
    await attempts.fail_attempt(conn, attempt, code="x", message="X.", usage=Usage())


async def postpone(conn: AsyncConnection, attempt: Attempt) -> None:
    await attempts.postpone_attempt(
        conn,
        attempt,
        retry_at=in_seconds(0),
        code="x",
        message="X.",
        progress_message="Again",
        usage=Usage(),
        counts_as_retry=True,
    )


STEPS: list[Step] = [finish, fail, postpone]


def run(dsn: str, story: Callable[[AsyncConnection], Awaitable[None]]) -> None:
    async def connected() -> None:
        options = connection_options(application_name="test")
        async with await psycopg.AsyncConnection.connect(dsn, **options) as conn:
            await story(conn)

    asyncio.run(connected())


async def claim(conn: AsyncConnection, job: jobs.Job) -> Attempt:
    assert job.queue_job_id is not None
    attempt = await attempts.claim_job(conn, job_id=job.id, queue_job_id=job.queue_job_id)
    assert attempt is not None
    return attempt


@pytest.mark.parametrize("step", STEPS)
def test_overtaken_attempt_changes_nothing(dsn: str, conn: Connection, step: Step) -> None:
    async def story(worker: AsyncConnection) -> None:
        job = post(conn)
        overtaken = await claim(worker, job)
        await claim(worker, job)
        before = look(conn, job.id)
        with pytest.raises(AttemptIsOver):
            await step(worker, overtaken)
        assert look(conn, job.id) == before

    run(dsn, story)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("end", [finish, fail, None], ids=["completed", "failed", "cancelled"])
def test_attempt_at_a_job_that_has_ended_changes_nothing(
    dsn: str, conn: Connection, step: Step, end: Step | None
) -> None:
    async def story(worker: AsyncConnection) -> None:
        job = post(conn)
        attempt = await claim(worker, job)
        if end is None:
            jobs.cancel_job(conn, job_id=job.id, user_id="owner")
        else:
            await end(worker, attempt)
        before = look(conn, job.id)
        with pytest.raises(AttemptIsOver):
            await step(worker, attempt)
        assert look(conn, job.id) == before

    run(dsn, story)


def test_job_that_has_ended_is_not_claimed(dsn: str, conn: Connection) -> None:
    async def story(worker: AsyncConnection) -> None:
        job = post(conn)
        jobs.cancel_job(conn, job_id=job.id, user_id="owner")
        assert job.queue_job_id is not None
        assert await attempts.claim_job(worker, job_id=job.id, queue_job_id=job.queue_job_id) is None

    run(dsn, story)


def test_queue_row_that_carries_the_job_no_more_does_not_claim_it(dsn: str, conn: Connection) -> None:
    async def story(worker: AsyncConnection) -> None:
        first = post(conn)
        jobs.cancel_job(conn, job_id=first.id, user_id="owner")
        with conn.transaction():
            again = jobs.reopen_job(conn, job_id=first.id, user_id="owner", limits=LIMITS)
        assert first.queue_job_id is not None
        assert await attempts.claim_job(worker, job_id=first.id, queue_job_id=first.queue_job_id) is None
        await claim(worker, again)

    run(dsn, story)


def numbers_of_events(conn: Connection) -> list[int]:
    return [
        row["number"] for row in conn.execute("SELECT number FROM ai_job_events ORDER BY number").fetchall()
    ]


def test_a_drawing_is_stored_whole_or_not_at_all(dsn: str, conn: Connection) -> None:
    shape = CanvasObject(str(new_id()), "rectangle", {}, 0)

    async def story(worker: AsyncConnection) -> None:
        job = post(conn)
        attempt = await claim(worker, job)
        before = look(conn, job.id)
        with pytest.raises(psycopg.errors.UniqueViolation):
            await finish(worker, attempt, objects=[shape, shape])
        assert look(conn, job.id) == before
        assert count(conn, "canvases") == 0
        assert numbers_of_events(conn) == [1]
        await finish(worker, attempt, objects=[shape])
        assert look(conn, job.id).status == "completed"
        assert count(conn, "canvas_objects") == 1
        assert numbers_of_events(conn) == [1, 2]

    run(dsn, story)


def test_trace_goes_with_the_job_until_a_traced_retry_gives_it_another(dsn: str, conn: Connection) -> None:
    async def story(worker: AsyncConnection) -> None:
        job = post(conn, traceparent="first")
        assert (await claim(worker, job)).traceparent == "first"
        with conn.transaction():
            job = operator_actions.requeue_job(conn, job_id=job.id)
        assert (await claim(worker, job)).traceparent == "first"
        jobs.cancel_job(conn, job_id=job.id, user_id="owner")
        with conn.transaction():
            job = operator_actions.requeue_job(conn, job_id=job.id)
        assert (await claim(worker, job)).traceparent == "first"
        jobs.cancel_job(conn, job_id=job.id, user_id="owner")
        with conn.transaction():
            job = jobs.reopen_job(conn, job_id=job.id, user_id="owner", limits=LIMITS, traceparent="second")
        assert (await claim(worker, job)).traceparent == "second"

    run(dsn, story)
