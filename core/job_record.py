"""The one module that writes ``ai_jobs``: every change of a job's record, each with its numbered event.

Which change is due, and what its result means, is left to the modules that ask for it. The statements are in
``core/sql/job_record.sql``; the steps that PostgreSQL keeps as functions in ``core/sql/functions.sql``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from core.database import AsyncConnection, Connection
from core.sql import load_queries

Change = Literal[
    "accept_jobs",
    "cancel_job",
    "reopen_job",
    "claim_job",
    "publish_progress",
    "keep_answer",
    "finish_job",
    "fail_job",
    "postpone_job",
    "charge_job",
    "requeue_job",
    "end_job",
    "purge_jobs",
    "erase_job",
    "erase_results",
]

queries = load_queries("job_record")


def change(conn: Connection, change: Change, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make the change and return a row for each job it applied to; none where the job was not in the state for it."""
    return conn.execute(getattr(queries, change), values).fetchall()


async def change_async(
    conn: AsyncConnection, change: Change, values: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """The same for a worker's connection."""
    return await (await conn.execute(getattr(queries, change), values)).fetchall()
