"""What lies on what is stored: a drawing read back from the database is the drawing that was made."""

from __future__ import annotations

import asyncio
from pathlib import Path

import psycopg

from bench.plans import load
from core import attempts, canvases
from core.database import Connection, connection_options
from drawing.canvas import Canvas, CanvasObject, Quality
from drawing.session import draw_plan
from drawing.svg import to_svg
from tests.tasks.workshop import post

CASES = Path(__file__).parent.parent / "drawing" / "cases"
NAMESPACES = 24  # with ids as the tiebreaker, three shapes on each other would come out right once in six


def store(dsn: str, conn: Connection, name: str) -> Canvas:
    """Draw a case as a job of its own, store it, and return what was drawn."""
    job = post(conn)
    assert job.queue_job_id is not None
    queue_job_id = job.queue_job_id

    async def story() -> Canvas:
        options = connection_options(application_name="test")
        async with await psycopg.AsyncConnection.connect(dsn, **options) as other:
            attempt = await attempts.claim_job(other, job_id=job.id, queue_job_id=queue_job_id)
            assert attempt is not None
            canvas = draw_plan(load(CASES / name), namespace=job.id)
            await attempts.finish_attempt(
                other, attempt, canvas_id=job.id, title=canvas.title, objects=canvas.objects, result={},
                message="", model=None, usage=attempts.Usage(), events=[],
            )  # fmt: skip
        return canvas

    drawn = asyncio.run(story())
    stored = canvases.read_objects(conn, canvas_id=job.id)
    read = tuple(
        CanvasObject(str(item.id), item.object_type, item.properties, item.z_index)  # type: ignore[arg-type]
        for item in stored
    )
    assert [item.id for item in read] == [item.id for item in drawn.objects]
    assert to_svg(Canvas(drawn.title, read, drawn.width, drawn.height, Quality(100))) == to_svg(drawn)
    return drawn


def test_shapes_in_shapes_come_back_in_order_whatever_their_ids(dsn: str, conn: Connection) -> None:
    for _ in range(NAMESPACES):
        drawn = store(dsn, conn, "nested_freeform.json")

        assert len({item.z_index for item in drawn.objects}) == len(drawn.objects)
        shapes = [item for item in drawn.objects if item.object_type in ("rectangle", "circle", "star")]
        (screen,) = (item for item in shapes if "in" not in item.properties)
        assert all(item.z_index > screen.z_index for item in shapes if item is not screen)


def test_frames_rows_and_scenes_come_back_in_order(dsn: str, conn: Connection) -> None:
    for name in ("nested_groups.json", "sequence.json", "freeform_scene.json"):
        store(dsn, conn, name)
