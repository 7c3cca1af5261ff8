"""A job's event stream, as one reader sees it. The real process is in ``test_serving``."""

from __future__ import annotations

import json
import threading
import uuid
from typing import Any

import pytest
from flask_openapi3.openapi import OpenAPI

from core.database import Connection
from core.ids import new_id
from tests.conftest import connect
from tests.webapp.conftest import Caller, add_event, assert_problem, complete, fail
from webapp import streams
from webapp.errors import ServerBusy, TooManyStreams
from webapp.live.notifier import Notifier
from webapp.services import EVENTS_PER_READ, EXTENSION


def read(
    caller: Caller, job_id: str, query: str = "", **headers: str
) -> list[tuple[int, str, dict[str, Any]]]:
    """Return the events of a stream that has ended."""
    with caller.get(f"/job/{job_id}/events{query}", headers=headers) as answer:
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return parse(answer.get_data(as_text=True))


def parse(text: str) -> list[tuple[int, str, dict[str, Any]]]:
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if "event" in fields:
            found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


def test_whole_story_of_a_finished_job(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    add_event(conn, job_id, 1, "status", {"status": "processing", "attempt": 1})
    add_event(conn, job_id, 2, "progress", {"percent": 30, "message": "Drawing\nlines", "objects": 0})
    complete(conn, job_id)
    events = read(owner, job_id)
    assert [(number, kind) for number, kind, _ in events] == [
        (0, "status"),
        (1, "status"),
        (2, "progress"),
        (3, "object"),
        (4, "done"),
    ]
    assert events[2][2]["message"] == "Drawing\nlines"
    assert events[-1][2]["id"] == job_id


@pytest.mark.parametrize("after", [1, 3, 4, 99])
def test_resuming_by_header_or_query(owner: Caller, conn: Connection, after: int) -> None:
    job_id = owner.create()
    for number in (1, 2):
        add_event(conn, job_id, number, "object", {"id": str(number)})
    complete(conn, job_id)
    expected = [number for number in (2, 3) if number > after] + [max(4, after)]
    assert [number for number, _, _ in read(owner, job_id, f"?after={after}")] == expected
    by_header = {"Last-Event-ID": str(after)}
    assert [number for number, _, _ in read(owner, job_id, "?after=1", **by_header)] == expected


@pytest.mark.parametrize("number", ["x", "-1", "1.5", "99999999999"])
def test_bad_event_numbers(owner: Caller, number: str) -> None:
    job_id = owner.create()
    answer = owner.get(f"/job/{job_id}/events", headers={"Last-Event-ID": number})
    assert list(assert_problem(answer, 400, "invalid_request")["details"]) == ["Last-Event-ID"]
    answer = owner.get(f"/job/{job_id}/events?after={number}")
    assert list(assert_problem(answer, 400, "invalid_request")["details"]) == ["after"]


def test_job_without_events_ends_at_once_when_it_is_over(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    fail(conn, job_id)
    events = read(owner, job_id)
    assert [kind for _, kind, _ in events] == ["status", "done"]
    assert events[-1][2]["error_message"] == "The model refused."


@pytest.mark.parametrize("count", [EVENTS_PER_READ - 2, EVENTS_PER_READ - 1, 2 * EVENTS_PER_READ + 30])
def test_pages_of_events_follow_each_other_without_a_pause(
    owner: Caller, conn: Connection, count: int
) -> None:
    job_id = owner.create()
    conn.execute(
        "INSERT INTO ai_job_events (job_id, number, kind, data)"
        " SELECT %s, number, 'progress', '{}' FROM generate_series(1, %s) AS number",
        [job_id, count],
    )
    conn.execute("UPDATE ai_jobs SET last_event = %s WHERE id = %s", [count, job_id])
    complete(conn, job_id)
    with owner.get(f"/job/{job_id}/events") as response:
        text = response.get_data(as_text=True)
    assert [number for number, _, _ in parse(text)] == list(range(count + 3))
    # A reader that stopped after a page would get the next one only after a heartbeat.
    assert ": still here" not in text


def test_retried_job_goes_on_in_the_same_stream(owner: Caller, dsn: str, conn: Connection) -> None:
    job_id = owner.create()
    owner.post(f"/job/{job_id}/cancel")
    owner.post(f"/job/{job_id}/retry")

    def work() -> None:
        with connect(dsn) as other:
            complete(other, job_id)

    worker = threading.Timer(0.2, work)
    worker.start()
    events = read(owner, job_id, "?after=1")
    worker.join()
    assert [(number, kind) for number, kind, _ in events] == [(2, "status"), (3, "object"), (4, "done")]


def test_purged_job_ends_the_stream(owner: Caller, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "HEARTBEAT_SECONDS", 0.05)
    job_id = owner.create()

    def purge() -> None:
        with connect(dsn) as other:
            other.execute("DELETE FROM ai_jobs")

    timer = threading.Timer(0.2, purge)
    timer.start()
    with owner.get(f"/job/{job_id}/events") as answer:
        text = answer.get_data(as_text=True)
    timer.join()
    assert [kind for _, kind, _ in parse(text)] == ["status"]
    assert ": still here" in text


def test_first_event_tells_the_place_in_the_queue(owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STREAM_SECONDS", 0.0)
    owner.create()
    _, kind, shown = read(owner, owner.create())[0]
    assert (kind, shown["status"], shown["queue_position"]) == ("status", "queued", 2)


def test_stream_ends_itself_before_the_platform_does(owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "STREAM_SECONDS", 0.05)
    with owner.get(f"/job/{owner.create()}/events") as answer:
        lines = answer.get_data(as_text=True).splitlines()
    assert lines[0].startswith("retry: ")
    assert lines[-2] == ": come back"


def test_closed_streams_make_room(owner: Caller, app: OpenAPI) -> None:
    job_id = owner.create()
    notifier: Notifier = app.extensions[EXTENSION].notifier
    for _ in range(3):
        # Closed before the first byte is read: nothing of the stream has run yet.
        owner.get(f"/job/{job_id}/events").close()
    assert notifier.count() == 0


def test_subscriptions_are_counted_by_user_and_in_all(dsn: str) -> None:
    notifier = Notifier(dsn, max_per_user=2, max_subscriptions=3)
    job_id = uuid.uuid4()
    first, _ = notifier.subscribe(job_id, "anna"), notifier.subscribe(job_id, "anna")
    with pytest.raises(TooManyStreams):
        notifier.subscribe(job_id, "anna")
    notifier.subscribe(job_id, "bert")
    with pytest.raises(ServerBusy):
        notifier.subscribe(job_id, "carl")
    first.close()
    first.close()
    assert notifier.count() == 2
    notifier.close()


def test_notification_wakes_only_subscribers_of_its_job(dsn: str, conn: Connection) -> None:
    notifier = Notifier(dsn, max_per_user=9)
    mine, other = notifier.subscribe(new_id(), "anna"), notifier.subscribe(new_id(), "anna")
    # The connection is there, and everybody has looked once.
    assert mine.wait(30)
    assert other.wait(30)
    conn.execute("SELECT pg_notify('canvas_job_events', %s)", [f"{new_id()},{mine.job_id}"])
    assert mine.wait(30)
    assert not other.wait(0)
    notifier.close()


def test_nonsense_on_the_channel_is_ignored(dsn: str, conn: Connection) -> None:
    notifier = Notifier(dsn, max_per_user=9)
    mine = notifier.subscribe(new_id(), "anna")
    assert mine.wait(30)
    conn.execute("SELECT pg_notify('canvas_job_events', 'nonsense,,')")
    conn.execute("SELECT pg_notify('canvas_job_events', %s)", [str(mine.job_id)])
    assert mine.wait(30)
    notifier.close()
