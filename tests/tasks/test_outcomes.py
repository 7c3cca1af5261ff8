"""Whatever a model's server says and the database refuses: a job ends, is charged, and says why to the right people."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import jobs, operator_actions
from core.database import Connection
from core.settings import Settings
from devtools.model_server import ModelServer, Script, refused
from tasks.retry import rate_limit_seconds
from tests.conftest import make_settings
from tests.tasks.quirks import CUT, DRAFT, TEXT, answer, stream, texts
from tests.tasks.recorded_server import RecordedServer
from tests.tasks.workshop import LIMITS, count, look, post, until, until_final, working


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def settings_for(dsn: str, folder: Path, base_url: str, **values: Any) -> Settings:
    return make_settings(dsn, var_dir=folder, ai_provider=None, openai_base_url=base_url, **values)


def draw(dsn: str, conn: Connection, folder: Path, *recordings: bytes, **values: Any) -> jobs.Job:
    """Return the job once it has ended, its answers being these, and the last of them for ever."""

    async def story(server: RecordedServer) -> jobs.Job:
        job = post(conn, **values)
        async with working(settings_for(dsn, folder, server.base_url)):
            return await until_final(conn, job.id)

    with RecordedServer(*recordings, default=recordings[-1]) as server:
        done = asyncio.run(story(server))
        assert len(server.bodies) <= 1 + values.get("max_retries", 3)
        return done


@pytest.mark.parametrize("value", [3 * 10**9, 10**30, 10**25, True, -1, 1.5])
def test_no_usage_keeps_a_job_from_ending(dsn: str, conn: Connection, tmp_path: Path, value: object) -> None:
    usage = {"prompt_tokens": value, "completion_tokens": value}
    done = draw(dsn, conn, tmp_path, answer(usage=usage))
    assert (done.status, done.attempt) == ("completed", 1)
    assert operator_actions.read_history(conn, job_id=done.id).record["usage_is_estimated"]
    assert 0 < done.output_tokens < 1000


@pytest.mark.slow
def test_refused_outcome_ends_the_job_after_its_retries(
    dsn: str, conn: Connection, tmp_path: Path, model: ModelServer
) -> None:
    async def story() -> None:
        conn.execute("ALTER TABLE canvases ADD CONSTRAINT nothing_is_stored CHECK (title IS NULL)")
        job = post(conn, max_retries=2)
        async with working(settings_for(dsn, tmp_path, model.base_url)):
            done = await until_final(conn, job.id)
        assert (done.status, done.error_code, done.retry_count) == ("failed", "internal_error", 2)
        assert len(model.requests) == 3
        assert count(conn, "canvases") == 0

    asyncio.run(story())


def test_failure_that_cannot_be_charged_ends_the_job_all_the_same(
    dsn: str, conn: Connection, tmp_path: Path
) -> None:
    conn.execute("ALTER TABLE ai_jobs ADD CONSTRAINT nothing_is_charged CHECK (output_tokens = 0)")
    done = draw(dsn, conn, tmp_path, answer("", "content_filter"), max_retries=2)
    assert (done.status, done.error_code, done.output_tokens) == ("failed", "content_filtered", 0)


def test_plan_that_stays_cut_is_drawn_with_a_note(dsn: str, conn: Connection, tmp_path: Path) -> None:
    done = draw(dsn, conn, tmp_path, answer(CUT, "error"))
    assert (done.status, done.retry_count) == ("completed", 1)
    assert done.result is not None
    assert "broke off" in done.result["message"]
    assert done.output_tokens == 600  # Both answers are charged.


def test_plan_that_is_cut_once_is_drawn_whole(dsn: str, conn: Connection, tmp_path: Path) -> None:
    done = draw(dsn, conn, tmp_path, answer(CUT, "error"), answer())
    assert (done.status, done.retry_count) == ("completed", 1)
    assert done.result is not None
    assert done.result["notes"] == []


def test_prose_is_asked_for_once_more(dsn: str, conn: Connection, tmp_path: Path) -> None:
    done = draw(dsn, conn, tmp_path, answer("Sure! I would draw a box."))
    assert (done.status, done.error_code, done.retry_count) == ("failed", "model_bad_answer", 1)


def test_correction_takes_back_what_readers_were_shown(dsn: str, conn: Connection, tmp_path: Path) -> None:
    draft = DRAFT.replace('"n1"', '"d1"')
    pause = "\n<<3 s of silence>>\n"
    done = draw(dsn, conn, tmp_path, stream(*texts(draft + "\n"), pause, *texts(TEXT), done=True))
    assert done.status == "completed"
    rows = conn.execute("SELECT kind, data FROM ai_job_events ORDER BY number").fetchall()
    shown: dict[str, Any] = {}
    removed = 0
    for row in rows:
        if row["kind"] == "object":
            shown[row["data"]["id"]] = row["data"]["properties"]
        elif row["kind"] == "object_removed":
            del shown[row["data"]["id"]]
            removed += 1
    stored = conn.execute("SELECT id, properties FROM canvas_objects").fetchall()
    assert shown == {str(row["id"]): row["properties"] for row in stored}
    assert removed > 0
    assert "FIRST A" not in json.dumps(list(shown.values()))


def test_cancelled_answer_is_charged_as_far_as_it_was_streamed(
    dsn: str, conn: Connection, tmp_path: Path, model: ModelServer
) -> None:
    async def story() -> None:
        model.script(Script(silent_after=40))
        job = post(conn)
        async with working(settings_for(dsn, tmp_path, model.base_url)):
            await until(conn, job.id, lambda job: job.progress_objects > 2)
            jobs.cancel_job(conn, job_id=job.id, user_id="owner")
            cancelled = await until(conn, job.id, lambda job: job.output_tokens)
        assert cancelled.status == "cancelled"
        assert operator_actions.read_history(conn, job_id=job.id).record["usage_is_estimated"]
        assert cancelled.input_tokens > 500
        assert cancelled.output_tokens > 100
        row = conn.execute("SELECT sum(tokens) AS spent FROM ai_usage").fetchone()
        assert row == {"spent": cancelled.input_tokens + cancelled.output_tokens}

    asyncio.run(story())


def test_people_and_operators_read_sentences_of_their_own(
    dsn: str, conn: Connection, tmp_path: Path, model: ModelServer
) -> None:
    async def story() -> None:
        model.script(refused(401, "invalid_api_key"))
        job = post(conn)
        async with working(settings_for(dsn, tmp_path, model.base_url)):
            failed = await until_final(conn, job.id)
            assert failed.error_message is not None
            assert failed.error_message.startswith("Drawing is not available right now.")
            assert "OPENAI" not in failed.error_message
            record = operator_actions.read_history(conn, job_id=job.id).record
            assert "OPENAI_API_KEY" in record["operator_message"]
            jobs.reopen_job(conn, job_id=job.id, user_id="owner", limits=LIMITS)
            await until_final(conn, job.id)
        record = operator_actions.read_history(conn, job_id=job.id).record
        assert record["operator_message"] is None
        events = conn.execute("SELECT data::text AS data FROM ai_job_events").fetchall()
        assert not [row for row in events if "OPENAI" in row["data"]]

    asyncio.run(story())


def test_rate_limit_without_a_wait_is_waited_for_a_minute() -> None:
    for retries in (1, 2, 3, 10):
        assert sum(rate_limit_seconds(retries=retries, base=2.0) for _ in range(retries)) >= 60


def test_waits_of_hours_end_the_job_with_that_sentence(
    dsn: str, conn: Connection, tmp_path: Path, model: ModelServer
) -> None:
    async def story() -> None:
        model.script(refused(429, "rate_limit_exceeded", "Please try again in 7h12m."))
        job = post(conn)
        async with working(settings_for(dsn, tmp_path, model.base_url)):
            failed = await until_final(conn, job.id)
        assert (failed.error_code, failed.retry_count) == ("model_rate_limited", 0)
        assert "7 hours and 12 minutes" in (failed.error_message or "")
        assert look(conn, job.id).is_final

    asyncio.run(story())
