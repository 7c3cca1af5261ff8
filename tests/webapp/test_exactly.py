"""Limits and idempotency keys are exact: with two web processes, a hundred simultaneous requests, a killed process."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import signal
import threading
from collections import Counter
from collections.abc import Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest

from core.database import Connection
from core.settings import Settings
from tests.conftest import SECRET
from tests.waiting import until
from tests.webapp.conftest import PROMPT
from tests.webapp.serving import API, Web, serve
from webapp.auth import make_token

pytestmark = pytest.mark.slow

Answer = tuple[int, str]


@contextlib.contextmanager
def two_processes(settings: Settings, folder: Path, **limits: str) -> Iterator[list[Web]]:
    """Run two web services on one database."""
    given = {"DATABASE_URL": str(settings.database_url), "JWT_SECRET_KEY": SECRET}
    free = {"MAX_ACTIVE_JOBS_PER_USER": "1000", "RATE_LIMIT_PER_MINUTE": "1000"}
    env = given | free | limits
    with contextlib.ExitStack() as stack:
        for name in ("one", "two"):
            (folder / name).mkdir()
        yield [stack.enter_context(serve(folder / name, **env)) for name in ("one", "two")]


def post_at_once(webs: list[Web], token: str, times: int, **headers: str) -> Counter[Answer]:
    """Return how often each answer came: the status with the job's id or the problem's code."""
    answers: list[Answer] = []
    turns = itertools.cycle(webs)
    threads = [
        threading.Thread(target=lambda web=web: answers.append(post(web, token, **headers)))
        for web in itertools.islice(turns, times)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Counter(answers)


def post(web: Web, token: str, **headers: str) -> Answer:
    status, body = web.call("POST", f"{API}/create-canvas", token=token, body=PROMPT, **headers)
    return status, body.get("job_id", body.get("code"))


def count_jobs(conn: Connection) -> int:
    row = conn.execute("SELECT count(*) AS n FROM ai_jobs").fetchone()
    assert row is not None
    return int(row["n"])


@pytest.fixture
def token(settings: Settings) -> str:
    return make_token(settings, "owner")


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"MAX_ACTIVE_JOBS_PER_USER": "7"}, "too_many_active_jobs"),
        ({"RATE_LIMIT_PER_MINUTE": "7"}, "rate_limited"),
    ],
)
def test_two_processes_at_once_hold_a_limit_exactly(
    tmp_path: Path, settings: Settings, token: str, conn: Connection, limits: dict[str, str], code: str
) -> None:
    with two_processes(settings, tmp_path, **limits) as webs:
        answers = post_at_once(webs, token, 60)
        assert answers[429, code] == 53
        assert sum(status == 202 for status, _ in answers) == 7
        assert count_jobs(conn) == 7
        # Another user's limits are another matter.
        assert post(webs[0], make_token(settings, "stranger"))[0] == 202


def test_a_hundred_requests_with_one_key_make_one_job(
    tmp_path: Path, settings: Settings, token: str, conn: Connection
) -> None:
    with two_processes(settings, tmp_path) as webs:
        answers = post_at_once(webs, token, 100, **{"Idempotency-Key": "one"})
    assert [(status, times) for (status, _), times in answers.items()] == [(202, 100)]
    assert count_jobs(conn) == 1
    assert conn.execute("SELECT count(*) AS n FROM procrastinate_jobs").fetchone() == {"n": 1}


def test_process_killed_between_commit_and_answer_answers_the_repeated_request_with_the_same_job(
    tmp_path: Path, settings: Settings, token: str, conn: Connection
) -> None:
    env = {"DATABASE_URL": str(settings.database_url), "JWT_SECRET_KEY": SECRET}
    key: dict[str, Any] = {"Idempotency-Key": '"after the crash"'}
    with serve(tmp_path, **env) as web:
        failures: list[BaseException] = []

        def wait_in_vain() -> None:
            # The job is on record and the answer waits for its end, which never comes.
            try:
                post(web, token, Prefer="wait=60", **key)
            except (OSError, HTTPException) as exc:
                failures.append(exc)

        client = threading.Thread(target=wait_in_vain)
        client.start()
        until(lambda: count_jobs(conn))
        worker = int(re.findall(r"Booting worker with pid: (\d+)", web.log)[-1])
        os.kill(worker, signal.SIGKILL)
        client.join()
        assert len(failures) == 1
        until(lambda: web.log.count("Booting worker") == 2)
        first = conn.execute("SELECT id FROM ai_jobs").fetchone()
        assert first is not None
        assert post(web, token, **key) == (202, str(first["id"]))
        assert count_jobs(conn) == 1
        assert post(web, token)[1] != str(first["id"])
