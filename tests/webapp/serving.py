"""A real web process on 127.0.0.1, and a reader of its event streams."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.waiting import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
API = "/api/ai-agent"


@dataclass
class Message:
    """One server-sent event; a comment has no kind."""

    number: int | None
    kind: str | None
    data: dict[str, Any]


class Reader:
    """An open event stream."""

    def __init__(self, answer: http.client.HTTPResponse, connection: http.client.HTTPConnection) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self._answer = answer
        self._connection = connection

    def __iter__(self) -> Iterator[Message]:
        """Yield what arrives until the server ends the stream."""
        fields: dict[str, str] = {}
        for line in self._answer:
            text = line.decode().rstrip("\n")
            if text:
                name, _, value = text.partition(":")
                fields[name] = value.strip()
                continue
            if "event" in fields:
                yield Message(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            elif "" in fields:
                yield Message(None, None, {"comment": fields[""]})
            fields = {}

    def close(self) -> None:
        self._answer.close()
        self._connection.close()


class Web:
    """A running web process."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process = process
        self.port = port
        self._log = log
        self._open: list[http.client.HTTPConnection | Reader] = []

    @property
    def log(self) -> str:
        return self._log.read_text()

    def connect(self) -> http.client.HTTPConnection:
        """Return a connection, closed at the end of the test at the latest."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        self._open.append(connection)
        return connection

    def hang_up(self) -> None:
        """Close what is still open."""
        for each in reversed(self._open):
            each.close()

    def call(
        self, method: str, path: str, *, token: str = "", body: dict[str, Any] | None = None, **headers: str
    ) -> tuple[int, Any]:
        """Return status and JSON of an answer."""
        connection = self.connect()
        headers |= {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request(method, path, body=None if body is None else json.dumps(body), headers=headers)
        answer = connection.getresponse()
        body = json.load(answer)
        connection.close()
        return answer.status, body

    def follow(self, job_id: str, token: str, *, after: int = 0) -> Reader:
        """Open the event stream of a job."""
        connection = self.connect()
        headers = {"Authorization": f"Bearer {token}"} | ({"Last-Event-ID": str(after)} if after else {})
        connection.request("GET", f"{API}/job/{job_id}/events", headers=headers)
        reader = Reader(connection.getresponse(), connection)
        self._open.append(reader)
        return reader

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=PATIENCE)


@contextmanager
def serve(folder: Path, *, files: str = "", log: str = "", **env: str) -> Iterator[Web]:
    """Run gunicorn as a platform would, with this environment and nothing else; gives it once it answers.

    ``files`` is how many it may open, at first and at most, as prlimit takes it: "100:200".
    """
    limited = ["prlimit", f"--nofile={files}"] if files else []
    port = _free_port()
    path = Path(log or folder / "web.log")
    with path.open("wb") as output:
        process = subprocess.Popen(
            [*limited, sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PORT": str(port), "VAR_DIR": str(folder / "var"), **env},
            stdout=output,
            stderr=output,
        )
        web = Web(process, port, path)
        try:
            _wait_until_live(web)
            yield web
        finally:
            web.hang_up()
            process.terminate()
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_live(web: Web) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        assert web.process.poll() is None, web.log
        try:
            if web.call("GET", f"{API}/health/live")[0] == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(web.log)
