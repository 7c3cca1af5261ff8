"""Start the real processes on this machine, wait until they serve, and stop what was started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_TIMEOUT = 120.0  # seconds until a process must serve; a busy machine takes its time
STOP_TIMEOUT = 30.0  # seconds until a process that was asked to stop is killed

WEB = [
    sys.executable,
    "-m",
    "gunicorn",
    "--config",
    "gunicorn.conf.py",
    "webapp:create_app_from_environment()",
]
RELEASE = [sys.executable, "-m", "migrations"]
WORKER = [sys.executable, "-m", "tasks"]


class ServiceError(Exception):
    """A process did not start; the message says which, and where its log is."""


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Return whether a web process could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        # As gunicorn does: connections of an earlier run that are still closing are no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextlib.contextmanager
def running(
    command: list[str], *, env: Mapping[str, str], log: Path, folder: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process while the body runs, its output in ``log``, and stop it with the body.

    It gets a session of its own, so that Ctrl-C reaches only us, and we stop it in order.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, **env},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, and end it when it does not."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=STOP_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_until_healthy(url: str, processes: Mapping[str, subprocess.Popen[bytes]], *, logs: Path) -> None:
    """Return once the web process answers and a worker is alive; raise ``ServiceError`` when that does not happen."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        for name, process in processes.items():
            if process.poll() is not None:
                raise ServiceError(f"The {name} process ended at once; see {logs / name}.log")
        if _is_healthy(url):
            return
        time.sleep(0.1)
    raise ServiceError(f"The service did not become healthy in {START_TIMEOUT:.0f} s; see {logs}")


def wait_until_ready(url: str) -> None:
    """Return once a GET of ``url`` is answered with 200; raise ``ServiceError`` when that does not happen."""
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise ServiceError(f"{url} did not answer in {START_TIMEOUT:.0f} s")


def _is_healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/ai-agent/health", timeout=2) as answer:
            health = json.load(answer)
    except (OSError, urllib.error.URLError, ValueError):
        return False
    return bool(health["job_processor"]["running"])


@contextlib.contextmanager
def web_and_worker(env: Mapping[str, str], *, port: int, logs: Path) -> Iterator[str]:
    """Run one web and one worker process while the body runs; gives the URL once both serve."""
    env = {**env, "PORT": str(port)}
    url = f"http://127.0.0.1:{port}"
    with (
        running(WORKER, env=env, log=logs / "worker.log") as worker,
        running(WEB, env=env, log=logs / "web.log") as web,
    ):
        wait_until_healthy(url, {"web": web, "worker": worker}, logs=logs)
        yield url
