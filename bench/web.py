"""How fast the web process responds, compared with bare routes of the same server in the same run."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path

import psutil
import psycopg

from bench.load import Measured, http_request, measure
from core.settings import load_settings
from devtools.client import Client
from devtools.processes import WEB, free_port, running, wait_until_ready
from webapp.auth import make_token

API = "/api/ai-agent"
SECRET = "a secret for the benchmarks, long enough for HS256"
USER = "bench"  # of the token
ROUNDS = 3
CALLERS = 5000  # who create jobs in turn, so that nobody has more of them at once than people have
BODY = json.dumps({"instructions": "Create a flowchart for a user login process", "style": "modern"}).encode()


@dataclass(frozen=True)
class Servers:
    """The two processes of a run."""

    ours: int  # port
    bare: int
    token: str
    pid: int  # of our process

    @property
    def worker_pid(self) -> int:
        """The process that answers; the other one watches over it."""
        return int(psutil.Process(self.pid).children()[0].pid)


@contextmanager
def servers(dsn: str, folder: Path) -> Iterator[Servers]:
    """Run our web process and the bare one while the body runs."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("CREATE TABLE IF NOT EXISTS bench_bare (id uuid PRIMARY KEY, body jsonb NOT NULL)")
    ours, bare = free_port(), free_port()
    env = {
        "DATABASE_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "PORT": str(ours),
        "LOG_FORMAT": "json",
        # Limits that nobody reaches here; the streams are all of one user.
        "MAX_ACTIVE_JOBS_PER_USER": "1000",
        "RATE_LIMIT_PER_MINUTE": "1000",
        "MAX_STREAMS_PER_USER": "1000000",
        "REQUESTS_PER_SECOND_PER_USER": "1000000",
    }
    gevent = ["--worker-class", "gevent", "--worker-connections", "4000", "--keep-alive", "75"]
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        *gevent,
        "--bind",
        f"127.0.0.1:{bare}",
        "bench.bare:create_app()",
    ]
    with (
        running(WEB, env=env, log=folder / "web.log") as web,
        running(command, env={"DATABASE_URL": dsn}, log=folder / "bare.log"),
    ):
        wait_until_ready(f"http://127.0.0.1:{ours}{API}/health/ready")
        wait_until_ready(f"http://127.0.0.1:{bare}/hello")
        token = make_token(load_settings(_env_file=None, jwt_secret_key=SECRET), USER)
        yield Servers(ours=ours, bare=bare, token=token, pid=web.pid)


def interleave(*rounds: Callable[[], Measured], times: int = ROUNDS) -> list[Measured]:
    """Run each in turn, several times, and return for each the round with the median rate."""
    results: list[list[Measured]] = [[] for _ in rounds]
    for _ in range(times):
        for kept, run in zip(results, rounds, strict=True):
            kept.append(run())
    return [sorted(kept, key=lambda each: each.rate)[len(kept) // 2] for kept in results]


def bench_create(at: Servers, *, seconds: float) -> tuple[Measured, Measured]:
    """Return (create-canvas by many callers in turn, a bare INSERT)."""
    requests = cycle([_create_request(user) for user in range(CALLERS)])
    insert = http_request("POST", "/insert", body=BODY)
    ours, bare = interleave(
        lambda: measure(at.ours, lambda: next(requests), seconds=seconds),
        lambda: measure(at.bare, lambda: insert, seconds=seconds),
    )
    return ours, bare


def _create_request(user: int) -> bytes:
    token = make_token(load_settings(_env_file=None, jwt_secret_key=SECRET), f"caller-{user}")
    return http_request(
        "POST", f"{API}/create-canvas", headers={"Authorization": f"Bearer {token}"}, body=BODY
    )


def bench_status(at: Servers, *, seconds: float) -> list[Measured]:
    """Return (status of a finished job, 304 to the same question, bare SELECT, hello)."""
    client = Client(f"http://127.0.0.1:{at.ours}", at.token)
    job_id = client.call(f"{API}/create-canvas", body={"instructions": "A -> B"})["job_id"]
    client.call(f"{API}/job/{job_id}/cancel", body={})
    path = f"{API}/job/{job_id}/status"
    with client.open(path) as answer:
        etag = answer.headers["ETag"]
    auth = {"Authorization": f"Bearer {at.token}"}
    status = http_request("GET", path, headers=auth)
    unchanged = http_request("GET", path, headers={**auth, "If-None-Match": etag})
    hello = http_request("GET", "/hello")
    select = http_request("GET", "/select")
    return interleave(
        lambda: measure(at.ours, lambda: status, seconds=seconds),
        lambda: measure(at.ours, lambda: unchanged, seconds=seconds),
        lambda: measure(at.bare, lambda: select, seconds=seconds),
        lambda: measure(at.bare, lambda: hello, seconds=seconds),
    )
