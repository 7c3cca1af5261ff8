"""A model server: OpenAI's chat completions over real HTTP, with scripted delays, refusals and broken streams.

``python -m devtools.model_server --port 9000 --chunk-delay 0.02`` answers every prompt with the same written plan;
point ``OPENAI_BASE_URL=http://127.0.0.1:9000/v1`` at it.
"""

from __future__ import annotations

import argparse
import json
import random
import select
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

STEPS = [
    ("start", "Order received"),
    ("data", "Check stock"),
    ("decision", "All in stock?"),
    ("step", "Reserve items"),
    ("step", "Order from supplier"),
    ("step", "Wait for delivery"),
    ("decision", "Payment ok?"),
    ("step", "Ask for another card"),
    ("step", "Pack the parcel"),
    ("step", "Hand over to courier"),
    ("note", "Send tracking link"),
    ("end", "Order complete"),
]
ARROWS = [
    (0, 1, None), (1, 2, None), (2, 3, "yes"), (2, 4, "no"), (4, 5, None), (5, 3, None), (3, 6, None), (6, 7, "no"),
    (7, 6, None), (6, 8, "yes"), (8, 9, None), (9, 10, None), (10, 11, None),
]  # fmt: skip


def written_plan() -> dict[str, Any]:
    """Return a plan as a good model writes it: a flowchart of 12 nodes and 13 edges, each edge after its nodes."""
    items: list[dict[str, Any]] = []
    for number, (role, text) in enumerate(STEPS):
        node = {"kind": "node", "id": f"n{number}", "text": text, "role": role}
        items.append({**node, "parent": None, "when": None, "accent": None})
        for source, target, label in ARROWS:
            if max(source, target) == number:
                edge = {"kind": "edge", "source": f"n{source}", "target": f"n{target}"}
                items.append({**edge, "label": label, "arrow": True})
    return {"title": "Online order", "kind": "flowchart", "direction": "down", "items": items}


@dataclass(frozen=True)
class Script:
    """How one request is answered. Counts are chunks that were sent before; times are seconds."""

    text: str = field(default_factory=lambda: json.dumps(written_plan()))
    delay: float = 0.0  # before the first byte
    chunk_delay: float = 0.0
    chunk_size: int = 40  # characters
    finish_reason: str | None = "stop"
    refusal: str | None = None
    status: int = 200
    error: dict[str, Any] | None = None  # the body of a refused request
    headers: dict[str, str] = field(default_factory=dict)
    html: str | None = None  # instead of a stream
    cut_after: int | None = None  # then the connection breaks
    silent_after: int | None = None  # then nothing comes any more, and the connection stays
    bad_line_after: int | None = None  # then one line that is not JSON
    error_after: int | None = None  # then an error event
    refuses: tuple[str, ...] = ()  # parameters answered with 400


@dataclass
class Received:
    """A request as it arrived; ``left`` is set when the client hung up before the end."""

    headers: Message
    body: dict[str, Any]
    port: int  # of the client
    left: threading.Event = field(default_factory=threading.Event)
    done: threading.Event = field(default_factory=threading.Event)


def refused(status: int, code: str | None = None, message: str = "no", **headers: str) -> Script:
    """Return the script of a request that is refused; ``retry_after="3"`` becomes a header."""
    error = {"message": message, "type": code or "error", "code": code, "param": None}
    return Script(
        status=status, error=error, headers={key.replace("_", "-"): value for key, value in headers.items()}
    )


