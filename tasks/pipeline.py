"""One attempt at a job, from the sentence to the stored canvas: design, draw while the plan arrives, store.

What a failure means for the job is decided in ``tasks.create_canvas``.
"""

from __future__ import annotations

import asyncio
import math
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, cast

import psycopg
import structlog

from core import canvases, clock, tracing, versions
from core.attempts import Attempt, AttemptIsOver, Usage, finish_attempt
from core.canvases import CREATED_BY, StoredObject
from core.database import AsyncConnection
from core.pools import AsyncPool
from core.settings import Settings
from drawing.canvas import Bounds, Canvas, CanvasObject
from drawing.connectors import Connectors, convert_connectors, vanished_lines
from drawing.object_index import bounds_of
from drawing.plan import Header
from drawing.revision import as_drawn
from drawing.scripts import describe_undrawable, find_undrawable, scripts_of
from drawing.session import DrawingSession
from tasks.cancellation import cancel_and_wait
from tasks.counting import count_shapes
from tasks.designers import Designer, Note, Request, Restart, Said, Source
from tasks.designers.failures import PermanentFailure
from tasks.drawing_pool import DrawingPool
from tasks.kept_answers import design_once
from tasks.progress import ProgressBuffer, ProgressPublisher
from tasks.redraw import Redraw
from tasks.room import check_room
from tasks.subjects import Subject

CANVAS_NAMESPACE = uuid.UUID("5f1c4b2e-8f0a-4d3b-9a53-0c8f6a1d7e42")  # canvas ids derive from job ids
FIRST_PERCENT, HEADER_PERCENT, LAST_PERCENT = 5, 10, 95
STORE_PATIENCE = 60.0  # seconds a finished drawing waits for a lost database
STORE_PAUSE = 0.5  # seconds between two tries
ITEMS_TO_HALF_WAY = 12  # nobody knows how many items will come; half of what is left goes by with each dozen

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WorkerContext:
    """What the jobs of a worker process share."""

    pool: AsyncPool
    designer: Designer
    publisher: ProgressPublisher
    settings: Settings
    model_server: str | None = None  # whose circuit breaker to ask; None when no server is asked
    drawings: DrawingPool = field(default_factory=DrawingPool)


@dataclass(slots=True)
class AttemptRun:
    """One attempt while it runs: what it was asked for, and what it has so far."""

    attempt: Attempt
    canvas_id: uuid.UUID
    progress: ProgressBuffer
    occupied: Bounds | None
    designer: Designer
    items: int = 0  # of the plan, or statements of the notation, so far
    notes: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)  # that the job is not charged with yet
    charged: Usage = field(default_factory=Usage)  # with the answer, when that was kept
    drawn: dict[str, CanvasObject] = field(default_factory=dict)  # with connectors as they were laid out
    published: dict[str, CanvasObject] = field(default_factory=dict)  # with connectors as they were asked for
    subjects: tuple[
        Subject, ...
    ] = ()  # one of these is to be changed; none when something new is to be drawn
    on_designed: Callable[[], Awaitable[None]] | None = None  # called once the plan is there
    session: DrawingSession = field(init=False)  # made once it is known what is on the canvas

    @property
    def drawing_options(self) -> dict[str, Any]:
        """What the caller chose, as the drawing engine takes it."""
        asked = self.attempt.request_data
        return {
            "style": asked.get("style", "modern"),
            "color_scheme": asked.get("colorScheme", "default"),
            "is_dark": asked.get("theme") == "dark",
            "namespace": self.attempt.job_id,
            "square_diamonds": bool(asked.get("square_diamonds")),
        }

    def begin(self) -> None:
        """Begin with an empty drawing."""
        self.session = DrawingSession(**self.drawing_options, occupied=self.occupied)
        self.items = 0
        self.progress.remove_objects(list(self.published))
        self.published, self.drawn = {}, {}

    @property
    def public_canvas_id(self) -> str:
        """The canvas as its owner knows it."""
        return self.attempt.request_data.get("canvas_id") or str(self.canvas_id)

    @property
    def connectors(self) -> Connectors:
        """How the caller's renderer draws connectors."""
        return cast(Connectors, self.attempt.request_data.get("connectors", "elbow"))

    def convert(self, objects: Iterable[CanvasObject]) -> list[CanvasObject]:
        """Return objects with their connectors as the caller asked for."""
        drawn = list(objects)
        self.drawn.update((item.id, item) for item in drawn)
        z_from = self.occupied.z_above if self.occupied else 0
        return convert_connectors(drawn, self.connectors, known=self.drawn, z_from=z_from)


