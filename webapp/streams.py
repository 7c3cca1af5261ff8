"""Following a job: as server-sent events, or by waiting for a change.

Format: WHATWG HTML, section "Server-sent events". Every event carries its number as ``id``, so a reader that was cut
off resumes where it was.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import structlog
from pydantic_core import to_json

from core import events, jobs
from core.database import Connection
from core.events import Event
from core.jobs import Job
from webapp.job_view import JobView
from webapp.live import Follower
from webapp.services import Services

HEARTBEAT_SECONDS = 15.0  # proxies end connections that are silent for longer
STREAM_SECONDS = 14 * 60.0  # some platforms end a request after 15 minutes; ending it ourselves is cleaner
DATABASE_PAUSE_SECONDS = 1.0
EVENTS_PER_READ = 500
GOODBYE = b": come back\n\n"
HEARTBEAT = b": still here\n\n"

log = structlog.get_logger()


@dataclass(slots=True)
class Stream:
    """One reader's way through the events of a job; ``number`` is the last event it has."""

    services: Services
    view: JobView
    follower: Follower
    user_id: str
    number: int
    _is_gone: bool = False

    @property
    def job_id(self) -> uuid.UUID:
        """The job that is followed."""
        return self.follower.job_id

    def run(self, shown: dict[str, Any]) -> Iterator[bytes]:
        """Yield what the reader gets until the job has ended, the time is up or the process goes down.

        A reader without events gets the job as it is first, ``shown``, under the number 0.

        A lost database is a pause, not an end: the reader misses nothing.
        """
        ends_at = time.monotonic() + STREAM_SECONDS
        # Readers whose streams end together come back spread over two seconds.
        yield b"retry: %d\n\n" % random.randint(500, 2500)  # noqa: S311 - not a secret
        if self.number == 0:
            yield format_event(0, "status", shown)
        while True:
            pause = HEARTBEAT_SECONDS
            try:
                chunk, is_over = self._read()
            except psycopg.OperationalError as exc:
                log.info("stream_paused", job_id=str(self.job_id), error=type(exc).__name__)
                chunk, is_over, pause = b"", False, DATABASE_PAUSE_SECONDS
            if chunk:
                yield chunk
            if is_over:
                return
            if self.follower.must_end or time.monotonic() >= ends_at:
                yield GOODBYE
                return
            if not self.follower.wait(min(pause, ends_at - time.monotonic())):
                yield HEARTBEAT

    def _read(self) -> tuple[bytes, bool]:
        """Return all that is new, formatted, and whether that is the end."""
        chunks = []
        is_over = False
        with self.services.pool.connection() as conn:
            while True:
                found, ended = self._next(conn)
                chunks += [format_event(event.number, event.kind, event.data) for event in found]
                if ended is not None:
                    chunks.append(format_event(self.number, "done", self.view.read(conn, ended)))
                    is_over = True
                elif self._is_gone:
                    is_over = True
                if is_over or len(found) < EVENTS_PER_READ:
                    return b"".join(chunks), is_over

    def _next(self, conn: Connection) -> tuple[list[Event], Job | None]:
        """Return the next events and, when they are the last, the job that has ended."""
        found = self._events(conn)
        if found and all(event.kind != "done" for event in found):
            self.number = found[-1].number
            return found, None
        # Nothing new, or the end. The job first, then its events once more: of a job that was final before, all
        # events are there.
        job = jobs.find_job(conn, job_id=self.job_id, user_id=self.user_id)
        self._is_gone = job is None
        found = [event for event in self._events(conn) if event.kind != "done"]
        if found:
            self.number = found[-1].number
        if job is None or not job.is_final or len(found) >= EVENTS_PER_READ:
            return found, None
        self.number = max(self.number, job.last_event)
        return found, job

    def _events(self, conn: Connection) -> list[Event]:
        return events.read_events(conn, job_id=self.job_id, after=self.number, limit=EVENTS_PER_READ)


def format_event(number: int, kind: str, data: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, kind.encode(), to_json(data))


def wait_for_job(
    services: Services,
    follower: Follower,
    *,
    seconds: float,
    is_enough: Callable[[Connection, Job], bool],
) -> None:
    """Return when ``is_enough`` says so of the job, it is gone, ``seconds`` are over or the process goes down."""
    ends_at = time.monotonic() + seconds
    while True:
        with services.pool.connection() as conn:
            job = jobs.find_job(conn, job_id=follower.job_id, user_id=follower.user_id)
            if job is None or is_enough(conn, job):
                return
        remaining = ends_at - time.monotonic()
        if remaining <= 0 or follower.must_end:
            return
        # A notification can be lost with its connection: look again from time to time.
        follower.wait(min(remaining, HEARTBEAT_SECONDS))
