"""Who waits for what: one LISTEN connection a process, fanned out to everybody who follows a job.

A notification only says "look again"; what happened is read from the database. So a follower subscribes first, then
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
from core.database import connection_options
from core.events import CHANNEL
from webapp.errors import ServerBusy, TooManyStreams

MAX_FOLLOWERS = 5000  # of one process; gunicorn's worker_connections leave room for plain requests
FILES_KEPT = 200  # of those that a process may open: for plain requests, the database and real files
LISTEN_SECONDS = 0.5  # how long one turn of listening lasts; closing takes no longer
PROBE_SECONDS = 15.0  # a connection that heard nothing for this long is asked whether it is still there
RECONNECT_SECONDS = 1.0

log = structlog.get_logger()


def count_places() -> int:
    """Return how many may follow at a time: each reader takes a file, and with none left nobody is served at all."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_FOLLOWERS if files == resource.RLIM_INFINITY else min(MAX_FOLLOWERS, files - FILES_KEPT)


class Follower:
    """One reader of one job. Close it, or leave its ``with`` block, when the reader is gone."""

    def __init__(self, live: Live, job_id: uuid.UUID, user_id: str) -> None:
        self.job_id = job_id
        self.user_id = user_id
        self._live = live
        self._news = threading.Event()

    def wait(self, seconds: float) -> bool:
        """Return True as soon as there may be news of the job, False after ``seconds`` without."""
        is_news = self._news.wait(max(0.0, seconds))
        self._news.clear()
        return is_news

    def wake(self) -> None:
        """End the present or next ``wait``."""
        self._news.set()

    @property
    def must_end(self) -> bool:
        """True when the process is going down: say goodbye."""
        return self._live.is_closing

    def close(self) -> None:
        """Stop following; may be called twice."""
        self._live.forget(self)

    def __enter__(self) -> Follower:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Live:
    """The followers of this process and the connection that wakes them; nothing runs before the first ``follow``."""

    def __init__(self, dsn: str, *, max_per_user: int, max_followers: int | None = None) -> None:
        self._dsn = dsn
        self._max_per_user = max_per_user
        self._max_followers = count_places() if max_followers is None else max_followers
        self._lock = threading.Lock()
        # By the id as notifications write it.
        self._followers: defaultdict[str, set[Follower]] = defaultdict(set)
        self._per_user: Counter[str] = Counter()
        self._thread: threading.Thread | None = None
        self.is_closing = False

    def follow(self, job_id: uuid.UUID, user_id: str) -> Follower:
        """Return a follower; raises ``TooManyStreams`` or ``ServerBusy`` when there are enough of them."""
        follower = Follower(self, job_id, user_id)
        with self._lock:
            if self._per_user[user_id] >= self._max_per_user:
                raise TooManyStreams(retry_after_seconds=5)
            if self._per_user.total() >= self._max_followers:
                raise ServerBusy(retry_after_seconds=5)
            self._per_user[user_id] += 1
            metrics.streams.inc()
            self._followers[str(job_id)].add(follower)
            if self._thread is None:
                # After gevent's patch this is a greenlet.
                self._thread = threading.Thread(target=self._listen, name="live", daemon=True)
                self._thread.start()
        return follower

    def forget(self, follower: Follower) -> None:
        """Take a follower out."""
        with self._lock:
            key = str(follower.job_id)
            of_job = self._followers.get(key, set())
            if follower not in of_job:
                return
            of_job.remove(follower)
            if not of_job:
                del self._followers[key]
            self._per_user[follower.user_id] -= 1
            metrics.streams.dec()
            if not self._per_user[follower.user_id]:
                del self._per_user[follower.user_id]

    def count(self) -> int:
        """Return how many follow at the moment."""
        return self._per_user.total()

    def end_streams(self) -> None:
        """Ask every follower to end; new ones end at once."""
        self.is_closing = True
        self._wake(None)

    def close(self) -> None:
        """End the streams and the connection, and wait for the latter."""
        self.end_streams()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _wake(self, job_ids: Iterable[str] | None) -> None:
        """Wake the followers of these jobs, or all of them."""
        with self._lock:
            ids = list(self._followers) if job_ids is None else job_ids
            woken = [follower for job_id in ids for follower in self._followers.get(job_id, ())]
        for follower in woken:
            follower.wake()

    def _listen(self) -> None:
        options = connection_options(application_name="canvas-web-live")
        while not self.is_closing:
            try:
                with psycopg.connect(self._dsn, **options) as conn:
                    self._hear(conn)
            except psycopg.Error as exc:
                log.warning("live_connection_lost", error=type(exc).__name__)
                time.sleep(RECONNECT_SECONDS)

    def _hear(self, conn: psycopg.Connection) -> None:
        conn.execute(f"LISTEN {CHANNEL}")
        # Whatever was announced before this moment went unheard.
        self._wake(None)
        heard_at = time.monotonic()
        while not self.is_closing:
            for notification in conn.notifies(timeout=LISTEN_SECONDS):
                heard_at = time.monotonic()
                self._wake(notification.payload.split(","))
            if time.monotonic() - heard_at > PROBE_SECONDS:
                conn.execute("SELECT 1")
                heard_at = time.monotonic()
