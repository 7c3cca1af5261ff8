"""How gunicorn serves the app: a gevent worker that shuts down politely, our log, and problems instead of HTML.

All that relies on gunicorn's insides is here; ``tests/webapp/test_gunicorn_worker.py`` names each. gevent's patch has
been applied before this is imported (``gunicorn.conf.py``).
"""

from __future__ import annotations

import errno
import json
import select
import socket
from collections import Counter
from http import HTTPStatus
from types import FrameType
from typing import Any

import gevent  # type: ignore[import-untyped]
from gunicorn import glogging, util  # type: ignore[import-untyped]
from gunicorn.http import wsgi  # type: ignore[import-untyped]
from gunicorn.workers.ggevent import GeventWorker  # type: ignore[import-untyped]

from webapp.services import EXTENSION
from webapp.transport.problems import TYPE_PREFIX

HANG_UP_SECONDS = 0.25  # between two checks for connections that have become idle


class Logger(glogging.Logger):  # type: ignore[misc]
    """Sends gunicorn's messages to our log; the app writes the line for each request."""

    def setup(self, cfg: Any) -> None:
        """Replace gunicorn's own handlers by the root logger's."""
        super().setup(cfg)
        self.error_log.handlers.clear()
        self.error_log.propagate = True


class Worker(GeventWorker):  # type: ignore[misc]
    """Ends within seconds of SIGTERM, with open streams and idle connections.

    gunicorn would wait the whole grace time for both: a stream never ends by itself, and a kept-alive connection
    waits for its next request for ``keepalive`` seconds.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._idle: dict[gevent.Greenlet, gevent.Timeout] = {}
        self._clients: dict[gevent.Greenlet, socket.socket] = {}
        self._addresses: Counter[str] = Counter()  # the connections of each

    def handle(self, listener: Any, client: socket.socket, addr: Any) -> None:
        """Serve one connection, remembered while it lasts; one too many from an address is 429 and closed."""
        address = addr[0] if isinstance(addr, tuple) else ""
        limit = self.wsgi.extensions[EXTENSION].settings.connection_limit(address)
        if limit is not None and self._addresses[address] >= limit:
            _write_problem(client, HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.TOO_MANY_REQUESTS.phrase, "")
            client.close()
            return
        greenlet = gevent.getcurrent()
        self._clients[greenlet] = client
        self._addresses[address] += 1
        try:
            super().handle(listener, client, addr)
        finally:
            del self._clients[greenlet]
            self._addresses[address] -= 1
            if not self._addresses[address]:
                del self._addresses[address]

    def handle_request(self, listener_name: Any, req: Any, sock: socket.socket, addr: Any) -> None:
        """Handle one request; a client that neither sends nor reads for ``keepalive`` seconds is dropped."""
        sock.settimeout(self.cfg.keepalive)
        try:
            super().handle_request(listener_name, req, sock, addr)
        except TimeoutError as exc:
            # gunicorn takes this for a client that is gone, and logs nothing.
            raise ConnectionResetError(errno.ECONNRESET, "the client does not read") from exc
        finally:
            sock.settimeout(None)

    def timeout_ctx(self) -> gevent.Timeout:
        """Return the time limit of waiting for a request; a connection inside it is idle."""
        return _IdleTimeout(self.cfg.keepalive, self._idle)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM: accept no new connections and end the open ones."""
        super().handle_exit(sig, frame)
        # A signal handler must not wait for locks; a greenlet may.
        gevent.spawn(self._hang_up)

    def _hang_up(self) -> None:
        self.wsgi.extensions[EXTENSION].notifier.end_streams()
        while True:
            for greenlet, timeout in list(self._idle.items()):
                # A request that has arrived and was not read yet is still handled.
                if not _has_input(self._clients[greenlet]):
                    greenlet.kill(timeout, block=False)
            gevent.sleep(HANG_UP_SECONDS)


def _has_input(client: socket.socket) -> bool:
    # Not select(): that knows no file numbers above 1,023.
    poll = select.poll()
    poll.register(client, select.POLLIN)
    return bool(poll.poll(0))


class _IdleTimeout(gevent.Timeout):  # type: ignore[misc]
    """A silent time limit that knows which connections are waiting within it."""

    def __init__(self, seconds: float, idle: dict[gevent.Greenlet, gevent.Timeout]) -> None:
        super().__init__(seconds, False)
        self._waiting = idle

    def __enter__(self) -> _IdleTimeout:
        self._waiting[gevent.getcurrent()] = self
        return super().__enter__()  # type: ignore[no-any-return]

    def __exit__(self, *exc_info: Any) -> Any:
        self._waiting.pop(gevent.getcurrent(), None)
        return super().__exit__(*exc_info)


class Response(wsgi.Response):  # type: ignore[misc]
    """gunicorn's response without the Server header."""

    def default_headers(self) -> list[str]:
        """Return the lines that come first."""
        return [line for line in super().default_headers() if not line.startswith("Server:")]


def patch_gunicorn() -> None:
    """Have gunicorn report its own errors as problems instead of HTML, and name no software."""
    util.write_error = _write_problem
    wsgi.Response = Response


def _write_problem(sock: socket.socket, status: int, reason: str, _message: str) -> None:
    if status == HTTPStatus.NOT_IMPLEMENTED:  # gunicorn gives it the phrase of 400
        reason = HTTPStatus.NOT_IMPLEMENTED.phrase
    code = reason.lower().replace(" ", "_")
    body = {
        "type": TYPE_PREFIX + code,
        "title": reason,
        "status": status,
        "detail": f"{reason}.",
        "code": code,
        "error": reason,
        "message": f"{reason}.",
        "retryable": False,
        "request_id": None,
    }
    data = json.dumps(body).encode()
    head = (
        f"HTTP/1.1 {status} {reason}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        f"X-Content-Type-Options: nosniff\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    util.write_nonblock(sock, head.encode("ascii") + data)
