"""Behind a real pgbouncer in transaction mode: two web processes share four sessions, the worker goes past it."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from core.database import Connection, limit_pooled_sessions
from core.pools import make_pool
from core.settings import Settings
from devtools.client import Client
from devtools.model_server import ModelServer, Script
from devtools.pooler import PGBOUNCER, Pooler
from devtools.postgres import PostgresServer
from devtools.processes import ROOT, WORKER, running
from tests.conftest import SECRET
from tests.waiting import PATIENCE, until
from tests.webapp.conftest import PROMPT
from tests.webapp.serving import API, Web, serve
from webapp.auth import make_token

SESSIONS = 4  # of the pooler with the database
USERS = 6  # who are busy at the same time
ROUNDS = 3
Answer = tuple[int, str]


@pytest.fixture
def pooler(dsn: str, postgres_server: PostgresServer) -> Iterator[Pooler]:
    if PGBOUNCER is None:
        pytest.skip("no pgbouncer on this machine: apt-get install pgbouncer")
    # Not under pytest's own folder, which other users may not enter.
    folder = Path(tempfile.mkdtemp(prefix="canvas-pgbouncer-"))
    system_user = postgres_server.system_user
    pooler = Pooler(dsn, system_user=system_user, folder=folder, pool_size=SESSIONS)
    pooler.start()
    yield pooler
    pooler.kill()
    shutil.rmtree(folder)


@pytest.fixture
def env(dsn: str, pooler: Pooler, tmp_path: Path) -> dict[str, str]:
    """The environment of all processes; the release step has run in it."""
    env = {
        "DATABASE_URL": pooler.dsn,
        "DATABASE_DIRECT_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "VAR_DIR": str(tmp_path),
        "WEB_CONCURRENCY": "2",
        "MAX_ACTIVE_JOBS_PER_USER": "100000",
        "RATE_LIMIT_PER_MINUTE": "100000",
        "JOB_PROCESSING_INTERVAL": "0.2",
    }
    release = [sys.executable, "-m", "migrations"]
    subprocess.run(release, cwd=ROOT, env=env, check=True, capture_output=True, timeout=PATIENCE)
    return env


@pytest.fixture
def web(env: dict[str, str], tmp_path: Path) -> Iterator[Web]:
    with serve(tmp_path, **env) as web:
        yield web


@pytest.fixture
def worker(env: dict[str, str], tmp_path: Path) -> Iterator[None]:
    """A worker whose model takes half a second for a drawing."""
    with (
        ModelServer(default=Script(chunk_delay=0.01)) as model,
        running(WORKER, env=env | {"OPENAI_BASE_URL": model.base_url}, log=tmp_path / "worker.log"),
    ):
        yield


def post(web: Web, token: str, key: str | None = None) -> Answer:
    """Return the status with the job's id or the problem's code."""
    headers = {"Idempotency-Key": key} if key else {}
    status, body = web.call("POST", f"{API}/create-canvas", token=token, body=PROMPT, **headers)
    return status, body.get("job_id", body.get("code"))


def processes_of(web: Web) -> set[int]:
    return {child.pid for child in psutil.Process(web.process.pid).children()}


def at_once(times: int, call: Callable[[], Answer]) -> Counter[Answer]:
    with ThreadPoolExecutor(times) as pool:
        return Counter(future.result() for future in [pool.submit(call) for _ in range(times)])


def use_everything(client: Client) -> None:
    """One caller's way through the API; raises at any answer that is not a success."""
    for turn in range(ROUNDS):
        job = f"{API}/job/{client.call(f'{API}/create-canvas', body=PROMPT)['job_id']}"
        if turn == 1:
            assert client.call(f"{job}/cancel", body={})["status"] == "cancelled"
            client.call(f"{job}/retry", body={})
        kinds = [kind for kind, _ in client.follow(f"{job}/events")]
        assert kinds[-1] == "done"
        assert "object" in kinds
        assert client.call(f"{job}/status")["job"]["status"] == "completed"
        assert client.call(f"{job}/result")["result"]["objects"]
        client.call(f"{API}/jobs")
        client.call(f"{API}/jobs/stats")
    stats = client.call(f"{API}/jobs/stats")
    assert (stats["total_jobs"], stats["completed_jobs"]) == (ROUNDS, ROUNDS)


@pytest.mark.usefixtures("worker")
def test_all_routes_work_under_load_on_four_sessions(web: Web, settings: Settings, pooler: Pooler) -> None:
    clients = [
        Client(f"http://127.0.0.1:{web.port}", make_token(settings, f"user-{number}"))
        for number in range(USERS)
    ]
    with ThreadPoolExecutor(USERS) as pool:
        for done in [pool.submit(use_everything, client) for client in clients]:
            done.result()
    # Streams are woken past the pooler: it would take the LISTEN, or the session, away.
    assert "listen_connection_lost" not in web.log
    assert 1 <= len(pooler.show("SERVERS")) <= SESSIONS
    ours = [each for each in pooler.show("CLIENTS") if each["database"] != "pgbouncer"]
    assert len(ours) >= 2 * 4  # two web processes, each with two pools of at least two
    assert {each["application_name"] for each in ours} == {"canvas-web", "canvas-web-heavy"}


