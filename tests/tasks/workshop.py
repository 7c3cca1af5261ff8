"""A worker inside the test's own event loop, on a real database and a real model server."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from core import admission, jobs
from core.admission import Limits, NewJob
from core.database import Connection
from core.jobs import Job
from core.settings import Settings
from tasks.supervisor import Supervisor
from tests.waiting import PATIENCE

LIMITS = Limits(active_jobs=1000, jobs_per_minute=1000)


@asynccontextmanager
async def working(settings: Settings) -> AsyncIterator[Supervisor]:
    """Run a worker while the body runs, and drain it afterwards."""
    supervisor = Supervisor(settings)
    task = asyncio.create_task(supervisor.run())
    try:
        yield supervisor
    finally:
        supervisor.stop()
        await asyncio.wait_for(task, PATIENCE)


def post(
    conn: Connection,
    instructions: str = "A -> B -> C",
    *,
    user_id: str = "owner",
    limits: Limits = LIMITS,
    **values: Any,
) -> Job:
    """Accept a job as the web process does."""
    request = {"instructions": instructions, "style": "modern", "colorScheme": "default"}
    given: dict[str, Any] = {"request_data": request, "max_retries": 3} | values
    asked = NewJob(user_id=user_id, **given)
    with conn.transaction():
        accepted = admission.add_job(conn, asked=asked, limits=limits)
        return jobs.get_job(conn, job_id=accepted.job_id, user_id=user_id)


def look(conn: Connection, job_id: uuid.UUID, user_id: str = "owner") -> Job:
    """Return the job as its owner sees it."""
    return jobs.get_job(conn, job_id=job_id, user_id=user_id)


async def until(
    conn: Connection, job_id: uuid.UUID, condition: Callable[[Job], object], user_id: str = "owner"
) -> Job:
    """Return the job once it meets the condition; fail when that does not happen."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        job = look(conn, job_id, user_id)
        if condition(job):
            return job
        await asyncio.sleep(0.02)
    raise AssertionError(f"still {job.status}: {job}")


async def until_final(conn: Connection, job_id: uuid.UUID, user_id: str = "owner") -> Job:
    """Return the job once it has its outcome."""
    return await until(conn, job_id, lambda job: job.is_final, user_id)


def count(conn: Connection, table: str) -> int:
    """Return how many rows a table has."""
    row = conn.execute(f"SELECT count(*) AS total FROM {table}").fetchone()
    assert row is not None
    return int(row["total"])
