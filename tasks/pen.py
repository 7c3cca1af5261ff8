"""When to draw while a plan streams in: together with what else comes in the next moment.

All drawings of a process share one desk: one at a time, and most of the time is left to everything else. So a drawing
waits for its turn when many plans stream in, and each takes in more items at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

MOMENT_SECONDS = 0.005  # a plan that came as a whole is over by then, and left to the final drawing
REST_SECONDS = 0.05  # between two drawings with one pen; readers are told ten times a second at most
SHARE = 0.25  # of the time of a process that goes into drawing what is not finished, at most
SMALL = (
    8  # items: their final drawing takes about 1 ms, a good part of which handing it to a thread would cost
)
FINAL_DRAWINGS = 2  # at a time, in threads: a small one need not wait for a large one

Result = TypeVar("Result")


class Desk:
    """Where the pens of a process draw in turn."""

    def __init__(self) -> None:
        self._waiting: deque[Pen] = deque()
        self._free_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._finals = asyncio.Semaphore(FINAL_DRAWINGS)

    def offer(self, pen: Pen) -> None:
        """Let the pen draw now, or in its turn."""
        if self._timer is None and asyncio.get_running_loop().time() >= self._free_at:
            self._draw(pen)
            return
        self._waiting.append(pen)
        self._set_timer()

    def withdraw(self, pen: Pen) -> None:
        """Forget that the pen waits."""
        if pen in self._waiting:
            self._waiting.remove(pen)

    async def finish(self, draw: Callable[[], Result], *, items: int) -> Result:
        """Return a final drawing of so many items, made beside the loop unless it is a small one."""
        if items <= SMALL:
            return draw()
        async with self._finals:
            return await asyncio.to_thread(draw)

    def _draw(self, pen: Pen) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        pen.draw()
        now = loop.time()
        self._free_at = now + (now - began) * (1 / SHARE - 1)

    def _set_timer(self) -> None:
        if self._timer is None and self._waiting:
            self._timer = asyncio.get_running_loop().call_at(self._free_at, self._take_next)

    def _take_next(self) -> None:
        self._timer = None
        if self._waiting:
            self._draw(self._waiting.popleft())
        self._set_timer()


class Pen:
    """Calls ``draw`` as often as it is worth it: a drawing of the whole costs as much for one new item as for ten."""

    def __init__(self, draw: Callable[[], None], desk: Desk) -> None:
        self._draw = draw
        self._desk = desk
        self._may_draw_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._is_offered = False
        self._trouble: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the pen down: what was not drawn yet is left to the final drawing."""
        if self._timer is not None:
            self._timer.cancel()
        self._desk.withdraw(self)

    def touch(self) -> None:
        """Draw in a moment. Raises what the newest drawing raised."""
        if self._trouble is None and self._timer is None and not self._is_offered:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._may_draw_at, loop.time() + MOMENT_SECONDS), self._offer)
        if self._trouble is not None:
            raise self._trouble

    def draw(self) -> None:
        """Draw; the desk says when. Trouble is kept for the next touch."""
        self._is_offered = False
        try:
            self._draw()
        except Exception as exc:
            self._trouble = exc
        self._may_draw_at = asyncio.get_running_loop().time() + REST_SECONDS

    def _offer(self) -> None:
        self._timer = None
        self._is_offered = True
        self._desk.offer(self)
