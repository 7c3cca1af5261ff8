"""Sends one request to a chat completions server and reads the response, within limits of time and bytes.

OpenAI's client sends it, over connections of our own: it would read an error to its end, however long, and does not
show the comments by which a server says that it is alive. So errors are cut below it, and events are read from the
bytes. No compression is asked for or unpacked, no redirect followed, and no request sent twice: the queue waits between
tries.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any

import httpx2
import openai
from openai import AsyncStream

from tasks.designers.chat.sse import Sign, StreamReader, TooLong

CONNECT_SECONDS = 10.0
ERROR_SECONDS = 10.0  # for the body of a refusal
MAX_BODY = 32_000_000  # bytes of one response; 16,000 tokens in a chunk each take about 5,000,000
MAX_NOISE = 5_000_000  # bytes in a row that say nothing; a line may be nearly as long
UNHURRIED_AFTER = 1_000_000  # bytes of one response; from then on it is read at no more than this speed:
BYTES_A_SECOND = 2_000_000  # a model writes less than a hundredth of it
MAX_ERROR_BODY = 64_000  # bytes; the rest of a refusal is not read
STREAMS_A_CLIENT = 50  # a client looks at all of its connections whenever one begins or ends
UNUSED = "none"  # The client wants a key and an address; every request brings its own.


class Refused(Exception):
    """The server did not answer with 2xx; ``body`` is its JSON, or a text where it is none."""

    def __init__(self, status: int, headers: Mapping[str, str], body: Any, seconds: float) -> None:
        super().__init__(status)
        self.status = status
        self.headers = headers
        self.body = body
        self.seconds = seconds  # until it came


class Unreachable(Exception):
    """No connection, or none any more."""


class Overdue(Exception):
    """The server was silent for too long."""


class Unreadable(Exception):
    """The response is longer than any answer, or compressed."""

    def __init__(self, *, is_packed: bool = False) -> None:
        super().__init__(is_packed)
        self.is_packed = is_packed


class Transport:
    """Connections to a server, shared by all jobs of a process."""

    def __init__(self, *, max_streams: int) -> None:
        timeout = httpx2.Timeout(None, connect=CONNECT_SECONDS)
        self._clients = [
            openai.AsyncOpenAI(
                api_key=UNUSED,
                base_url="http://127.0.0.1",
                max_retries=0,
                timeout=timeout,
                http_client=httpx2.AsyncClient(
                    transport=_CutErrors(),
                    follow_redirects=False,
                    headers={"Accept-Encoding": "identity", "User-Agent": "canvas-jobs"},
                    timeout=timeout,
                ),
            )
            for _ in range(math.ceil(max_streams / STREAMS_A_CLIENT))
        ]
        self._next_client = itertools.cycle(self._clients)
        # At DEBUG the client logs whole requests, prompts included.
        logging.getLogger("openai").setLevel(logging.INFO)

    async def close(self) -> None:
        """Close idle connections."""
        for client in self._clients:
            await client.close()

    @asynccontextmanager
    async def post(
        self, url: str, *, headers: Mapping[str, str], body: Mapping[str, Any], patience: Patience
    ) -> AsyncGenerator[Response, None]:
        """Yield the response once its head is there. Raises ``Refused``, ``Unreachable``, ``Overdue``."""
        started_at = _now()
        try:
            async with asyncio.timeout_at(patience.next_deadline()):
                response = await self._send(url, headers, body)
        except openai.APIStatusError as exc:
            found = _parse(exc.response.content)
            seconds = _now() - started_at
            raise Refused(exc.status_code, exc.response.headers, found, seconds) from None
        except TimeoutError:
            raise Overdue from None
        except (openai.APIError, httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as exc:
            raise Unreachable(type(exc.__cause__ or exc).__name__) from None
        async with aclosing(response):
            yield Response(response, patience)

    async def _send(self, url: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> httpx2.Response:
        # As chat.completions.create, but for the models it would make of each chunk.
        stream = await next(self._next_client).post(
            url,
            cast_to=object,
            content=json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"),
            options={
                "headers": {
                    "Authorization": openai.Omit(),
                    "Content-Type": "application/json",
                    "Accept": "text/event-stream, application/json",
                    **headers,
                }
            },
            stream=True,
            stream_cls=AsyncStream[object],
        )
        return stream.response


class _CutErrors(httpx2.AsyncHTTPTransport):
    """Connections whose errors end after so many bytes and so long: nobody reads more of them."""

    def __init__(self) -> None:
        super().__init__(
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=STREAMS_A_CLIENT)
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request; cut the body of whatever is not 2xx."""
        response = await super().handle_async_request(request)
        if not 200 <= response.status_code < 300 and isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _CutStream(response.stream)
            response.headers.pop("content-encoding", None)  # The bytes are read as they are.
        return response


