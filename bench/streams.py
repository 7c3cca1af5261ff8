"""Open event streams on one web process: how many it holds, what each costs, how soon events arrive, who waits, and
how they end with the process.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import signal
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg

from bench.load import Measured, http_request, measure, percentile
from bench.web import API, USER, Servers
from bench.worker import post_together
from core.database import connection_options

PATIENCE = 60  # seconds for all streams to open, and for the process to end
EVENTS_A_SECOND = 200  # over all jobs


@dataclass
class Crowd:
    """What a number of streams saw and cost."""

    streams: int
    bytes_a_stream: float
    delays: list[float] = field(repr=False)  # seconds from NOTIFY's commit to the reader
    plain: Measured  # status requests meanwhile
    quiet: Measured  # the same without streams
    ending: float  # seconds from SIGTERM until the process has ended
    goodbyes: int  # streams that were asked to come back, and complete as HTTP

    @property
    def p50(self) -> float:
        """Median delay in seconds."""
        return percentile(self.delays, 0.5)

    @property
    def p99(self) -> float:
        """Delay in seconds that one in a hundred exceeded."""
        return percentile(self.delays, 0.99)


def bench_streams(at: Servers, dsn: str, *, streams: int, seconds: float) -> Crowd:
    """Hold ``streams`` open on our web process for ``seconds`` of events and plain requests, then end the process.

    Each reader follows a job of its own.
    """
    _clear(dsn)
    with psycopg.connect(dsn, **connection_options(application_name="bench")) as conn:
        job_ids = [str(job_id) for job_id in post_together(conn, streams, user_id=USER)]
    auth = {"Authorization": f"Bearer {at.token}"}
    status = http_request("GET", f"{API}/job/{job_ids[0]}/status", headers=auth)
    quiet = measure(at.ours, lambda: status, connections=4, seconds=seconds)
    pid = at.worker_pid
    before = _resident_bytes(pid)
    crowd = _Readers(at, job_ids)
    with crowd:
        cost = (_resident_bytes(pid) - before) / streams
        stop = threading.Event()
        teller = threading.Thread(target=_tell, args=[dsn, job_ids, stop])
        teller.start()
        plain = measure(at.ours, lambda: status, connections=4, seconds=seconds)
        stop.set()
        teller.join()
        time.sleep(0.5)
        began = time.monotonic()
        os.kill(at.pid, signal.SIGTERM)
        psutil.Process(pid).wait(timeout=PATIENCE)
        ending = time.monotonic() - began
    _clear(dsn)
    return Crowd(
        streams=streams,
        bytes_a_stream=cost,
        delays=crowd.delays,
        plain=plain,
        quiet=quiet,
        ending=ending,
        goodbyes=crowd.goodbyes,
    )


def _clear(dsn: str) -> None:
    """Leave no job behind: thousands that wait would be another measurement."""
    with psycopg.connect(dsn) as conn:
        conn.execute("TRUNCATE ai_jobs, procrastinate_jobs CASCADE")


class _Readers:
    """Streams read in a process of their own, so that reading them does not slow the other measurements."""

    def __init__(self, at: Servers, job_ids: list[str]) -> None:
        spawn = multiprocessing.get_context("spawn")
        self._all_open, self._stop, self._answer = spawn.Event(), spawn.Event(), spawn.SimpleQueue()
        arguments = (at, job_ids, self._all_open, self._stop, self._answer)
        self._process = spawn.Process(target=_read_streams, args=arguments)
        self.delays: list[float] = []
        self.goodbyes = 0

    def __enter__(self) -> _Readers:
        self._process.start()
        if not self._all_open.wait(PATIENCE):
            self._process.kill()
            raise RuntimeError(f"the streams did not open within {PATIENCE} s")
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self.delays, self.goodbyes = self._answer.get()
        self._process.join()


def _read_streams(at: Servers, job_ids: list[str], all_open: Any, stop: Any, answer: Any) -> None:
    crowd = _Crowd(at, job_ids)
    asyncio.run(crowd.run(all_open, stop))
    answer.put((crowd.delays, crowd.goodbyes))


class _Crowd:
    """All streams of the reading process, in one event loop."""

    def __init__(self, at: Servers, job_ids: list[str]) -> None:
        self._at, self._job_ids = at, job_ids
        self._open = 0
        self.delays: list[float] = []
        self.goodbyes = 0

    async def run(self, all_open: Any, stop: Any) -> None:
        gate = asyncio.Semaphore(50)
        tasks = [asyncio.create_task(self._read(number, gate)) for number in range(len(self._job_ids))]
        while self._open < len(self._job_ids):
            await asyncio.sleep(0.05)
        all_open.set()
        while not stop.is_set():
            await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, number: int, gate: asyncio.Semaphore) -> None:
        job_id = self._job_ids[number]
        headers = {"Authorization": f"Bearer {self._at.token}"}
        async with gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._at.ours)
            writer.write(http_request("GET", f"{API}/job/{job_id}/events", headers=headers))
            await reader.readuntil(b"\r\n\r\n")
            self._open += 1
        said: list[bytes] = []
        try:
            while line := await reader.readline():
                said = [*said[-4:], line]
                at = line.find(b'"told_at":')
                if at >= 0:
                    told_at = float(line[at + 10 :].split(b"}")[0].split(b",")[0])
                    self.delays.append(time.time() - told_at)
            self.goodbyes += b"".join(said).endswith(b": come back\n\n\r\n0\r\n\r\n")
        finally:
            writer.close()


TELL = """
WITH published AS (
    UPDATE ai_jobs SET last_event = last_event + 1 WHERE id = %(id)s RETURNING id, last_event
), added AS (
    INSERT INTO ai_job_events (job_id, number, kind, data)
    SELECT id, last_event, 'progress', %(data)s::jsonb FROM published
)
SELECT pg_notify('canvas_job_events', id::text) FROM published
"""


def _tell(dsn: str, job_ids: list[str], stop: threading.Event) -> None:
    """Write progress events, each with the time just before its commit, as a worker's reports do."""
    with psycopg.connect(dsn, autocommit=True) as conn:
        conn.execute("SET synchronous_commit = off")
        number = 0
        while not stop.wait(1 / EVENTS_A_SECOND):
            job_id = uuid.UUID(job_ids[number % len(job_ids)])
            number += 1
            data = {"percent": 1, "message": "Bench", "objects": 0, "told_at": time.time()}
            conn.execute(TELL, {"id": job_id, "data": json.dumps(data)})


def _resident_bytes(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"process {pid} is gone")
