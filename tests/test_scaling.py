"""The connections, streams and time limits in ``docs/scaling.md`` match the code."""

from __future__ import annotations

import re
from pathlib import Path

from core.database import CONNECT_TIMEOUT, KEEPALIVE, WEB_STATEMENT_TIMEOUT, Connection
from core.pools import POOL_TIMEOUT
from core.settings import Settings
from devtools.processes import ROOT, WORKER, running
from tasks.maintenance import RESCUE_INTERVAL
from tests.conftest import SECRET
from tests.tasks.workshop import look, post
from tests.waiting import until
from webapp.live.notifier import MAX_SUBSCRIPTIONS
from webapp.services import HEAVY_POOL_SIZE

PAGE = (ROOT / "docs/scaling.md").read_text(encoding="utf-8")
BY_NAME = """
    SELECT application_name AS name, count(*) AS n
    FROM pg_stat_activity
    WHERE datname = current_database() AND application_name LIKE 'canvas-%'
    GROUP BY 1
"""


def test_streams_and_web_connections() -> None:
    assert f"holds {MAX_SUBSCRIPTIONS:,} open streams" in PAGE
    pool_size = Settings.model_fields["web_pool_size"].default
    assert (
        f"`WEB_POOL_SIZE` ({pool_size}) for requests, {HEAVY_POOL_SIZE} for counting, 1 that listens" in PAGE
    )
    assert f"**{pool_size + HEAVY_POOL_SIZE + 1}**" in PAGE


def test_times_within_which_hosts_that_are_cut_off_are_given_up() -> None:
    """The limits add up to what the page promises; ``test_hosts.py`` shows that they hold."""
    assert "its jobs run elsewhere within 30 seconds (`WORKER_TIMEOUT_SECONDS`, 20" in PAGE
    fields = Settings.model_fields
    poll = fields["job_processing_interval"].default
    assert fields["worker_timeout_seconds"].default + 2 * RESCUE_INTERVAL + 2 * poll <= 30
    assert "requests in flight and new ones get 503 within 10 seconds" in PAGE
    unacknowledged = KEEPALIVE["tcp_user_timeout"] / 1000
    assert max(POOL_TIMEOUT + CONNECT_TIMEOUT, unacknowledged, WEB_STATEMENT_TIMEOUT) <= 10


def test_worker_connections(conn: Connection, dsn: str, tmp_path: Path) -> None:
    figures = re.search(r"(\d) of ours, (\d) of the queue's, 1 that listens: \*\*9\*\*; with webhooks", PAGE)
    assert figures is not None
    env = {
        "DATABASE_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "VAR_DIR": str(tmp_path),
        "AI_PROVIDER": "rules",
        "WEBHOOK_SECRET": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1sJqGZk0C2s=",
    }
    jobs = [post(conn) for _ in range(60)]
    most: dict[str, int] = {}

    def is_over() -> bool:
        for row in conn.execute(BY_NAME).fetchall():
            most[row["name"]] = max(most.get(row["name"], 0), row["n"])
        return all(look(conn, job.id).is_final for job in jobs)

    with running(WORKER, env=env, log=tmp_path / "worker.log"):
        until(is_over)
    assert most.pop("canvas-worker") <= int(figures[1])
    assert 2 <= most.pop("canvas-queue") <= int(figures[2]) + 3
    assert not most
