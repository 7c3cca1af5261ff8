"""``python -m bench.cancel``: how long after a cancel's answer the model's connection is closed.

Real web and worker processes, and a model server that writes slowly; each job is cancelled over HTTP at a random moment
of its stream. With ``--deaf`` the queue's notification is taken away, so that only checks between chunks and the poll
for aborts are left.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg

from bench.load import percentile
from core.settings import load_settings
from devtools.client import Client
from devtools.model_server import ModelServer, Script
from devtools.postgres import PostgresServer
from devtools.processes import free_port, web_and_worker
from migrations import migrate
from webapp.auth import make_token

API = "/api/ai-agent"
SECRET = "a secret for the benchmarks, long enough for HS256"
AT_A_TIME = 10


def main() -> int:
    """Run it; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.cancel")
    parser.add_argument("--jobs", type=int, default=60)
    parser.add_argument("--deaf", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="canvas-cancel-") as folder:
        delays = run(Path(folder), jobs=arguments.jobs, deaf=arguments.deaf)
    print(f"{len(delays)} cancels: p50 {percentile(delays, 0.5):.3f} s, p95 {percentile(delays, 0.95):.3f} s")
    return 0


def run(folder: Path, *, jobs: int, deaf: bool) -> list[float]:
    """Return the seconds between each cancel's answer and the end of its model's connection."""
    server = PostgresServer(folder / "postgres")
    migrate(server.dsn)
    if deaf:
        with psycopg.connect(server.dsn) as conn:
            conn.execute("DROP TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 ON procrastinate_jobs")
    with ModelServer(default=Script(chunk_delay=0.2)) as model:
        env = {
            "DATABASE_URL": server.dsn,
            "JWT_SECRET_KEY": SECRET,
            "VAR_DIR": str(folder),
            "OPENAI_BASE_URL": model.base_url,
            "MAX_ACTIVE_JOBS_PER_USER": "1000",
            "RATE_LIMIT_PER_MINUTE": "100000",
            "REQUESTS_PER_SECOND_PER_USER": "1000000",
        }
        with web_and_worker(env, port=free_port(), logs=folder) as url:
            token = make_token(load_settings(_env_file=None, jwt_secret_key=SECRET), "bench")
            delays = _cancel_all(Client(url, token), model, jobs)
    server.cleanup()
    return delays


def _cancel_all(client: Client, model: ModelServer, jobs: int) -> list[float]:
    delays: list[float] = []

    def cancel_one(number: int) -> None:
        words = f"job number {number}."
        job_id = client.call(f"{API}/create-canvas", body={"instructions": words})["job_id"]
        while not (asked := [each for each in list(model.requests) if words in str(each.body)]):
            time.sleep(0.005)
        time.sleep(random.uniform(0, 3))
        client.call(f"{API}/job/{job_id}/cancel", body={})
        answered = time.monotonic()
        if asked[0].left.wait(30):
            delays.append(time.monotonic() - answered)

    for first in range(0, jobs, AT_A_TIME):
        threads = [threading.Thread(target=cancel_one, args=[first + number]) for number in range(AT_A_TIME)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return delays


if __name__ == "__main__":
    sys.exit(main())
