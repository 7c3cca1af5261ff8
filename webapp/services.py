"""What the routes of one app share: settings, connections, shared statements, and subscriptions to jobs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import cast

from flask import current_app

from core import admission, events, jobs
from core.admission import Accepted, Limits, NewJob
from core.database import get_direct_dsn, get_dsn
from core.errors import CanvasJobsError, JobNotFound
from core.events import Event
from core.pools import Pool, make_pool
from core.settings import Settings
from webapp.job_view import JobView
from webapp.live.batching import Batcher
from webapp.live.notifier import Notifier
from webapp.live.queue_position import JobSnapshot, QueuePositions
from webapp.pictures import Pictures

EXTENSION = "canvas_jobs"
EVENTS_PER_READ = 200
HEAVY_POOL_SIZE = 2  # counting all of a user's jobs must never take the connections of short requests


@dataclass(frozen=True)
class Services:
    """Made once by ``create_app``; ``pool`` for short requests, ``heavy_pool`` for those that count."""

    settings: Settings
    pool: Pool
    heavy_pool: Pool
    notifier: Notifier
    queue_positions: QueuePositions

    @cached_property
    def job_view(self) -> JobView:
        """How jobs look."""
        return JobView(timedelta(days=self.settings.job_cleanup_days))

    @cached_property
    def pictures(self) -> Pictures:
        """Draws pictures, a few at a time."""
        return Pictures()

    @cached_property
    def acceptances(self) -> Batcher[NewJob, Accepted | CanvasJobsError]:
        """Accepts jobs; those that arrive together share a statement and its commit."""

        def accept(asked: Sequence[NewJob]) -> list[Accepted | CanvasJobsError]:
            with self.pool.connection() as conn:
                return admission.add_jobs(conn, asked=asked, limits=self.limits)

        return Batcher(accept)

    @cached_property
    def job_lookups(self) -> Batcher[tuple[uuid.UUID, str], JobSnapshot | None]:
        """Finds jobs by their id and their user's; simultaneous lookups share a statement."""

        def look_up(asked: Sequence[tuple[uuid.UUID, str]]) -> list[JobSnapshot | None]:
            with self.pool.connection() as conn:
                found = jobs.find_jobs(conn, asked=asked)
                present = [job for job in found if job is not None]
                snapshots = iter(self.queue_positions.snapshots(conn, present))
                return [None if job is None else next(snapshots) for job in found]

        return Batcher(look_up)

    @cached_property
    def event_reads(self) -> Batcher[tuple[uuid.UUID, int], list[Event]]:
        """Reads a job's next few hundred events above a number; readers at the same place share them."""

        def read(asked: Sequence[tuple[uuid.UUID, int]]) -> list[list[Event]]:
            different = list(dict.fromkeys(asked))
            with self.pool.connection() as conn:
                found = events.read_events(conn, asked=different, limit=EVENTS_PER_READ)
            by_place = dict(zip(different, found, strict=True))
            return [by_place[each] for each in asked]

        return Batcher(read)

    @cached_property
    def limits(self) -> Limits:
        """What one caller may do."""
        return Limits(
            active_jobs=self.settings.active_jobs_limit,
            jobs_per_minute=self.settings.rate_limit_per_minute,
            tokens_per_day=self.settings.daily_token_budget,
        )

    def get_snapshot(self, job_id: uuid.UUID, user_id: str) -> JobSnapshot:
        """Return the user's job as it is now; raise ``JobNotFound`` when there is none."""
        snapshot = self.job_lookups.run((job_id, user_id))
        if snapshot is None:
            raise JobNotFound
        return snapshot

    def close(self) -> None:
        """End the streams and close all connections."""
        self.notifier.close()
        self.pool.close()
        self.heavy_pool.close()


def make_services(settings: Settings) -> Services:
    """Return the services; connections are made in the background, so that no database is needed to start."""
    dsn, is_pooled = get_dsn(settings), settings.is_pooled
    services = Services(
        settings=settings,
        pool=make_pool(dsn, size=settings.web_pool_size, application_name="canvas-web", is_pooled=is_pooled),
        heavy_pool=make_pool(
            dsn, size=HEAVY_POOL_SIZE, application_name="canvas-web-heavy", is_pooled=is_pooled
        ),
        notifier=Notifier(get_direct_dsn(settings), max_per_user=settings.max_streams_per_user),
        queue_positions=QueuePositions(worker_timeout_seconds=settings.worker_timeout_seconds),
    )
    services.pool.open(wait=False)
    services.heavy_pool.open(wait=False)
    return services


def get_services() -> Services:
    """Return the services of the app that handles this request."""
    return cast(Services, current_app.extensions[EXTENSION])
