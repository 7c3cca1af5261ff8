"""What requests cost with several web processes and behind pgbouncer, next to a bare INSERT."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from bench.load import http_request, measure
from bench.scaling.costs import Results, Target, empty, plural
from bench.web import API, BODY, CALLERS, SECRET
from core.database import limit_pooled_sessions
from core.settings import load_settings
from devtools.client import Client
from devtools.pooler import Pooler
from devtools.processes import WEB, free_port, running, wait_until_ready
from webapp.auth import make_token

SESSIONS = 4  # of pgbouncer with the database


@contextmanager
def web(target: Target, count: int, **more: str) -> Iterator[int]:
    """Run so many web processes; gives their port."""
    port = free_port()
    env = {
        "DATABASE_URL": target.dsn,
        "VAR_DIR": str(target.folder),
        "JWT_SECRET_KEY": SECRET,
        "AI_PROVIDER": "rules",
        "PORT": str(port),
        "WEB_CONCURRENCY": str(count),
        "LOG_LEVEL": "WARNING",
        "MAX_ACTIVE_JOBS_PER_USER": "1000000",
        "RATE_LIMIT_PER_MINUTE": "1000000",
        "REQUESTS_PER_SECOND_PER_USER": "1000000",
    } | more
    with running(WEB, env=env, log=target.folder / "web.log"):
        wait_until_ready(f"http://127.0.0.1:{port}{API}/health/ready")
        time.sleep(1)  # until the last of the processes is there
        yield port


@contextmanager
def _bare(target: Target, count: int) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--worker-class", "gevent", "--workers", str(count)]
    command += ["--worker-connections", "4000", "--keep-alive", "75", "--bind", f"127.0.0.1:{port}"]
    with running(
        [*command, "bench.bare:create_app()"],
        env={"DATABASE_URL": target.dsn},
        log=target.folder / "bare.log",
    ):
        wait_until_ready(f"http://127.0.0.1:{port}/hello")
        time.sleep(1)
        yield port


def token(user: str) -> str:
    """Return a user's token."""
    return make_token(load_settings(_env_file=None, jwt_secret_key=SECRET), user)


def creations() -> Iterator[bytes]:
    """Return requests that create jobs, of many callers in turn, without end."""
    headers = [{"Authorization": f"Bearer {token(f'caller-{number}')}"} for number in range(CALLERS)]
    return cycle([http_request("POST", f"{API}/create-canvas", headers=each, body=BODY) for each in headers])


def measure_requests(
    target: Target, results: Results, what: str, port: int, requests: Iterator[bytes], *, seconds: float
) -> None:
    """Send requests over 16 connections; the warm-up costs the database as well, so it counts there."""
    with target.costing(results, what) as note:
        measured = measure(port, lambda: next(requests), seconds=seconds)
        if set(measured.statuses) - {200, 202}:
            raise RuntimeError(f"{what}: {measured.statuses}")
        # The database's time is that of the whole round: warm-up and answers that came too late for the count.
        note(measured.rate * (seconds + 0.5), seconds + 0.5)


def measure_web(target: Target, results: Results, *, processes: int, seconds: float) -> None:
    """Accept jobs, and respond to status requests for one of them; for comparison, bare INSERTs."""
    name = plural(processes, "web process")
    with web(target, processes) as port:
        measure_requests(target, results, f"{name}: POST", port, creations(), seconds=seconds)
        client = Client(f"http://127.0.0.1:{port}", token("reader"))
        job_id = client.call(f"{API}/create-canvas", body={"instructions": "A -> B"})["job_id"]
        headers = {"Authorization": f"Bearer {token('reader')}"}
        status = cycle([http_request("GET", f"{API}/job/{job_id}/status", headers=headers)])
        measure_requests(target, results, f"{name}: GET status", port, status, seconds=seconds)
    with _bare(target, processes) as port:
        inserts = cycle([http_request("POST", "/insert", body=BODY)])
        measure_requests(target, results, f"floor: {name}, bare INSERT: POST", port, inserts, seconds=seconds)
    empty(target)


def measure_pooler(target: Target, results: Results, *, seconds: float) -> None:
    """The same through pgbouncer, which takes processor time of its own and no prepared statements."""
    folder = Path(tempfile.mkdtemp(prefix="canvas-pgbouncer-"))
    system_user = target.server.system_user
    pooler = Pooler(target.dsn, system_user=system_user, folder=folder, pool_size=SESSIONS)
    pooler.start()
    try:
        limit_pooled_sessions(pooler.dsn)
        pooled = {"DATABASE_URL": pooler.dsn, "DATABASE_DIRECT_URL": target.dsn}
        with web(target, 1, **pooled) as port:
            what = "1 web process behind pgbouncer: POST"
            measure_requests(target, results, what, port, creations(), seconds=seconds)
    finally:
        pooler.kill()
        shutil.rmtree(folder)
    empty(target)
