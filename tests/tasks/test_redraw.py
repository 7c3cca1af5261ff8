"""A redraw runs after a moment, then rests, one at a time; nothing is drawn after it was closed."""

from __future__ import annotations

import asyncio

import pytest

from tasks.redraw import Redraw
from tests.waiting import until_async


def test_a_burst_is_drawn_once() -> None:
    drawn: list[int] = []

    async def draw() -> None:
        drawn.append(1)

    async def burst() -> None:
        with Redraw(draw) as redraw:
            for _ in range(20):
                redraw.request()
            assert drawn == []
            await until_async(lambda: len(drawn) >= 1)
            for _ in range(20):
                redraw.request()
            await until_async(lambda: len(drawn) >= 2)
            await asyncio.sleep(0.1)

    asyncio.run(burst())
    assert len(drawn) == 2


def test_what_comes_while_it_draws_is_drawn_afterwards() -> None:
    under_way = [0]
    drawn: list[int] = []

    async def story() -> None:
        begun, may_end = asyncio.Event(), asyncio.Event()

        async def draw() -> None:
            under_way[0] += 1
            assert under_way[0] == 1
            begun.set()
            await may_end.wait()
            under_way[0] -= 1
            drawn.append(1)

        with Redraw(draw) as redraw:
            redraw.request()
            await begun.wait()
            redraw.request()
            redraw.request()
            may_end.set()
            await until_async(lambda: len(drawn) >= 2)
            await asyncio.sleep(0.1)

    asyncio.run(story())
    assert len(drawn) == 2


def test_nothing_is_drawn_after_the_redraw_was_closed() -> None:
    drawn: list[int] = []

    async def draw() -> None:
        drawn.append(1)

    async def leave() -> None:
        with Redraw(draw) as redraw:
            redraw.request()
        await asyncio.sleep(0.1)

    asyncio.run(leave())
    assert drawn == []


def test_a_drawing_that_fails_later_is_not_swallowed() -> None:
    drawn: list[int] = []

    async def draw() -> None:
        drawn.append(1)
        raise ZeroDivisionError

    async def stumble() -> None:
        with Redraw(draw) as redraw:
            redraw.request()
            await until_async(lambda: len(drawn) >= 1)
            await asyncio.sleep(0)
            redraw.request()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(stumble())
