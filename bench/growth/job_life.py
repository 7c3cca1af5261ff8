"""The life of a job on a database, each step timed: accept, claim, draw, finish; cancel, retry, delete."""

from __future__ import annotations

import uuid
from typing import Any, NamedTuple

from procrastinate.jobs import Status

from bench.growth.database import LIMITS, Database
from bench.growth.history import HEAVY, OBJECT, RESULT
from core import jobs
from core.attempts import Attempt, Usage, finish_attempt
from core.erasure import erase_job
from core.events import Report, publish_reports


class Drawn(NamedTuple):
    """An object as it is stored."""

    id: str
    object_type: str
    properties: dict[str, Any]
    z_index: int


async def run_job(db: Database, user_id: str) -> None:
    """Accept a job, and bring the first in line to its end; that is the same one unless others wait."""
    with db.timed("accept" if user_id != HEAVY else "accept, half of all jobs"):
        job_id = db.post(user_id)
    with db.timed("status of a waiting job"):
        db.show(job_id, user_id)
    job, attempt = await db.take()
    report = Report(attempt.job_id, attempt.number, 50, "Drew 7 shapes", 7, [("object", OBJECT)] * 7)
    with db.timed("publish 7 shapes"):
        async with db.worker.transaction():
            await publish_reports(db.worker, [report])
    with db.timed("status of a running job"):
        db.show(attempt.job_id, attempt.user_id)
    with db.timed("finish"):
        await _finish(db, attempt)
    with db.timed("finish on the queue"):
        await db.queue.finish_job(job, Status.SUCCEEDED, delete_job=False)
    if attempt.job_id != job_id:
        # Others were before it. This one must not stay in the queue.
        jobs.cancel_job(db.web, job_id=job_id, user_id=user_id)
        with db.web.transaction():
            erase_job(db.web, job_id=job_id, user_id=user_id, with_canvas=False)


async def _finish(db: Database, attempt: Attempt) -> None:
    """Store what an attempt has drawn."""
    canvas_id = uuid.uuid4()
    drawn = [Drawn(str(uuid.uuid4()), "rectangle", OBJECT["properties"], z) for z in range(7)]
    await finish_attempt(
        db.worker,
        attempt,
        canvas_id=canvas_id,
        title="An order",
        objects=drawn,
        result=RESULT,
        message="Drew 7 shapes.",
        model="a-model",
        usage=Usage(800, 400),
        events=[("progress", {"percent": 100})],
    )


def change_job(db: Database, user_id: str) -> None:
    """Do with a job what its owner may."""
    who: dict[str, Any] = {"job_id": db.post(user_id), "user_id": user_id}
    with db.timed("cancel"), db.web.transaction():
        jobs.cancel_job(db.web, **who)
    with db.timed("retry"), db.web.transaction():
        jobs.reopen_job(db.web, **who, limits=LIMITS)
    with db.web.transaction():
        jobs.cancel_job(db.web, **who)
    with db.timed("delete"), db.web.transaction():
        erase_job(db.web, **who, with_canvas=False)
