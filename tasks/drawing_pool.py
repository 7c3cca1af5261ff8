"""Draws the canvases of a worker in processes of their own, so that no drawing holds up the jobs of others.

A final drawing has one of two places; large ones share one of them, so that small ones need not wait for large ones.
Drafts of drawings that still stream in have a place apart: they never delay a final drawing.
"""

from __future__ import annotations

import asyncio
import uuid
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import structlog

from drawing.canvas import Canvas, CanvasObject
from drawing.own.revision import OwnRevision
from drawing.process import Drawable, DrawingProcess, Method
from drawing.revision import Revised, Revision
from drawing.session import DrawingSession
from tasks.cancellation import end_undisturbed
from tasks.isolation import offer_to_the_kernel

PLACES = 2  # final drawings at a time; a process for each, of some 30 MB
LARGE_PLACES = 1  # of them for large ones
DRAFT_PLACES = 1  # drafts at a time
LARGE = 60  # items or statements: beyond, a drawing takes long
SMALL = 8  # their final drawing takes about as long as handing it to a process
DRAW_SECONDS = 60.0  # for one drawing, which takes at most one or two; then its process is stuck

log = structlog.get_logger()


class DrawingPool:
    """The drawing processes of a worker, while it is entered; before, drawings are made in this process."""

    def __init__(self) -> None:
        self._finals = asyncio.Semaphore(PLACES)
        self._large = asyncio.Semaphore(LARGE_PLACES)
        self._drafts = asyncio.Semaphore(DRAFT_PLACES)
        self.idle: list[DrawingProcess] = []  # those that wait for a drawing
        self._running: set[asyncio.Task[Any]] = set()
        self._is_open = False

    async def __aenter__(self) -> Self:
        self._is_open = True
        process = await self._start()
        try:
            # It has loaded everything then.
            await process.run("draft", DrawingSession(namespace=uuid.uuid4()))
        except BaseException:  # a worker that is stopped before it has begun
            await process.kill()
            raise
        self.idle.append(process)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_open = False
        await end_undisturbed(*self._running)
        while self.idle:
            await self.idle.pop().kill()

    async def finish(self, session: DrawingSession, *, items: int) -> Canvas:
        """Return the finished drawing of so many items. Raises ``PlanUnusable`` when there is nothing to draw."""
        session.close()
        if items <= SMALL:
            return session.finish()
        if not self._is_open:
            return await asyncio.to_thread(session.finish)
        places = [self._large, self._finals] if items > LARGE else [self._finals]
        canvas: Canvas = await self._run("finish", session, places)
        return canvas

    async def revise(self, revision: Revision | OwnRevision) -> Revised:
        """Return a drawing after a change. Raises ``PlanUnusable`` when nothing would be left of it."""
        if not self._is_open:
            return await asyncio.to_thread(revision.finish)
        revised: Revised = await self._run("finish", revision, [self._finals])
        return revised

    async def render_changes(self, session: DrawingSession) -> list[CanvasObject]:
        """Draw what was taken so far; return every object that is new or has changed since the last call."""
        if not self._is_open:
            return session.render_changes()
        return session.adopt(await self._run("draft", session, [self._drafts]))

    async def _run(self, method: Method, session: Drawable, places: list[asyncio.Semaphore]) -> Any:
        """Draw as soon as there are places. A caller that is cancelled leaves at once; the process goes on."""
        async with AsyncExitStack() as stack:
            for place in places:
                await stack.enter_async_context(place)
            drawing = asyncio.create_task(self._draw(method, session, stack.pop_all()))
        self._running.add(drawing)
        drawing.add_done_callback(self._discard)
        return await asyncio.shield(drawing)

    async def _draw(self, method: Method, session: Drawable, places: AsyncExitStack) -> Any:
        async with places:
            process = await self._take_process()
            try:
                async with asyncio.timeout(DRAW_SECONDS):
                    return await process.run(method, session)
            finally:
                if process.is_usable:
                    self.idle.append(process)
                else:
                    log.warning("drawing_process_ended", pid=process.pid, is_open=self._is_open)
                    await process.kill()

    async def _take_process(self) -> DrawingProcess:
        while self.idle:
            process = self.idle.pop()
            if process.is_usable:
                return process
            await process.kill()
        return await self._start()

    @staticmethod
    async def _start() -> DrawingProcess:
        process = await DrawingProcess.start()
        offer_to_the_kernel(process.pid)
        return process

    def _discard(self, drawing: asyncio.Task[Any]) -> None:
        self._running.discard(drawing)
        if not drawing.cancelled():
            drawing.exception()  # Its caller may be gone.
