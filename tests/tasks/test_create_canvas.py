"""A job from the queue to its outcome, with a real worker, a real database and a real model server."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core import attempts, canvases, jobs, versions
from core.database import Connection, connection_options
from core.settings import Settings
from devtools.model_server import ModelServer, Script, refused
from drawing.model import Edge, Node
from drawing.source import read_source
from drawing.theme import get_theme
from tasks.pipeline import CANVAS_NAMESPACE
from tests.conftest import make_settings
from tests.tasks.workshop import LIMITS, count, look, post, until, until_final, working


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model_settings(dsn: str, tmp_path: Path, model: ModelServer) -> Settings:
    return make_settings(dsn, var_dir=tmp_path, ai_provider=None, openai_base_url=model.base_url)


def test_sentence_becomes_a_canvas_by_the_rules(conn: Connection, settings: Settings) -> None:
    async def story() -> None:
        job = post(conn, "A -> B -> C")
        async with working(settings):
            done = await until_final(conn, job.id)
        assert (done.status, done.error_message, done.model) == ("completed", None, None)
        assert done.result is not None
        assert done.result["generator"] == "rules"
        objects = canvases.read_objects(conn, canvas_id=uuid.UUID(str(done.canvas_id)))
        texts = {item.properties["text"] for item in objects if item.object_type == "text"}
        assert {"A", "B", "C"} <= texts
        assert sum(item.object_type == "arrow" for item in objects) == 2
        # What was drawn from a plan is kept as notation, too.
        drawing = read_source(done.result["source"]).drawing
        assert drawing is not None
        assert [node.text for node in drawing.all(Node)] == ["A", "B", "C"]
        assert len(drawing.all(Edge)) == 2

    asyncio.run(story())


def test_notation_becomes_a_canvas_without_a_model(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story() -> None:
        source = "sequenceDiagram\n  Alice->>Bob: Hello\n  what is this\n  Bob-->>Alice: Hi"
        job = post(conn, request_data={"source": source, "style": "minimal", "colorScheme": "pastel"})
        async with working(model_settings):
            done = await until_final(conn, job.id)
        assert (done.status, done.model, done.output_tokens) == ("completed", None, 0)
        assert model.requests == []
        assert done.result is not None
        assert done.result["generator"] == "source"
        assert done.result["notes"] == [
            "Line 3 (“what is this”) is left out: it is no message, participant, note or block."
        ]
        assert "Alice->>Bob: Hello" in done.result["source"]
        objects = canvases.read_objects(conn, canvas_id=uuid.UUID(str(done.canvas_id)))
        assert shown_objects(conn) == {str(item.id): (item.z_index, item.properties) for item in objects}
        assert {item.properties.get("label") for item in objects} >= {"Hello", "Hi"}

    asyncio.run(story())


def test_a_drawing_for_dark_paper_is_kept_as_one(conn: Connection, model_settings: Settings) -> None:
    async def story() -> None:
        job = post(conn, request_data={"source": "flowchart TD\nA --> B", "theme": "dark"})
        async with working(model_settings):
            done = await until_final(conn, job.id)
        canvas_id = uuid.UUID(str(done.canvas_id))
        objects = canvases.read_objects(conn, canvas_id=canvas_id)
        assert {item.properties["stroke"] for item in objects if item.object_type == "arrow"} == {
            get_theme("modern", "default", True).palette.line
        }
        assert [each.is_dark for each in versions.list_drawings(conn, canvas_id=canvas_id)] == [True]

    asyncio.run(story())


def test_notation_that_says_nothing_fails_with_a_sentence(conn: Connection, settings: Settings) -> None:
    async def story() -> None:
        job = post(conn, request_data={"source": "nothing here\nis a drawing"})
        async with working(settings):
            done = await until_final(conn, job.id)
        assert (done.status, done.error_code) == ("failed", "plan_unusable")
        assert done.error_message is not None
        assert "flowchart LR" in done.error_message

    asyncio.run(story())


def test_sentence_becomes_a_canvas_by_the_model(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story() -> None:
        job = post(conn, "How an online order goes")
        async with working(model_settings):
            done = await until_final(conn, job.id)
        assert (done.status, done.model) == ("completed", model_settings.openai_model)
        assert done.output_tokens > 0
        assert "How an online order goes" in json.dumps(model.requests[0].body)

    asyncio.run(story())


def test_events_draw_the_canvas_that_is_stored(conn: Connection, model_settings: Settings) -> None:
    async def story() -> None:
        job = post(conn)
        async with working(model_settings):
            done = await until_final(conn, job.id)
        rows = conn.execute("SELECT number, kind, data FROM ai_job_events ORDER BY number").fetchall()
        assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
        assert (rows[0]["kind"], rows[-1]["kind"]) == ("status", "done")
        percents = [row["data"]["percent"] for row in rows if row["kind"] == "progress"]
        assert percents == sorted(percents)
        assert percents[-1] == 100
        stored = canvases.read_objects(conn, canvas_id=uuid.UUID(str(done.canvas_id)))
        assert shown_objects(conn) == {str(item.id): (item.z_index, item.properties) for item in stored}

    asyncio.run(story())


def test_late_worker_cannot_finish_a_cancelled_job(dsn: str, conn: Connection) -> None:
    async def story() -> None:
        job = post(conn)
        attempt = await claim(dsn, job)
        jobs.cancel_job(conn, job_id=job.id, user_id="owner")
        with pytest.raises(attempts.AttemptIsOver):
            await finish(dsn, attempt)
        assert look(conn, job.id).status == "cancelled"
        assert count(conn, "canvases") == 0

    asyncio.run(story())


def test_overtaken_worker_cannot_finish_the_job_of_another(dsn: str, conn: Connection) -> None:
    async def story() -> None:
        job = post(conn)
        frozen = await claim(dsn, job)
        second = await claim(dsn, job)
        with pytest.raises(attempts.AttemptIsOver):
            await finish(dsn, frozen)
        await finish(dsn, second)
        with pytest.raises(attempts.AttemptIsOver):
            await finish(dsn, second)
        assert look(conn, job.id).status == "completed"
        assert count(conn, "canvases") == 1

    asyncio.run(story())


def test_duplicate_delivery_finds_nothing_to_do(dsn: str, conn: Connection, settings: Settings) -> None:
    async def story() -> None:
        job = post(conn)
        conn.execute("SELECT canvas_queue_put(%s, 0)", [job.id])
        async with working(settings):
            await until_final(conn, job.id)
            await until_queue_is_through(conn)
        assert count(conn, "canvases") == 1
        assert look(conn, job.id).attempt == 1

    asyncio.run(story())


def test_cancelling_a_running_job_closes_the_models_stream(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story() -> None:
        model.script(Script(chunk_delay=0.05))
        job = post(conn)
        async with working(model_settings):
            await until(conn, job.id, lambda job: job.progress_objects > 2)
            jobs.cancel_job(conn, job_id=job.id, user_id="owner")
            assert await asyncio.to_thread(model.requests[0].left.wait, 5)
            await until_queue_is_through(conn)
        assert look(conn, job.id).status == "cancelled"
        assert count(conn, "canvases") == 0
        last = conn.execute("SELECT kind, data FROM ai_job_events ORDER BY number DESC LIMIT 1").fetchone()
        assert last == {"kind": "done", "data": {"status": "cancelled"}}

    asyncio.run(story())


@pytest.mark.parametrize(
    "script", [Script(chunk_delay=0.05), Script(silent_after=20)], ids=["writing", "silent"]
)
def test_cancelling_closes_the_models_stream_when_the_notification_is_lost(
    conn: Connection, model: ModelServer, model_settings: Settings, script: Script
) -> None:
    async def story() -> None:
        conn.execute("DROP TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1 ON procrastinate_jobs")
        model.script(script)
        job = post(conn)
        async with working(model_settings):
            await until(conn, job.id, lambda job: job.progress_objects)
            jobs.cancel_job(conn, job_id=job.id, user_id="owner")
            assert await asyncio.to_thread(model.requests[0].left.wait, 10)
            await until_queue_is_through(conn)
        assert (look(conn, job.id).status, count(conn, "canvases")) == ("cancelled", 0)

    asyncio.run(story())


def test_transient_failure_comes_back_and_makes_one_canvas(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story() -> None:
        model.script(Script(cut_after=30), refused(500, "server_error"))
        job = post(conn)
        async with working(model_settings):
            done = await until_final(conn, job.id)
        assert (done.status, done.retry_count, done.error_message) == ("completed", 2, None)
        assert count(conn, "canvases") == 1
        assert len(model.requests) == 3

    asyncio.run(story())


def test_waiting_for_a_retry_is_queued_with_its_reason(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story() -> None:
        model.script(refused(429, "rate_limit_exceeded", retry_after="30"))
        job = post(conn)
        async with working(model_settings):
            waiting = await until(conn, job.id, lambda job: job.retry_count)
            waiting = await until(conn, job.id, lambda job: job.status == "queued" and job.next_processing_at)
        assert (waiting.retry_count, waiting.error_code) == (1, "model_rate_limited")
        assert waiting.next_processing_at is not None
        assert 25 < (waiting.next_processing_at - waiting.updated_at).total_seconds() <= 30

    asyncio.run(story())


def test_retries_end_after_the_agreed_number(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story() -> None:
        model.script(*[Script(cut_after=30)] * 3)
        job = post(conn, max_retries=2)
        async with working(model_settings):
            done = await until_final(conn, job.id)
            await until_queue_is_through(conn)
        assert (done.status, done.error_code, done.retry_count) == ("failed", "model_interrupted", 2)
        assert len(model.requests) == 3
        queued = conn.execute("SELECT status::text FROM procrastinate_jobs").fetchall()
        assert queued == [{"status": "failed"}]

    asyncio.run(story())


def test_permanent_failure_ends_at_once_and_can_be_retried_by_hand(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story() -> None:
        model.script(refused(401, "invalid_api_key"))
        job = post(conn)
        async with working(model_settings):
            failed = await until_final(conn, job.id)
            assert (failed.status, failed.error_code) == ("failed", "model_unauthorized")
            jobs.reopen_job(conn, job_id=job.id, user_id="owner", limits=LIMITS)
            done = await until_final(conn, job.id)
        assert (done.status, done.error_code, done.error_message) == ("completed", None, None)
        assert done.attempt - done.first_attempt == 1
        assert count(conn, "canvases") == 1

    asyncio.run(story())


def test_drawing_into_an_existing_canvas_touches_nothing(conn: Connection, settings: Settings) -> None:
    async def story() -> None:
        async with working(settings):
            first = await until_final(conn, post(conn, "A -> B").id)
            assert first.canvas_id is not None
            before = canvases.read_objects(conn, canvas_id=first.canvas_id)
            second = await until_final(conn, post(conn, "C -> D", target_canvas_id=first.canvas_id).id)
        after = canvases.read_objects(conn, canvas_id=first.canvas_id)
        assert (second.status, second.canvas_id) == ("completed", first.canvas_id)
        assert after[: len(before)] == before
        assert len(after) > len(before)
        assert len({item.z_index for item in after}) == len(after)
        assert shown_objects(conn) == {str(item.id): (item.z_index, item.properties) for item in after}

    asyncio.run(story())


@pytest.mark.parametrize("present", [1995, 2000])
def test_full_canvas_is_said_to_be_and_nothing_is_added(
    conn: Connection, settings: Settings, present: int
) -> None:
    async def story() -> None:
        async with working(settings):
            first = await until_final(conn, post(conn, "A -> B").id)
            conn.execute(
                "INSERT INTO canvas_objects (canvas_id, id, job_id, object_type, properties, z_index, created_by)"
                " SELECT %s, gen_random_uuid(), %s, 'rectangle', '{}', number, 'ai-agent'"
                " FROM generate_series(1, %s) AS number",
                [first.canvas_id, first.id, present - first.progress_objects],
            )
            second = await until_final(conn, post(conn, "C -> D", target_canvas_id=first.canvas_id).id)
        assert (second.status, second.error_code) == ("failed", "canvas_full")
        assert second.error_message == "A canvas holds at most 2,000 objects. Draw on another one."
        assert count(conn, "canvas_objects") == present

    asyncio.run(story())


@pytest.mark.slow
def test_stopped_worker_puts_its_jobs_back(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story() -> None:
        model.script(Script(silent_after=30))
        settings = model_settings.model_copy(update={"shutdown_grace_seconds": 0.0})
        job = post(conn)
        async with working(settings):
            await until(conn, job.id, lambda job: job.progress_objects)
        given_back = look(conn, job.id)
        assert (given_back.status, given_back.retry_count) == ("queued", 0)
        async with working(settings):
            done = await until_final(conn, job.id)
        assert (done.status, done.attempt) == ("completed", 2)
        assert count(conn, "canvases") == 1

    asyncio.run(story())


@pytest.mark.slow
def test_job_of_a_vanished_worker_runs_again(
    dsn: str, conn: Connection, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing else ran on that worker, so the job runs in a process of its own, which reads its settings there.
    for name, value in {"DATABASE_URL": dsn, "AI_PROVIDER": "rules"}.items():
        monkeypatch.setenv(name, value)

    async def story() -> None:
        job = post(conn)
        # As kill -9 leaves it: fetched, claimed, and nobody's heartbeat.
        conn.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour')")
        conn.execute("SELECT procrastinate_fetch_job_v2(NULL, (SELECT max(id) FROM procrastinate_workers))")
        frozen = await claim(dsn, job)
        conn.execute("UPDATE ai_jobs SET updated_at = now() - interval '1 minute'")
        async with working(settings):
            done = await until_final(conn, job.id)
        assert (done.status, done.attempt) == ("completed", 2)
        with pytest.raises(attempts.AttemptIsOver):
            await finish(dsn, frozen)

    asyncio.run(story())


def shown_objects(conn: Connection) -> dict[str, tuple[int, dict[str, Any]]]:
    """Return what readers of all events see in the end: z-index and properties by id."""
    rows = conn.execute(
        "SELECT data FROM ai_job_events WHERE kind = 'object' ORDER BY job_id, number"
    ).fetchall()
    return {row["data"]["id"]: (row["data"]["z_index"], row["data"]["properties"]) for row in rows}


async def claim(dsn: str, job: jobs.Job) -> attempts.Attempt:
    assert job.queue_job_id is not None
    async with await psycopg.AsyncConnection.connect(
        dsn, **connection_options(application_name="test")
    ) as conn:
        attempt = await attempts.claim_job(conn, job_id=job.id, queue_job_id=job.queue_job_id)
    assert attempt is not None
    return attempt


async def finish(dsn: str, attempt: attempts.Attempt) -> None:
    """Write a canvas and the outcome as a worker does, in one transaction."""
    async with await psycopg.AsyncConnection.connect(
        dsn, **connection_options(application_name="test")
    ) as conn:
        await attempts.finish_attempt(
            conn,
            attempt,
            canvas_id=uuid.uuid5(CANVAS_NAMESPACE, str(attempt.job_id)),
            title="T",
            objects=[],
            result={},
            message="",
            model=None,
            usage=attempts.Usage(),
            events=[],
        )


async def until_queue_is_through(conn: Connection) -> None:
    for _ in range(1000):
        row = conn.execute(
            "SELECT count(*) AS busy FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
        ).fetchone()
        if row == {"busy": 0}:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the queue is still busy")
