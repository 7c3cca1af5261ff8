"""Decides when a drawing is drawn again while its plan streams in: items that come close together share one redraw."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self

DELAY_SECONDS = 0.005  # a plan that came as a whole is over by then, and left to the final drawing
REST_SECONDS = 0.05  # between two redraws of one drawing; readers get events ten times a second at most


class Redraw:
    """Calls ``render`` when it pays: drawing the whole costs as much for one new item as for ten."""

    def __init__(self, render: Callable[[], Awaitable[None]]) -> None:
        self._render = render
        self._earliest_at = 0.0
        self._is_due = False
        self._task: asyncio.Task[None] | None = None
        self._error: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel what is due: what was not drawn yet is left to the final drawing."""
        if self._task is not None:
            self._task.cancel()

    def request(self) -> None:
        """Have the drawing redrawn soon. Raises what the last redraw raised."""
        if self._error is not None:
            raise self._error
        self._is_due = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        """Redraw until nothing is due; an error is kept for the next request."""
        loop = asyncio.get_running_loop()
        while self._is_due and self._error is None:
            await asyncio.sleep(max(DELAY_SECONDS, self._earliest_at - loop.time()))
            self._is_due = False
            try:
                await self._render()
            except Exception as exc:
                self._error = exc
            self._earliest_at = loop.time() + REST_SECONDS
