"""One user who asks for more than others: by priority, by many jobs, by slow ones."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.admission import Limits
from core.database import Connection
from core.errors import TooManyActiveJobs
from core.settings import Settings
from devtools.model_server import ModelServer, Script
from tests.conftest import make_settings
from tests.core.test_jobs import served
from tests.tasks.workshop import look, post, until, until_final, working

SLOW = Script(silent_after=1)  # until its connection ends


def test_all_priorities_of_one_user_leave_anothers_first_job_its_place(conn: Connection) -> None:
    greedy = [post(conn, user_id="greedy", priority=priority) for priority in range(11)]
    honest = post(conn, user_id="honest")
    order = served(conn)
    assert order[:2] == [greedy[10].id, honest.id]
    assert order[2:] == [job.id for job in reversed(greedy[:10])]


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def settings_with(dsn: str, tmp_path: Path, model: ModelServer, **values: Any) -> Settings:
    # Slow jobs stay slow, however long the test takes on a busy machine.
    patience = {
        "ai_idle_timeout_seconds": 3600.0,
        "ai_timeout_seconds": 3600.0,
        "shutdown_grace_seconds": 0.0,
    }
    openai = {"ai_provider": None, "openai_base_url": model.base_url}
    return make_settings(dsn, var_dir=tmp_path, max_active_jobs_per_user=None, **patience, **openai, **values)


@pytest.mark.parametrize("places", [2, 7, 20])
def test_one_user_with_slow_jobs_fills_half_of_a_worker_by_default(
    conn: Connection, dsn: str, tmp_path: Path, model: ModelServer, places: int
) -> None:
    settings = settings_with(dsn, tmp_path, model, max_concurrent_jobs=places)
    limits = Limits(active_jobs=settings.active_jobs_limit, jobs_per_minute=1000)
    half = places // 2

    async def story() -> None:
        model.script(*[SLOW] * half)
        slow = [post(conn, user_id="greedy", limits=limits) for _ in range(half)]
        with pytest.raises(TooManyActiveJobs):
            post(conn, user_id="greedy", limits=limits)
        async with working(settings):
            # Each of them has its slow response before anybody else may ask.
            await until(conn, slow[-1].id, lambda _: len(model.requests) == half, user_id="greedy")
            honest = await until_final(conn, post(conn, limits=limits).id)
            assert honest.status == "completed"
            for job in slow:
                assert look(conn, job.id, user_id="greedy").status == "processing"

    asyncio.run(story())


def test_places_that_become_free_go_to_others_before_a_users_next_jobs(
    conn: Connection, dsn: str, tmp_path: Path, model: ModelServer
) -> None:
    """The operator lets one user have as many jobs as there are places, and more: others share what becomes free."""
    settings = settings_with(dsn, tmp_path, model, max_concurrent_jobs=1)

    async def story() -> None:
        greedy = [post(conn, user_id="greedy") for _ in range(5)]
        honest = [post(conn) for _ in range(2)]
        async with working(settings):
            await until_final(conn, greedy[-1].id, user_id="greedy")
        started = conn.execute("SELECT id FROM ai_jobs ORDER BY started_at").fetchall()
        names = {job.id: f"greedy {number}" for number, job in enumerate(greedy)}
        names |= {job.id: f"honest {number}" for number, job in enumerate(honest)}
        assert [names[row["id"]] for row in started][:4] == ["greedy 0", "honest 0", "greedy 1", "honest 1"]

    asyncio.run(story())
