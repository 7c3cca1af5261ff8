"""One attempt at a job, from the sentence to the stored canvas: design, draw while the plan arrives, store.

What a failure means for the job is decided in ``tasks.create_canvas``.
"""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any, cast

import psycopg
import structlog

from core import canvases, clock, tracing
from core.attempts import Attempt, AttemptIsOver, Usage, finish_attempt
from core.canvases import CREATED_BY, StoredObject
from core.database import AsyncConnection
from core.pools import AsyncPool
from core.settings import Settings
from drawing.canvas import Bounds, Canvas, CanvasObject, ObjectType
from drawing.object_index import bounds_of
from drawing.plan import Header, Item, Plan
from drawing.session import DrawingSession, draw_plan
from tasks import designers
from tasks.designers import Designer, Note, Request
from tasks.designers.failures import PermanentFailure
from tasks.ending import end
from tasks.pen import Desk, Pen
from tasks.reporter import Reporter, Told

CANVAS_NAMESPACE = uuid.UUID("5f1c4b2e-8f0a-4d3b-9a53-0c8f6a1d7e42")  # canvas ids derive from job ids
FIRST_PERCENT, HEADER_PERCENT, LAST_PERCENT = 5, 10, 95
STORE_PATIENCE = 60.0  # seconds a finished drawing waits for a lost database
STORE_PAUSE = 0.5  # seconds between two tries
ITEMS_TO_HALF_WAY = 12  # nobody knows how many items will come; half of what is left goes by with each dozen

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Studio:
    """What a worker process draws with; shared by all its jobs."""

    pool: AsyncPool
    designer: Designer
    reporter: Reporter
    settings: Settings
    model_server: str | None = None  # whose circuit breaker to ask; None when no server is asked
    desk: Desk = field(default_factory=Desk)


@dataclass(slots=True)
class Piece:
    """The work on one attempt."""

    attempt: Attempt
    canvas_id: uuid.UUID
    told: Told
    occupied: Bounds | None
    header: Header | None = None
    items: list[Item] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    shown: dict[str, CanvasObject] = field(default_factory=dict)

    @property
    def look(self) -> dict[str, Any]:
        """What the caller chose, as the drawing engine takes it."""
        asked = self.attempt.request_data
        return {
            "style": asked.get("style", "modern"),
            "color_scheme": asked.get("colorScheme", "default"),
            "namespace": self.attempt.job_id,
        }


def canvas_id_of(attempt: Attempt) -> uuid.UUID:
    """Return the canvas this job draws on: the caller's, or the one id that all attempts at the job share."""
    return attempt.target_canvas_id or uuid.uuid5(CANVAS_NAMESPACE, str(attempt.job_id))


def taken_by(present: list[StoredObject]) -> Bounds | None:
    """Return the box of what is on a stored canvas; None when it is empty."""
    return bounds_of(
        CanvasObject(str(item.id), cast(ObjectType, item.object_type), item.properties, item.z_index)
        for item in present
    )


async def draw(studio: Studio, piece: Piece) -> None:
    """Design and draw the attempt's canvas, tell readers meanwhile, and store it with the job's outcome.

    Raises ``ModelFailure`` and its kinds, ``drawing.plan.PlanUnusable``, and ``AttemptIsOver`` when the job was
    cancelled or given to another attempt meanwhile: then nothing is stored.
    """
    stop = asyncio.create_task(piece.told.is_over.wait())
    work = asyncio.create_task(_design_and_finish(studio, piece))
    try:
        await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise AttemptIsOver
        await work
    finally:
        # The model's connection is closed before the attempt counts as ended.
        await end(stop, work)


async def _design_and_finish(studio: Studio, piece: Piece) -> None:
    session = DrawingSession(**piece.look, occupied=piece.occupied)
    piece.told.say(FIRST_PERCENT, _opening(studio.designer))
    asked = piece.attempt.request_data
    request = Request(
        instructions=asked["instructions"],
        style=asked.get("style", "modern"),
        color_scheme=asked.get("colorScheme", "default"),
    )
    with Pen(lambda: _draw(piece, session), studio.desk) as pen:
        async with aclosing(studio.designer.design(request)) as plan:
            async for part in plan:
                _take(piece, session, pen, part)
    with tracing.span("draw canvas") as span:
        canvas = await studio.desk.finish(session.finish, items=len(piece.items))
        span.set({"canvas.objects": len(canvas.objects), "canvas.dropped": len(canvas.dropped)})
    with tracing.span("finish job"):
        await _store(studio, piece, canvas)


def _opening(designer: Designer) -> str:
    return "Asking the model" if designer.generator == "openai" else "Reading the request"


