"""Cancels asyncio tasks and waits until they have ended."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

REPEAT_SECONDS = 0.5  # before a task that did not end is cancelled once more


async def cancel_and_wait(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks until they have ended; their results and exceptions are dropped.

    Once is not enough: up to Python 3.11 ``asyncio.wait_for`` swallows a cancellation that comes together with its
    result (CPython issue 86296), and both psycopg's pool and Procrastinate wait with it.
    """
    pending = {task for task in tasks if not task.done()}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=REPEAT_SECONDS)
    await asyncio.gather(*tasks, return_exceptions=True)


async def end_undisturbed(*tasks: asyncio.Task[Any]) -> None:
    """Cancel tasks once and let them end in their own time, however often the caller is cancelled meanwhile."""
    for task in tasks:
        task.cancel()
    ending = asyncio.gather(*tasks, return_exceptions=True)
    while not ending.done():
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.shield(ending)