class _CutStream(httpx2.AsyncByteStream):
    def __init__(self, stream: httpx2.AsyncByteStream) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = MAX_ERROR_BODY
        chunks = aiter(self._stream)
        try:
            async with asyncio.timeout(ERROR_SECONDS):
                while left > 0 and (chunk := await anext(chunks, None)) is not None:
                    yield chunk[:left]
                    left -= len(chunk)
        except (TimeoutError, httpx2.HTTPError, httpx2.StreamError, OSError):
            pass  # The status says most of it.

    async def aclose(self) -> None:
        await self._stream.aclose()


class Patience:
    """How long the next byte may take: a longer time until the first word, and a deadline for all of it."""

    def __init__(self, *, first: float, idle: float, total: float) -> None:
        self._deadline = _now() + total
        self._seconds = first
        self._idle = idle

    def expect_more(self) -> None:
        """Note that the model writes: from now on the shorter time holds."""
        self._seconds = min(self._seconds, self._idle)

    def wait_for_farewell(self, seconds: float) -> None:
        """Note that the answer is complete, but for what little may follow."""
        self._seconds = min(self._seconds, seconds)

    def wait_for_all(self) -> None:
        """Note that nothing comes before everything does."""
        self._seconds = math.inf

    def next_deadline(self) -> float:
        """Return the time, by the loop's clock, at which waiting for the next bytes ends."""
        return min(_now() + self._seconds, self._deadline)


class Response:
    """A running response: its JSON values and signs."""

    def __init__(self, response: httpx2.Response, patience: Patience) -> None:
        self._response = response
        self._patience = patience

    async def values(self) -> AsyncGenerator[Any, None]:
        """Yield JSON values and signs as they come. Raises ``Unreachable``, ``Overdue``, ``Unreadable``."""
        if self._response.headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
            raise Unreadable(is_packed=True)
        reader = StreamReader()
        length = noise = 0
        chunks = aiter(self._response.aiter_raw())
        while True:
            data = await self._next(chunks)
            if data is None:
                break
            length += len(data)
            try:
                found = reader.feed(data)
            except TooLong:
                raise Unreadable() from None
            noise = 0 if found else noise + len(data)
            for value in found or (Sign.ALIVE,):
                yield value
                if value is Sign.DONE:
                    return
            if length > MAX_BODY or noise > MAX_NOISE:
                raise Unreadable()
            if length > UNHURRIED_AFTER:
                await asyncio.sleep(len(data) / BYTES_A_SECOND)  # The time is that of other jobs.
        for value in reader.close():
            yield value

    async def _next(self, chunks: Any) -> bytes | None:
        # The limits hold for the wait alone: around a yield they would interrupt the caller.
        try:
            async with asyncio.timeout_at(self._patience.next_deadline()):
                data: bytes | None = await anext(chunks, None)
        except TimeoutError:
            raise Overdue from None
        except (httpx2.HTTPError, httpx2.StreamError, OSError, ValueError) as exc:
            raise Unreachable(type(exc).__name__) from None
        return data


def _parse(data: bytes) -> Any:
    """Return the body of a refusal: JSON, else its text."""
    text = data[:MAX_ERROR_BODY].decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _now() -> float:
    return asyncio.get_running_loop().time()
