"""While a model server is down, jobs wait for a probe instead of using up their retries."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from core import attempts, breaker, jobs
from core.attempts import Attempt
from core.breaker import FailingJob, is_down
from core.database import AsyncConnection, Connection, connection_options
from devtools.model_server import ModelServer, Script, refused
from tests.conftest import make_settings
from tests.tasks.workshop import look, post, until, until_final, working

SERVER = "http://model"


@pytest.fixture(autouse=True)
def _quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(breaker, "MAX_PAUSE", 0.5)
    monkeypatch.setattr(breaker, "FRESH_PAUSE", 0.2)
    monkeypatch.setattr(breaker, "WAKE_SPREAD", 0.2)


async def connect(dsn: str) -> AsyncConnection:
    return await psycopg.AsyncConnection.connect(dsn, **connection_options(application_name="test"))


class Server:
    """A server's breaker as jobs see it: each has failed so often."""

    def __init__(self, conn: AsyncConnection, web: Connection) -> None:
        self.conn = conn
        self.web = web

    async def claim(self, user_id: str = "owner") -> Attempt:
        job = post(self.web, user_id=user_id)
        attempt = await attempts.claim_job(self.conn, job_id=job.id, queue_job_id=job.queue_job_id or 0)
        assert attempt is not None
        return attempt

    async def fail(
        self, attempt: Attempt, times: int = 1, *, is_timeout: bool = False, server: str = SERVER
    ) -> breaker.Breaker:
        for _ in range(times):
            state = await breaker.note_failure(
                self.conn, server=server, attempt=attempt, is_timeout=is_timeout
            )
        return state

    async def may_ask(self, attempt: Attempt, server: str = SERVER) -> bool:
        leave = await breaker.ask_leave(
            self.conn, server=server, job_id=attempt.job_id, user_id=attempt.user_id
        )
        return leave.wait_seconds is None


def tell(dsn: str, conn: Connection, story: Callable[[Server], Awaitable[None]]) -> None:
    async def run() -> None:
        async with await connect(dsn) as worker:
            await story(Server(worker, conn))

    asyncio.run(run())


def failing(*, user: str = "a", slow: bool = False, failures: int = 1) -> FailingJob:
    return FailingJob(uuid.uuid4(), user, slow, failures)


def test_server_is_down_when_two_jobs_fail_or_the_only_one_does() -> None:
    assert not is_down([failing(failures=9)], is_alone=False)
    assert is_down([failing(failures=3)], is_alone=True)
    assert not is_down([failing(failures=2)], is_alone=True)
    assert is_down([failing(failures=2), failing()], is_alone=False)
    assert not is_down([failing(), failing()], is_alone=False)


def test_time_outs_are_the_servers_only_when_different_users_have_them() -> None:
    slow = [failing(slow=True) for _ in range(10)]
    assert not is_down(slow, is_alone=True)
    assert is_down([*slow, failing(user="b", slow=True)], is_alone=False)
    assert not is_down([failing(slow=True, failures=9)], is_alone=True)
    assert not is_down([*slow, failing(failures=2)], is_alone=False)


def test_opens_after_failures_of_two_jobs_and_closes_at_the_first_success(dsn: str, conn: Connection) -> None:
    async def story(server: Server) -> None:
        one, two, other = [await server.claim() for _ in range(3)]
        assert not (await server.fail(one, 2)).is_open
        assert await server.may_ask(other)
        assert (await server.fail(two)).is_open
        waiting = await breaker.ask_leave(server.conn, server=SERVER, job_id=one.job_id, user_id=one.user_id)
        assert waiting.wait_seconds is not None
        assert 0 < waiting.wait_seconds <= 0.2
        assert await breaker.note_success(server.conn, server=SERVER)
        assert not await breaker.note_success(server.conn, server=SERVER)
        assert await server.may_ask(one)

    tell(dsn, conn, story)


def test_one_job_that_fails_holds_nobody_else_up(dsn: str, conn: Connection) -> None:
    async def story(server: Server) -> None:
        bad = await server.claim()
        assert (await server.fail(bad, breaker.FAILURES_TO_OPEN)).is_open  # It is alone.
        assert not await server.may_ask(bad)
        for _ in range(5):
            assert await server.may_ask(await server.claim("another"))

    tell(dsn, conn, story)


