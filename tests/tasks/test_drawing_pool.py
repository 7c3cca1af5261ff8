"""Drawings are made in processes of their own: the same drawings, and nothing else waits for them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from core.database import Connection
from drawing.plan import PlanUnusable
from drawing.process import DrawingProcess, ProcessDied
from drawing.session import DrawingSession, draw_source
from tasks import drawing_pool
from tasks.drawing_pool import LARGE, SMALL, DrawingPool
from tests.conftest import make_settings
from tests.tasks.workshop import post, until_final, working
from tests.waiting import until_async

NAMESPACE = uuid.UUID(int=7)


def chain(length: int) -> str:
    lines = [f"  n{i}[Step {i}] --> n{i + 1}[Step {i + 1}]" for i in range(length)]
    return "\n".join(["flowchart TD", *lines, ""])


def session_of(text: str) -> DrawingSession:
    session = DrawingSession(namespace=NAMESPACE)
    session.feed(text)
    return session


def children() -> list[int]:
    """Return the process ids of the drawing processes that this process has started."""
    found = []
    for pid in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
        with contextlib.suppress(OSError):
            if b"drawing.process" in Path(f"/proc/{pid}/cmdline").read_bytes():
                found.append(int(pid))
    return found


@pytest.mark.parametrize("items", [SMALL, SMALL + 1, LARGE + 1])
def test_final_drawing_is_the_same_wherever_it_is_made(items: int) -> None:
    async def finish() -> object:
        async with DrawingPool() as pool:
            return await pool.finish(session_of(chain(12)), items=items)

    assert asyncio.run(finish()) == draw_source(chain(12), namespace=NAMESPACE)


def test_drafts_are_the_same_and_go_on_from_one_another() -> None:
    lines = chain(12).splitlines(keepends=True)

    async def draw() -> list[object]:
        found: list[object] = []
        session = DrawingSession(namespace=NAMESPACE)
        async with DrawingPool() as pool:
            for line in lines:
                session.feed(line)
                found.append(await pool.render_changes(session))
            found.append(await pool.render_changes(session))
        return found

    session = DrawingSession(namespace=NAMESPACE)
    expected: list[object] = []
    for line in lines:
        session.feed(line)
        expected.append(session.render_changes())
    assert asyncio.run(draw()) == [*expected, []]


def test_what_a_drawing_raises_reaches_the_caller_and_the_process_goes_on() -> None:
    async def story() -> None:
        async with DrawingPool() as pool:
            before = children()
            with pytest.raises(PlanUnusable, match="nothing that can be drawn"):
                await pool.finish(session_of("flowchart TD\n"), items=SMALL + 1)
            await pool.finish(session_of(chain(2)), items=SMALL + 1)
            assert children() == before
        assert children() == []

    asyncio.run(story())


def test_process_that_dies_fails_one_drawing_and_is_replaced() -> None:
    async def story() -> None:
        async with DrawingPool() as pool:
            (pid,) = children()
            os.kill(pid, signal.SIGSTOP)
            drawing = asyncio.create_task(pool.finish(session_of(chain(3)), items=SMALL + 1))
            await until_async(lambda: not pool.idle)
            os.kill(pid, signal.SIGKILL)
            with pytest.raises(ProcessDied):
                await drawing
            await pool.finish(session_of(chain(3)), items=SMALL + 1)
            assert pid not in children()

    asyncio.run(story())


def test_drawing_that_is_stuck_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_pool, "DRAW_SECONDS", 0.2)

    async def story() -> None:
        async with DrawingPool() as pool:
            (pid,) = children()
            os.kill(pid, signal.SIGSTOP)
            with pytest.raises(TimeoutError):
                await pool.finish(session_of(chain(3)), items=SMALL + 1)
            assert children() == []

    asyncio.run(story())


def test_large_drawings_leave_a_place_for_others() -> None:
    async def story() -> None:
        async with DrawingPool() as pool:
            await asyncio.gather(*(pool.finish(session_of(chain(2)), items=SMALL + 1) for _ in range(2)))
            for pid in children():
                os.kill(pid, signal.SIGSTOP)  # What is drawn now takes as long as the test likes.
            large = [
                asyncio.create_task(pool.finish(session_of(chain(2)), items=LARGE + 1)) for _ in range(5)
            ]
            await until_async(lambda: len(pool.idle) == 1)
            os.kill(pool.idle[0].pid, signal.SIGCONT)
            await pool.finish(session_of(chain(3)), items=SMALL + 1)
            assert not any(each.done() for each in large)
            for pid in children():
                os.kill(pid, signal.SIGCONT)
            await asyncio.gather(*large)

    asyncio.run(story())


def test_caller_that_is_cancelled_leaves_at_once_and_the_process_serves_others() -> None:
    async def story() -> None:
        async with DrawingPool() as pool:
            (pid,) = children()
            os.kill(pid, signal.SIGSTOP)
            drawing = asyncio.create_task(pool.finish(session_of(chain(3)), items=SMALL + 1))
            await until_async(lambda: not pool.idle)
            drawing.cancel()
            with pytest.raises(asyncio.CancelledError):
                await drawing
            os.kill(pid, signal.SIGCONT)
            await until_async(lambda: len(pool.idle) == 1)
            assert children() == [pid]

    asyncio.run(story())


def test_process_ends_with_the_one_that_started_it() -> None:
    async def story() -> None:
        process = await DrawingProcess.start()
        stdin = process._process.stdin
        assert stdin is not None
        stdin.close()
        await until_async(lambda: process._process.returncode is not None)

    asyncio.run(story())


@pytest.mark.slow
def test_worker_draws_on_after_its_drawing_process_was_killed(
    dsn: str, conn: Connection, tmp_path: Path
) -> None:
    async def story(has_died: Callable[[], bool]) -> None:
        settings = make_settings(dsn, var_dir=tmp_path)
        async with working(settings):
            await until_async(children)
            for pid in children():
                os.kill(pid, signal.SIGKILL)
            await until_async(has_died)
            words = " -> ".join(f"step {number}" for number in range(20))
            job = post(conn, words)
            done = await until_final(conn, job.id)
        assert done.status == "completed"
        assert done.retry_count <= 1

    asyncio.run(story(lambda: not children()))


def test_a_pool_that_is_stopped_before_it_is_open_leaves_no_process() -> None:
    started: list[DrawingProcess] = []

    async def story() -> None:
        pool = DrawingPool()
        opening = asyncio.create_task(pool.__aenter__())
        start = DrawingProcess.start

        async def note() -> DrawingProcess:
            started.append(await start())
            opening.cancel()
            return started[-1]

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(DrawingProcess, "start", note)
            with pytest.raises(asyncio.CancelledError):
                await opening
        assert [process.is_usable for process in started] == [False]
        assert pool.idle == []
        with pytest.raises(ProcessLookupError):
            os.kill(started[0].pid, 0)

    asyncio.run(story())
