"""PostgreSQL restarts, crashes or drops connections under a running worker: nothing is lost, it recovers by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import psycopg
import pytest

from core.database import Connection
from core.settings import Settings
from devtools.model_server import ModelServer, Script
from devtools.postgres import PostgresServer
from tests.conftest import connect, make_settings
from tests.tasks.workshop import count, look, post, until, until_final, working
from tests.waiting import PATIENCE, until_async

MODES: list[Literal["fast", "immediate"]] = ["fast", "immediate"]


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer(default=Script(chunk_delay=0.02)) as server:
        yield server


@pytest.fixture
def settings(dsn: str, tmp_path: Path, model: ModelServer) -> Settings:
    return make_settings(dsn, var_dir=tmp_path, ai_provider=None, openai_base_url=model.base_url)


@pytest.fixture
def restart(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """The server, running again when the test ends, however it ends."""
    yield postgres_server
    postgres_server.start()


@pytest.mark.parametrize("mode", MODES)
def test_restart_in_mid_stream_loses_nothing(
    dsn: str, settings: Settings, restart: PostgresServer, mode: Literal["fast", "immediate"]
) -> None:
    async def story() -> None:
        with connect(dsn) as conn:
            job = post(conn)
            async with working(settings):
                await until(conn, job.id, lambda job: job.progress_objects)
                await asyncio.to_thread(restart.stop, mode)
                await asyncio.sleep(1.5)
                await asyncio.to_thread(restart.start)
                with connect(dsn) as conn:
                    done = await until_final(conn, job.id)
                    # Not deaf: jobs that come later are heard of and run, and can be cancelled.
                    later = [await until_final(conn, post(conn).id) for _ in range(2)]
                    numbers = conn.execute(
                        "SELECT number FROM ai_job_events WHERE job_id = %s ORDER BY number", [job.id]
                    ).fetchall()
                    stored = count(conn, "canvases")
        assert (done.status, done.attempt) == ("completed", 1), done
        assert [row["number"] for row in numbers] == list(range(1, len(numbers) + 1))
        assert [job.status for job in later] == ["completed", "completed"]
        assert stored == 3

    asyncio.run(story())


def test_drawing_finished_while_the_database_is_away_is_stored_when_it_is_back(
    dsn: str, settings: Settings, model: ModelServer, restart: PostgresServer
) -> None:
    async def story() -> None:
        model.script(Script(chunk_delay=0.01))
        with connect(dsn) as conn:
            job = post(conn)
            async with working(settings):
                await until(conn, job.id, lambda job: job.progress_objects)
                await asyncio.to_thread(restart.stop)
                assert await asyncio.to_thread(model.requests[0].done.wait, PATIENCE)
                await asyncio.sleep(1)
                await asyncio.to_thread(restart.start)
                with connect(dsn) as conn:
                    done = await until_final(conn, job.id)
        assert (done.status, done.attempt, len(model.requests)) == ("completed", 1, 1)

    asyncio.run(story())


def test_listener_is_heard_again_after_its_connection_was_cut(dsn: str, settings: Settings) -> None:
    async def story() -> None:
        patient = settings.model_copy(update={"job_processing_interval": 3600.0})
        with connect(dsn) as conn:
            async with working(patient):
                await until_final(conn, post(conn).id)
                cut = listeners(conn)
                assert cut
                conn.execute(
                    "SELECT pg_terminate_backend(pid) FROM unnest(%s::integer[]) AS pid", [list(cut)]
                )
                await until_async(lambda: len(listeners(conn) - cut) == len(cut))
                # The poll comes once an hour: only the listener can have heard of this one.
                done = await until_final(conn, post(conn).id)
        assert done.status == "completed"

    asyncio.run(story())


def listeners(conn: Connection) -> set[int]:
    """Return the sessions that listen."""
    rows = conn.execute(
        "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%%'"
    ).fetchall()
    return {row["pid"] for row in rows}


def test_every_connection_cut_again_and_again(dsn: str, settings: Settings) -> None:
    async def story() -> None:
        with connect(dsn) as conn:
            jobs = [post(conn) for _ in range(6)]
            async with working(settings):
                for _ in range(4):
                    await asyncio.sleep(0.4)
                    conn.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                    )
                done = [await until_final(conn, job.id) for job in jobs]
            assert {job.status for job in done} == {"completed"}
            assert count(conn, "canvases") == len(jobs)

    asyncio.run(story())


def test_worker_whose_row_was_pruned_registers_again(dsn: str, settings: Settings) -> None:
    async def story() -> None:
        with connect(dsn) as conn:
            async with working(settings):
                await until_final(conn, post(conn).id)
                conn.execute("DELETE FROM procrastinate_workers")
                done = await until_final(conn, post(conn).id)
        assert done.status == "completed"

    asyncio.run(story())


def test_job_fetched_but_never_heard_of_is_put_back(dsn: str, settings: Settings) -> None:
    async def story() -> None:
        quick = settings.model_copy(update={"worker_timeout_seconds": 3.0})
        with connect(dsn) as conn:
            async with working(quick):
                await until_final(conn, post(conn).id)
                with conn.transaction():
                    stray = post(conn)
                    # As when the connection breaks between the database's commit and its answer.
                    conn.execute(
                        "UPDATE procrastinate_jobs SET status = 'doing', "
                        "worker_id = (SELECT max(id) FROM procrastinate_workers) WHERE status = 'todo'"
                    )
                done = await until_final(conn, stray.id)
        assert done.status == "completed"
        assert done.queue_job_id != stray.queue_job_id

    asyncio.run(story())


def test_worker_starts_before_its_database(dsn: str, settings: Settings, restart: PostgresServer) -> None:
    async def story() -> None:
        with connect(dsn) as conn:
            job = post(conn)
        await asyncio.to_thread(restart.stop)
        async with working(settings):
            await asyncio.sleep(1)
            await asyncio.to_thread(restart.start)
            with connect(dsn) as conn:
                done = await until_final(conn, job.id)
        assert done.status == "completed"

    asyncio.run(story())


def test_worker_ends_without_its_database(
    dsn: str, settings: Settings, model: ModelServer, restart: PostgresServer
) -> None:
    async def story() -> None:
        model.script(Script(silent_after=30))
        with connect(dsn) as conn:
            job = post(conn)
            async with working(settings.model_copy(update={"shutdown_grace_seconds": 0.5})):
                await until(conn, job.id, lambda job: job.progress_objects)
                await asyncio.to_thread(restart.stop)
        with pytest.raises(psycopg.OperationalError):
            connect(dsn)
        await asyncio.to_thread(restart.start)
        with connect(dsn) as conn:
            assert not look(conn, job.id).is_final

    asyncio.run(story())
