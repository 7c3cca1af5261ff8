"""Heartbeat, progress and maintenance must run for as long as the worker does."""

from __future__ import annotations

import asyncio

import pytest

from tasks import supervisor
from tests.waiting import PATIENCE


def test_loop_that_breaks_begins_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "LOOP_PAUSE", 0.01)
    runs: list[str] = []

    async def run() -> None:
        is_back = asyncio.Event()

        async def beat(name: str) -> None:
            runs.append(name)
            if len(runs) < 3:
                raise RuntimeError("a case that nobody thought of")
            is_back.set()
            await asyncio.Event().wait()

        async with supervisor._in_background(beat, "heart"):
            await asyncio.wait_for(is_back.wait(), timeout=PATIENCE)

    asyncio.run(run())
    assert runs == ["heart"] * 3
