"""Secrets are changed while the service runs, as ``docs/deploy.md`` says; those of tokens in
``tests/webapp/test_keys.py``.
"""

from __future__ import annotations

import urllib.error
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from core.database import Connection
from core.settings import Settings
from devtools.client import Client
from devtools.processes import free_port, web_and_worker
from tests.tasks.workshop import look, post
from tests.test_processes import API
from tests.waiting import until
from webapp.auth import make_token

ROLE = "canvas_service"


@pytest.fixture
def role(conn: Connection, env: dict[str, str]) -> None:
    """The processes sign in to the database as a role of their own."""
    database = conn.info.dbname
    conn.execute(
        sql.SQL("""
            DROP ROLE IF EXISTS {role};
            CREATE ROLE {role} LOGIN PASSWORD 'old';
            GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};
            GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role};
        """).format(role=sql.Identifier(ROLE))
    )
    env["DATABASE_URL"] = psycopg.conninfo.make_conninfo(env["DATABASE_URL"], user=ROLE, dbname=database)


@pytest.mark.usefixtures("role")
def test_processes_refused_by_the_database_come_back_and_lose_no_job(
    conn: Connection, env: dict[str, str], tmp_path: Path, settings: Settings
) -> None:
    with web_and_worker(env, port=free_port(), logs=tmp_path) as url:
        owner = Client(url, make_token(settings, "owner"))
        # The test's server asks for no password; a role that may not sign in is refused at the same place.
        conn.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(ROLE)))
        conn.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [ROLE])
        waiting = post(conn)
        with pytest.raises(urllib.error.HTTPError, match="503") as caught:
            owner.call(f"{API}/create-canvas", body={"instructions": "A -> B"})
        caught.value.close()
        until(lambda: "not permitted to log in" in (tmp_path / "worker.log").read_text())
        conn.execute(sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(ROLE)))
        until(lambda: look(conn, waiting.id).status == "completed")
        job_id = until(lambda: _create(owner))
        until(lambda: owner.call(f"{API}/job/{job_id}/status")["job"]["status"] == "completed")
    conn.execute(sql.SQL("DROP OWNED BY {role}; DROP ROLE {role}").format(role=sql.Identifier(ROLE)))


def _create(owner: Client) -> str | None:
    try:
        return str(owner.call(f"{API}/create-canvas", body={"instructions": "A -> B"})["job_id"])
    except urllib.error.HTTPError as error:
        error.close()
        return None
