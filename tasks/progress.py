"""Writes the progress of this process' jobs: all of it together, at most ten times a second.

NOTIFY serialises commits, so forty jobs that wrote their own progress would slow the whole database.
"""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import psycopg
import structlog
from psycopg_pool import PoolTimeout

from core.attempts import Attempt
from core.events import Kind, Report, publish_reports
from core.pools import AsyncPool

FLUSH_INTERVAL = 0.1  # seconds between two transactions
FAILURE_PAUSE = 1.0  # seconds to wait when the database did not answer

Event = tuple[Kind, dict[str, Any]]

log = structlog.get_logger()


class ProgressBuffer:
    """The events of one attempt that are not written yet. Of each object only its newest state is kept."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.percent = attempt.percent
        self.message = ""
        self.object_ids: set[str] = set()  # of all objects so far, written or not
        self.is_over = asyncio.Event()  # set when the job was cancelled or given to another attempt
        self._pending: dict[str, dict[str, Any]] = {}
        self._removed: dict[str, None] = {}  # ids, in their order
        self._is_changed = False

    def put_objects(self, objects: list[dict[str, Any]]) -> None:
        """Add new or changed objects, in the shape readers get."""
        for item in objects:
            self._pending[item["id"]] = item
            self._removed.pop(item["id"], None)
            self.object_ids.add(item["id"])
        self._is_changed = self._is_changed or bool(objects)

    def remove_objects(self, ids: list[str]) -> None:
        """Take objects back: readers have drawn them, or would."""
        for object_id in ids:
            self._pending.pop(object_id, None)
            self._removed[object_id] = None
            self.object_ids.discard(object_id)
        self._is_changed = self._is_changed or bool(ids)

    def set_progress(self, percent: int, message: str) -> None:
        """Set how far the job is; ``percent`` never falls."""
        self.percent = max(self.percent, percent)
        self.message = message
        self._is_changed = True

    def take(self) -> list[Event]:
        """Return the pending events, objects first, and forget them."""
        events: list[Event] = [("object_removed", {"id": object_id}) for object_id in self._removed]
        events += [("object", item) for item in self._pending.values()]
        if self._is_changed:
            events.append(("progress", self.progress))
        self._pending, self._removed = {}, {}
        self._is_changed = False
        return events

    def put_back(self, events: list[Event]) -> None:
        """Take back events that could not be written; objects changed since are newer and stay."""
        earlier = {data["id"]: data for kind, data in events if kind == "object"}
        self._pending = {
            key: item for key, item in earlier.items() if key not in self._removed
        } | self._pending
        removed = [data["id"] for kind, data in events if kind == "object_removed"]
        self._removed = {key: None for key in (*removed, *self._removed) if key not in self._pending}
        self._is_changed = True

    @property
    def progress(self) -> dict[str, Any]:
        """The job's progress as readers get it."""
        return {"percent": self.percent, "message": self.message, "objects": len(self.object_ids)}


class ProgressPublisher:
    """Collects the events of all attempts of this process and writes them."""

    def __init__(self, pool: AsyncPool) -> None:
        self._pool = pool
        self._buffers: dict[tuple[uuid.UUID, int], ProgressBuffer] = {}
        # A flush and a finish of the same job must not interleave: events would come after the job's last one.
        self.lock = asyncio.Lock()

    def open_buffer(self, attempt: Attempt) -> ProgressBuffer:
        """Return a buffer for this attempt, flushed until ``close_buffer``."""
        buffer = ProgressBuffer(attempt)
        self._buffers[attempt.job_id, attempt.number] = buffer
        return buffer

    def close_buffer(self, buffer: ProgressBuffer) -> None:
        """Write nothing more of this buffer."""
        self._buffers.pop((buffer.attempt.job_id, buffer.attempt.number), None)

    async def run(self) -> None:
        """Flush again and again until cancelled. A lost database delays events, it loses none."""
        while True:
            await asyncio.sleep(FLUSH_INTERVAL)
            try:
                await self.flush()
            except (psycopg.Error, PoolTimeout) as exc:
                log.warning("progress_delayed", reason=type(exc).__name__)
                await asyncio.sleep(FAILURE_PAUSE)

    async def flush(self) -> None:
        """Write all pending events in one transaction; mark the attempts that turn out to be over."""
        async with self.lock:
            batch = [(buffer, buffer.take()) for buffer in self._buffers.values()]
            batch = [(buffer, events) for buffer, events in batch if events]
            if not batch:
                return
            try:
                current = await self._write(batch)
            except BaseException:
                for buffer, events in batch:
                    buffer.put_back(events)
                raise
        for buffer, _ in batch:
            if buffer.attempt.job_id not in current:
                buffer.is_over.set()

    async def _write(self, batch: list[tuple[ProgressBuffer, list[Event]]]) -> set[uuid.UUID]:
        reports = [
            Report(
                job_id=buffer.attempt.job_id,
                attempt=buffer.attempt.number,
                percent=buffer.percent,
                message=buffer.message,
                objects=len(buffer.object_ids),
                events=events,
            )
            for buffer, events in batch
        ]
        async with self._pool.connection() as conn, conn.transaction():
            # Progress may be lost with the machine, outcomes may not: no need to wait for the disk here.
            await conn.execute("SET LOCAL synchronous_commit = off")
            return await publish_reports(conn, reports)
