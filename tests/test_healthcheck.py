"""The container's check tells a process that is busy from one that is dead."""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from devtools.processes import ROOT, free_port

SERVER = """
import socket, sys
port, how = int(sys.argv[1]), sys.argv[2]
server = socket.create_server(("127.0.0.1", port))
print("up", flush=True)
while True:
    client, _ = server.accept()
    if how == "well":
        client.recv(65536)
        client.sendall(b"HTTP/1.0 200 OK\\r\\nContent-Length: 0\\r\\n\\r\\n")
        client.close()
    while how == "busy":
        pass
    if how == "stuck":
        server.accept()
"""


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("healthcheck", ROOT / "deploy" / "healthcheck.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "TIMEOUT", 1.0)
    monkeypatch.setattr(module, "BUSY_SHARE", 0.005)  # of a machine that is itself busy
    monkeypatch.setenv("PORT", str(free_port()))
    return module


@contextmanager
def server(how: str) -> Iterator[int]:
    """Run a server that answers so, as a child of the process whose number is given, like gunicorn's worker."""
    command = ["sh", "-c", '"$@" & wait', "sh", sys.executable, "-c", SERVER, os.environ["PORT"], how]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"up\n"
        try:
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize(("how", "code"), [("well", 0), ("busy", 0), ("stuck", 1)])
def test_a_busy_process_is_alive_and_a_stuck_one_is_not(
    check: ModuleType, tmp_path: Path, how: str, code: int
) -> None:
    with server(how) as pid:
        assert check.main(pid, tmp_path) == code


def test_a_process_that_is_busy_for_too_long_is_dead(
    check: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server("busy") as pid:
        assert check.main(pid, tmp_path) == 0
        monkeypatch.setattr(check, "BUSY_LIMIT", 0.5)  # A check takes a second.
        assert check.main(pid, tmp_path) == 1
    with server("well") as pid:
        assert check.main(pid, tmp_path) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_does_not_listen_is_dead(check: ModuleType, tmp_path: Path) -> None:
    assert check.main(os.getpid(), tmp_path) == 1


def test_a_worker_is_asked_on_its_own_port_if_it_has_one(
    check: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = "python\0-m\0tasks\0"
    assert check.find_url(worker) is None
    monkeypatch.setenv("METRICS_PORT", "9100")
    assert check.find_url(worker) == "http://127.0.0.1:9100/health/live"
    assert "/api/ai-agent/health/live" in check.find_url("python\0-m\0gunicorn\0")