def canvas_id_of(attempt: Attempt) -> uuid.UUID:
    """Return the canvas this job draws on: the caller's, or the one id that all attempts at the job share."""
    return attempt.target_canvas_id or uuid.uuid5(CANVAS_NAMESPACE, str(attempt.job_id))


def box_of(present: list[StoredObject]) -> Bounds | None:
    """Return the box of what is on a stored canvas, and the z-index above it; None when it is empty."""
    return bounds_of(map(as_drawn, present))


Make = Callable[[WorkerContext, AttemptRun], Coroutine[Any, Any, None]]


async def run_attempt(worker: WorkerContext, run: AttemptRun, make: Make) -> None:
    """Have the attempt's canvas made, until the job turns out to be over; ``make`` designs, draws and stores.

    Raises ``ModelFailure`` and its kinds, ``drawing.plan.PlanUnusable``, and ``AttemptIsOver`` when the job was
    cancelled or given to another attempt meanwhile: then nothing is stored.
    """
    stop = asyncio.create_task(run.progress.is_over.wait())
    work = asyncio.create_task(make(worker, run))
    try:
        await asyncio.wait({stop, work}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise AttemptIsOver
        await work
    finally:
        # The model's connection is closed before the attempt counts as ended.
        await cancel_and_wait(stop, work)


async def make_drawing(worker: WorkerContext, run: AttemptRun) -> None:
    """Design and draw something new, publish progress meanwhile, and store it with the job's outcome."""
    run.begin()
    run.progress.set_progress(FIRST_PERCENT, opening(run.designer))
    request = make_request(run)
    with Redraw(lambda: _redraw(worker, run)) as redraw:
        async with aclosing(design_once(worker, run, request)) as plan:
            async for part in plan:
                _take(run, redraw, part)
    await finish_drawing(worker, run)


async def finish_drawing(worker: WorkerContext, run: AttemptRun) -> None:
    """Draw what the session has taken, for good, and store it."""
    if run.on_designed is not None:
        await run.on_designed()
    with tracing.span("draw canvas") as span:
        canvas = await worker.drawings.finish(run.session, items=run.items)
        run.notes += run.session.source.notes
        if scripts := scripts_of(canvas):
            # The first drawing in a script takes a look at the fonts.
            run.notes += describe_undrawable(await asyncio.to_thread(find_undrawable, scripts))
        span.set({"canvas.objects": len(canvas.objects), "canvas.dropped": len(canvas.dropped)})
    with tracing.span("finish job"):
        await store(worker, run, lambda conn: _write_new(conn, worker, run, canvas))


def make_request(run: AttemptRun, **more: Any) -> Request:
    """Return what the designer is asked for; ``more`` is what only a change has."""
    asked = run.attempt.request_data
    return Request(
        instructions=asked.get("source") or asked["instructions"],
        style=asked.get("style", "modern"),
        color_scheme=asked.get("colorScheme", "default"),
        earlier_failure=run.attempt.earlier_failure,
        draws_cut=run.attempt.is_last_try or run.attempt.earlier_failure == "model_interrupted",
        **more,
    )


def opening(designer: Designer) -> str:
    return "Asking the model" if designer.generator == "openai" else "Reading the request"


def _take(run: AttemptRun, redraw: Redraw, part: Said) -> None:
    match part:
        case Usage():
            run.usage = part
        case Note():
            run.notes.append(part.text)
        case Restart():
            run.begin()
        case Header():
            _publish(run, run.session.begin(part))
            run.progress.set_progress(HEADER_PERCENT, "Drawing")
        case Source():
            changed = run.session.feed(part.text)
            run.items = run.session.source.statements
            if changed:
                redraw.request()
        case _:
            run.items += 1
            if run.session.take(part):
                redraw.request()


async def _redraw(worker: WorkerContext, run: AttemptRun) -> None:
    session = run.session
    changed = await worker.drawings.render_changes(session)
    if session is not run.session:
        return  # The designer has started over meanwhile.
    _publish(run, changed)
    run.progress.set_progress(_percent(run.items), f"Drew {count_shapes(run.published.values())}")


def _percent(items: int) -> int:
    left = math.exp(-items * math.log(2) / ITEMS_TO_HALF_WAY)
    return round(LAST_PERCENT - (LAST_PERCENT - HEADER_PERCENT) * left)


def _publish(run: AttemptRun, objects: Iterable[CanvasObject]) -> tuple[CanvasObject, ...]:
    """Publish new and changed objects, with connectors as they were asked for; return all of them."""
    laid_out = list(objects)
    converted = run.convert(laid_out)
    gone = vanished_lines(laid_out, run.connectors, shown=run.published)
    run.progress.remove_objects(gone)
    for line_id in gone:
        del run.published[line_id]
    fresh = [item for item in converted if run.published.get(item.id) != item]
    put_objects(run, fresh)
    return tuple(converted)


def put_objects(run: AttemptRun, objects: list[CanvasObject]) -> None:
    """Publish objects as they are."""
    run.published.update((item.id, item) for item in objects)
    now = clock.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    canvas_id = run.public_canvas_id
    run.progress.put_objects([_as_event(item, canvas_id, run.attempt.number, now) for item in objects])


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


async def store(
    worker: WorkerContext, run: AttemptRun, write: Callable[[AsyncConnection], Awaitable[None]]
) -> None:
    """Write everything of a finished job in one transaction, or nothing; a lost database delays it.

    A commit whose response was lost shows at the next try: the job is completed, so the attempt is over.
    """
    async with worker.publisher.lock:  # a flush that is under way must not write after the last event
        worker.publisher.close_buffer(run.progress)
    deadline = time.monotonic() + STORE_PATIENCE
    may_be_stored = False
    while True:
        try:
            async with worker.pool.connection() as conn:
                await write(conn)
        except psycopg.OperationalError as exc:
            may_be_stored = True
            if time.monotonic() > deadline:
                raise
            log.warning("canvas_delayed", reason=type(exc).__name__)
            await asyncio.sleep(STORE_PAUSE)
        except AttemptIsOver:
            if may_be_stored:
                run.usage = Usage()  # It was charged with what was stored.
            raise
        else:
            return


async def _write_new(conn: AsyncConnection, worker: WorkerContext, run: AttemptRun, canvas: Canvas) -> None:
    if run.attempt.target_canvas_id is None:
        await _write(conn, run, canvas, version=1)
        return
    async with conn.transaction():
        placed = await _place_on_canvas(conn, worker, run, canvas)
        version = await versions.begin_version(
            conn, canvas_id=run.canvas_id, job_id=run.attempt.job_id, message=f"Drew {canvas.title}".rstrip()
        )
        await _write(conn, run, placed, version=version)


async def _write(conn: AsyncConnection, run: AttemptRun, canvas: Canvas, *, version: int) -> None:
    canvas = replace(canvas, objects=_publish(run, canvas.objects))
    run.progress.set_progress(100, f"Drew {count_shapes(canvas.objects)}")
    events = run.progress.take()
    run.progress.put_back(events)  # should this try fail, the next one writes the same
    await finish_attempt(
        conn,
        run.attempt,
        canvas_id=run.canvas_id,
        title=canvas.title,
        objects=canvas.objects,
        drawing=_kept_drawing(run, canvas),
        result=make_result(run, canvas, source=run.session.notation, version=version),
        message=run.progress.message,
        model=run.designer.model,
        usage=run.usage,
        events=events,
    )


async def _place_on_canvas(
    conn: AsyncConnection, worker: WorkerContext, run: AttemptRun, canvas: Canvas
) -> Canvas:
    """Return the drawing placed clear of what is on the target canvas by now, and above it."""
    present = await canvases.lock_canvas(conn, canvas_id=run.canvas_id, user_id=run.attempt.user_id)
    if present is None:
        raise PermanentFailure("canvas_not_found", "The canvas to draw on was deleted meanwhile.")
    check_room(len(present) + len(canvas.objects))
    occupied = box_of(present)
    if occupied != run.occupied:
        # Somebody drew on it since this attempt began: draw again, clear of what is there now.
        run.session.place_beside(occupied)
        canvas = await worker.drawings.finish(run.session, items=run.items)
    return canvas


def _kept_drawing(run: AttemptRun, canvas: Canvas) -> dict[str, Any] | None:
    """Return what is kept of a drawing so that it can be changed later; None when it has no notation."""
    if run.session.notation is None:
        return None
    asked = run.drawing_options
    return {
        "title": canvas.title,
        "source": run.session.notation,
        "style": asked["style"],
        "color_scheme": asked["color_scheme"],
        "is_dark": asked["is_dark"],
        "square_diamonds": asked["square_diamonds"],
        "connectors": run.connectors,
    }


def make_result(
    run: AttemptRun, canvas: Canvas, *, source: str | None, version: int, did: str = "", **more: Any
) -> dict[str, Any]:
    """Return a job's result: ``did`` says what was done, ``more`` has what only some results have."""
    did = did or f"Drew {count_shapes(canvas.objects)}."
    return {
        "title": canvas.title,
        "generator": run.designer.generator,
        "message": " ".join([did, *run.notes, *canvas.dropped]),
        "notes": run.notes,
        "source": source,
        "dropped": list(canvas.dropped),
        "quality": canvas.quality.to_json(),
        "canvas_size": {"width": canvas.width, "height": canvas.height},
        "version": version,
        **more,
    }
