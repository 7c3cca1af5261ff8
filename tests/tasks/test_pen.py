"""The pen draws in a moment, then rests; pens take turns; nothing is drawn after a pen was put down."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import ExitStack
from functools import partial

import pytest

from tasks.pen import SMALL, Desk, Pen


async def until(drawn: list[int], count: int) -> None:
    while len(drawn) < count:
        await asyncio.sleep(0.001)


def test_a_burst_is_drawn_once() -> None:
    drawn: list[int] = []

    async def burst() -> None:
        with Pen(lambda: drawn.append(1), Desk()) as pen:
            for _ in range(20):
                pen.touch()
            assert drawn == []
            await until(drawn, 1)
            for _ in range(20):
                pen.touch()
            await until(drawn, 2)
            await asyncio.sleep(0.1)

    asyncio.run(burst())
    assert len(drawn) == 2


def test_nothing_is_drawn_after_the_pen_was_put_down() -> None:
    drawn: list[int] = []

    async def leave() -> None:
        with Pen(lambda: drawn.append(1), Desk()) as pen:
            pen.touch()
        await asyncio.sleep(0.1)

    asyncio.run(leave())
    assert drawn == []


def test_a_drawing_that_fails_later_is_not_swallowed() -> None:
    drawn: list[int] = []

    def draw() -> None:
        drawn.append(1)
        raise ZeroDivisionError

    async def stumble() -> None:
        with Pen(draw, Desk()) as pen:
            pen.touch()
            await until(drawn, 1)
            pen.touch()

    with pytest.raises(ZeroDivisionError):
        asyncio.run(stumble())


def busy() -> None:
    end = time.thread_time() + 0.01
    while time.thread_time() < end:
        pass


def test_pens_draw_in_turn_and_others_get_theirs_between() -> None:
    drawn: list[int] = []

    def draw(number: int) -> None:
        drawn.append(number)
        busy()

    async def crowd() -> None:
        desk = Desk()
        with ExitStack() as stack:
            pens = [stack.enter_context(Pen(partial(draw, number), desk)) for number in range(10)]
            for pen in pens:
                pen.touch()
            while len(drawn) < 10:
                before = len(drawn)
                await asyncio.sleep(0)
                assert len(drawn) <= before + 1

    asyncio.run(crowd())
    assert drawn == list(range(10))


def test_a_pen_put_down_gives_up_its_turn() -> None:
    drawn: list[int] = []

    def draw(number: int) -> None:
        drawn.append(number)
        busy()

    async def leave() -> None:
        desk = Desk()
        with Pen(partial(draw, 1), desk) as first, Pen(partial(draw, 3), desk) as kept:
            first.touch()
            await until(drawn, 1)
            with Pen(partial(draw, 2), desk) as left:
                left.touch()
                kept.touch()
                await asyncio.sleep(0.01)  # Both wait at the desk now, which rests for longer than that.
            await until(drawn, 2)
            await asyncio.sleep(0.1)

    asyncio.run(leave())
    assert drawn == [1, 3]


@pytest.mark.parametrize(("items", "is_beside"), [(SMALL, False), (SMALL + 1, True)])
def test_only_a_large_final_drawing_goes_to_a_thread(items: int, is_beside: bool) -> None:
    async def finish() -> int:
        return await Desk().finish(threading.get_ident, items=items)

    assert (asyncio.run(finish()) != threading.get_ident()) == is_beside
