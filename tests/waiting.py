"""Wait for conditions. The only clock of a test ends it when it hangs: how busy the machine is must not matter."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 120.0  # seconds; a test that waits longer has failed
LOOK_SECONDS = 0.02
PROBE_SECONDS = 0.02  # of processor time, to find out how busy the machine is


def until(condition: Callable[[], Any]) -> Any:
    """Return what the condition returns once it is true."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(LOOK_SECONDS)
    raise AssertionError(f"it did not happen in {PATIENCE:.0f} s")


async def until_async(condition: Callable[[], Any]) -> Any:
    """Return what the condition returns once it is true, while the event loop runs."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := condition():
            return value
        await asyncio.sleep(LOOK_SECONDS)
    raise AssertionError(f"it did not happen in {PATIENCE:.0f} s")


def stretched(seconds: float) -> float:
    """Return a promised time as it is on a quiet machine, and longer on a busy one, where everything waits in turn."""
    began, end = time.monotonic(), time.thread_time() + PROBE_SECONDS
    while time.thread_time() < end:
        pass
    slowness = (time.monotonic() - began) / PROBE_SECONDS
    return seconds if slowness < 1.3 else seconds * 3 * slowness
