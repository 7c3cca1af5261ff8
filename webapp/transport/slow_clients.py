"""What one client may hold: a body that must arrive in time, and requests of each user at once and in a second."""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from flask import Flask, current_app, g, request

from core.settings import Settings
from webapp.errors import TooManyRequests

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

BODY_SECONDS = 15.0  # for the whole body of a request, however steadily it trickles in
MAX_REQUESTS_PER_USER = 200  # at once, in one process; event streams have a limit of their own

BURST_SECONDS = 2.0  # of a user's rate may come at once
MANY_USERS = 10_000  # beyond, those who have been quiet are forgotten

USER_REQUESTS = "canvas_jobs_user_requests"  # of the app's extensions


class BodyTooSlow(Exception):
    """The body did not arrive in time."""


class UserRequests:
    """The requests of each user in this process: how many run, and when the next one may (GCRA, ITU-T I.371)."""

    def __init__(self, *, per_second: float) -> None:
        self.in_flight: Counter[str] = Counter()
        self._interval = 1 / per_second
        self._due: dict[str, float] = {}  # by user: when the requests so far would have come at the even rate
        self._lock = threading.Lock()

    def enter(self, user_id: str, environ: WSGIEnvironment) -> None:
        """Count a request of the user until ``leave``, and delay it while the user is ahead of the rate.

        Raises ``TooManyRequests`` when there are enough of them.
        """
        with self._lock:
            if self.in_flight[user_id] >= MAX_REQUESTS_PER_USER:
                stop_reading(environ)
                raise TooManyRequests(retry_after_seconds=2)
            self.in_flight[user_id] += 1
            delay = self.take_turn(user_id, time.monotonic())
        if delay > 0 and _is_cooperative():
            time.sleep(delay)

    def leave(self, user_id: str) -> None:
        """Count the end of a request."""
        with self._lock:
            self.in_flight[user_id] -= 1
            if not self.in_flight[user_id]:
                del self.in_flight[user_id]

    def take_turn(self, user_id: str, now: float) -> float:
        """Return the seconds that a request which comes now has to wait; it takes its turn with that."""
        due = max(self._due.pop(user_id, now), now) + self._interval
        self._due[user_id] = due
        if len(self._due) > MANY_USERS:
            self._due = {user: at for user, at in self._due.items() if at > now}
        return max(0.0, due - now - BURST_SECONDS)


def init_slow_clients(app: Flask, settings: Settings) -> None:
    """Count and pace the requests of each user while they are handled."""
    requests = UserRequests(per_second=settings.requests_per_second_per_user)
    app.extensions[USER_REQUESTS] = requests

    @app.teardown_request
    def leave(_: BaseException | None) -> None:
        user_id = g.pop("counted_user_id", None)
        if user_id is not None:
            requests.leave(user_id)


def enter(user_id: str) -> None:
    """Count the current request as the user's; raises ``TooManyRequests``."""
    requests: UserRequests = current_app.extensions[USER_REQUESTS]
    requests.enter(user_id, request.environ)
    g.counted_user_id = user_id


@contextmanager
def body_deadline(environ: WSGIEnvironment) -> Iterator[None]:
    """Raise ``BodyTooSlow`` when the block takes longer than a body may; only gevent can interrupt a read."""
    if not _is_cooperative():
        yield
        return
    import gevent  # type: ignore[import-untyped]

    try:
        with gevent.Timeout(BODY_SECONDS, BodyTooSlow()):
            yield
    except BodyTooSlow:
        stop_reading(environ)
        raise


def _is_cooperative() -> bool:
    """Say whether gevent runs this process, so that waiting holds up nobody else."""
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("socket"))


def stop_reading(environ: WSGIEnvironment) -> None:
    """Take nothing more from this connection: gunicorn would first read the rest of the body."""
    client = environ.get("gunicorn.socket")
    if client is not None:
        with suppress(OSError):
            client.shutdown(socket.SHUT_RD)