def test_failing_jobs_of_one_user_hold_nobody_else_up(dsn: str, conn: Connection) -> None:
    async def story(server: Server) -> None:
        bad = [await server.claim("unlucky") for _ in range(4)]
        for each in bad:
            state = await server.fail(each)
        assert state.is_open
        assert await server.may_ask(await server.claim("unlucky"))  # as a probe
        assert not await server.may_ask(await server.claim("unlucky"))
        for _ in range(5):
            assert await server.may_ask(await server.claim("another"))
        await server.fail(await server.claim("third"))
        await server.conn.execute("UPDATE ai_breakers SET probed_at = now() - interval '1 second'")
        assert await server.may_ask(await server.claim("another"))  # as a probe
        assert not await server.may_ask(await server.claim("another"))

    tell(dsn, conn, story)


def test_many_failures_at_once_are_one_incident(dsn: str, conn: Connection) -> None:
    async def story(server: Server) -> None:
        together = [await server.claim() for _ in range(10)]
        pauses = [(await server.fail(each)).wait_seconds for each in together]
        assert max(pauses) <= 0.2

    tell(dsn, conn, story)


def test_failed_probes_double_the_pause(dsn: str, conn: Connection) -> None:
    async def story(server: Server) -> None:
        one, two, three = [await server.claim() for _ in range(3)]
        await server.fail(one, 2)
        await server.fail(two)
        await server.conn.execute("UPDATE ai_breakers SET probe_at = now()")
        assert await server.may_ask(one)
        assert 0.2 < (await server.fail(one)).wait_seconds <= 0.4
        # That of another job which had begun before says nothing new.
        assert (await server.fail(three)).wait_seconds <= 0.4

    tell(dsn, conn, story)


def test_one_probe_at_a_time(dsn: str, conn: Connection) -> None:
    async def story(server: Server) -> None:
        one, two, three, four = [await server.claim() for _ in range(4)]
        await server.fail(one, 2)
        await server.fail(two)
        await server.conn.execute(
            "UPDATE ai_breakers SET probe_at = now(), opened_at = now() - interval '1 minute'"
        )
        async with await connect(dsn) as other:
            leaves = await asyncio.gather(
                *(
                    breaker.ask_leave(each, server=SERVER, job_id=attempt.job_id, user_id=attempt.user_id)
                    for each, attempt in ((server.conn, three), (other, four))
                )
            )
        assert sorted(leave.wait_seconds is None for leave in leaves) == [False, True]

    tell(dsn, conn, story)


def test_probe_goes_to_a_job_that_has_not_failed_last(dsn: str, conn: Connection) -> None:
    async def story(server: Server) -> None:
        one, two, fresh = [await server.claim() for _ in range(3)]
        await server.fail(one, 2)
        await server.fail(two)
        conn.execute("UPDATE ai_jobs SET error_code = 'model_down'")
        await server.conn.execute("UPDATE ai_breakers SET probe_at = now()")
        assert not await server.may_ask(two)
        assert await server.may_ask(one)
        # One that has not failed at all need not wait for the pause to be over, but for the last of its kind.
        assert await server.may_ask(fresh)
        assert not await server.may_ask(await server.claim())
        await server.conn.execute("UPDATE ai_breakers SET probed_at = now() - interval '1 second'")
        assert await server.may_ask(await server.claim())

    tell(dsn, conn, story)


def test_overtaken_attempt_does_not_count(dsn: str, conn: Connection) -> None:
    async def story(server: Server) -> None:
        one, two = await server.claim(), await server.claim()
        await server.fail(one, 2)
        job = look(conn, two.job_id)
        assert await attempts.claim_job(server.conn, job_id=two.job_id, queue_job_id=job.queue_job_id or 0)
        assert not (await server.fail(two)).is_open
        three = await server.claim()
        jobs.cancel_job(conn, job_id=three.job_id, user_id="owner")
        assert not (await server.fail(three)).is_open

    tell(dsn, conn, story)


