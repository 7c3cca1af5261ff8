"""What one client may hold: a body that must arrive in time, and a number of requests at once for each user."""

from __future__ import annotations

import socket
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from flask import Flask, g

from webapp.errors import TooManyRequests

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BODY_SECONDS = 15.0  # for the whole body of a request, however steadily it trickles in
MAX_REQUESTS_PER_USER = 200  # at once, in one process; event streams have a limit of their own

IN_FLIGHT = "canvas_jobs_in_flight"  # of the app's extensions

_lock = threading.Lock()


class BodyTooSlow(Exception):
    """The body did not arrive in time."""


def init_slow_clients(app: Flask) -> None:
    """Count the requests of each user while they are handled."""
    in_flight: Counter[str] = Counter()
    app.extensions[IN_FLIGHT] = in_flight

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        user_id = g.pop("counted_user_id", None)
        if user_id is None:
            return
        with _lock:
            in_flight[user_id] -= 1
            if not in_flight[user_id]:
                del in_flight[user_id]


def enter(in_flight: Counter[str], user_id: str, environ: WSGIEnvironment) -> None:
    """Count a request of the user until it ends; raise ``TooManyRequests`` when there are enough of them."""
    with _lock:
        if in_flight[user_id] >= MAX_REQUESTS_PER_USER:
            stop_reading(environ)
            raise TooManyRequests(retry_after_seconds=2)
        in_flight[user_id] += 1
    g.counted_user_id = user_id


@contextmanager
def body_deadline(environ: WSGIEnvironment) -> Iterator[None]:
    """Raise ``BodyTooSlow`` when the block takes longer than a body may; only gevent can interrupt a read."""
    monkey = sys.modules.get("gevent.monkey")
    if monkey is None or not monkey.is_module_patched("socket"):
        yield
        return
    import gevent  # type: ignore[import-untyped]

    try:
        with gevent.Timeout(BODY_SECONDS, BodyTooSlow()):
            yield
    except BodyTooSlow:
        stop_reading(environ)
        raise


def stop_reading(environ: WSGIEnvironment) -> None:
    """Take nothing more from this connection: gunicorn would first read the rest of the body."""
    client = environ.get("gunicorn.socket")
    if client is not None:
        with suppress(OSError):
            client.shutdown(socket.SHUT_RD)
