"""Watching a canvas being drawn: real web and worker, a model that writes slowly, readers that come and go."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.settings import Settings
from devtools.client import Client
from devtools.model_server import ModelServer, Script
from devtools.postgres import PostgresServer
from devtools.processes import free_port, web_and_worker
from tests.conftest import SECRET
from tests.waiting import PATIENCE, until
from webapp.auth import make_token

API = "/api/ai-agent"
SLOWLY = Script(chunk_delay=0.05)  # some four seconds for the whole plan


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer(default=SLOWLY) as server:
        yield server


@pytest.fixture
def url(dsn: str, tmp_path: Path, model: ModelServer) -> Iterator[str]:
    env = {
        "DATABASE_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "VAR_DIR": str(tmp_path),
        "OPENAI_BASE_URL": model.base_url,
        "JOB_PROCESSING_INTERVAL": "0.2",
    }
    with web_and_worker(env, port=free_port(), logs=tmp_path) as url:
        yield url


@pytest.fixture
def owner(url: str, settings: Settings) -> Client:
    return Client(url, make_token(settings, "owner"))


def create(client: Client) -> str:
    return str(client.call(f"{API}/create-canvas", body={"instructions": "How an order goes"})["job_id"])


def read(client: Client, job_id: str, *, after: int = 0, at_most: int = 10**9) -> list[tuple[int, str, Any]]:
    """Return (number, event, data) of a stream after a number, hanging up after ``at_most``."""
    found: list[tuple[int, str, Any]] = []
    number, name, data = 0, "", ""
    with client.open(f"{API}/job/{job_id}/events?after={after}", timeout=PATIENCE) as stream:
        for raw in stream:
            field, _, value = raw.decode().rstrip("\n").partition(": ")
            if field == "id":
                number = int(value)
            elif field == "event":
                name = value
            elif field == "data":
                data = value
            elif not field and data:
                found.append((number, name, json.loads(data)))
                name, data = "", ""
                if len(found) >= at_most or found[-1][1] == "done":
                    break
    return found


def objects_of(events: list[tuple[int, str, Any]]) -> dict[str, Any]:
    return {data["id"]: data["properties"] for _, name, data in events if name == "object"}


def stored(client: Client, job_id: str) -> dict[str, Any]:
    result = client.call(f"{API}/job/{job_id}/result")["result"]
    return {item["id"]: item["properties"] for item in result["objects"]}


def test_first_shape_is_there_long_before_the_model_has_finished(owner: Client, model: ModelServer) -> None:
    model.script(Script(silent_after=20))  # A quarter of the plan; then nothing more comes.
    job_id = create(owner)
    kinds = (
        data["object_type"] for name, data in owner.follow(f"{API}/job/{job_id}/events") if name == "object"
    )
    assert any(kind != "text" for kind in kinds)  # The title alone would prove nothing.
    assert not model.requests[0].done.is_set()
    owner.call(f"{API}/job/{job_id}/cancel", body={})


def test_reader_cut_off_ten_times_has_what_one_that_stayed_has(owner: Client) -> None:
    job_id = create(owner)
    whole: list[tuple[int, str, Any]] = []
    staying = threading.Thread(target=lambda: whole.extend(read(owner, job_id)))
    staying.start()
    chance = random.Random(11)
    parts: list[tuple[int, str, Any]] = []
    for _ in range(10):
        if parts and parts[-1][1] == "done":
            break
        last = max((number for number, _, _ in parts), default=0)
        parts += read(owner, job_id, after=last, at_most=chance.randint(1, 6))
    if parts[-1][1] != "done":
        parts += read(owner, job_id, after=max(number for number, _, _ in parts))
    staying.join()
    numbers = [number for number, name, _ in parts if number]
    assert numbers == sorted(set(numbers))
    assert numbers == [number for number, _, _ in whole if number]
    assert objects_of(parts) == objects_of(whole) == stored(owner, job_id)


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_database_restart_in_mid_stream_loses_nothing(
    owner: Client, postgres_server: PostgresServer, mode: Any
) -> None:
    job_id = create(owner)
    events: list[tuple[int, str, Any]] = []
    reader = threading.Thread(target=lambda: events.extend(read(owner, job_id)))
    reader.start()
    until(lambda: owner.call(f"{API}/job/{job_id}/status")["job"]["progress"]["objects"])
    try:
        postgres_server.stop(mode)
        time.sleep(1)  # It stays away for longer than one look.
    finally:
        postgres_server.start()
    reader.join(timeout=PATIENCE)
    assert not reader.is_alive()
    assert events[-1][1] == "done"
    assert events[-1][2]["status"] == "completed"
    numbers = [number for number, _, _ in events if number]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert objects_of(events) == stored(owner, job_id)


def test_reader_who_comes_late_sees_everything(owner: Client) -> None:
    job_id = create(owner)
    read(owner, job_id)
    again = read(owner, job_id)
    assert objects_of(again) == stored(owner, job_id)
    assert again[-1][1] == "done"


def test_unchanged_job_is_not_sent_again(owner: Client, url: str, settings: Settings) -> None:
    job_id = create(owner)
    read(owner, job_id)
    with owner.open(f"{API}/job/{job_id}/status") as answer:
        etag = answer.headers["ETag"]
    request = urllib.request.Request(
        f"{url}{API}/job/{job_id}/status",
        headers={"Authorization": f"Bearer {make_token(settings, 'owner')}", "If-None-Match": etag},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 304
    caught.value.close()