def test_other_servers_are_not_concerned(dsn: str, conn: Connection) -> None:
    async def story(server: Server) -> None:
        one, two = await server.claim(), await server.claim()
        await server.fail(one, 2)
        await server.fail(two)
        assert not await server.may_ask(one)
        assert await server.may_ask(one, "http://another")

    tell(dsn, conn, story)


@pytest.mark.slow
def test_outage_does_not_end_the_only_job_there_is(dsn: str, conn: Connection, tmp_path: Path) -> None:
    async def story() -> None:
        with ModelServer(*[refused(503, "server_error")] * 8) as model:
            settings = make_settings(dsn, var_dir=tmp_path, ai_provider=None, openai_base_url=model.base_url)
            job = post(conn, max_retries=3)
            async with working(settings):
                done = await until_final(conn, job.id)
        assert (done.status, done.retry_count) == ("completed", breaker.FAILURES_TO_OPEN - 1)

    asyncio.run(story())


def test_jobs_wait_while_the_server_is_down_and_are_woken_when_it_is_well(dsn: str, conn: Connection) -> None:
    async def story(server: Server) -> None:
        one, two = await server.claim(), await server.claim()
        job = post(conn)
        conn.execute("UPDATE ai_jobs SET error_code = %s WHERE id = %s", [breaker.WAITING_CODE, job.id])
        conn.execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
        await server.fail(one, 2)
        await server.fail(two)
        assert await breaker.wake_waiting(server.conn) == 0
        await breaker.note_success(server.conn, server=SERVER)
        assert await breaker.wake_waiting(server.conn) == 1
        due = look(conn, job.id).next_processing_at
        assert due is not None
        assert due - datetime.now(UTC) < timedelta(seconds=breaker.WAKE_SPREAD)

    tell(dsn, conn, story)


@pytest.mark.slow
def test_outage_costs_no_job_its_retries(dsn: str, conn: Connection, tmp_path: Path) -> None:
    async def story() -> None:
        with ModelServer(*[refused(503, "server_error")] * 12) as model:
            settings = make_settings(dsn, var_dir=tmp_path, ai_provider=None, openai_base_url=model.base_url)
            waiting = [post(conn, max_retries=1) for _ in range(4)]
            async with working(settings):
                done = [await until_final(conn, job.id) for job in waiting]
        assert {job.status for job in done} == {"completed"}
        assert sum(job.retry_count for job in done) < breaker.FAILURES_TO_OPEN
        found = breaker.find_breaker(conn, server=model.base_url)
        assert found is not None
        assert found.failures == 0

    asyncio.run(story())


def test_job_that_is_held_back_says_so(dsn: str, conn: Connection, tmp_path: Path) -> None:
    async def story() -> None:
        with ModelServer(default=refused(503, "server_error")) as model:
            settings = make_settings(dsn, var_dir=tmp_path, ai_provider=None, openai_base_url=model.base_url)
            jobs_ = [post(conn, max_retries=3) for _ in range(4)]
            async with working(settings):
                held = await until(
                    conn,
                    jobs_[0].id,
                    lambda job: job.error_code == breaker.WAITING_CODE and job.status == "queued",
                )
        assert held.progress_message.startswith("Waiting for the AI service; next check in ")
        assert held.error_message == held.progress_message

    asyncio.run(story())


@pytest.mark.slow
def test_time_out_of_a_server_that_answers_uses_up_the_jobs_retries(
    dsn: str, conn: Connection, tmp_path: Path
) -> None:
    async def story() -> None:
        with ModelServer(default=Script(silent_after=3)) as model:
            settings = make_settings(
                dsn,
                var_dir=tmp_path,
                ai_provider=None,
                openai_base_url=model.base_url,
                ai_idle_timeout_seconds=1.0,
            )
            waiting = [post(conn, max_retries=1, user_id=user) for user in ("owner", "another", "third")]
            async with working(settings):
                done = await until_final(conn, waiting[0].id)
        assert (done.status, done.error_code, done.retry_count) == ("failed", "model_timeout", 1)
        assert breaker.find_breaker(conn, server=model.base_url) is None
        assert done.output_tokens > 0

    asyncio.run(story())
