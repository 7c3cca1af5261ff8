"""What every test uses: a real PostgreSQL, migrated once, and a fresh copy of its database for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psycopg
import pytest
from psycopg import sql

from core.database import Connection, connection_options
from core.settings import Settings, load_settings
from devtools.model_server import ModelServer
from devtools.postgres import PostgresServer
from migrations import migrate

SECRET = "a secret for the tests, long enough for HS256"

MEMORY = 8 * 2**30  # bytes; far more than the servers of four test processes have held

_numbers = itertools.count(1)

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "tests",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=os.environ.get("CI")
    == "true",  # The gate judges the change, not today's luck; make test explores.
)
hypothesis.settings.load_profile("tests")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where ``CI=true``, a skipped test has failed: something that the machine should have is missing."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, though CI=true: {call.excinfo.value if call.excinfo else ''}"
    return report


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """The PostgreSQL of this test process; a test may stop it and must start it again."""
    # Not under pytest's own folder: each pytest that starts closes that one to other users, and as root the server
    # runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="canvas-postgres-", dir=_memory()))
    server = PostgresServer(folder / "data")
    yield server
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(postgres_server: PostgresServer) -> str:
    """The name of the server's first database."""
    return postgres_server.dsn


@pytest.fixture(scope="session")
def template(postgres: str) -> str:
    """The name of a migrated database that tests copy."""
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("CREATE DATABASE template_canvas")
    migrate(with_database(postgres, "template_canvas"))
    return "template_canvas"


@pytest.fixture
def empty_dsn(postgres: str) -> Iterator[str]:
    """A new database without a single table."""
    yield from _database(postgres, None)


@pytest.fixture
def dsn(postgres: str, template: str) -> Iterator[str]:
    """A new database with the present schema."""
    yield from _database(postgres, template)


@pytest.fixture
def conn(dsn: str) -> Iterator[Connection]:
    """An autocommit connection to the test's database, as the web process uses it."""
    with connect(dsn) as connection:
        yield connection


@pytest.fixture
def settings(dsn: str, tmp_path: Path) -> Settings:
    """The settings of a development process on the test's database; limits out of the way."""
    return make_settings(dsn, var_dir=tmp_path)


@pytest.fixture
def env(dsn: str, tmp_path: Path) -> dict[str, str]:
    """The environment of real processes on the test's database; a dead worker is noticed after 3 s."""
    return {
        "DATABASE_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "VAR_DIR": str(tmp_path),
        "AI_PROVIDER": "rules",
        "WORKER_TIMEOUT_SECONDS": "3",
        "JOB_PROCESSING_INTERVAL": "0.2",
        "RETRY_BASE_SECONDS": "0.1",
        "SHUTDOWN_GRACE_SECONDS": "0",
    }


@pytest.fixture
def model(env: dict[str, str]) -> Iterator[ModelServer]:
    """A model's server, which the processes of ``env`` ask."""
    with ModelServer() as server:
        env.update(AI_PROVIDER="openai", OPENAI_BASE_URL=server.base_url)
        yield server


def make_settings(dsn: str, **values: Any) -> Settings:
    """Return settings that owe nothing to this machine's environment."""
    defaults: dict[str, Any] = {
        "database_url": dsn,
        "jwt_secret_key": SECRET,
        "ai_provider": "rules",
        "max_active_jobs_per_user": 1000,
        "rate_limit_per_minute": 1000,
        "retry_base_seconds": 0.05,
        "job_processing_interval": 0.1,
    }
    names = {name.upper() for name in Settings.model_fields}
    assert not names & set(os.environ), f"unset for the tests: {sorted(names & set(os.environ))}"
    return load_settings(_env_file=None, **(defaults | values))


def connect(dsn: str) -> Connection:
    """Return an autocommit connection with rows as dicts."""
    return psycopg.connect(dsn, **connection_options(application_name="test"))


def with_database(dsn: str, name: str) -> str:
    """Return the same server's name with another database."""
    return psycopg.conninfo.make_conninfo(dsn, dbname=name)


def _memory() -> str | None:
    """Return a folder in memory where there is room: a database is copied there in a fifth of the time."""
    folder = Path("/dev/shm")
    has_room = folder.is_dir() and os.access(folder, os.W_OK) and shutil.disk_usage(folder).free > MEMORY
    return str(folder) if has_room else None


def _database(postgres: str, template: str | None) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_numbers)}"
    create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        # A copy of the files: a third of the time of writing them through the log.
        create += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(create)
    yield with_database(postgres, name)
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
