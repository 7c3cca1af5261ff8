"""A webhook receiver over real HTTP: it checks signatures and sends the statuses it is given."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from standardwebhooks import Webhook


@dataclass
class Receiver:
    """Answers in its own threads between ``with`` and its end: with the queued statuses first, then with 204."""

    secret: str
    statuses: deque[int] = field(default_factory=deque)
    messages: list[tuple[str, Any]] = field(
        default_factory=list
    )  # id and verified content, whatever was answered
    paths: list[str] = field(default_factory=list)
    location: str = ""  # where redirects lead

    def __enter__(self) -> Self:
        handler = type("Handler", (_Handler,), {"receiver": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._http.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/hooks?from=canvas"


class _Handler(BaseHTTPRequestHandler):
    receiver: Receiver

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        content = Webhook(self.receiver.secret).verify(body, dict(self.headers))
        self.receiver.paths.append(self.path)
        self.receiver.messages.append((self.headers["webhook-id"], content))
        status = self.receiver.statuses.popleft() if self.receiver.statuses else 204
        self.send_response(status)
        if self.receiver.location:
            self.send_header("Location", self.receiver.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.receiver.paths.append(f"GET {self.path}")
        self.send_response(204)
        self.end_headers()
