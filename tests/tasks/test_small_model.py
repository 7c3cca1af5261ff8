"""A real model of 135 million parameters: what it can write is drawn, whatever it is."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.database import Connection
from devtools import small_model
from devtools.processes import free_port, running, wait_until_ready
from drawing.source import read_source
from tests.conftest import make_settings
from tests.tasks.workshop import post, until_final, working

REQUESTS = [
    "Draw the steps of making coffee",
    "Mind map about healthy food",
    "Create a flowchart for a user login process",
    "Onboarding of a new employee",
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    if reason := small_model.why_not():
        pytest.skip(reason)
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "devtools.small_model", str(port)]
    with running(command, env={}, log=tmp_path / "server.log"):
        wait_until_ready(f"{url}/health")
        yield f"{url}/v1"


@pytest.mark.slow
def test_lists_of_a_small_model_become_drawings(
    server: str, dsn: str, conn: Connection, tmp_path: Path
) -> None:
    settings = make_settings(
        dsn, var_dir=tmp_path, ai_provider=None, openai_base_url=server, openai_model="local",
        plan_format="labels", ai_idle_timeout_seconds=60, max_concurrent_jobs=1,
    )  # fmt: skip

    async def story() -> None:
        jobs = [post(conn, words, max_retries=1) for words in REQUESTS]
        async with working(settings):
            ended = [await until_final(conn, job.id) for job in jobs]
        # It may find no words; then the job says so. Mostly it does.
        assert {job.status for job in ended} <= {"completed", "failed"}
        drawn = [job for job in ended if job.status == "completed"]
        assert len(drawn) >= len(REQUESTS) // 2
        for job in drawn:
            assert job.result is not None
            assert job.result["generator"] == "openai"
            drawing = read_source(job.result["source"]).drawing
            assert drawing is not None
            assert drawing.parts

    asyncio.run(story())
