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

from core.events import Event
from webapp.job_view import Seen
from webapp.live import Follower
from webapp.services import EVENTS_PER_READ, Services

HEARTBEAT_SECONDS = 15.0  # proxies end connections that are silent for longer
STREAM_SECONDS = 14 * 60.0  # some platforms end a request after 15 minutes; ending it ourselves is cleaner
DATABASE_PAUSE_SECONDS = 1.0
GOODBYE = b": come back\n\n"
HEARTBEAT = b": still here\n\n"

log = structlog.get_logger()


@dataclass(slots=True)
class Stream:
    """One reader's way through the events of a job; ``number`` is the last event it has."""

    services: Services
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
        while True:
            found, ended = self._next()
            chunks += [format_event(event.number, event.kind, event.data) for event in found]
            if ended is not None:
                chunks.append(format_event(self.number, "done", self.services.view.show(ended)))
            is_over = ended is not None or self._is_gone
            if is_over or len(found) < EVENTS_PER_READ:
                return b"".join(chunks), is_over

    def _next(self) -> tuple[list[Event], Seen | None]:
        """Return the next events and, when they are the last, the job that has ended."""
        found = self._events()
        if found and all(event.kind != "done" for event in found):
            self.number = found[-1].number
            return found, None
        # Nothing new, or the end. The job first, then its events once more: of a job that was final before, all
        # events are there.
        seen = self.services.looking.ask((self.job_id, self.user_id))
        self._is_gone = seen is None
        found = [event for event in self._events() if event.kind != "done"]
        if found:
            self.number = found[-1].number
        if seen is None or not seen.job.is_final or len(found) >= EVENTS_PER_READ:
            return found, None
        self.number = max(self.number, seen.job.last_event)
        return found, seen

    def _events(self) -> list[Event]:
        return self.services.reading.ask((self.job_id, self.number))


def format_event(number: int, kind: str, data: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, kind.encode(), to_json(data))


def wait_for_job(
    services: Services, follower: Follower, *, seconds: float, is_enough: Callable[[Seen], bool]
) -> Seen | None:
    """Return the job as soon as ``is_enough`` says so of it, None when it is gone.

    Else as it is when ``seconds`` are over or the process goes down.
    """
    ends_at = time.monotonic() + seconds
    while True:
        seen = services.looking.ask((follower.job_id, follower.user_id))
        if seen is None or is_enough(seen):
            return seen
        remaining = ends_at - time.monotonic()
        if remaining <= 0 or follower.must_end:
            return seen
        # A notification can be lost with its connection: look again from time to time.
        follower.wait(min(remaining, HEARTBEAT_SECONDS))
