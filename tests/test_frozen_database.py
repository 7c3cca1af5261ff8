"""A database that is frozen, its kernel still acknowledging, or read-only: 503 in time, and well again by itself."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.settings import Settings
from devtools.postgres import PostgresServer
from devtools.processes import free_port, web_and_worker
from tests.outages import API, Timed, TimedClient, assert_unavailable, together
from tests.waiting import stretched, until

HEALED = 5.0  # seconds after the end of the trouble, until a job is accepted
DRAWN = 20.0  # seconds until it is drawn: the worker's pause between two tries may come first
WITHOUT_DATABASE = {f"{API}/health/live", f"{API}/webhook-secret"}


@pytest.fixture
def url(env: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """A web and a worker process."""
    with web_and_worker(env, port=free_port(), logs=tmp_path) as url:
        yield url


@pytest.fixture
def owner(url: str, settings: Settings) -> TimedClient:
    """Calls that process."""
    return TimedClient(url, settings)


@pytest.fixture
def frozen(postgres_server: PostgresServer) -> Iterator[PostgresServer]:
    """The server, which a test may freeze; it goes on when the test ends."""
    yield postgres_server
    postgres_server.thaw()


def documented_routes(client: TimedClient, job_id: str, canvas_id: str) -> list[tuple[str, str]]:
    """Return (method, path) of every route of the OpenAPI document, with ids that exist."""
    paths = client.call("/api/openapi.json").data["paths"]
    return [
        (method.upper(), path.format(job_id=job_id, canvas_id=canvas_id))
        for path, operations in paths.items()
        for method in operations
    ]


def call_all(client: TimedClient, routes: list[tuple[str, str]]) -> list[Timed]:
    place = {"x": 0, "y": 0, "width": 10, "height": 10}
    bodies = {
        "create-canvas": {"instructions": "A -> B"},
        "revert": {"version": 1},
        "canvases": {"objects": [{"object_type": "rectangle", "properties": place}]},
    }

    def body_of(method: str, path: str) -> object:
        return {"title": "Another"} if method == "PATCH" else bodies.get(path.rpartition("/")[2])

    return together(
        [
            functools.partial(client.call, path, method=method, body=body_of(method, path))
            for method, path in routes
        ]
    )


def test_every_route_responds_while_the_database_is_frozen(
    url: str, owner: TimedClient, settings: Settings, frozen: PostgresServer
) -> None:
    job_id, _ = owner.create_until_accepted(seconds=5)
    owner.wait_until_completed(job_id, seconds=10)
    canvas_id = owner.call(f"{API}/job/{job_id}/result").data["result"]["canvas_id"]
    routes = documented_routes(owner, job_id, canvas_id)
    assert len(routes) > 15
    assert {response.status for response in call_all(owner, [("GET", f"{API}/jobs")] * 8)} == {200}
    frozen.freeze()
    for pause in (0, 2):  # connections that were in use a moment ago, and such as are checked first
        time.sleep(pause)
        responses = call_all(owner, routes)
        live = [each for each in responses if each.what.split()[1] in WITHOUT_DATABASE]
        assert {each.status for each in live} <= {200, 404}
        assert max(each.seconds for each in live) < stretched(1)
        assert_unavailable([each for each in responses if each not in live])
    admin = TimedClient(url, settings, role="admin")
    assert_unavailable(call_all(admin, [("GET", f"{API}/admin/overview"), ("GET", f"{API}/admin/jobs")]))
    frozen.thaw()
    later, refused = owner.create_until_accepted(seconds=HEALED)
    assert_unavailable(refused)
    owner.wait_until_completed(later, seconds=DRAWN)


def test_many_requests_at_once_get_their_503_from_a_frozen_database(
    owner: TimedClient, frozen: PostgresServer
) -> None:
    """More than a statement takes together, twice: nobody waits for all who came before."""
    assert owner.create().status == 202
    frozen.freeze()
    assert_unavailable(together([owner.create] * 120))
    frozen.thaw()
    owner.create_until_accepted(seconds=HEALED)


def test_attempt_under_way_goes_on_when_the_database_does(owner: TimedClient, frozen: PostgresServer) -> None:
    job_id, _ = owner.create_until_accepted(seconds=5)
    frozen.freeze()
    time.sleep(12)  # longer than our limit for a statement
    frozen.thaw()
    owner.wait_until_completed(job_id, seconds=DRAWN)
    assert owner.status(job_id).data["job"]["retry_count"] == 0


@pytest.mark.parametrize("sessions", ["new sessions only", "all sessions"])
def test_read_only_database_is_503_and_heals(
    url: str, owner: TimedClient, dsn: str, postgres: str, sessions: str
) -> None:
    """As a managed database becomes when its disk is full (all sessions), or as a wrong address looks."""
    assert owner.create().status == 202
    with psycopg.connect(postgres, autocommit=True) as admin:
        switch = SwitchToReadOnly(admin, psycopg.conninfo.conninfo_to_dict(dsn)["dbname"])
        switch.on(all_sessions=sessions == "all sessions")
        try:
            until(
                lambda: owner.create().status == 503
            )  # Its processes read the setting when they come to it.
            end = time.monotonic() + 12
            seen = []
            while time.monotonic() < end:
                seen += together([owner.create] * 4)
            assert_unavailable(seen)
            probes = [owner.call(f"{API}/health/ready"), owner.call(f"{API}/health")]
            assert_unavailable(probes)
            assert owner.call(f"{API}/health/live").status == 200
        finally:
            switch.off()
    job_id, refused = owner.create_until_accepted(seconds=HEALED)
    assert_unavailable(refused)
    owner.wait_until_completed(job_id, seconds=DRAWN)
    assert owner.call(f"{API}/health/ready").status == 200


class SwitchToReadOnly:
    """Makes one database read-only, for the sessions that begin from now on or for all."""

    def __init__(self, admin: psycopg.Connection, name: object) -> None:
        self._admin = admin
        self._name = sql.Identifier(str(name))

    def on(self, *, all_sessions: bool) -> None:
        if all_sessions:
            self._admin.execute("ALTER SYSTEM SET default_transaction_read_only = on")
            self._admin.execute("SELECT pg_reload_conf()")
            return
        self._admin.execute(
            sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(self._name)
        )
        self._admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [self._name.as_string().strip('"')],
        )

    def off(self) -> None:
        self._admin.execute("SET default_transaction_read_only = off")
        self._admin.execute("ALTER SYSTEM RESET default_transaction_read_only")
        self._admin.execute("SELECT pg_reload_conf()")
        self._admin.execute(
            sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(self._name)
        )
