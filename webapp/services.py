"""What the views of one app share: settings, connections, and the followers of jobs."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
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
from webapp.batching import Batcher
from webapp.job_view import JobView, Seen
from webapp.live import Live
from webapp.pace import PaceKeeper

EXTENSION = "canvas_jobs"
EVENTS_PER_READ = 200
HEAVY_POOL_SIZE = (
    2  # counting over all of a user's jobs must never take the connections of the short requests
)


@dataclass(frozen=True)
class Services:
    """Made once by ``create_app``; ``pool`` for short requests, ``heavy_pool`` for those that count."""

    settings: Settings
    pool: Pool
    heavy_pool: Pool
    live: Live
    pace: PaceKeeper

    @cached_property
    def view(self) -> JobView:
        """How jobs look."""
        return JobView.of(self.settings, self.pace)

    @cached_property
    def accepting(self) -> Batcher[NewJob, Accepted | CanvasJobsError]:
        """Accepts jobs; those that arrive together share a statement and its commit."""

        def accept(asked: Sequence[NewJob]) -> list[Accepted | CanvasJobsError]:
            with self.pool.connection() as conn:
                return admission.add_jobs(conn, asked=asked, limits=self.limits)

        return Batcher(accept)

    @cached_property
    def looking(self) -> Batcher[tuple[uuid.UUID, str], Seen | None]:
        """Looks at jobs, by their id and their user's; those who ask together share a statement."""

        def look(asked: Sequence[tuple[uuid.UUID, str]]) -> list[Seen | None]:
            with self.pool.connection() as conn:
                found = jobs.find_jobs(conn, asked=asked)
                seen = iter(self.view.see(conn, [job for job in found if job is not None]))
                return [None if job is None else next(seen) for job in found]

        return Batcher(look)

    @cached_property
    def reading(self) -> Batcher[tuple[uuid.UUID, int], list[Event]]:
        """Reads a job's events above a number, the next few hundred; its readers share what is the same for them."""

        def read(asked: Sequence[tuple[uuid.UUID, int]]) -> list[list[Event]]:
            different = list(dict.fromkeys(asked))
            with self.pool.connection() as conn:
                found = events.read_events(conn, asked=different, limit=EVENTS_PER_READ)
            answers = dict(zip(different, found, strict=True))
            return [answers[each] for each in asked]

        return Batcher(read)

    @cached_property
    def limits(self) -> Limits:
        """What one caller may do."""
        return Limits(
            active_jobs=self.settings.max_active_jobs_per_user,
            jobs_per_minute=self.settings.rate_limit_per_minute,
            tokens_per_day=self.settings.daily_token_budget,
        )

    def see(self, job_id: uuid.UUID, user_id: str) -> Seen:
        """Return the user's job as it is now; raise ``JobNotFound`` when there is none."""
        seen = self.looking.ask((job_id, user_id))
        if seen is None:
            raise JobNotFound
        return seen

    def close(self) -> None:
        """End the streams and close all connections."""
        self.live.close()
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
        live=Live(get_direct_dsn(settings), max_per_user=settings.max_streams_per_user),
        pace=PaceKeeper(worker_timeout_seconds=settings.worker_timeout_seconds),
    )
    services.pool.open(wait=False)
    services.heavy_pool.open(wait=False)
    return services


def get_services() -> Services:
    """Return the services of the app that answers this request."""
    return cast(Services, current_app.extensions[EXTENSION])
