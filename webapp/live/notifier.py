"""Wakes the readers of jobs: one LISTEN connection a process, fanned out to every subscription.

A notification only says "look again"; what happened is read from the database. So a reader subscribes first, then
reads, then waits, and misses nothing; after a lost connection everybody looks again.
"""

from __future__ import annotations

import resource
import threading
import time
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable

import psycopg
import structlog

from core import metrics
from core.connections import GuardedConnection
from core.database import connection_options
from core.events import CHANNEL
from webapp.errors import ServerBusy, TooManyStreams

MAX_SUBSCRIPTIONS = 5000  # of one process; gunicorn's worker_connections leave room for plain requests
FILES_KEPT = 200  # of those that a process may open: for plain requests, the database and real files
LISTEN_SECONDS = 0.5  # how long one turn of listening lasts; closing takes no longer
PROBE_SECONDS = 5.0  # a connection that received nothing for this long is tested
RECONNECT_SECONDS = 1.0

log = structlog.get_logger()


def count_places() -> int:
    """Return how many may subscribe: each reader takes a file, and without a free one nobody is served at all."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        MAX_SUBSCRIPTIONS if files == resource.RLIM_INFINITY else min(MAX_SUBSCRIPTIONS, files - FILES_KEPT)
    )


class Subscription:
    """One reader of one job. Close it, or leave its ``with`` block, when the reader is gone."""

    def __init__(self, notifier: Notifier, job_id: uuid.UUID, user_id: str) -> None:
        self.job_id = job_id
        self.user_id = user_id
        self._notifier = notifier
        self._news = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Return True as soon as the job may have changed, False after ``seconds`` without news."""
        is_news = self._news.wait(max(0.0, seconds))
        self._news.clear()
        return is_news

    def wake(self) -> None:
        """End the present or next ``wait``."""
        self._news.set()

    @property
    def must_end(self) -> bool:
        """True when the process is shutting down."""
        return self._notifier.is_closing

    def close(self) -> None:
        """Unsubscribe; may be called twice."""
        self._notifier.unsubscribe(self)

    def __enter__(self) -> Subscription:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Notifier:
    """The subscriptions of this process and the connection that wakes them, opened by the first ``subscribe``."""

    def __init__(self, dsn: str, *, max_per_user: int, max_subscriptions: int | None = None) -> None:
        self._dsn = dsn
        self._max_per_user = max_per_user
        self._max_subscriptions = count_places() if max_subscriptions is None else max_subscriptions
        self._lock = threading.Lock()
        # By the id as notifications write it.
        self._subscriptions: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._per_user: Counter[str] = Counter()
        self._thread: threading.Thread | None = None
        self.is_closing = False

    def subscribe(self, job_id: uuid.UUID, user_id: str) -> Subscription:
        """Return a subscription; raises ``TooManyStreams`` or ``ServerBusy`` when there is no place for it."""
        subscription = Subscription(self, job_id, user_id)
        with self._lock:
            if self._per_user[user_id] >= self._max_per_user:
                raise TooManyStreams(retry_after_seconds=5)
            if self._per_user.total() >= self._max_subscriptions:
                raise ServerBusy(retry_after_seconds=5)
            self._per_user[user_id] += 1
            metrics.streams.inc()
            self._subscriptions[str(job_id)].add(subscription)
            if self._thread is None:
                # After gevent's patch this is a greenlet.
                self._thread = threading.Thread(target=self._listen, name="notifier", daemon=True)
                self._thread.start()
        return subscription

    def unsubscribe(self, subscription: Subscription) -> None:
        """Take a subscription out."""
        with self._lock:
            key = str(subscription.job_id)
            of_job = self._subscriptions.get(key, set())
            if subscription not in of_job:
                return
            of_job.remove(subscription)
            if not of_job:
                del self._subscriptions[key]
            self._per_user[subscription.user_id] -= 1
            metrics.streams.dec()
            if not self._per_user[subscription.user_id]:
                del self._per_user[subscription.user_id]

    def count(self) -> int:
        """Return the number of subscriptions."""
        return self._per_user.total()

    def end_streams(self) -> None:
        """Ask every reader to end; new ones end at once."""
        self.is_closing = True
        self._wake(None)

    def close(self) -> None:
        """End the streams and the connection, and wait for the latter."""
        self.end_streams()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _wake(self, job_ids: Iterable[str] | None) -> None:
        """Wake the readers of these jobs, or all of them."""
        with self._lock:
            ids = list(self._subscriptions) if job_ids is None else job_ids
            woken = [subscription for job_id in ids for subscription in self._subscriptions.get(job_id, ())]
        for subscription in woken:
            subscription.wake()

    def _listen(self) -> None:
        options = connection_options(application_name="canvas-web-live")
        while not self.is_closing:
            try:
                with GuardedConnection.connect(self._dsn, **options) as conn:
                    self._receive(conn)
            except psycopg.Error as exc:
                log.warning("listen_connection_lost", error=type(exc).__name__)
                time.sleep(RECONNECT_SECONDS)

    def _receive(self, conn: GuardedConnection) -> None:
        conn.execute(f"LISTEN {CHANNEL}")
        # Whatever was announced before this moment was missed.
        self._wake(None)
        received_at = time.monotonic()
        while not self.is_closing:
            for notification in conn.notifies(timeout=LISTEN_SECONDS):
                received_at = time.monotonic()
                self._wake(notification.payload.split(","))
            if time.monotonic() - received_at > PROBE_SECONDS:
                conn.execute("SELECT 1")
                received_at = time.monotonic()
