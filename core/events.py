"""A job's numbered events: publish progress, read after a number, announce. Kinds: status, progress, object, done.

Readers resume from any number. NOTIFY carries job ids only; what happened is in the table.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Literal

from psycopg.types.json import Jsonb

from core import job_record
from core.database import AsyncConnection, Connection
from core.sql import load_queries

CHANNEL = "canvas_job_events"
IDS_PER_NOTIFY = 200  # of 37 bytes each: NOTIFY carries at most 8,000 bytes

Kind = Literal["status", "progress", "object", "object_removed", "done"]

queries = load_queries("events")


@dataclass(frozen=True, slots=True)
class Event:
    """One numbered event; ``data`` is the JSON object readers get."""

    number: int
    kind: Kind
    data: dict[str, Any]


@dataclass(slots=True)
class Report:
    """What one attempt reports since its last report: its progress, and events in their order."""

    job_id: uuid.UUID
    attempt: int
    percent: int
    message: str
    objects: int
    events: list[tuple[Kind, dict[str, Any]]] = field(default_factory=list)


async def publish_reports(conn: AsyncConnection, reports: Sequence[Report]) -> set[uuid.UUID]:
    """Write the reports of many attempts in one transaction of the caller's and announce them.

    Returns the jobs whose attempt is still the running one; the others have been cancelled or overtaken.
    """
    described = [
        {
            "job_id": str(report.job_id),
            "attempt": report.attempt,
            "percent": report.percent,
            "message": report.message,
            "objects": report.objects,
            "events": report.events,
        }
        for report in reports
    ]
    rows = await job_record.change_async(conn, "publish_progress", {"reports": Jsonb(described)})
    current = {row["id"] for row in rows}
    await announce_async(conn, current)
    return current


def read_events(conn: Connection, *, asked: Sequence[tuple[uuid.UUID, int]], limit: int) -> list[list[Event]]:
    """Return for each (job's id, number) the job's events above that number, in order; at most ``limit`` each."""
    found: list[list[Event]] = [[] for _ in asked]
    rows = conn.execute(
        queries.read_events,
        {
            "job_ids": [job_id for job_id, _ in asked],
            "afters": [after for _, after in asked],
            "limit": limit,
        },
    )
    for row in rows:
        found[row["position"] - 1].append(Event(number=row["number"], kind=row["kind"], data=row["data"]))
    return found


def announce(conn: Connection, job_ids: Iterable[uuid.UUID]) -> None:
    """Wake the readers of these jobs when the caller's transaction commits."""
    for payload in _payloads(job_ids):
        conn.execute(queries.announce, {"job_ids": payload})


async def announce_async(conn: AsyncConnection, job_ids: Iterable[uuid.UUID]) -> None:
    """Wake the readers of these jobs when the caller's transaction commits."""
    for payload in _payloads(job_ids):
        await conn.execute(queries.announce, {"job_ids": payload})


def _payloads(job_ids: Iterable[uuid.UUID]) -> Iterator[str]:
    ids = iter(job_ids)
    while batch := list(islice(ids, IDS_PER_NOTIFY)):
        yield ",".join(str(job_id) for job_id in batch)
