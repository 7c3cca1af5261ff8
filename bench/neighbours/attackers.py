"""The attackers: ``python -m bench.neighbours.attackers NAME PORT`` goes on until it is ended.

Each has one account, the default limits, and takes all that these leave. It prints a line once its attack is under way.
"""

from __future__ import annotations

import http.client
import json
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from bench.neighbours.honest import token_of
from bench.neighbours.model import FLOOD, HANG, REFUSE
from bench.web import API
from devtools.tarpit import Tarpit

BUSY_PAUSE = 0.2  # seconds after a refusal
CONNECTIONS = 900  # below the usual limit of open files of one process
BODIES = 300
CALLERS = 6  # as many connections as a browser opens to one host
MESH = 16  # nodes, all connected with one another
OBJECTS = 80  # shapes of a large drawing


class Attacker:
    """One account."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.token = token_of(f"attacker-{time.time_ns()}")
        self.under_way = threading.Event()

    @property
    def headers(self) -> dict[str, str]:
        """What its requests carry."""
        return {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> tuple[int, bytes]:
        """Return status and body of the answer over a connection of its own; (0, b"") when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, json.dumps(body) if body else None, self.headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            connection.close()

    def post_jobs(self, body: dict[str, Any]) -> None:
        """Have as many jobs as the limits allow, and new ones as soon as they do."""
        while True:
            status, _ = self.ask("POST", f"{API}/create-canvas", body)
            if status == 202:
                continue
            self.under_way.set()
            time.sleep(BUSY_PAUSE)

    def draw(self, source: str) -> str:
        """Return the id of a finished canvas."""
        _, made = self.ask("POST", f"{API}/create-canvas", {"source": source})
        job_id = json.loads(made)["job_id"]
        while True:
            _, found = self.ask("GET", f"{API}/job/{job_id}/status")
            seen = json.loads(found)["job"]
            if seen["status"] == "completed":
                return str(seen["canvas_id"])
            time.sleep(0.1)


def mesh(nodes: int) -> str:
    """Return a flowchart in which every node is connected with every other one."""
    lines = [f"n{a} -->|from {a} to {b}| n{b}" for a in range(nodes) for b in range(nodes) if a != b]
    return "\n".join(["flowchart TD", *lines])


def attack_places(attacker: Attacker) -> None:
    """Jobs on which the model hangs."""
    attacker.post_jobs({"instructions": f"A model {HANG} on this"})


def attack_breaker(attacker: Attacker) -> None:
    """Jobs which the model's server refuses."""
    attacker.post_jobs({"instructions": f"A server {REFUSE} this"})


def attack_memory(attacker: Attacker) -> None:
    """Jobs which the model answers with as much as is taken."""
    attacker.post_jobs({"instructions": f"A model {FLOOD} this"})


def attack_cpu(attacker: Attacker) -> None:
    """Drawings that cost much."""
    attacker.post_jobs({"source": mesh(MESH)})


def attack_gil(attacker: Attacker) -> None:
    """Pictures of large canvases, over and over, from as many callers as a browser has connections."""
    steps = "\n".join(f"n{number}[Step {number}] --> n{number + 1}" for number in range(OBJECTS))
    canvases = [attacker.draw(f"flowchart TD\n{steps}\nend{number}[End]") for number in range(5)]
    attacker.under_way.set()
    while True:
        for canvas_id in canvases:
            for ending in ("svg", "png"):
                attacker.ask("GET", f"{API}/canvas/{canvas_id}.{ending}")


def attack_webhooks(attacker: Attacker) -> None:
    """Webhooks to a receiver that accepts and never responds."""
    with Tarpit() as tarpit:
        attacker.post_jobs({"source": "flowchart TD\nA --> B", "webhook_url": tarpit.url})


def attack_bodies(attacker: Attacker) -> None:
    """Bodies that come in one byte at a time."""
    head = "".join(f"{name}: {value}\r\n" for name, value in attacker.headers.items())
    request = f"POST {API}/create-canvas HTTP/1.1\r\nHost: localhost\r\n{head}Content-Length: 200\r\n\r\n"
    _hold(attacker, BODIES, request.encode(), b" ", pause=1.0)


def attack_connections(attacker: Attacker) -> None:
    """Connections over which nothing comes."""
    _hold(attacker, CONNECTIONS, b"", b"", pause=1.0)


def attack_sessions(attacker: Attacker) -> None:
    """Lists and statistics, which take a database session each."""
    paths = (f"{API}/jobs?limit=100", f"{API}/stats")
    _crowd(attacker, lambda: [attacker.ask("GET", path) for path in paths])


def attack_log(attacker: Attacker) -> None:
    """Requests whose only purpose is a long line in the log."""
    path = f"{API}/job/{'x' * 3000}/status"
    _crowd(attacker, lambda: attacker.ask("GET", path))


def _crowd(attacker: Attacker, once: Callable[[], object]) -> None:
    def go_on() -> None:
        while True:
            once()
            attacker.under_way.set()

    for _ in range(CALLERS):
        threading.Thread(target=go_on, daemon=True).start()
    threading.Event().wait()


def _hold(attacker: Attacker, count: int, beginning: bytes, byte: bytes, *, pause: float) -> None:
    """Keep so many connections open, and open a new one for each that is closed."""
    connections: list[socket.socket | None] = [None] * count
    while True:
        for number, connection in enumerate(connections):
            connections[number] = _continued(connection, byte) or _opened(attacker.port, beginning)
            if attacker.under_way.is_set():
                time.sleep(
                    pause / count
                )  # Many at once would be a flood of requests, which is another attack.
        attacker.under_way.set()


def _opened(port: int, beginning: bytes) -> socket.socket | None:
    try:
        connection = socket.create_connection(("127.0.0.1", port), timeout=5)
        connection.sendall(beginning)
    except OSError:
        return None
    connection.setblocking(False)
    return connection


def _continued(connection: socket.socket | None, byte: bytes) -> socket.socket | None:
    """Send one more byte; return None when the connection is closed, or was answered."""
    if connection is None:
        return None
    try:
        if byte:
            connection.send(byte)
        if connection.recv(65_536):
            raise ConnectionError
    except BlockingIOError:
        return connection
    except OSError:
        pass
    connection.close()
    return None


ATTACKS: dict[str, Callable[[Attacker], None]] = {
    name.removeprefix("attack_"): function
    for name, function in list(globals().items())
    if name.startswith("attack_")
}


def main(name: str, port: int) -> None:
    """Attack until the process is ended."""
    attacker = Attacker(port)
    threading.Thread(target=ATTACKS[name], args=[attacker], daemon=True).start()
    attacker.under_way.wait()
    print("under way", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
