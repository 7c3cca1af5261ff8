"""When to draw while a plan streams in: at once after a pause, else together with what comes in the next moment."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Self

REST_SECONDS = 0.05  # between two drawings; readers are told ten times a second at most


class Pen:
    """Calls ``draw`` as often as it is worth it: a drawing of the whole costs as much for one new item as for ten."""

    def __init__(self, draw: Callable[[], None]) -> None:
        self._draw = draw
        self._may_draw_at = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._trouble: Exception | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Put the pen down: what was not drawn yet is left to the final drawing."""
        if self._timer is not None:
            self._timer.cancel()

    def touch(self) -> None:
        """Draw now or in a moment. Raises what the drawing before raised."""
        if self._trouble is not None:
            raise self._trouble
        if self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        if loop.time() >= self._may_draw_at:
            self._draw()
            self._may_draw_at = loop.time() + REST_SECONDS
        else:
            self._timer = loop.call_at(self._may_draw_at, self._draw_later)

    def _draw_later(self) -> None:
        self._timer = None
        try:
            self._draw()
        except Exception as exc:
            self._trouble = exc
        self._may_draw_at = asyncio.get_running_loop().time() + REST_SECONDS
