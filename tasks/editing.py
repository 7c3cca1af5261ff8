"""One attempt at a change of what is on the canvas: ask for statements, apply them to the newest drawing, store it.

The answer is applied under the canvas' lock to what is there by then, so that two changes at once lose nothing.
"""

from __future__ import annotations

from contextlib import aclosing

from core import canvases, tracing, versions
from core.attempts import Usage, finish_attempt
from core.database import AsyncConnection
from drawing.changes import Difference, Scope, apply_change
from drawing.own.drawing import OwnDrawing, own_revision
from drawing.plan import Header
from drawing.revision import Revised, revision_of
from drawing.source import read_source
from tasks.designers import Note, Restart, Source
from tasks.designers.failures import PermanentFailure
from tasks.kept_answers import design_once
from tasks.pipeline import (
    FIRST_PERCENT,
    HEADER_PERCENT,
    AttemptRun,
    WorkerContext,
    finish_drawing,
    make_request,
    make_result,
    opening,
    put_objects,
    store,
)
from tasks.room import check_room
from tasks.subjects import NOTHING_THERE, Subject, all_subjects, choose_subject, names_of

GONE = "The drawing to change was deleted meanwhile."
UNCHANGED = "Nothing was changed."


async def make_change(worker: WorkerContext, run: AttemptRun) -> None:
    """Ask for the change, apply it, and store it with the job's outcome."""
    run.begin()
    run.progress.set_progress(FIRST_PERCENT, opening(run.designer))
    may_be_new = run.attempt.request_data["mode"] == "auto"
    answer = await _ask(worker, run, may_be_new=may_be_new)
    if run.items:
        await finish_drawing(worker, run)
        return
    subject, text = choose_subject(answer, run.subjects)
    drawing = read_source(subject.source).drawing
    if drawing is None:
        raise PermanentFailure("nothing_to_edit", NOTHING_THERE)
    if apply_change(drawing, text, may_be_new=may_be_new).scope is Scope.NEW:
        run.session.feed(text)
        await finish_drawing(worker, run)
        return
    if run.on_designed is not None:
        await run.on_designed()
    run.progress.set_progress(HEADER_PERCENT, "Changing the drawing")
    with tracing.span("finish job"):
        await store(worker, run, lambda conn: _write(conn, worker, run, subject, text))


async def _ask(worker: WorkerContext, run: AttemptRun, *, may_be_new: bool) -> str:
    """Return the answer: statements, or a whole drawing. A plan is taken into the session of a new drawing."""
    marked = run.attempt.request_data.get("selection", ())
    names = names_of(marked, run.subjects[0]) if len(run.subjects) == 1 else ()
    sources = tuple(each.source for each in run.subjects)
    request = make_request(run, drawings=sources, selection=names, may_be_new=may_be_new)
    pieces: list[str] = []
    async with aclosing(design_once(worker, run, request)) as plan:
        async for part in plan:
            match part:
                case Usage():
                    run.usage = part
                case Note():
                    run.notes.append(part.text)
                case Restart():
                    pieces.clear()
                case Source():
                    pieces.append(part.text)
                case Header() if may_be_new:
                    run.session.begin(part)
                case Header():
                    pass  # A plan cannot say what changes.
                case _ if may_be_new:
                    run.items += 1
                    run.session.take(part)
    return "".join(pieces)


async def _write(
    conn: AsyncConnection, worker: WorkerContext, run: AttemptRun, subject: Subject, text: str
) -> None:
    """Apply the answer to the drawing as it is by now, and store what becomes of it."""
    async with conn.transaction():
        present = await canvases.lock_canvas(conn, canvas_id=run.canvas_id, user_id=run.attempt.user_id)
        drawings = await versions.read_drawings(conn, canvas_id=run.canvas_id)
        if present is None:
            raise PermanentFailure("canvas_not_found", GONE)
        marked = subject.first if isinstance(subject, OwnDrawing) else ()
        by_now = all_subjects(run.canvas_id, drawings, present, marked)
        newest = next((each for each in by_now if each.id == subject.id), None)
        if newest is None:
            raise PermanentFailure("canvas_not_found", GONE)
        if isinstance(newest, OwnDrawing):
            revised = await worker.drawings.revise(own_revision(newest, present, text))
        else:
            revised = await worker.drawings.revise(revision_of(newest, present, text))
        await _store(conn, run, newest, len(present), revised)


async def _store(
    conn: AsyncConnection, run: AttemptRun, drawing: Subject, present: int, revised: Revised
) -> None:
    canvas, changes = revised.canvas, revised.changes
    check_room(present + len(changes.seen.added) - len(changes.deleted))
    run.notes += [note for note in revised.change.notes if note not in run.notes]
    did = _describe(changes.seen) if changes.seen else UNCHANGED
    version = await _change(conn, run, drawing, revised, did)
    run.progress.remove_objects(changes.deleted)
    put_objects(run, changes.written)
    run.progress.set_progress(100, did)
    events = run.progress.take()
    run.progress.put_back(events)  # should this try fail, the next one writes the same
    await finish_attempt(
        conn,
        run.attempt,
        canvas_id=run.canvas_id,
        title=canvas.title,
        objects=[],
        object_count=len(canvas.objects),
        result=make_result(
            run,
            canvas,
            source=revised.source,
            version=version,
            did=did,
            changes=changes.seen.to_json(),
            drawing_id=str(drawing.id),
        ),
        message=run.progress.message,
        model=run.designer.model,
        usage=run.usage,
        events=events,
    )


async def _change(
    conn: AsyncConnection, run: AttemptRun, drawing: Subject, revised: Revised, did: str
) -> int:
    """Store what is different, as a version of the canvas, and return its number; the present one when nothing is."""
    if not revised.changes.seen and revised.source == drawing.source:
        return await versions.read_number(conn, canvas_id=run.canvas_id)
    version = await versions.begin_version(
        conn, canvas_id=run.canvas_id, job_id=run.attempt.job_id, message=did
    )
    await versions.change_drawing(
        conn,
        canvas_id=run.canvas_id,
        drawing_id=drawing.id,
        title=revised.canvas.title,
        source=revised.source,
        written=revised.changes.written,
        deleted=revised.changes.deleted,
    )
    return version


def _describe(seen: Difference) -> str:
    """Say what was done, by how many objects."""
    parts = [
        f"{word} {len(ids)} {'object' if len(ids) == 1 else 'objects'}"
        for word, ids in (("added", seen.added), ("changed", seen.changed), ("removed", seen.removed))
        if ids
    ]
    text = ", ".join(parts)
    return f"{text[0].upper()}{text[1:]}."
