"""A model's server whose answer depends on a word in the prompt: ``python -m bench.neighbours.model PORT``."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys

NODES = 12
HANG, REFUSE, FLOOD = "HANGS", "REFUSES", "FLOODS"  # in a prompt
HANG_SECONDS = 20.0
FLOOD_BYTES = 30_000_000  # of text in one answer, a little less than a worker takes


def _frame(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _event(text: str, finish_reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": finish_reason}
    chunk = {
        "id": "1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "bench",
        "choices": [choice],
    }
    return _frame(f"data: {json.dumps(chunk)}\n\n".encode())


def _drawing() -> bytes:
    steps = [
        f"  n{number}[Step {number}] --> n{number + 1}[Step {number + 1}]\n" for number in range(NODES - 1)
    ]
    lines = ["flowchart TD\n", *steps]
    return b"".join(map(_event, lines)) + _event("", "stop") + _frame(b"data: [DONE]\n\n") + b"0\r\n\r\n"


DRAWING = _drawing()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
BUSY = b'{"error": {"message": "overloaded", "type": "server_error"}}'
REFUSAL = (
    b"HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\n"
    b"content-length: %d\r\n\r\n%s" % (len(BUSY), BUSY)
)
NOISE = _event("%% " + "x" * 60_000 + "\n")


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            at = head.lower().index(b"content-length:") + len(b"content-length:")
            body = (await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))).decode()
            if REFUSE in body:
                writer.write(REFUSAL)
                continue
            writer.write(HEAD)
            if HANG in body:
                await asyncio.sleep(HANG_SECONDS)
            for _ in range(FLOOD_BYTES // len(NOISE) if FLOOD in body else 0):
                writer.write(NOISE)
                await writer.drain()
            writer.write(DRAWING)
            await writer.drain()
    writer.close()


async def _main(port: int) -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", port, limit=1_000_000, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1])))
