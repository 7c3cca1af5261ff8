"""What workers do to keep a database in order, each step timed: heartbeat, rescue, purge."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bench.growth.database import SILENCE, Database
from core import breaker, maintenance, webhooks, workers
from core.maintenance import PURGE_BATCH

RUN_TIME = timedelta(seconds=9)  # of the jobs of the history
DEADLINE = 86_400.0  # seconds


async def keep_in_order(db: Database) -> None:
    """Do what workers do now and then."""
    worker = db.worker
    with db.timed("heartbeat"):
        await workers.beat(worker, db.heartbeat)
    with db.timed("maintenance: overdue"):
        await maintenance.end_overdue(worker, deadline_seconds=DEADLINE)
    with db.timed("maintenance: orphans"):
        await maintenance.rescue_orphans(worker, timeout_seconds=SILENCE)
    with db.timed("maintenance: waiting for the model"):
        await breaker.wake_waiting(worker)
    with db.timed("maintenance: leftovers"):
        await maintenance.close_leftovers(worker, timeout_seconds=SILENCE)
    with db.timed("maintenance: deliveries"):
        await webhooks.rescue_deliveries(worker, timeout_seconds=SILENCE)
    with db.timed("purge of queue rows"):
        await maintenance.purge_queue(worker)
    with db.timed("purge of counts"):
        await maintenance.purge_counts(worker)


async def purge_jobs(db: Database) -> None:
    """Purge the oldest thousand jobs."""
    db.purged += PURGE_BATCH
    age = datetime.now(UTC) - db.history.created_at(db.purged) - RUN_TIME
    with db.timed("purge of 1,000 jobs"):
        await maintenance.purge_jobs(db.worker, age_seconds=age.total_seconds())
