"""A model's server that costs next to nothing: every prompt gets the same plan, at a set pace, from one event loop.

``python -m bench.model --port 9000 --nodes 12 --seconds 20`` writes OpenAI's chat completions. It prints the time at
which it had sent the first item of each answer, so that the delay until it is seen can be measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from typing import Any

from devtools.model_server import written_plan

CHUNK = 40  # characters


def make_plan(nodes: int) -> dict[str, Any]:
    """Return the plan of a single box, or the flowchart of 12 nodes and 13 arrows."""
    plan = written_plan()
    if nodes == 1:
        plan["items"] = plan["items"][:1]
    return plan


class Model:
    """Answers on every connection; ``seconds`` is how long one answer takes, 0 for at once."""

    def __init__(self, *, nodes: int, seconds: float) -> None:
        text = json.dumps(make_plan(nodes))
        size = CHUNK if seconds else len(text)
        self._chunks = [self._chunk(text[at : at + size]) for at in range(0, len(text), size)]
        self._pause = seconds / len(self._chunks)
        # The item is there with its closing brace.
        self._first_item = text.index("}", text.index('"items"')) // size
        self._end = b"".join(
            [_frame(_event({}, "stop")), _frame(_event(None)), _frame("data: [DONE]\n\n"), b"0\r\n\r\n"]
        )

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer requests until the client hangs up."""
        try:
            while await _read_request(reader):
                await self._answer(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, writer: asyncio.StreamWriter) -> None:
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        for number, chunk in enumerate(self._chunks):
            writer.write(chunk)
            if number == self._first_item:
                print(time.time(), flush=True)
            if self._pause:
                await writer.drain()
                await asyncio.sleep(self._pause)
        writer.write(self._end)
        await writer.drain()

    @staticmethod
    def _chunk(text: str) -> bytes:
        return _frame(_event({"content": text}))


async def _read_request(reader: asyncio.StreamReader) -> bool:
    head = await reader.readuntil(b"\r\n\r\n")
    at = head.lower().index(b"content-length:")
    await reader.readexactly(int(head[at + 15 : head.index(b"\r\n", at)]))
    return True


def _event(delta: dict[str, Any] | None, finish_reason: str | None = None) -> str:
    chunk: dict[str, Any] = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "bench"}
    if delta is None:
        chunk |= {
            "choices": [],
            "usage": {"prompt_tokens": 700, "completion_tokens": 900, "total_tokens": 1600},
        }
    else:
        chunk |= {"choices": [{"index": 0, "delta": delta, "finish_reason": finish_reason}]}
    return f"data: {json.dumps(chunk)}\n\n"


def _frame(text: str) -> bytes:
    data = text.encode()
    return b"%x\r\n%s\r\n" % (len(data), data)


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.model")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--nodes", type=int, choices=[1, 12], default=12)
    parser.add_argument("--seconds", type=float, default=0.0, help="that one answer takes")
    given = parser.parse_args()
    model = Model(nodes=given.nodes, seconds=given.seconds)
    server = await asyncio.start_server(model.serve, "127.0.0.1", given.port, backlog=1024)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main())
