"""The primary freezes and its standby is promoted: web and worker find it by the list of hosts in their address."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from core.database import connection_options
from core.settings import Settings
from devtools.postgres import PostgresServer, Standby
from devtools.processes import free_port, web_and_worker
from migrations import migrate
from tests.conftest import make_settings, with_database
from tests.outages import TimedClient, assert_unavailable

FAILED_OVER = 20.0  # seconds from the promotion until a job is accepted
DRAWN = 30.0  # seconds until it is drawn


@dataclass
class Pair:
    """A primary with its synchronous standby, and the address that lists both."""

    primary: PostgresServer
    standby: Standby
    dsn: str


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Two servers of these tests' own; the last one ends their days as a pair."""
    # Not under pytest's own folder: as root, the servers run as another user.
    folder = Path(tempfile.mkdtemp(prefix="canvas-pair-"))
    folder.chmod(0o755)
    primary = PostgresServer(folder / "primary")
    try:
        with psycopg.connect(primary.dsn, autocommit=True) as admin:
            admin.execute("CREATE DATABASE canvas")
        migrate(with_database(primary.dsn, "canvas"))
        standby = Standby(primary, folder / "standby")
        standby.make_synchronous()
        hosts = f"{primary.socket_folder},{standby.socket_folder}"
        dsn = make_conninfo(
            primary.dsn, dbname="canvas", host=hosts, port="5432,5432", target_session_attrs="read-write"
        )
        try:
            yield Pair(primary, standby, dsn)
        finally:
            primary.thaw()
            standby.stop()
    finally:
        primary.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def settings(pair: Pair, tmp_path: Path) -> Settings:
    return make_settings(pair.dsn, var_dir=tmp_path)


def test_a_list_that_begins_with_the_standby_leads_to_the_primary(pair: Pair) -> None:
    hosts = f"{pair.standby.socket_folder},{pair.primary.socket_folder}"
    dsn = make_conninfo(pair.primary.dsn, dbname="canvas", host=hosts, port="5432,5432")
    with psycopg.connect(dsn, **connection_options(application_name="test")) as conn:
        row = conn.execute("SELECT pg_is_in_recovery() AS is_standby").fetchone()
    assert row == {"is_standby": False}
    assert migrate(dsn)


def test_standby_takes_over_from_a_frozen_primary(
    pair: Pair, env: dict[str, str], settings: Settings, tmp_path: Path
) -> None:
    with web_and_worker(env | {"DATABASE_URL": pair.dsn}, port=free_port(), logs=tmp_path) as url:
        owner = TimedClient(url, settings)
        before, _ = owner.create_until_accepted(seconds=5)
        owner.wait_until_completed(before, seconds=10)
        pair.primary.freeze()
        assert_unavailable([owner.create() for _ in range(2)])
        pair.standby.promote()
        after, refused = owner.create_until_accepted(seconds=FAILED_OVER)
        assert_unavailable(refused)
        owner.wait_until_completed(after, seconds=DRAWN)
        # What was reported as safe before is here, too.
        assert owner.status(before).data["job"]["status"] == "completed"