def _take(
    piece: Piece, session: DrawingSession, pen: Pen, part: Header | Item | designers.Usage | Note
) -> None:
    match part:
        case designers.Usage():
            piece.usage = Usage(input_tokens=part.input_tokens, output_tokens=part.output_tokens)
        case Note():
            piece.notes.append(part.text)
        case Header():
            piece.header = part
            _show(piece, session.begin(part))
            piece.told.say(HEADER_PERCENT, "Drawing")
        case _:
            piece.items.append(part)
            if session.take(part):
                pen.touch()


def _draw(piece: Piece, session: DrawingSession) -> None:
    _show(piece, session.render_changes())
    piece.told.say(_percent(len(piece.items)), f"Drew {_shapes(len(piece.shown))}")


def _percent(items: int) -> int:
    left = math.exp(-items * math.log(2) / ITEMS_TO_HALF_WAY)
    return round(LAST_PERCENT - (LAST_PERCENT - HEADER_PERCENT) * left)


def _shapes(count: int) -> str:
    return "1 shape" if count == 1 else f"{count} shapes"


def _show(piece: Piece, objects: list[CanvasObject]) -> None:
    """Tell readers of new and changed objects."""
    fresh = [item for item in objects if piece.shown.get(item.id) != item]
    piece.shown.update((item.id, item) for item in fresh)
    now = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    canvas_id = str(piece.canvas_id)
    piece.told.draw([_as_event(item, canvas_id, piece.attempt.number, now) for item in fresh])


def _as_event(item: CanvasObject, canvas_id: str, attempt: int, now: str) -> dict[str, Any]:
    return {
        "id": item.id,
        "canvas_id": canvas_id,
        "object_type": item.object_type,
        "properties": item.properties,
        "z_index": item.z_index,
        "created_by": CREATED_BY,
        "created_at": now,
        "updated_at": now,
        "attempt": attempt,
    }


async def _store(studio: Studio, piece: Piece, canvas: Canvas) -> None:
    """Write canvas, objects, outcome and last events in one transaction, or nothing; a lost database delays it.

    A commit whose answer was lost is found out by the next try: the attempt is over then, for the job is completed.
    """
    async with studio.reporter.lock:  # a flush that is under way must not write after the last event
        studio.reporter.forget(piece.told)
    deadline = time.monotonic() + STORE_PATIENCE
    while True:
        try:
            async with studio.pool.connection() as conn:
                if piece.attempt.target_canvas_id is None:
                    await _write(conn, studio, piece, canvas)
                else:
                    async with conn.transaction():
                        await _write(conn, studio, piece, *await _make_room(conn, studio, piece, canvas))
        except psycopg.OperationalError as exc:
            if time.monotonic() > deadline:
                raise
            log.warning("canvas_delayed", reason=type(exc).__name__)
            await asyncio.sleep(STORE_PAUSE)
        else:
            return


async def _write(conn: AsyncConnection, studio: Studio, piece: Piece, canvas: Canvas, above: int = 0) -> None:
    _show(piece, list(canvas.objects))
    piece.told.say(100, f"Drew {_shapes(len(canvas.objects))}")
    news = piece.told.take()
    piece.told.put_back(news)  # should this try fail, the next one tells the same
    await finish_attempt(
        conn,
        piece.attempt,
        canvas_id=piece.canvas_id,
        title=canvas.title,
        objects=canvas.objects,
        above=above,
        result=_result(studio, piece, canvas),
        message=piece.told.message,
        model=studio.designer.model,
        usage=piece.usage,
        told=news,
    )


async def _make_room(
    conn: AsyncConnection, studio: Studio, piece: Piece, canvas: Canvas
) -> tuple[Canvas, int]:
    """Return the drawing placed beside what is on the target canvas by now, and the z-index it starts above."""
    present = await canvases.lock_canvas(conn, canvas_id=piece.canvas_id, user_id=piece.attempt.user_id)
    if present is None:
        raise PermanentFailure("canvas_not_found", "The canvas to draw on was deleted meanwhile.")
    occupied = taken_by(present)
    if occupied != piece.occupied:
        # Somebody drew on it since this attempt began: draw again, beside what is there now.
        assert piece.header is not None  # noqa: S101 - finish() raises without one
        plan = Plan(piece.header, tuple(piece.items))
        redraw = partial(draw_plan, plan, **piece.look, occupied=occupied)
        canvas = await studio.desk.finish(redraw, items=len(piece.items))
    return canvas, max((item.z_index for item in present), default=-1) + 1


def _result(studio: Studio, piece: Piece, canvas: Canvas) -> dict[str, Any]:
    return {
        "title": canvas.title,
        "generator": studio.designer.generator,
        "message": " ".join([f"Drew {_shapes(len(canvas.objects))}.", *piece.notes, *canvas.dropped]),
        "notes": piece.notes,
        "dropped": list(canvas.dropped),
        "quality": canvas.quality.to_json(),
        "canvas_size": {"width": canvas.width, "height": canvas.height},
    }
