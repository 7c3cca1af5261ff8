"""For tests of outages: timed requests, many at once, against real processes."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from core.settings import Settings
from tests.waiting import PATIENCE, stretched
from webapp.auth.tokens import make_token

API = "/api/ai-agent"
LONGEST = 10.0  # seconds within which every request gets its response


@dataclass(frozen=True, slots=True)
class Timed:
    """A response, and after how many seconds it was there."""

    what: str
    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float

    @property
    def data(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class TimedClient:
    """Calls a web process as one user, and returns the response whatever its status is."""

    def __init__(
        self, url: str, settings: Settings, user_id: str = "owner", *, role: str | None = None
    ) -> None:
        self._url = url
        self._token = make_token(settings, user_id, role=role)

    def call(self, path: str, *, method: str = "GET", body: object = None) -> Timed:
        """Return the response; raise ``OSError`` when there is none in two minutes."""
        request = urllib.request.Request(
            self._url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"},
            method=method,
        )
        started = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as response:
                status, headers, text = response.status, dict(response.headers), response.read()
        except urllib.error.HTTPError as error:
            status, headers, text = error.code, dict(error.headers), error.read()
        return Timed(f"{method} {path}", status, headers, text, time.monotonic() - started)

    def create(self, instructions: str = "A -> B -> C") -> Timed:
        """Ask for a drawing."""
        return self.call(f"{API}/create-canvas", method="POST", body={"instructions": instructions})

    def status(self, job_id: str) -> Timed:
        """Ask how a job is: ``data["job"]``."""
        return self.call(f"{API}/job/{job_id}/status")

    def create_until_accepted(self, *, seconds: float) -> tuple[str, list[Timed]]:
        """Return the id of a job, once one is accepted, and what came before; fail after ``seconds``."""
        deadline = time.monotonic() + stretched(seconds)
        refused: list[Timed] = []
        while time.monotonic() < deadline:
            response = self.create()
            if response.status == 202:
                return response.data["job_id"], refused
            refused.append(response)
            time.sleep(0.1)
        raise AssertionError(f"no job was accepted in {seconds} s: {refused}")

    def wait_until_completed(self, job_id: str, *, seconds: float) -> None:
        """Return when the job is completed; fail after ``seconds``."""
        deadline = time.monotonic() + stretched(seconds)
        while time.monotonic() < deadline:
            response = self.status(job_id)
            if response.status == 200 and response.data["job"]["status"] == "completed":
                return
            time.sleep(0.1)
        raise AssertionError(f"the job was not completed in {seconds} s: {response}")


def together(calls: Sequence[Callable[[], Timed]]) -> list[Timed]:
    """Return what all these requests got, sent at the same time."""
    with ThreadPoolExecutor(max_workers=len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def assert_unavailable(responses: Sequence[Timed]) -> None:
    """Each is a 503 in time that says when to come again."""
    for response in responses:
        assert response.status == 503, response
        assert int(response.headers["Retry-After"]) >= 1, response
        assert response.seconds < stretched(LONGEST), response
