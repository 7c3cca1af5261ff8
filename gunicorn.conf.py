"""How gunicorn runs the web process. The environment decides what differs between machines (``.env.example``)."""

# ruff: noqa: E402 - psycopg, and whatever else opens sockets, must be imported after the patch

from gevent import monkey

monkey.patch_all()

import gc
import os
import resource
import shutil
import sys
from typing import Any

import gevent

from core import tracing
from core.embedded_postgres import is_alive, start_embedded_postgres
from core.settings import SettingsError, load_settings

try:
    settings = load_settings()
    if not settings.is_production or settings.web_concurrency > 1:
        settings.make_var_dir()
    tracing.check(settings)
except SettingsError as exc:
    sys.exit(f"Settings: {exc}")
if settings.web_concurrency > 1 and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    # Before prometheus_client is imported: several processes on one port count together, in files. What killed ones
    # have left there goes first.
    for left in settings.var_dir.glob("metrics-*"):
        if left.name == f"metrics-{os.getpid()}" or not is_alive(int(left.name.removeprefix("metrics-"))):
            shutil.rmtree(left, ignore_errors=True)
    counted = settings.var_dir / f"metrics-{os.getpid()}"
    counted.mkdir()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(counted)

from core.log import configure_logging
from webapp.gunicorn_worker import patch_gunicorn

configure_logging(settings)
patch_gunicorn()

wsgi_app = "webapp:create_app_from_environment()"
# A production platform reaches the process from outside; a development machine must not be reached.
host = "0.0.0.0" if settings.is_production else "127.0.0.1"  # noqa: S104
bind = f"{host}:{settings.port}"
workers = settings.web_concurrency
worker_class = "webapp.gunicorn_worker.Worker"
logger_class = "webapp.gunicorn_worker.Logger"
loglevel = settings.log_level.lower()
worker_connections = 6000  # streams are capped below this, so that plain requests always get in
backlog = 2048
# Each connection takes a file, and a process often begins with room for 1,024, though it may have more.
files, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
if files != resource.RLIM_INFINITY:
    wanted = worker_connections + 400
    granted = wanted if most_files == resource.RLIM_INFINITY else min(wanted, most_files)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(files, granted), most_files))
# Seconds that a client may keep silent, between requests and within one; longer than the proxies before us keep a
# connection, so that they are the ones to close it.
keepalive = 75
timeout = 60  # seconds without a sign of life until the worker is replaced
graceful_timeout = 25  # seconds for open requests after SIGTERM
forwarder_headers = ""  # nobody sets SCRIPT_NAME or PATH_INFO from outside, a neighbour on this host included
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190
control_socket_disable = True


def on_starting(server: Any) -> None:
    """Bring up what development has and production must name: a database with the present schema."""
    if settings.database_url:
        return
    from migrations import migrate

    dsn = start_embedded_postgres(settings)
    migrate(dsn)
    os.environ["DATABASE_URL"] = dsn


def worker_exit(server: Any, worker: Any) -> None:
    """Send the last spans. They are collected after the fork only, each web process for itself."""
    tracing.stop()


def child_exit(server: Any, worker: Any) -> None:
    """Forget the gauges of a web process that has ended."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client.multiprocess import mark_process_dead

        mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    """Leave no files behind."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        shutil.rmtree(folder, ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """Full collections with thousands of streams took 92 ms; with what is there now set aside, 8 ms."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def post_request(worker: Any, req: Any, environ: Any, resp: Any) -> None:
    """Let the other connections have a turn: gevent would go on with this one as long as it sends requests.

    It also pays: requests that wait together share a statement (``webapp.live.batching``). With a turn every 2 ms only,
    the same machine accepted a fifth fewer jobs.
    """
    gevent.sleep(0)
