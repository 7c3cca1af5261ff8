"""What the views of one app share: settings, connections, and the followers of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import cast

from flask import current_app

from core.database import Pool, get_dsn, make_pool
from core.jobs import Limits
from core.settings import Settings
from webapp.live import Live
from webapp.pace import PaceKeeper

EXTENSION = "canvas_jobs"
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
    def limits(self) -> Limits:
        """What one caller may do."""
        return Limits(
            active_jobs=self.settings.max_active_jobs_per_user,
            jobs_per_minute=self.settings.rate_limit_per_minute,
            tokens_per_day=self.settings.daily_token_budget,
        )

    def close(self) -> None:
        """End the streams and close all connections."""
        self.live.close()
        self.pool.close()
        self.heavy_pool.close()


def make_services(settings: Settings) -> Services:
    """Return the services; connections are made in the background, so that no database is needed to start."""
    dsn = get_dsn(settings)
    services = Services(
        settings=settings,
        pool=make_pool(dsn, size=settings.web_pool_size, application_name="canvas-web"),
        heavy_pool=make_pool(dsn, size=HEAVY_POOL_SIZE, application_name="canvas-web-heavy"),
        live=Live(dsn, max_per_user=settings.max_streams_per_user),
        pace=PaceKeeper(worker_timeout_seconds=settings.worker_timeout_seconds),
    )
    services.pool.open(wait=False)
    services.heavy_pool.open(wait=False)
    return services


def get_services() -> Services:
    """Return the services of the app that answers this request."""
    return cast(Services, current_app.extensions[EXTENSION])
