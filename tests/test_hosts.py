"""PostgreSQL, a web process and two workers, each on its own host; a host is disconnected and comes back."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import threading
import urllib.error
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.database import Connection
from devtools.client import Client
from devtools.model_server import ModelServer, Script
from devtools.postgres import PostgresServer
from devtools.processes import WEB, WORKER, running
from migrations import migrate
from tests.conftest import SECRET, _database, connect, make_settings
from tests.held_change import hold_first, is_held, release
from tests.hosts import Network, require_namespaces
from tests.tasks.workshop import count, look, post
from tests.waiting import PATIENCE, until
from webapp.auth import make_token

API = "/api/ai-agent"
PORT = 8000


@dataclass
class Hosts:
    """The network, and what its processes are started with."""

    network: Network
    dsn: str  # from here
    folder: Path

    def env(self, host: str) -> dict[str, str]:
        """The environment of a host's process: its own folder, and the database's address."""
        address = self.network.address("database")
        dsn = psycopg.conninfo.make_conninfo(self.dsn, host=address)
        return {
            "FLASK_ENV": "production",
            "DATABASE_URL": dsn,
            "JWT_SECRET_KEY": SECRET,
            "VAR_DIR": str(self.folder / host),
            "PORT": str(PORT),
            "SHUTDOWN_GRACE_SECONDS": "1",
        }

    def log(self, host: str) -> str:
        return (self.folder / f"{host}.log").read_text()

    @contextlib.contextmanager
    def work(self, host: str, model: Script | None = None) -> Iterator[None]:
        """Run a worker on a host, its model beside it."""
        with contextlib.ExitStack() as stack:
            with self.network.at(host):
                server = stack.enter_context(ModelServer(default=model))
                env = self.env(host) | {"OPENAI_BASE_URL": server.base_url}
                stack.enter_context(running(WORKER, env=env, log=self.folder / f"{host}.log"))
            yield

    @contextlib.contextmanager
    def serve(self, host: str) -> Iterator[None]:
        """Run a web process on a host."""
        env = self.env(host) | {"AI_PROVIDER": "rules"}
        with self.network.at(host):
            stack = contextlib.ExitStack()
            stack.enter_context(running(WEB, env=env, log=self.folder / f"{host}.log"))
        with stack:
            yield


@pytest.fixture(scope="module")
def network() -> Iterator[Network]:
    require_namespaces()
    with Network("database", "web", "one", "two", "visitor") as network:
        yield network


@pytest.fixture(scope="module")
def server(network: Network) -> Iterator[PostgresServer]:
    folder = Path(tempfile.mkdtemp(prefix="canvas-postgres-"))
    server = PostgresServer(folder / "data")
    with network.at("database"):
        server.listen(network.address("database"))
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def hosts(network: Network, server: PostgresServer, tmp_path: Path) -> Iterator[Hosts]:
    for dsn in _database(server.dsn, None):
        migrate(dsn)
        yield Hosts(network, dsn, tmp_path)
        for host in ("web", "one", "two"):
            network.join(host)


@pytest.fixture
def conn(hosts: Hosts) -> Iterator[Connection]:
    with connect(hosts.dsn) as conn:
        yield conn


def sessions_of(conn: Connection, address: str) -> int:
    row = conn.execute(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE client_addr = %s::inet", [address]
    ).fetchone()
    assert row is not None
    return int(row["n"])


def test_worker_cut_off_while_it_draws(hosts: Hosts, conn: Connection) -> None:
    network, address = hosts.network, hosts.network.address("one")
    with hosts.work("one", Script(chunk_delay=0.1)):
        job = post(conn)
        until(lambda: look(conn, job.id).progress_objects)
        with hosts.work("two"):
            network.cut("one")
            until(lambda: look(conn, job.id).is_final)
            done = look(conn, job.id)
            assert (done.status, done.attempt, done.retry_count) == ("completed", 2, 0)
            events = count(conn, "ai_job_events")
            # The server does not keep the sessions of a host that is gone.
            until(lambda: sessions_of(conn, address) == 0)
            network.join("one")
            until(lambda: "attempt_is_over" in hosts.log("one"))
            # Both have asked the model, and nothing else comes of the first one.
            until(lambda: look(conn, job.id).output_tokens == 2 * done.output_tokens)
        after = look(conn, job.id)
        charged = {name: getattr(after, name) for name in ("input_tokens", "output_tokens", "updated_at")}
        assert (after, count(conn, "ai_job_events")) == (done._replace(**charged), events)
        assert count(conn, "canvases") == 1
        # Back on the network, and the only one left, it is a worker like any other.
        again = post(conn)
        until(lambda: look(conn, again.id).is_final)
    assert (look(conn, again.id).status, look(conn, again.id).attempt) == ("completed", 1)


def test_worker_cut_off_in_the_transaction_that_stores_the_canvas(hosts: Hosts, conn: Connection) -> None:
    # Drawing on a canvas that is there takes several steps. The first is held until the cable is out, with the job's
    # row locked.
    hold_first(conn, "BEFORE UPDATE ON canvases")
    with hosts.work("one"):
        first = post(conn)
        canvas_id = until(lambda: look(conn, first.id).canvas_id)
        job = post(conn, target_canvas_id=canvas_id)
        until(lambda: is_held(conn))
        hosts.network.cut("one")
        release(conn)
        with hosts.work("two"):
            until(lambda: look(conn, job.id).is_final)
            done = look(conn, job.id)
            assert (done.status, done.attempt, count(conn, "canvases")) == ("completed", 2, 1)
            hosts.network.join("one")
            until(lambda: "attempt_is_over" in hosts.log("one"))
        assert look(conn, job.id) == done
        assert count(conn, "canvases") == 1


class Visitor(threading.Thread):
    """Asks a web process on its own host for one thing, and notes what came."""

    def __init__(self, network: Network, client: Client, path: str, body: dict[str, Any] | None) -> None:
        super().__init__()
        self._network, self._client = network, client
        self._path, self._body = path, body
        self.answer: object = None

    def run(self) -> None:
        with self._network.at("web"):
            try:
                with self._client.open(self._path, body=self._body, timeout=PATIENCE) as answer:
                    self.answer = answer.status
            except urllib.error.HTTPError as exc:
                self.answer = exc.code
                exc.close()
            except OSError as exc:
                self.answer = exc


def ask(network: Network, client: Client, path: str, body: dict[str, Any] | None = None) -> Visitor:
    visitor = Visitor(network, client, path, body)
    visitor.start()
    return visitor


def test_web_host_cut_off_its_database(hosts: Hosts, conn: Connection) -> None:
    network = hosts.network
    token = make_token(make_settings(hosts.dsn), "owner")
    near, far = (Client(f"http://{at}:{PORT}", token) for at in ("127.0.0.1", network.address("web")))
    with hosts.serve("web"), hosts.work("two", Script(chunk_delay=0.2)):
        until(lambda: ask_and_wait(network, near, f"{API}/health/ready") == 200)
        with network.at("visitor"):  # in production it is there for other hosts
            job = f"{API}/job/{far.call(f'{API}/create-canvas', body={'instructions': 'A -> B'})['job_id']}"
        stream = Stream(network, near, f"{job}/events")
        stream.start()
        until(lambda: any(kind == "object" for kind, _ in stream.events))
        network.cut("web")
        asked = [
            ask(network, near, path, body)
            for path, body in [
                (f"{job}/status", None),
                (f"{API}/create-canvas", {"instructions": "A -> B"}),
                (f"{API}/jobs", None),
                (f"{API}/jobs/stats", None),
                (f"{job}/cancel", {}),
                (f"{API}/health", None),
                (f"{API}/health/ready", None),
            ]
            * 3
        ]
        assert ask_and_wait(network, near, f"{API}/health/live") == 200
        for visitor in asked:
            visitor.join()
        assert Counter(visitor.answer for visitor in asked) == {503: len(asked)}
        until(lambda: count(conn, "canvases"))  # the worker does not mind
        network.join("web")
        until(lambda: ask_and_wait(network, near, f"{job}/result") == 200)
        # Who was reading all the while has missed nothing and heard nothing twice. The first says how it was then.
        stream.join(timeout=PATIENCE)
        with network.at("visitor"):
            assert stream.events[1:] == list(far.follow(f"{job}/events"))[1:]
        assert ask_and_wait(network, near, f"{API}/create-canvas", {"instructions": "A -> B"}) == 202
        assert count(conn, "ai_jobs") == 2  # those that were answered with 503 are not there


def ask_and_wait(network: Network, client: Client, path: str, body: dict[str, Any] | None = None) -> object:
    visitor = ask(network, client, path, body)
    visitor.join()
    return visitor.answer


class Stream(threading.Thread):
    """Follows a job on the web process' own host to the end, in one connection."""

    def __init__(self, network: Network, client: Client, path: str) -> None:
        super().__init__(daemon=True)
        self._network, self._client, self._path = network, client, path
        self.events: list[tuple[str, dict[str, Any]]] = []

    def run(self) -> None:
        with self._network.at("web"):
            for each in self._client.follow(self._path):
                self.events.append(each)
