"""Jobs that may have brought a worker down run alone: one after another, each in a process of its own.

Which jobs these are is decided in ``core.maintenance``; the process is ``python -m tasks alone``.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import Process
from pathlib import Path

import psycopg
import structlog

from core.maintenance import count_alone
from core.pools import AsyncPool
from core.settings import Settings
from core.workers import are_workers_paused
from tasks.cancellation import end_undisturbed

ALONE = "alone"  # the argument of ``python -m tasks``
PLACES = 2  # such processes of one worker process
LOOK_INTERVAL = 1.0  # seconds
# Seconds beyond the model's time after which such a process is stuck: it draws and stores one job.
EXTRA_SECONDS = 120.0
OOM_SCORE = "500"  # of 1000: where memory runs out, the kernel ends this process first

log = structlog.get_logger()


async def run_isolated(pool: AsyncPool, settings: Settings) -> None:
    """Start a process for each job that is due to run alone, as many as there are places, until cancelled."""
    processes: set[asyncio.Task[None]] = set()
    try:
        while True:
            # What a process has only just been started for may still be due; one that finds nothing just ends.
            for _ in range(min(await _count_due(pool), PLACES - len(processes))):
                task = asyncio.create_task(_run_process(settings))
                processes.add(task)
                task.add_done_callback(processes.discard)
            await asyncio.sleep(LOOK_INTERVAL)
    finally:
        # Their processes are waited for: one left behind would outlive the loop that watches it.
        await end_undisturbed(*processes)


async def _count_due(pool: AsyncPool) -> int:
    with contextlib.suppress(psycopg.Error):
        async with pool.connection() as conn:
            return 0 if await are_workers_paused(conn) else await count_alone(conn)
    return 0


async def _run_process(settings: Settings) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tasks", ALONE)
    log.info("isolated_process_started", pid=process.pid)
    try:
        async with asyncio.timeout(settings.ai_timeout_seconds + EXTRA_SECONDS):
            code = await process.wait()
    except TimeoutError:
        process.kill()
        code = await process.wait()
    except asyncio.CancelledError:
        await _end(process, grace_seconds=settings.shutdown_grace_seconds)
        raise
    log.info("isolated_process_ended", pid=process.pid, code=code)


async def _end(process: Process, *, grace_seconds: float) -> None:
    """Let it put its job back on the queue, and end it when it does not."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(grace_seconds + 5):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
    await asyncio.sleep(0)  # The loop closes the transport in its next turn, which may be its last.


def offer_to_the_kernel(pid: int) -> None:
    """Make a process the first to go when memory runs out, before the workers that run what is innocent."""
    with contextlib.suppress(OSError):  # not on Linux, or not allowed
        Path(f"/proc/{pid}/oom_score_adj").write_text(OOM_SCORE)
