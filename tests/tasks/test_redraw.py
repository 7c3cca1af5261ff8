"""A redraw runs after a moment, then rests; redraws take turns; nothing is drawn after a redraw was closed."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import ExitStack
from functools import partial

import pytest

from tasks.redraw import SMALL, Redraw, RedrawScheduler
from tests.waiting import until, until_async


def test_a_burst_is_drawn_once() -> None:
    drawn: list[int] = []

    async def burst() -> None:
        with Redraw(lambda: drawn.append(1), RedrawScheduler()) as redraw:
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


def test_nothing_is_drawn_after_the_redraw_was_closed() -> None:
    drawn: list[int] = []

    async def leave() -> None:
        with Redraw(lambda: drawn.append(1), RedrawScheduler()) as redraw:
            redraw.request()
        await asyncio.sleep(0.1)

    asyncio.run(leave())
    assert drawn == []


def test_a_drawing_that_fails_later_is_not_swallowed() -> None:
    drawn: list[int] = []

    def draw() -> None:
        drawn.append(1)
        raise ZeroDivisionError

    async def stumble() -> None:
        with Redraw(draw, RedrawScheduler()) as redraw:
            redraw.request()
            await until_async(lambda: len(drawn) >= 1)
            redraw.request()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(stumble())


def busy() -> None:
    end = time.thread_time() + 0.01
    while time.thread_time() < end:
        pass


def test_redraws_run_in_turn_and_leave_time_for_others() -> None:
    drawn: list[int] = []

    def draw(number: int) -> None:
        drawn.append(number)
        busy()

    async def crowd() -> None:
        scheduler = RedrawScheduler()
        with ExitStack() as stack:
            redraws = [stack.enter_context(Redraw(partial(draw, number), scheduler)) for number in range(10)]
            for redraw in redraws:
                redraw.request()
            while len(drawn) < 10:
                before = len(drawn)
                await asyncio.sleep(0)
                assert len(drawn) <= before + 1

    asyncio.run(crowd())
    assert drawn == list(range(10))


def test_a_closed_redraw_gives_up_its_turn() -> None:
    drawn: list[int] = []

    def draw(number: int) -> None:
        drawn.append(number)
        busy()

    async def leave() -> bool:
        """Return whether the second redraw was closed before its turn came."""
        drawn.clear()
        scheduler = RedrawScheduler()
        with Redraw(partial(draw, 1), scheduler) as first, Redraw(partial(draw, 3), scheduler) as kept:
            first.request()
            await until_async(lambda: drawn)
            with Redraw(partial(draw, 2), scheduler) as left:
                left.request()
                kept.request()
                await asyncio.sleep(0.01)  # Both wait in the scheduler now, which rests for longer than that.
                in_time = drawn == [1]
            await until_async(lambda: len(drawn) >= 2)
            await asyncio.sleep(0.1)
            return in_time

    # On a busy machine the scheduler's rest may be over before the redraw is closed.
    until(lambda: asyncio.run(leave()))
    assert drawn == [1, 3]


@pytest.mark.parametrize(("items", "in_thread"), [(SMALL, False), (SMALL + 1, True)])
def test_only_a_large_final_drawing_goes_to_a_thread(items: int, in_thread: bool) -> None:
    async def finish() -> int:
        return await RedrawScheduler().run_final(threading.get_ident, items=items)

    assert (asyncio.run(finish()) != threading.get_ident()) == in_thread
