"""``GET /metrics`` for Prometheus: what this process counted, and the queue as the database has it.

Only with a token: unset, the route exists outside production alone, where the server listens on loopback.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Any

import psycopg
from flask import Blueprint, Response, abort, request
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from core import metrics
from core.settings import Settings
from core.webhooks import count_pending
from core.workers import read_processor
from webapp.errors import Unauthorized
from webapp.services import Services, get_services

GAUGES = {  # what /health knows, too
    "queued_jobs": ("canvas_queue_depth", "Jobs that wait, for their turn or their retry."),
    "oldest_queued_seconds": ("canvas_queue_oldest_seconds", "Age of the oldest job that could run."),
    "active_jobs": ("canvas_queue_running", "Jobs that workers are running."),
    "workers": ("canvas_workers", "Worker processes alive."),
    "max_concurrent_jobs": ("canvas_worker_places", "Jobs that all workers together can run at a time."),
    "model_is_down": ("canvas_breaker_open", "1 while jobs wait for the model's server."),
    "intake_is_paused": ("canvas_intake_paused", "1 while no new jobs are taken."),
    "pending_webhooks": ("canvas_webhooks_pending", "Messages still to be delivered."),
    "workers_are_paused": ("canvas_workers_paused", "1 while no jobs are fetched."),
}


class ServiceCollector(Collector):
    """The whole service, read from the database; ``canvas_database_up`` says whether that worked."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def collect(self) -> Iterator[Metric]:
        try:
            with self._services.pool.connection() as conn:
                timeout = self._services.settings.worker_timeout_seconds
                numbers: dict[str, Any] = read_processor(conn, timeout_seconds=timeout)
                numbers["pending_webhooks"] = count_pending(conn)
        except psycopg.OperationalError:
            yield GaugeMetricFamily("canvas_database_up", "1 while the database responds.", value=0)
            return
        yield GaugeMetricFamily("canvas_database_up", "1 while the database responds.", value=1)
        for field, (name, text) in GAUGES.items():
            yield GaugeMetricFamily(name, text, value=float(numbers[field] or 0))


def make_metrics(settings: Settings) -> Blueprint:
    """Return the blueprint of ``/metrics``."""
    blueprint = Blueprint("metrics", __name__)

    @blueprint.get("/metrics")
    def read_metrics() -> Response:
        """Return all numbers in Prometheus' text format."""
        _check_token(settings)
        services = get_services()
        pools = metrics.PoolCollector(lambda: {"web": services.pool, "heavy": services.heavy_pool})
        return Response(metrics.render(pools, ServiceCollector(services)), content_type=metrics.CONTENT_TYPE)

    return blueprint


def _check_token(settings: Settings) -> None:
    if settings.metrics_token is None:
        if settings.is_production:
            abort(404)
        return
    expected = f"Bearer {settings.metrics_token.get_secret_value()}"
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise Unauthorized("The metrics token is needed.", headers={"WWW-Authenticate": "Bearer"})
