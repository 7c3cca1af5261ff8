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
from webapp.live.notifier import Subscription
from webapp.live.queue_position import JobSnapshot
from webapp.services import EVENTS_PER_READ, Services

HEARTBEAT_SECONDS = 15.0  # proxies end connections that are silent for longer
STREAM_SECONDS = 14 * 60.0  # some platforms end a request after 15 minutes; ending it ourselves is cleaner
DATABASE_PAUSE_SECONDS = 1.0
GOODBYE = b": come back\n\n"
HEARTBEAT = b": still here\n\n"

log = structlog.get_logger()


@dataclass(slots=True)
class Stream:
    """One reader of a job's events; ``number`` is the last event it has."""

    services: Services
    subscription: Subscription
    user_id: str
    number: int
    _is_gone: bool = False

    @property
    def job_id(self) -> uuid.UUID:
        """The job that is read."""
        return self.subscription.job_id

    def run(self, shown: dict[str, Any]) -> Iterator[bytes]:
        """Yield the stream until the job has ended, the time is up or the process shuts down.

        A reader without events first gets the job as it is, ``shown``, under the number 0. A lost database is a pause,
        not an end: the reader misses nothing.
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
            if self.subscription.must_end or time.monotonic() >= ends_at:
                yield GOODBYE
                return
            if not self.subscription.wait(min(pause, ends_at - time.monotonic())):
                yield HEARTBEAT

    def _read(self) -> tuple[bytes, bool]:
        """Return all that is new, formatted, and whether that is the end."""
        chunks = []
        while True:
            found, ended = self._next()
            chunks += [format_event(event.number, event.kind, event.data) for event in found]
            if ended is not None:
                chunks.append(format_event(self.number, "done", self.services.job_view.show(ended)))
            is_over = ended is not None or self._is_gone
            if is_over or len(found) < EVENTS_PER_READ:
                return b"".join(chunks), is_over

    def _next(self) -> tuple[list[Event], JobSnapshot | None]:
        """Return the next events and, when they are the last, the job that has ended."""
        found = self._events()
        if found and all(event.kind != "done" for event in found):
            self.number = found[-1].number
            return found, None
        # Nothing new, or the end. The job first, then its events once more: of a job that was final before, all
        # events are there.
        snapshot = self.services.job_lookups.run((self.job_id, self.user_id))
        self._is_gone = snapshot is None
        found = [event for event in self._events() if event.kind != "done"]
        if found:
            self.number = found[-1].number
        if snapshot is None or not snapshot.job.is_final or len(found) >= EVENTS_PER_READ:
            return found, None
        self.number = max(self.number, snapshot.job.last_event)
        return found, snapshot

    def _events(self) -> list[Event]:
        return self.services.event_reads.run((self.job_id, self.number))


def format_event(number: int, kind: str, data: dict[str, Any]) -> bytes:
    """Return one server-sent event."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, kind.encode(), to_json(data))


def wait_for_job(
    services: Services,
    subscription: Subscription,
    *,
    seconds: float,
    is_enough: Callable[[JobSnapshot], bool],
) -> JobSnapshot | None:
    """Return the job as soon as ``is_enough`` says so of it, None when it is gone.

    Otherwise as it is when ``seconds`` are over or the process shuts down.
    """
    ends_at = time.monotonic() + seconds
    while True:
        snapshot = services.job_lookups.run((subscription.job_id, subscription.user_id))
        if snapshot is None or is_enough(snapshot):
            return snapshot
        remaining = ends_at - time.monotonic()
        if remaining <= 0 or subscription.must_end:
            return snapshot
        # A notification can be lost with its connection: look again from time to time.
        subscription.wait(min(remaining, HEARTBEAT_SECONDS))
