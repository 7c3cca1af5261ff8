"""The pen draws at once, then rests; nothing is drawn after it was put down."""

from __future__ import annotations

import asyncio

import pytest

from tasks.pen import Pen


def test_a_burst_is_drawn_twice_and_the_first_at_once() -> None:
    drawn = []

    async def burst() -> None:
        with Pen(lambda: drawn.append(1)) as pen:
            pen.touch()
            assert len(drawn) == 1
            for _ in range(20):
                pen.touch()
            while len(drawn) < 2:
                await asyncio.sleep(0.01)

    asyncio.run(burst())
    assert len(drawn) == 2


def test_nothing_is_drawn_after_the_pen_was_put_down() -> None:
    drawn = []

    async def leave() -> None:
        with Pen(lambda: drawn.append(1)) as pen:
            pen.touch()
            pen.touch()
        await asyncio.sleep(0.1)

    asyncio.run(leave())
    assert len(drawn) == 1


def test_a_drawing_that_fails_later_is_not_swallowed() -> None:
    drawn = []

    def draw() -> None:
        drawn.append(1)
        if len(drawn) == 2:
            raise ZeroDivisionError

    async def stumble() -> None:
        with Pen(draw) as pen:
            pen.touch()
            pen.touch()
            while len(drawn) < 2:
                await asyncio.sleep(0.01)
            pen.touch()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(stumble())
