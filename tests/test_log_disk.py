"""A log that cannot be written, as on a full disk, ends nothing."""

from __future__ import annotations

import errno
import socket
from pathlib import Path

import pytest

from core import metrics
from core.database import Connection
from core.log import Output
from core.settings import Settings
from devtools.processes import WORKER, running
from tests.conftest import SECRET
from tests.waiting import until
from tests.webapp.serving import API, serve
from webapp.auth import make_token

FULL = Path("/dev/full")  # each write fails: no space left on device

pytestmark = pytest.mark.skipif(not FULL.exists(), reason="no /dev/full on this machine")


class Full:
    """A file on a disk without room."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    def flush(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_lost_lines_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    before = metrics.lost_log_lines._value.get()
    monkeypatch.setattr("sys.stderr", Full())
    Output().write("a line\n")
    Output().flush()
    monkeypatch.undo()
    assert metrics.lost_log_lines._value.get() > before


def test_requests_and_jobs_go_on_while_the_log_disk_is_full(
    conn: Connection, settings: Settings, env: dict[str, str], tmp_path: Path
) -> None:
    web_env = {
        "DATABASE_URL": str(settings.database_url),
        "JWT_SECRET_KEY": SECRET,
        "MAX_ACTIVE_JOBS_PER_USER": "100",
    }
    token = make_token(settings, "anna")
    with (
        serve(tmp_path, log=str(FULL), **web_env) as web,
        running(WORKER, env=env, log=FULL),
    ):
        accepted = [
            web.call("POST", f"{API}/create-canvas", token=token, body={"instructions": "A -> B"})
            for _ in range(20)
        ]
        assert [status for status, _ in accepted] == [202] * 20
        until(lambda: web.call("GET", f"{API}/jobs/stats", token=token)[1]["completed_jobs"] == 20)


def test_nobody_sets_the_script_name_from_outside(settings: Settings, tmp_path: Path) -> None:
    """A neighbour on the host is 127.0.0.1, whose SCRIPT_NAME gunicorn would trust."""
    env = {"DATABASE_URL": str(settings.database_url), "JWT_SECRET_KEY": SECRET}
    with (
        serve(tmp_path, **env) as web,
        socket.create_connection(("127.0.0.1", web.port), timeout=30) as client,
    ):
        client.sendall(
            b"GET /x/metrics HTTP/1.1\r\nHost: x\r\nSCRIPT_NAME: /x\r\nPATH_INFO: /metrics\r\nConnection: close\r\n\r\n"
        )
        head = client.recv(65536).split(b"\r\n")[0]
    assert head == b"HTTP/1.1 404 NOT FOUND", head
