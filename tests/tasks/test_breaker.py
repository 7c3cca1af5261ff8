"""While a model's server is down for everyone, jobs wait for a probe instead of using up their retries."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from core import breaker
from core.database import AsyncConnection, Connection, connection_options
from devtools.model_server import ModelServer, refused
from tests.conftest import make_settings
from tests.tasks.workshop import look, post, until_final, working

SERVER = "http://model"


@pytest.fixture(autouse=True)
def _quick_probes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(breaker, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(breaker, "MAX_PAUSE", 0.5)
    monkeypatch.setattr(breaker, "WAKE_SPREAD", 0.2)


async def connect(dsn: str) -> AsyncConnection:
    return await psycopg.AsyncConnection.connect(dsn, **connection_options(application_name="test"))


def test_opens_after_failures_in_a_row_and_closes_at_the_first_success(dsn: str) -> None:
    async def story() -> None:
        async with await connect(dsn) as conn:
            for _ in range(breaker.FAILURES_TO_OPEN - 1):
                assert not (await breaker.note_failure(conn, server=SERVER)).is_open
            assert (await breaker.ask_leave(conn, server=SERVER)).wait_seconds is None
            assert (await breaker.note_failure(conn, server=SERVER)).is_open
            waiting = await breaker.ask_leave(conn, server=SERVER)
            assert waiting.wait_seconds is not None
            assert 0 < waiting.wait_seconds <= 0.2
            assert await breaker.note_success(conn, server=SERVER)
            assert not await breaker.note_success(conn, server=SERVER)
            assert (await breaker.ask_leave(conn, server=SERVER)).wait_seconds is None

    asyncio.run(story())


def test_one_probe_at_a_time(dsn: str) -> None:
    async def story() -> None:
        async with await connect(dsn) as conn, await connect(dsn) as other:
            for _ in range(breaker.FAILURES_TO_OPEN):
                await breaker.note_failure(conn, server=SERVER)
            await conn.execute("UPDATE ai_breakers SET probe_at = now()")
            leaves = await asyncio.gather(*(breaker.ask_leave(each, server=SERVER) for each in (conn, other)))
            assert sorted(leave.wait_seconds is None for leave in leaves) == [False, True]

    asyncio.run(story())


def test_other_servers_are_not_concerned(dsn: str) -> None:
    async def story() -> None:
        async with await connect(dsn) as conn:
            for _ in range(breaker.FAILURES_TO_OPEN):
                await breaker.note_failure(conn, server=SERVER)
            assert (await breaker.ask_leave(conn, server="http://another")).wait_seconds is None

    asyncio.run(story())


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
    async def story() -> None:
        job = post(conn)
        conn.execute("UPDATE ai_jobs SET error_code = %s", [breaker.WAITING_CODE])
        conn.execute("UPDATE procrastinate_jobs SET scheduled_at = now() + interval '1 hour'")
        async with await connect(dsn) as worker:
            for _ in range(breaker.FAILURES_TO_OPEN):
                await breaker.note_failure(worker, server=SERVER)
            assert await breaker.wake_waiting(worker) == 0
            await breaker.note_success(worker, server=SERVER)
            assert await breaker.wake_waiting(worker) == 1
        due = look(conn, job.id).next_processing_at
        assert due is not None
        assert due - datetime.now(UTC) < timedelta(seconds=breaker.WAKE_SPREAD)

    asyncio.run(story())


def test_outage_costs_no_job_its_retries(dsn: str, conn: Connection, tmp_path: Path) -> None:
    async def story() -> None:
        with ModelServer(*[refused(503, "server_error")] * 12) as model:
            settings = make_settings(dsn, var_dir=tmp_path, ai_provider=None, openai_base_url=model.base_url)
            jobs = [post(conn, max_retries=5) for _ in range(8)]
            async with working(settings):
                done = [await until_final(conn, job.id) for job in jobs]
        assert {job.status for job in done} == {"completed"}
        # What fails while the breaker is open is nobody's retry.
        assert sum(job.retry_count for job in done) < breaker.FAILURES_TO_OPEN
        assert breaker.find_breaker(conn, server=model.base_url).failures == 0

    asyncio.run(story())
