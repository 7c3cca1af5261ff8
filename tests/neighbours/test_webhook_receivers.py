"""A webhook receiver that accepts and never responds: others' messages go out as if it were not there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core import operator_actions
from core.database import Connection
from core.settings import Settings
from core.webhook_rules import secret_of_user
from devtools.receiver import Receiver
from devtools.tarpit import Tarpit
from tasks.delivery_limits import (
    FAILURES_TO_OPEN,
    FIRST_PAUSE,
    HOST_PLACES,
    MAX_PAUSE,
    PLACES,
    USER_PLACES,
    DeliveryLimits,
)
from tasks.public_http import RESPONSE_SECONDS
from tests.conftest import make_settings
from tests.tasks.workshop import post, working
from tests.waiting import until_async

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1sJqGZk0C2s="
MESSAGES = 60  # of the user whose receiver never responds


@pytest.fixture
def tarpit() -> Iterator[Tarpit]:
    with Tarpit() as tarpit:
        yield tarpit


def settings_with(dsn: str, tmp_path: Path) -> Settings:
    return make_settings(dsn, var_dir=tmp_path, webhook_secret=SECRET, webhook_allow_private=True)


@pytest.fixture
def messages_of_the_greedy(conn: Connection, tarpit: Tarpit) -> None:
    """Many messages to the tarpit are due before anybody else's."""
    for _ in range(MESSAGES):
        job = post(conn, user_id="greedy", **addressed(tarpit.url))
        operator_actions.cancel_any(conn, job_id=job.id)


def addressed(url: str) -> dict[str, Any]:
    """Return a job's values whose caller has named this address."""
    request = {"instructions": "A -> B", "style": "modern", "colorScheme": "default", "webhook_url": url}
    return {"webhook_url": url, "request_data": request}


@pytest.mark.usefixtures("messages_of_the_greedy")
@pytest.mark.parametrize("is_operators", [False, True], ids=["another user's", "the operator's"])
def test_receiver_that_never_responds_holds_up_nobody_else(
    conn: Connection, dsn: str, tmp_path: Path, tarpit: Tarpit, is_operators: bool
) -> None:
    secret = SECRET if is_operators else secret_of_user(SECRET, "honest")

    async def story(receiver: Receiver) -> None:
        values = {"webhook_url": receiver.url} if is_operators else addressed(receiver.url)
        async with working(settings_with(dsn, tmp_path)):
            await until_async(lambda: tarpit.count >= USER_PLACES)
            started = time.monotonic()
            job = post(conn, user_id="honest", **values)
            operator_actions.cancel_any(conn, job_id=job.id)
            await until_async(lambda: receiver.messages)
            # It waited for none of the places that the tarpit holds, each for as long as this.
            assert time.monotonic() - started < RESPONSE_SECONDS
            assert tarpit.count <= 2 * USER_PLACES

    with Receiver(secret) as receiver:
        asyncio.run(story(receiver))


def test_first_messages_of_all_users_come_before_anyones_second(conn: Connection) -> None:
    for user_id in ("greedy", "greedy", "greedy", "honest"):
        job = post(conn, user_id=user_id, **addressed("https://hooks.example.com/"))
        operator_actions.cancel_any(conn, job_id=job.id)
    rows = conn.execute(
        "SELECT delivery.user_id FROM procrastinate_jobs AS queue JOIN ai_deliveries AS delivery"
        " ON delivery.queue_job_id = queue.id WHERE queue.queue_name = 'webhooks'"
        " ORDER BY queue.priority DESC, queue.id"
    ).fetchall()
    assert [row["user_id"] for row in rows] == ["greedy", "honest", "greedy", "greedy"]


def test_places_of_one_user_and_of_one_host_are_bounded() -> None:
    limits = DeliveryLimits()
    hosts = [f"{number}.example.com" for number in range(PLACES)]
    admitted = [limits.admit(user_id="greedy", host=host, now=0.0).is_admitted for host in hosts]
    assert admitted.count(True) == USER_PLACES
    users = [f"user-{number}" for number in range(PLACES)]
    admitted = [limits.admit(user_id=user, host="same.example.com", now=0.0).is_admitted for user in users]
    assert admitted.count(True) == HOST_PLACES
    limits.end(user_id="greedy", host=hosts[0], is_up=True, now=1.0)
    assert limits.admit(user_id="greedy", host=hosts[0], now=1.0).is_admitted


def test_held_deliveries_wait_longer_the_more_there_are() -> None:
    limits = DeliveryLimits()
    holds = [limits.admit(user_id="greedy", host="a.example.com", now=0.0).hold_seconds for _ in range(500)]
    assert holds[:USER_PLACES] == [0.0] * USER_PLACES
    assert holds[USER_PLACES:] == sorted(holds[USER_PLACES:])
    assert (holds[-1], max(holds)) == (60.0, 60.0)


def test_host_that_does_not_respond_is_left_alone_and_probed_by_one() -> None:
    limits = DeliveryLimits()
    who = {"user_id": "owner", "host": "down.example.com"}
    for _ in range(FAILURES_TO_OPEN):
        assert limits.admit(**who, now=0.0).is_admitted
        limits.end(**who, is_up=False, now=0.0)
    assert limits.admit(**who, now=FIRST_PAUSE - 1).is_down
    assert limits.admit(user_id="owner", host="up.example.com", now=0.0).is_admitted
    assert limits.admit(**who, now=FIRST_PAUSE).is_admitted
    assert limits.admit(**who, now=FIRST_PAUSE).is_down
    limits.end(**who, is_up=False, now=FIRST_PAUSE)
    assert limits.admit(**who, now=FIRST_PAUSE * 3 - 1).is_down
    assert limits.admit(**who, now=FIRST_PAUSE * 3).is_admitted
    limits.end(**who, is_up=True, now=FIRST_PAUSE * 3)
    assert limits.admit(**who, now=FIRST_PAUSE * 3).is_admitted


def test_dead_address_of_one_user_leaves_the_host_to_others() -> None:
    """Until it leaves another one without a response, too: then it is the host."""
    limits, host = DeliveryLimits(), "shared.example.com"
    for _ in range(FAILURES_TO_OPEN):
        assert limits.admit(user_id="owner", host=host, now=0.0).is_admitted
        limits.end(user_id="owner", host=host, is_up=False, now=0.0)
    assert limits.admit(user_id="owner", host=host, now=1.0).is_down
    assert limits.admit(user_id="stranger", host=host, now=1.0).is_admitted
    limits.end(user_id="stranger", host=host, is_up=False, now=1.0)
    assert limits.admit(user_id="teammate", host=host, now=2.0).is_down


def test_pause_of_a_host_is_bounded() -> None:
    limits, now = DeliveryLimits(), 0.0
    for _ in range(50):
        assert limits.admit(user_id="owner", host="down.example.com", now=now).is_admitted
        limits.end(user_id="owner", host="down.example.com", is_up=False, now=now)
        now += MAX_PAUSE