def test_limits_and_keys_hold_exactly(env: dict[str, str], settings: Settings, tmp_path: Path) -> None:
    token, other = make_token(settings, "owner"), make_token(settings, "other")
    with serve(tmp_path, **env | {"MAX_ACTIVE_JOBS_PER_USER": "5"}) as web:
        limited = at_once(30, lambda: post(web, token))
        keyed = at_once(20, lambda: post(web, other, "the same key"))
    assert Counter(status for status, _ in limited.elements()) == {202: 5, 429: 25}
    assert len(keyed) == 1
    assert next(iter(keyed))[0] == 202


def test_statement_that_takes_too_long_ends(web: Web, settings: Settings, dsn: str) -> None:
    token = make_token(settings, "owner")
    # A holder who has no limit itself, as a schema change has none.
    with psycopg.connect(dsn, options="-c idle_in_transaction_session_timeout=0") as holder:
        holder.execute("LOCK TABLE ai_jobs")
        answers = at_once(SESSIONS, lambda: post(web, token))
        assert answers == {(503, "database_unavailable"): SESSIONS}
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'ai_jobs'::regclass"
        assert holder.execute(waiting).fetchone() == (0,)
    assert post(web, token)[0] == 202


def test_session_without_limits_is_told_of(
    dsn: str, pooler: Pooler, conn: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = make_pool(pooler.dsn, size=1, application_name="test", is_pooled=True)
    with contextlib.closing(pool):
        pool.open(wait=True)
    assert "pooled_session_without_limits" in capsys.readouterr().out


def test_limits_are_set_by_many_release_steps_at_once(pooler: Pooler) -> None:
    with ThreadPoolExecutor(SESSIONS) as pool:
        for done in [pool.submit(limit_pooled_sessions, pooler.dsn) for _ in range(5 * SESSIONS)]:
            done.result()
    with psycopg.connect(pooler.dsn, autocommit=True) as conn:
        assert conn.execute("SHOW statement_timeout").fetchone() == ("5s",)
        assert conn.execute("SHOW idle_in_transaction_session_timeout").fetchone() == ("10s",)


class Poster(threading.Thread):
    """Posts a job after another, each under a key of its own, until answer to stop."""

    def __init__(self, web: Web, token: str) -> None:
        super().__init__()
        self.web, self.token = web, token
        self.answers: Counter[Answer | int] = Counter()
        self.accepted: dict[str, str] = {}  # job by key
        self.unsure: list[str] = []  # keys whose answer was no 202
        self.is_over = threading.Event()

    def run(self) -> None:
        while not self.is_over.is_set():
            key = str(uuid.uuid4())
            status, answer = post(self.web, self.token, key)
            if status == 202:
                self.answers[202] += 1
                self.accepted[key] = answer
            else:
                self.answers[status, answer] += 1
                self.unsure.append(key)
            time.sleep(0.02)


@pytest.mark.usefixtures("worker")
@pytest.mark.parametrize("end", [Pooler.stop, Pooler.kill], ids=["SIGTERM", "SIGKILL"])
def test_pooler_goes_away_and_comes_back(
    web: Web, settings: Settings, pooler: Pooler, conn: Connection, end: Callable[[Pooler], None]
) -> None:
    token = make_token(settings, "owner")
    until(lambda: len(processes_of(web)) == 2)
    processes = processes_of(web)
    posters = [Poster(web, token) for _ in range(4)]
    for poster in posters:
        poster.start()
    until(lambda: sum(len(poster.accepted) for poster in posters) >= 40)
    reader = web.follow(posters[0].accepted[next(iter(posters[0].accepted))], token)
    end(pooler)
    until(lambda: all(poster.unsure for poster in posters))
    pooler.start()
    before = {poster: poster.answers[202] for poster in posters}
    until(lambda: all(poster.answers[202] > before[poster] for poster in posters))
    for poster in posters:
        poster.is_over.set()
        poster.join()
    # Nothing but clear answers, from the very same processes.
    assert {answer for poster in posters for answer in poster.answers} == {202, (503, "database_unavailable")}
    assert processes_of(web) == processes
    # The reader that was there before saw its job to the end, without a new connection.
    assert [message.kind for message in reader][-1] == "done"
    # Whoever asks again under the same key has one job, whether the first try had got through or not.
    for poster in posters:
        for key in poster.unsure:
            status, poster.accepted[key] = post(web, token, key)
            assert status == 202
    wanted = [job_id for poster in posters for job_id in poster.accepted.values()]
    assert len(set(wanted)) == len(wanted)
    unfinished = "SELECT count(*) AS n FROM ai_jobs WHERE outcome IS NULL"
    until(lambda: conn.execute(unfinished).fetchone() == {"n": 0})
    rows = conn.execute("SELECT id::text, outcome FROM ai_jobs").fetchall()
    assert {row["id"] for row in rows} == set(wanted)
    assert {row["outcome"] for row in rows} == {"completed"}
