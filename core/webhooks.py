"""Webhooks: the deliveries on record. What is allowed is in ``core.webhook_rules``; sending is left to
``tasks.webhooks``.

A delivery is added by the database in the transaction of its job's outcome, so none is lost; it may arrive twice,
under one id.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.database import AsyncConnection, Connection
from core.sql import load_queries

queries = load_queries("webhooks")


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to send: ``is_callers`` when the job's owner named the address, who then has a secret of their own."""

    id: uuid.UUID
    job_id: uuid.UUID
    user_id: str
    url: str
    is_callers: bool
    payload: dict[str, Any]
    attempts: int
    first_attempt: int
    traceparent: str | None  # of the request that put the job on the queue

    @property
    def tries(self) -> int:
        """How often it was tried since it was added or replayed, this time included."""
        return self.attempts - self.first_attempt


async def claim_delivery(
    conn: AsyncConnection, *, delivery_id: uuid.UUID, queue_job_id: int
) -> Delivery | None:
    """Return the delivery to try now; None when there is nothing to do."""
    values = {"delivery_id": delivery_id, "queue_job_id": queue_job_id}
    row = await (await conn.execute(queries.claim_delivery, values)).fetchone()
    return Delivery(**row) if row else None


async def note_attempt(
    conn: AsyncConnection,
    delivery: Delivery,
    *,
    status: int | None,
    error: str | None,
    seconds: float,
    is_over: bool,
    next_at: datetime | None,
) -> None:
    """Write down how a try ended: ``status`` is the receiver's, ``error`` what went wrong, if anything."""
    values = {"delivery_id": delivery.id, "number": delivery.attempts}
    async with conn.transaction():
        await conn.execute(
            queries.note_attempt, {**values, "status": status, "error": error, "seconds": seconds}
        )
        if is_over:
            await conn.execute(queries.end_delivery, {**values, "is_delivered": error is None})
        else:
            await conn.execute(queries.postpone_delivery, {**values, "next_at": next_at})


async def hold_delivery(conn: AsyncConnection, delivery: Delivery, *, next_at: datetime) -> None:
    """Put a claimed delivery off as if it had not been claimed: it was not tried."""
    values = {"delivery_id": delivery.id, "number": delivery.attempts, "next_at": next_at}
    await conn.execute(queries.hold_delivery, values)


async def rescue_deliveries(conn: AsyncConnection, *, timeout_seconds: float) -> int:
    """Put orphaned deliveries back on the queue; return how many."""
    return (await conn.execute(queries.rescue_deliveries, {"timeout": timeout_seconds})).rowcount


def list_deliveries(
    conn: Connection, *, job_id: uuid.UUID | None = None, only_undelivered: bool = False, limit: int = 50
) -> list[dict[str, Any]]:
    """Return deliveries, newest first, each with how its last try ended."""
    values = {"job_id": job_id, "only_undelivered": only_undelivered, "limit": limit}
    return conn.execute(queries.list_deliveries, values).fetchall()


def read_attempts(conn: Connection, *, delivery_id: uuid.UUID) -> list[dict[str, Any]]:
    """Return the tries of a delivery, first to last."""
    return conn.execute(queries.read_attempts, {"delivery_id": delivery_id}).fetchall()


def replay_delivery(conn: Connection, *, delivery_id: uuid.UUID) -> bool:
    """Send a message again, whatever became of it; return whether there is such a delivery."""
    return conn.execute(queries.replay_delivery, {"delivery_id": delivery_id}).fetchone() is not None


def count_pending(conn: Connection) -> int:
    """Return how many deliveries are still to be made."""
    row = conn.execute(queries.count_pending).fetchone()
    return int(row["pending"]) if row else 0
