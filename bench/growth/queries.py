"""What callers, operators and their pages read from a database, each query timed."""

from __future__ import annotations

import random
from typing import Any

from bench.growth.database import SILENCE, Database
from bench.growth.history import HEAVY
from core import canvases, events, jobs, operator_actions, webhooks, workers
from core.eta import read_capacity
from webapp.services import EVENTS_PER_READ


def read_as_caller(db: Database, chance: random.Random) -> None:
    """Ask what callers ask, of jobs that lie anywhere."""
    web, history = db.web, db.history
    number = chance.randrange(db.purged + 1, history.jobs, 2)  # odd: of anybody but HEAVY
    job_id, user_id = history.job_id(number), history.user_id(number)
    with db.timed("status of an old job"):
        db.show(job_id, user_id)
    with db.timed("replay of its events"):
        events.read_events(web, asked=[(job_id, 0)], limit=EVENTS_PER_READ)
    with db.timed("its result"):
        canvases.read_objects(web, canvas_id=history.canvas_id(number), job_id=job_id)
    user_id = history.user_id(chance.randrange(db.purged + 1, history.jobs, 2))
    with db.timed("list"):
        _page(db, user_id)
    middle = (db.purged + history.jobs) // 4 * 2
    with db.timed("list, half of all jobs"):
        _page(db, HEAVY)
    with db.timed("list by cursor, in the middle of them"):
        _page(db, HEAVY, before=(history.created_at(middle), history.job_id(middle)))
    for status in ("completed", "failed", "cancelled", "queued"):
        with db.timed(f"list of {status} ones"):
            _page(db, HEAVY, status=status)
    with db.timed("list, 500 skipped"):
        _page(db, HEAVY, offset=500)
    with db.timed("statistics"):
        jobs.count_jobs(web, user_id=user_id)
    with db.timed("statistics, half of all jobs"):
        jobs.count_jobs(web, user_id=HEAVY)
    with db.timed("statistics of everybody"):
        jobs.count_jobs(web, user_id=None)
    with db.timed("health"):
        workers.read_processor(web, timeout_seconds=SILENCE)
    with db.timed("pace of the workers"):
        read_capacity(web, timeout_seconds=SILENCE)


def _page(db: Database, user_id: str, **which: Any) -> None:
    """Do what GET jobs does."""
    db.positions.snapshots(db.web, jobs.page_jobs(db.web, user_id=user_id, limit=51, **which))


def read_as_operator(db: Database, chance: random.Random) -> None:
    """Ask what operators and their page ask."""
    web = db.web
    with db.timed("operator: newest jobs"):
        operator_actions.list_newest(web)
    for status in ("failed", "cancelled", "queued"):
        with db.timed(f"operator: newest {status} jobs"):
            operator_actions.list_newest(web, status=status)
    with db.timed("operator: last hour"):
        operator_actions.count_minutes(web, minutes=60)
    with db.timed("operator: workers"):
        operator_actions.list_workers(web, timeout_seconds=SILENCE)
    with db.timed("operator: stuck jobs"):
        operator_actions.find_stuck(web, quiet_seconds=60, timeout_seconds=SILENCE)
    job_id = db.history.job_id(chance.randrange(db.purged + 1, db.history.jobs))
    with db.timed("operator: history of a job"):
        operator_actions.read_history(web, job_id=job_id)
    with db.timed("operator: deliveries of a job"):
        webhooks.list_deliveries(web, job_id=job_id)
    with db.timed("operator: newest deliveries"):
        webhooks.list_deliveries(web)
    with db.timed("operator: undelivered"):
        webhooks.list_deliveries(web, only_undelivered=True)
    with db.timed("deliveries to make"):
        webhooks.count_pending(web)
