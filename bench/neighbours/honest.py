"""What two honest users feel: how long their requests take, and their jobs from the POST to the finished drawing."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from bench.load import percentile
from bench.web import API
from core.settings import load_settings
from webapp.auth import make_token

SECRET = "a secret for the neighbours, long enough for HS256"
JOBS_PER_NAME = 20  # below the default rate: an honest user has many names here
POLL_SECONDS = 0.02
PATIENCE = 90.0  # seconds for one job
USERS = 2


@dataclass
class Felt:
    """Seconds of each request and of each job, of all honest users; ``failed`` says what went wrong."""

    requests: list[float] = field(default_factory=list)
    jobs: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def p99_ms(self, seconds: list[float]) -> float:
        """Return the 99th percentile in milliseconds."""
        return 1000 * percentile(seconds, 0.99)


def token_of(user_id: str) -> str:
    """Return a token of the service under test."""
    return make_token(load_settings(_env_file=None, jwt_secret_key=SECRET), user_id)


class HonestUser:
    """Asks for drawings one after another, over one connection."""

    def __init__(self, port: int, name: str, felt: Felt) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        self._name = name
        self._felt = felt

    def work(self, jobs: int) -> None:
        """Have so many drawings made."""
        for number in range(jobs):
            if number % JOBS_PER_NAME == 0:
                self._token = token_of(f"{self._name}-{time.time_ns()}")
            self._draw()
        self._connection.close()

    def _draw(self) -> None:
        began = time.perf_counter()
        body = {"instructions": "How an order becomes a parcel", "style": "modern"}
        status, job = self._ask("POST", f"{API}/create-canvas", body)
        if status != 202:
            self._felt.failed.append(f"{status} {job.get('code')}")
            return
        while time.perf_counter() < began + PATIENCE:
            time.sleep(POLL_SECONDS)
            status, found = self._ask("GET", f"{API}/job/{job['job_id']}/status")
            seen = found.get("job", {})
            if seen.get("status") == "completed":
                self._felt.jobs.append(time.perf_counter() - began)
                return
            if status != 200 or seen.get("status") in ("failed", "cancelled"):
                self._felt.failed.append(f"{status} {seen.get('status')} {seen.get('error_code')}")
                return
        self._felt.failed.append(f"not finished in {PATIENCE:.0f} s")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        began = time.perf_counter()
        self._connection.request(method, path, json.dumps(body) if body else None, headers)
        answer = self._connection.getresponse()
        found: dict[str, Any] = json.load(answer)
        self._felt.requests.append(time.perf_counter() - began)
        return answer.status, found


def feel(port: int, *, jobs: int) -> Felt:
    """Return what two users feel who have so many drawings made each."""
    felt = Felt()
    with ThreadPoolExecutor(USERS) as threads:
        users = [HonestUser(port, f"honest-{number}", felt) for number in range(USERS)]
        list(threads.map(lambda user: user.work(jobs), users))
    return felt
