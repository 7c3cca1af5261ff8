"""Decides when a drawing is drawn again while its plan streams in: items that come close together share one redraw.

All drawings of a process share one scheduler: one redraw at a time, and most of the time is left to everything else.
So a drawing waits for its turn when many plans stream in, and each redraw takes in more items at once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

DELAY_SECONDS = 0.005  # a plan that came as a whole is over by then, and left to the final drawing
REST_SECONDS = 0.05  # between two redraws of one drawing; readers get events ten times a second at most
SHARE = 0.25  # of the process' time that goes into redraws, at most
SMALL = (
    8  # items: their final drawing takes about 1 ms; handing it to a thread would cost a good part of that
)
FINAL_DRAWINGS = 2  # at a time, in threads: a small one need not wait for a large one

Result = TypeVar("Result")


class RedrawScheduler:
    """Runs the redraws of a process in turn."""

    def __init__(self) -> None:
        self._waiting: deque[Redraw] = deque()
        self._free_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._finals = asyncio.Semaphore(FINAL_DRAWINGS)

    def submit(self, redraw: Redraw) -> None:
        """Run the redraw now, or in its turn."""
        if self._timer is None and asyncio.get_running_loop().time() >= self._free_at:
            self._run(redraw)
            return
        self._waiting.append(redraw)
        self._set_timer()

    def remove(self, redraw: Redraw) -> None:
        """Take a waiting redraw out of the queue."""
        if redraw in self._waiting:
            self._waiting.remove(redraw)

    async def run_final(self, render: Callable[[], Result], *, items: int) -> Result:
        """Return a final drawing of so many items, made in a thread unless it is small."""
        if items <= SMALL:
            return render()
        async with self._finals:
            return await asyncio.to_thread(render)

    def _run(self, redraw: Redraw) -> None:
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        redraw.run()
        now = loop.time()
        self._free_at = now + (now - started_at) * (1 / SHARE - 1)

    def _set_timer(self) -> None:
        if self._timer is None and self._waiting:
            self._timer = asyncio.get_running_loop().call_at(self._free_at, self._run_next)

    def _run_next(self) -> None:
        self._timer = None
        if self._waiting:
            self._run(self._waiting.popleft())
        self._set_timer()


class Redraw:
    """Calls ``render`` when it pays: drawing the whole costs as much for one new item as for ten."""

    def __init__(self, render: Callable[[], None], scheduler: RedrawScheduler) -> None:
        self._render = render
        self._scheduler = scheduler
        self._earliest_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._is_submitted = False
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel what is due: what was not drawn yet is left to the final drawing."""
        if self._timer is not None:
            self._timer.cancel()
        self._scheduler.remove(self)

    def request(self) -> None:
        """Have the drawing redrawn soon. Raises what the last redraw raised."""
        if self._error is not None:
            raise self._error
        if self._timer is None and not self._is_submitted:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(max(self._earliest_at, loop.time() + DELAY_SECONDS), self._submit)

    def run(self) -> None:
        """Redraw; the scheduler calls this. An error is kept for the next request."""
        self._is_submitted = False
        try:
            self._render()
        except Exception as exc:
            self._error = exc
        self._earliest_at = asyncio.get_running_loop().time() + REST_SECONDS

    def _submit(self) -> None:
        self._timer = None
        self._is_submitted = True
        self._scheduler.submit(self)
