"""The worker's own small port: ``/metrics`` for Prometheus, ``/health/live`` for a platform. Off unless asked for."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

import structlog

from core import metrics
from core.metrics import Pool, PoolCollector
from core.settings import Settings

REQUEST_SECONDS = 5.0  # a request that has not arrived by then is dropped
MAX_LINES = 64

log = structlog.get_logger()


@asynccontextmanager
async def serve_metrics(
    settings: Settings, find_pools: Callable[[], Mapping[str, Pool]]
) -> AsyncIterator[None]:
    """Serve ``METRICS_PORT`` while the body runs; without that setting, do nothing."""
    if settings.metrics_port is None:
        yield
        return

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _serve(settings, find_pools, reader, writer)

    # As the web process: a platform reaches it from outside, a development machine must not be reached.
    host = "0.0.0.0" if settings.is_production else "127.0.0.1"  # noqa: S104
    try:
        server = await asyncio.start_server(serve, host, settings.metrics_port)
    except OSError as exc:
        # A worker that cannot be watched still works.
        log.warning("metrics_port_taken", port=settings.metrics_port, reason=type(exc).__name__)
        yield
        return
    async with server:
        log.info("metrics_served", port=settings.metrics_port)
        yield


async def _serve(
    settings: Settings,
    find_pools: Callable[[], Mapping[str, Pool]],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    try:
        async with asyncio.timeout(REQUEST_SECONDS):
            path, authorization = await _read(reader)
            status, body = _respond(settings, find_pools, path, authorization)
            writer.write(_format(status, body))
            await writer.drain()
    except (TimeoutError, OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
        pass  # The client is gone, or does not speak HTTP.
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> tuple[str, str]:
    """Return the path of a GET and its Authorization header; raise ``ValueError`` for anything else."""
    method, path, _ = (await reader.readline()).decode("latin-1").split(" ", 2)
    if method != "GET":
        raise ValueError(method)
    authorization = ""
    for _ in range(MAX_LINES):
        name, _, value = (await reader.readline()).decode("latin-1").strip().partition(":")
        if not name:
            return path.partition("?")[0], authorization
        if name.lower() == "authorization":
            authorization = value.strip()
    raise ValueError("too many lines")


def _respond(
    settings: Settings, find_pools: Callable[[], Mapping[str, Pool]], path: str, authorization: str
) -> tuple[str, bytes]:
    if path == "/health/live":
        return "200 OK", b"ok\n"
    if path != "/metrics":
        return "404 Not Found", b"Not found.\n"
    token = settings.metrics_token
    if token is None and settings.is_production:
        return "404 Not Found", b"METRICS_TOKEN is not set.\n"
    if token is not None:
        expected = f"Bearer {token.get_secret_value()}"
        if not hmac.compare_digest(authorization.encode(), expected.encode()):
            return "401 Unauthorized", b"The metrics token is required.\n"
    return "200 OK", metrics.render(PoolCollector(find_pools))


def _format(status: str, body: bytes) -> bytes:
    kind = metrics.CONTENT_TYPE if body.startswith(b"#") else "text/plain; charset=utf-8"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    return head.encode("latin-1") + body
