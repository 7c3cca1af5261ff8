"""The job record as a worker uses it: claim, finish, fail, postpone. Every step carries the fencing token.

An attempt is one try at a job. Its number only rises; a step with an old number changes nothing and says so.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from core import events
from core.database import AsyncConnection
from core.events import Kind
from core.sql import load_queries

queries = load_queries("attempts")


class AttemptIsOver(Exception):
    """The job was cancelled, ended or given to another attempt; this one must stop and write nothing."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A claimed job: what to do, and the token (``number``) that every later step shows."""

    job_id: uuid.UUID
    user_id: str
    number: int
    request_data: dict[str, Any]
    target_canvas_id: uuid.UUID | None
    retry_count: int
    max_retries: int
    percent: int
    request_id: str | None = None  # of the HTTP request that put the job on the queue
    waited_seconds: float | None = None  # since it was accepted; None unless this is its first attempt


@dataclass(frozen=True, slots=True)
class Usage:
    """What the model took, in tokens."""

    input_tokens: int = 0
    output_tokens: int = 0


async def claim_job(conn: AsyncConnection, *, job_id: uuid.UUID, queue_job_id: int) -> Attempt | None:
    """Return a new attempt at the job, or None when there is nothing to do: it has ended, or is carried elsewhere."""
    async with conn.transaction():
        cursor = await conn.execute(queries.claim_job, {"job_id": job_id, "queue_job_id": queue_job_id})
        row = await cursor.fetchone()
        if row is None:
            return None
        told: list[tuple[Kind, dict[str, Any]]] = [
            ("status", {"status": "processing", "attempt": row["attempt"]})
        ]
        await _tell(conn, job_id=job_id, last_event=row["last_event"], told=told)
    return Attempt(
        job_id=row["id"],
        user_id=row["user_id"],
        number=row["attempt"],
        request_data=row["request_data"],
        target_canvas_id=row["target_canvas_id"],
        retry_count=row["retry_count"],
        max_retries=row["max_retries"],
        percent=row["progress_percent"],
        request_id=row["request_id"],
        waited_seconds=row["waited_seconds"],
    )


async def finish_attempt(
    conn: AsyncConnection,
    attempt: Attempt,
    *,
    canvas_id: uuid.UUID,
    result: dict[str, Any],
    message: str,
    objects: int,
    model: str | None,
    usage: Usage,
    told: list[tuple[Kind, dict[str, Any]]],
) -> None:
    """Complete the job within the caller's transaction, the one that writes the canvas; ``told`` are its last events.

    Raises ``AttemptIsOver``: the caller's transaction must roll back.
    """
    told = [*told, ("done", {"status": "completed"})]
    await _step(
        conn,
        "finish_job",
        attempt,
        told,
        canvas_id=canvas_id,
        result=Jsonb(result),
        message=message,
        objects=objects,
        model=model,
        event_count=len(told),
        **_tokens(usage),
    )


async def fail_attempt(
    conn: AsyncConnection, attempt: Attempt, *, code: str, message: str, usage: Usage
) -> None:
    """End the job as failed. Raises ``AttemptIsOver``."""
    async with conn.transaction():
        told: list[tuple[Kind, dict[str, Any]]] = [("done", {"status": "failed"})]
        await _step(conn, "fail_job", attempt, told, code=code, message=message, **_tokens(usage))


async def postpone_attempt(
    conn: AsyncConnection,
    attempt: Attempt,
    *,
    retry_at: datetime,
    code: str | None,
    message: str | None,
    progress_message: str,
    usage: Usage,
    counts_as_retry: bool,
) -> None:
    """Note that the queue will bring the job back at ``retry_at``. Raises ``AttemptIsOver``."""
    data = {"status": "queued", "next_processing_at": retry_at.isoformat(), "error_message": message}
    async with conn.transaction():
        await _step(
            conn,
            "postpone_job",
            attempt,
            [("status", data)],
            code=code,
            message=message,
            progress_message=progress_message,
            counts_as_retry=counts_as_retry,
            **_tokens(usage),
        )


async def is_current(conn: AsyncConnection, attempt: Attempt) -> bool:
    """Return whether this attempt is still the one that may finish the job."""
    cursor = await conn.execute(queries.is_current, {"job_id": attempt.job_id, "attempt": attempt.number})
    return await cursor.fetchone() is not None


def _tokens(usage: Usage) -> dict[str, int]:
    return {"input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens}


async def _step(
    conn: AsyncConnection,
    query: str,
    attempt: Attempt,
    told: list[tuple[Kind, dict[str, Any]]],
    **values: Any,
) -> None:
    cursor = await conn.execute(
        getattr(queries, query), {"job_id": attempt.job_id, "attempt": attempt.number, **values}
    )
    row = await cursor.fetchone()
    if row is None:
        raise AttemptIsOver
    await _tell(conn, job_id=attempt.job_id, last_event=row["last_event"], told=told)


async def _tell(
    conn: AsyncConnection, *, job_id: uuid.UUID, last_event: int, told: list[tuple[Kind, dict[str, Any]]]
) -> None:
    await events.add_events(conn, job_id=job_id, last_number=last_event, events=told)
    await events.announce_async(conn, [job_id])
