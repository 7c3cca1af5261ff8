"""Tells the readers what the jobs of this process are doing: all of it together, at most ten times a second.

NOTIFY serialises commits, so forty jobs that told their own progress would slow the whole database.
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

log = structlog.get_logger()


class Told:
    """What one attempt has drawn and not told yet. Only the newest state of an object is told."""

    def __init__(self, attempt: Attempt) -> None:
        self.attempt = attempt
        self.percent = attempt.percent
        self.message = ""
        self.objects: set[str] = set()  # ids of all that were drawn, told or not
        self.is_over = asyncio.Event()  # set when the job was cancelled or given to another attempt
        self._pending: dict[str, dict[str, Any]] = {}
        self._is_changed = False

    def draw(self, objects: list[dict[str, Any]]) -> None:
        """Note new or changed objects, as readers get them."""
        for item in objects:
            self._pending[item["id"]] = item
            self.objects.add(item["id"])
        self._is_changed = self._is_changed or bool(objects)

    def say(self, percent: int, message: str) -> None:
        """Note how far the job is; ``percent`` never falls."""
        self.percent = max(self.percent, percent)
        self.message = message
        self._is_changed = True

    def take(self) -> list[tuple[Kind, dict[str, Any]]]:
        """Return the events not told yet, objects first; they count as told from now on."""
        told: list[tuple[Kind, dict[str, Any]]] = [("object", item) for item in self._pending.values()]
        if self._is_changed:
            told.append(("progress", self.progress))
        self._pending = {}
        self._is_changed = False
        return told

    def put_back(self, told: list[tuple[Kind, dict[str, Any]]]) -> None:
        """Take back what could not be written; what was drawn since is newer and stays."""
        earlier = {data["id"]: data for kind, data in told if kind == "object"}
        self._pending = earlier | self._pending
        self._is_changed = True

    @property
    def progress(self) -> dict[str, Any]:
        """The job's progress as readers get it."""
        return {"percent": self.percent, "message": self.message, "objects": len(self.objects)}


class Reporter:
    """Collects what all attempts of this process tell, and writes it."""

    def __init__(self, pool: AsyncPool) -> None:
        self._pool = pool
        self._followed: dict[tuple[uuid.UUID, int], Told] = {}
        # A flush and a finish of the same job must not interleave: events would come after the job's last one.
        self.lock = asyncio.Lock()

    def follow(self, attempt: Attempt) -> Told:
        """Return where the attempt tells what it does, until ``forget``."""
        told = Told(attempt)
        self._followed[attempt.job_id, attempt.number] = told
        return told

    def forget(self, told: Told) -> None:
        """Stop writing for this attempt."""
        self._followed.pop((told.attempt.job_id, told.attempt.number), None)

    async def run(self) -> None:
        """Write what there is, again and again, until cancelled. A lost database delays, it loses nothing."""
        while True:
            await asyncio.sleep(FLUSH_INTERVAL)
            try:
                await self.flush()
            except (psycopg.Error, PoolTimeout) as exc:
                log.warning("progress_delayed", reason=type(exc).__name__)
                await asyncio.sleep(FAILURE_PAUSE)

    async def flush(self) -> None:
        """Write everything not told yet in one transaction; attempts that are over learn it."""
        async with self.lock:
            batch = [(told, told.take()) for told in self._followed.values()]
            batch = [(told, news) for told, news in batch if news]
            if not batch:
                return
            try:
                current = await self._write(batch)
            except BaseException:
                for told, news in batch:
                    told.put_back(news)
                raise
        for told, _ in batch:
            if told.attempt.job_id not in current:
                told.is_over.set()

    async def _write(self, batch: list[tuple[Told, list[tuple[Kind, dict[str, Any]]]]]) -> set[uuid.UUID]:
        reports = [
            Report(
                job_id=told.attempt.job_id,
                attempt=told.attempt.number,
                percent=told.percent,
                message=told.message,
                objects=len(told.objects),
                events=news,
            )
            for told, news in batch
        ]
        async with self._pool.connection() as conn, conn.transaction():
            # Progress may be lost with the machine, outcomes may not: no need to wait for the disk here.
            await conn.execute("SET LOCAL synchronous_commit = off")
            return await publish_reports(conn, reports)
