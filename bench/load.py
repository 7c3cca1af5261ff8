"""Requests over a few kept-alive connections, each sending its next when it has its answer: rates and latencies."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


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


def measure(
    port: int, make_request: Callable[[], bytes], *, connections: int = 16, seconds: float = 3.0
) -> Measured:
    """Return what ``connections`` saw of 127.0.0.1:``port`` in ``seconds``, after a short warm-up."""
    return asyncio.run(_measure(port, make_request, connections=connections, seconds=seconds))


def http_request(
    method: str, path: str, *, headers: dict[str, str] | None = None, body: bytes = b""
) -> bytes:
    """Return a request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _measure(
    port: int, make_request: Callable[[], bytes], *, connections: int, seconds: float
) -> Measured:
    start = time.perf_counter() + 0.3
    latencies: list[float] = []
    statuses: dict[int, int] = {}

    async def caller() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            while (began := time.perf_counter()) < start + seconds:
                writer.write(make_request())
                status = await _read_answer(reader)
                if began >= start:
                    latencies.append(time.perf_counter() - began)
                    statuses[status] = statuses.get(status, 0) + 1
        finally:
            writer.close()

    await asyncio.gather(*(caller() for _ in range(connections)))
    return Measured(rate=len(latencies) / seconds, latencies=latencies, statuses=statuses)


async def _read_answer(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    at = head.lower().find(b"content-length:")
    if at >= 0:
        length = int(head[at + 15 : head.index(b"\r\n", at)])
        if length:
            await reader.readexactly(length)
    return status
