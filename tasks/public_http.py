"""Sends a POST to an address that a stranger chose: only to public machines, whatever its name resolves to later.

Redirects are not followed, and only the status of the response is used.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import SplitResult, urlsplit

from core.webhook_rules import is_public

CONNECT_SECONDS = 5.0
DRAIN_SECONDS, MAX_CHUNKS, CHUNK_BYTES = 1.0, 16, 4096
RESPONSE_SECONDS = 15.0  # what Standard Webhooks allows a receiver


# Of its own: a name server that is slow on purpose would take the threads in which drawings are made.
RESOLVERS = ThreadPoolExecutor(max_workers=32, thread_name_prefix="resolver")


class Unreachable(Exception):
    """The message did not arrive; the argument is a sentence for the delivery log."""


async def post(url: str, body: bytes, headers: Mapping[str, str], *, allow_private: bool = False) -> int:
    """Return the receiver's status; raise ``Unreachable``."""
    parts = urlsplit(url)
    try:
        async with asyncio.timeout(RESPONSE_SECONDS):
            address = await _find_address(parts, allow_private=allow_private)
            return await _exchange(parts, address, _format(parts, body, headers))
    except TimeoutError:
        raise Unreachable(f"No response within {RESPONSE_SECONDS:.0f} s.") from None
    except ssl.SSLError as exc:
        raise Unreachable(f"TLS: {exc.reason or 'failed'}.") from None
    except (OSError, ValueError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as exc:
        raise Unreachable(f"The connection failed: {type(exc).__name__}.") from None


async def _find_address(parts: SplitResult, *, allow_private: bool) -> str:
    """Return the address to connect to. It is checked here and used as it is: a second look-up could differ."""
    loop = asyncio.get_running_loop()
    look_up = functools.partial(socket.getaddrinfo, parts.hostname, None, type=socket.SOCK_STREAM)
    try:
        found = await loop.run_in_executor(RESOLVERS, look_up)
    except (socket.gaierror, UnicodeError):
        raise Unreachable("The name cannot be resolved.") from None
    addresses = [str(entry[4][0]) for entry in found]
    allowed = [address for address in addresses if allow_private or is_public(address)]
    if not allowed:
        raise Unreachable("The address is not public.")
    return allowed[0]


async def _exchange(parts: SplitResult, address: str, request: bytes) -> int:
    is_tls = parts.scheme == "https"
    async with asyncio.timeout(CONNECT_SECONDS):
        reader, writer = await asyncio.open_connection(
            address,
            parts.port or (443 if is_tls else 80),
            ssl=ssl.create_default_context() if is_tls else None,
            server_hostname=parts.hostname if is_tls else None,
        )
    try:
        writer.write(request)
        await writer.drain()
        status = _status(await reader.readline())
        await _drain(reader)
        return status
    finally:
        # Not waited for: a receiver that holds on must not hold us.
        writer.close()


async def _drain(reader: asyncio.StreamReader) -> None:
    """Read the rest and drop it: closing on it would look like a broken connection to the receiver."""
    with contextlib.suppress(TimeoutError, OSError):
        async with asyncio.timeout(DRAIN_SECONDS):
            for _ in range(MAX_CHUNKS):
                if not await reader.read(CHUNK_BYTES):
                    return


def _format(parts: SplitResult, body: bytes, headers: Mapping[str, str]) -> bytes:
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    lines = [f"POST {path} HTTP/1.1", f"Host: {parts.netloc}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    lines += [f"Content-Length: {len(body)}", "", ""]
    return "\r\n".join(lines).encode("ascii") + body


def _status(line: bytes) -> int:
    version, _, rest = line.partition(b" ")
    if not version.startswith(b"HTTP/1.") or not rest[:3].isdigit():
        raise Unreachable("The response is not HTTP.")
    return int(rest[:3])
