"""Worker processes as the database knows them: register, beat, leave, and what /health says of them all."""

from __future__ import annotations

import os
import socket
import uuid
from dataclasses import dataclass
from typing import Any

from core.database import AsyncConnection, Connection
from core.sql import load_queries

queries = load_queries("workers")


@dataclass(frozen=True, slots=True)
class WorkerCard:
    """How a worker process introduces itself. ``poll_seconds``: how often it looks for jobs unasked."""

    id: uuid.UUID
    concurrency: int
    poll_seconds: float
    provider: str
    model: str | None
    release: str | None = None


async def register_worker(conn: AsyncConnection, card: WorkerCard) -> None:
    """Add the worker, or renew it after a lost connection."""
    await conn.execute(
        queries.register_worker,
        {
            "id": card.id,
            "queue_worker_id": None,
            "hostname": socket.gethostname(),
            "pid": os.getpid(),
            "concurrency": card.concurrency,
            "poll_seconds": card.poll_seconds,
            "provider": card.provider,
            "model": card.model,
            "release": card.release,
        },
    )


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """A sign of life; ``queue_worker_id`` is Procrastinate's number for the process, once it has one."""

    worker_id: uuid.UUID
    queue_worker_id: int | None
    is_draining: bool


async def beat(conn: AsyncConnection, heartbeat: Heartbeat) -> bool:
    """Say that the worker is alive, to us and to Procrastinate; False when its row is gone and it must register."""
    cursor = await conn.execute(
        queries.beat,
        {
            "id": heartbeat.worker_id,
            "queue_worker_id": heartbeat.queue_worker_id,
            "is_draining": heartbeat.is_draining,
        },
    )
    row = await cursor.fetchone()
    return bool(row and row["beaten"])


async def beat_queue(conn: AsyncConnection, *, queue_worker_id: int) -> None:
    """Say to Procrastinate alone that one of its workers is alive."""
    await conn.execute(queries.beat_queue, {"queue_worker_id": queue_worker_id})


async def unregister_worker(conn: AsyncConnection, *, worker_id: uuid.UUID) -> None:
    """Remove the worker; it has no job left."""
    await conn.execute(queries.unregister_worker, {"id": worker_id})


async def are_workers_paused(conn: AsyncConnection) -> bool:
    """Return whether an operator has asked all workers to fetch no new jobs."""
    row = await (await conn.execute(queries.are_workers_paused)).fetchone()
    return bool(row and row["paused"])


def prove_writable(conn: Connection) -> None:
    """Write one row as it is; raise what keeps the database from it."""
    conn.execute(queries.prove_writable)


def read_processor(conn: Connection, *, timeout_seconds: float) -> dict[str, Any]:
    """Return what /health says of workers and queue; a worker silent for ``timeout_seconds`` does not count."""
    row = conn.execute(queries.read_processor, {"timeout": timeout_seconds}).fetchone()
    assert row is not None  # noqa: S101 - aggregates always have one row
    return row
