"""Requests over a few keep-alive connections, each sending its next when it has its response: rates and latencies.

Plain sockets and one epoll: on a small machine the callers share the processors with what they measure, so they must
cost little.
"""

from __future__ import annotations

import select
import socket
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

WARM_UP_SECONDS = 0.5
READ_BYTES = 65_536


@dataclass
class Measured:
    """What one round saw: answers a second, and how long each took in seconds."""

    rate: float
    latencies: list[float] = field(repr=False)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def p50(self) -> float:
        """The median latency in seconds."""
        return statistics.median(self.latencies)

    @property
    def p99(self) -> float:
        """The latency in seconds that one in a hundred exceeded."""
        return percentile(self.latencies, 0.99)


def percentile(values: list[float], share: float) -> float:
    """Return the value that ``share`` (0 to 1) of the values do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def http_request(
    method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def measure(
    port: int, make_request: Callable[[], bytes], *, connections: int = 16, seconds: float = 3.0
) -> Measured:
    """Return what ``connections`` saw of 127.0.0.1:``port`` in ``seconds``, after a short warm-up."""
    callers = [_Caller(port, make_request) for _ in range(connections)]
    try:
        return _run(callers, seconds)
    finally:
        for caller in callers:
            caller.socket.close()


class _Caller:
    """One connection: a request, its answer, the next request."""

    def __init__(self, port: int, make_request: Callable[[], bytes]) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._make_request = make_request
        self._data = b""
        self.began = 0.0

    def ask(self) -> None:
        """Send the next request."""
        request = self._make_request()
        self._data = b""
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def read(self) -> int | None:
        """Return the status when the answer is complete."""
        received = self.socket.recv(READ_BYTES)
        if not received:
            raise ConnectionError("the server hung up")
        self._data += received
        end = self._data.find(b"\r\n\r\n")
        if end < 0:
            return None
        at = self._data.lower().find(b"content-length:", 0, end)
        length = int(self._data[at + 15 : self._data.index(b"\r\n", at)]) if at >= 0 else 0
        return int(self._data[9:12]) if len(self._data) >= end + 4 + length else None


def _run(callers: list[_Caller], seconds: float) -> Measured:
    by_number = {caller.socket.fileno(): caller for caller in callers}
    start = time.perf_counter() + WARM_UP_SECONDS
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    with select.epoll() as ready:
        for number, caller in by_number.items():
            ready.register(number, select.EPOLLIN)
            caller.ask()
        while (now := time.perf_counter()) < start + seconds:
            for number, _ in ready.poll(timeout=1.0):
                caller = by_number[number]
                if (status := caller.read()) is None:
                    continue
                if caller.began >= start:
                    latencies.append(time.perf_counter() - caller.began)
                    statuses[status] = statuses.get(status, 0) + 1
                caller.ask()
    return Measured(rate=len(latencies) / (now - start), latencies=latencies, statuses=statuses)