class ModelServer:
    """Serves in threads of its own between ``with`` and its end; requests take the queued scripts in order."""

    def __init__(
        self, *scripts: Script, default: Script | None = None, port: int = 0, error_share: float = 0.0
    ) -> None:
        self.requests: list[Received] = []
        self._scripts = deque(scripts)
        self._default = default or Script()
        self._error_share = error_share
        self._lock = threading.Lock()
        self.is_stopping = threading.Event()
        self._http = _HTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"model_server": self}))

    @property
    def base_url(self) -> str:
        """The value for ``OPENAI_BASE_URL``."""
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_stopping.set()
        self._http.shutdown()
        self._http.server_close()

    def script(self, *scripts: Script) -> None:
        """Queue answers; when none is left, the default answers."""
        with self._lock:
            self._scripts.extend(scripts)

    def take(self, received: Received) -> Script:
        """Record a request and return its script."""
        with self._lock:
            self.requests.append(received)
            if self._scripts:
                return self._scripts.popleft()
        if random.random() < self._error_share:
            return refused(500, "server_error")
        return self._default


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that have gone, as the workers do which tests kill."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    model_server: ModelServer
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        length = int(self.headers.get("content-length", 0))
        data = self.rfile.read(length)
        if len(data) < length:
            raise ConnectionResetError("the caller left within its request")
        body = json.loads(data)
        received = Received(self.headers, body, port=self.client_address[1])
        script = self.model_server.take(received)
        try:
            self._answer(script, received)
        except (BrokenPipeError, ConnectionResetError, _Left):
            received.left.set()
            self.close_connection = True
        finally:
            received.done.set()

    def _answer(self, script: Script, received: Received) -> None:
        self._pause(script.delay)
        if not self.path.endswith("/chat/completions"):
            return self._send(404, "application/json", json.dumps({"error": {"message": "no route"}}))
        offending = next((name for name in script.refuses if _uses(received.body, name)), None)
        if offending:
            message = f"Unsupported parameter: '{offending}' is not supported."
            return self._send(
                400, "application/json", json.dumps({"error": {"message": message, "param": None}})
            )
        if script.status != 200 or script.error:
            return self._send(
                script.status, "application/json", json.dumps({"error": script.error}), script.headers
            )
        if script.html is not None:
            return self._send(200, "text/html", script.html)
        self._stream(script, received.body)
        return None

    def _send(self, status: int, content_type: str, text: str, headers: dict[str, str] | None = None) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in {
            "content-type": content_type,
            "content-length": str(len(data)),
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, script: Script, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream; charset=utf-8")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for number, event in enumerate(_events(script, body)):
            if number == script.cut_after:
                return self._cut()
            if number == script.silent_after:
                self._pause(float("inf"))
            if number == script.bad_line_after:
                self._write("data: {not json\n\n")
            if number == script.error_after:
                self._write('data: {"error": {"message": "overloaded", "code": "server_error"}}\n\n')
            self._write(event)
            self._pause(script.chunk_delay)
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _write(self, text: str) -> None:
        data = text.encode()
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

    def _cut(self) -> None:
        """Break the connection as a crashed server does: with a reset."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def _pause(self, seconds: float) -> None:
        """Wait, but notice at once when the client hangs up."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.model_server.is_stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], min(left, 0.05))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise _Left


class _Left(Exception):
    """The client hung up."""


def _uses(body: dict[str, Any], name: str) -> bool:
    if name == "json_schema":
        return bool(body.get("response_format", {}).get("type") == "json_schema")
    return name in body


def _events(script: Script, body: dict[str, Any]) -> Iterator[str]:
    yield _event(body, {"role": "assistant", "content": ""})
    if script.refusal:
        yield _event(body, {"refusal": script.refusal})
    else:
        for start in range(0, len(script.text), script.chunk_size):
            yield _event(body, {"content": script.text[start : start + script.chunk_size]})
    if script.finish_reason:
        yield _event(body, {}, script.finish_reason)
        if (body.get("stream_options") or {}).get("include_usage"):
            yield _event(body, None)
        yield "data: [DONE]\n\n"


def _event(body: dict[str, Any], delta: dict[str, Any] | None, finish_reason: str | None = None) -> str:
    """Return one SSE event; without a delta the last one, with the usage and no choices."""
    chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body.get("model")}
    if delta is None:
        usage = {"prompt_tokens": 700, "completion_tokens": 900, "total_tokens": 1600}
        return f"data: {json.dumps({**chunk, 'choices': [], 'usage': usage})}\n\n"
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason, "logprobs": None}
    return f"data: {json.dumps({**chunk, 'choices': [choice], 'usage': None})}\n\n"


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(
        description="A model's server for tests: one written plan for every prompt."
    )
    parser.add_argument("--port", type=int, default=9000)
    parser.add_argument("--delay", type=float, default=0.2, help="seconds before the first byte")
    parser.add_argument("--chunk-delay", type=float, default=0.02, help="seconds between two chunks")
    parser.add_argument("--chunk-size", type=int, default=16, help="characters")
    parser.add_argument("--error-share", type=float, default=0.0, help="share of requests answered with 500")
    given = parser.parse_args()
    script = Script(delay=given.delay, chunk_delay=given.chunk_delay, chunk_size=given.chunk_size)
    with ModelServer(default=script, port=given.port, error_share=given.error_share) as server:
        print(server.base_url, flush=True)
        with suppress(KeyboardInterrupt):
            threading.Event().wait()


if __name__ == "__main__":
    main()
