"""The job record as a worker uses it: claim, finish, fail, postpone. Every step carries the fencing token.

An attempt is one try at a job. Its number only rises; a step with an old number changes nothing and says so.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from core import job_record
from core.canvases import CREATED_BY, Drawable, to_rows
from core.database import AsyncConnection
from core.events import Kind
from core.job_record import Change


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
    traceparent: str | None = None  # of the same request, when it was traced
    waited_seconds: float | None = None  # since it was accepted; None unless this is its first attempt
    earlier_failure: str | None = None  # the code of the failure that the attempt before this one ended with
    answer: dict[str, Any] | None = (
        None  # the model's, which an earlier attempt got and could not store as a canvas
    )

    @property
    def is_last_try(self) -> bool:
        """True when a failure would end the job."""
        return self.retry_count >= self.max_retries


@dataclass(frozen=True, slots=True)
class Usage:
    """What the model took, in tokens."""

    input_tokens: int = 0
    output_tokens: int = 0
    is_estimated: bool = False  # at least one of them: the server did not say, or not believably

    def __add__(self, other: Usage) -> Usage:
        """Return the usage of both."""
        return Usage(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.is_estimated or other.is_estimated,
        )


async def claim_job(conn: AsyncConnection, *, job_id: uuid.UUID, queue_job_id: int) -> Attempt | None:
    """Return a new attempt at the job, or None when there is nothing to do: it has ended, or is carried elsewhere."""
    rows = await job_record.change_async(conn, "claim_job", {"job_id": job_id, "queue_job_id": queue_job_id})
    if not rows:
        return None
    [row] = rows
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
        traceparent=row["traceparent"],
        waited_seconds=row["waited_seconds"],
        earlier_failure=row["error_code"],
        answer=row["answer"],
    )


async def keep_answer(
    conn: AsyncConnection, attempt: Attempt, *, answer: dict[str, Any], usage: Usage
) -> None:
    """Keep the model's answer until the job ends, and charge the job for it, once. Raises ``AttemptIsOver``."""
    kept = Jsonb({**answer, "attempt": attempt.number})
    await _step(conn, "keep_answer", attempt, answer=kept, **_tokens(usage))


async def finish_attempt(
    conn: AsyncConnection,
    attempt: Attempt,
    *,
    canvas_id: uuid.UUID,
    title: str,
    objects: Sequence[Drawable],
    object_count: int | None = None,
    drawing: Mapping[str, Any] | None = None,
    result: dict[str, Any],
    message: str,
    model: str | None,
    usage: Usage,
    events: Sequence[tuple[Kind, dict[str, Any]]],
) -> None:
    """Complete the job and store what it drew, all at once: on a canvas of its own, or else on the target canvas.

    ``drawing`` is what is kept of it to be changed later, as columns of ``canvas_drawings``. ``objects`` are those to
    add; ``object_count`` says how many are drawn where it is not their number. ``events`` are the job's last ones but
    for "done".
    Raises ``AttemptIsOver``: nothing was stored.
    """
    await _step(
        conn,
        "finish_job",
        attempt,
        canvas_id=canvas_id,
        title=title,
        objects=to_rows(objects),
        object_count=len(objects) if object_count is None else object_count,
        drawings=Jsonb([] if drawing is None else [drawing]),
        by=CREATED_BY,
        result=Jsonb(result),
        message=message,
        model=model,
        events=Jsonb([*events, ("done", {"status": "completed"})]),
        **_tokens(usage),
    )


async def fail_attempt(
    conn: AsyncConnection,
    attempt: Attempt,
    *,
    code: str,
    message: str,
    operator_message: str | None = None,
    usage: Usage,
) -> None:
    """End the job as failed: ``message`` is for its user. Raises ``AttemptIsOver``."""
    await _step(
        conn,
        "fail_job",
        attempt,
        code=code,
        message=message,
        operator_message=operator_message,
        **_tokens(usage),
    )


async def postpone_attempt(
    conn: AsyncConnection,
    attempt: Attempt,
    *,
    retry_at: datetime,
    code: str | None,
    message: str | None,
    operator_message: str | None = None,
    progress_message: str,
    usage: Usage,
    counts_as_retry: bool,
) -> None:
    """Note that the queue will bring the job back at ``retry_at``. Raises ``AttemptIsOver``."""
    event = {"status": "queued", "next_processing_at": retry_at.isoformat(), "error_message": message}
    await _step(
        conn,
        "postpone_job",
        attempt,
        code=code,
        message=message,
        operator_message=operator_message,
        progress_message=progress_message,
        counts_as_retry=counts_as_retry,
        event=Jsonb(event),
        **_tokens(usage),
    )


async def charge_attempt(conn: AsyncConnection, attempt: Attempt, usage: Usage) -> None:
    """Charge the job for an attempt that is over; a job that was erased meanwhile is charged nothing."""
    await job_record.change_async(conn, "charge_job", {"job_id": attempt.job_id, **_tokens(usage)})


def _tokens(usage: Usage) -> dict[str, int]:
    return {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "usage_is_estimated": usage.is_estimated,
    }


async def _step(conn: AsyncConnection, change: Change, attempt: Attempt, **values: Any) -> None:
    fence = {"job_id": attempt.job_id, "attempt": attempt.number}
    if not await job_record.change_async(conn, change, {**fence, **values}):
        raise AttemptIsOver
