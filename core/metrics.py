"""What both processes count for Prometheus: one registry, all names in one place. Serving them is left to each process.

Counters are of this process since its start. What holds for the whole service (queue, workers, pauses) is read from the
database on each scrape (``webapp.metrics``).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

CONTENT_TYPE = CONTENT_TYPE_LATEST
MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"  # set by gunicorn.conf.py when several web processes share a port
SHORT = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 60.0)  # seconds: requests
LONG = (0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 60.0, 120.0, 300.0, 900.0, 3600.0)  # seconds: jobs

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

http_requests = Counter("canvas_http_requests", "Requests.", ["method", "route", "status"], registry=REGISTRY)
http_seconds = Histogram(
    "canvas_http_request_seconds",
    "Time until the response began.",
    ["route"],
    buckets=SHORT,
    registry=REGISTRY,
)
lost_log_lines = Counter(
    "canvas_log_lines_lost", "Log lines that could not be written, such as to a full disk.", registry=REGISTRY
)
problems = Counter("canvas_http_problems", "Error responses, by their code.", ["code"], registry=REGISTRY)
accepted = Counter("canvas_jobs_accepted", "Jobs accepted; retries asked for by hand too.", registry=REGISTRY)
streams = Gauge(
    "canvas_streams",
    "Open event streams and waiting requests.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
finished = Counter("canvas_jobs_finished", "Jobs that ended.", ["outcome", "code"], registry=REGISTRY)
postponed = Counter("canvas_jobs_postponed", "Attempts that will be repeated.", ["code"], registry=REGISTRY)
rescued = Counter("canvas_jobs_rescued", "Jobs found in trouble by maintenance.", ["fate"], registry=REGISTRY)
purged = Counter("canvas_jobs_purged", "Old jobs deleted.", registry=REGISTRY)
running = Gauge(
    "canvas_worker_running_jobs",
    "Attempts this process is making.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
deliveries = Counter("canvas_webhooks", "Tries to deliver a webhook.", ["outcome"], registry=REGISTRY)
wait_seconds = Histogram(
    "canvas_job_wait_seconds", "From acceptance to the first attempt.", buckets=LONG, registry=REGISTRY
)
run_seconds = Histogram(
    "canvas_job_run_seconds", "Attempts that completed their job.", buckets=LONG, registry=REGISTRY
)
tokens = Counter("canvas_model_tokens", "Tokens the model took.", ["direction"], registry=REGISTRY)
model_errors = Counter(
    "canvas_model_errors", "Requests to the model that gave no plan.", ["code"], registry=REGISTRY
)

# What alerts watch begins at zero: of a counter that its first event makes, increase() would not see that event.
problems.labels("internal_error")
for _fate in ("requeued", "failed", "cancelled"):
    rescued.labels(_fate)
for _outcome in ("delivered", "postponed", "given_up"):
    deliveries.labels(_outcome)
for _code in ("model_unauthorized", "model_quota_exhausted"):
    model_errors.labels(_code)


class Pool(Protocol):
    """What both kinds of psycopg's pools have."""

    def get_stats(self) -> dict[str, Any]: ...


class PoolCollector(Collector):
    """The database pools of this process, read on each scrape."""

    def __init__(self, find_pools: Callable[[], Mapping[str, Pool]]) -> None:
        self._find_pools = find_pools

    def collect(self) -> Iterator[Metric]:
        families = {
            "pool_size": GaugeMetricFamily("canvas_pool_size", "Connections.", labels=["pool"]),
            "pool_available": GaugeMetricFamily(
                "canvas_pool_available", "Idle connections.", labels=["pool"]
            ),
            "requests_waiting": GaugeMetricFamily(
                "canvas_pool_waiting", "Requests that wait for a connection.", labels=["pool"]
            ),
        }
        for name, pool in self._find_pools().items():
            stats = pool.get_stats()
            for key, family in families.items():
                family.add_metric([name], stats.get(key, 0))
        yield from families.values()


def render(*now: Collector) -> bytes:
    """Return everything in Prometheus' text format: what was counted, and what these collectors read now."""
    if MULTIPROCESS in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    else:
        counted = REGISTRY
    read = CollectorRegistry()
    for collector in now:
        read.register(collector)
    return generate_latest(counted) + generate_latest(read)
