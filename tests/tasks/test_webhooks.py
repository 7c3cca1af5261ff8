"""Webhooks at a job's end: signed, at least once, retried for days, and only to public addresses."""

from __future__ import annotations

import asyncio
import functools
import socket
import uuid
from collections.abc import Callable, Coroutine
from typing import Any

import psycopg
import pytest

from core import operator_actions, webhooks
from core.database import Connection
from core.settings import Settings
from core.webhook_rules import check_url, is_public, pause_seconds, secret_of_user
from devtools.receiver import Receiver
from tasks import public_http
from tasks.public_http import Unreachable
from tests.conftest import make_settings
from tests.tasks.workshop import post, until_final, working
from tests.waiting import PATIENCE, until_async

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1sJqGZk0C2s="


def story(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test that is a coroutine in an event loop of its own."""

    @functools.wraps(test)
    def run(**values: Any) -> None:
        asyncio.run(test(**values))

    return run


@pytest.fixture
def settings(dsn: str) -> Settings:
    return make_settings(dsn, webhook_secret=SECRET, webhook_allow_private=True, worker_timeout_seconds=3)


async def until_ended(conn: Connection) -> list[dict[str, Any]]:
    """Return all deliveries once each is over."""
    async with asyncio.timeout(PATIENCE):
        while True:
            found = webhooks.list_deliveries(conn)
            if found and all(row["ended_at"] for row in found):
                return found
            await asyncio.sleep(0.02)


async def until_tried(conn: Connection, times: int) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        while True:
            found = webhooks.list_deliveries(conn)
            if found and found[0]["last_error"] and found[0]["attempts"] >= times:
                return found[0]
            await asyncio.sleep(0.02)


async def make_due(conn: Connection) -> None:
    """Let what waits for its next try be due, as if the time had passed."""
    async with asyncio.timeout(PATIENCE):
        # The try is noted a moment before the queue row waits again.
        while not conn.execute(
            "UPDATE procrastinate_jobs SET scheduled_at = now()"
            " WHERE queue_name LIKE 'webhooks%' AND status = 'todo' AND scheduled_at > now()"
        ).rowcount:
            await asyncio.sleep(0.02)


@story
async def test_receiver_is_told_once_and_the_signature_fits(conn: Connection, settings: Settings) -> None:
    with Receiver(SECRET) as receiver:
        job = post(conn, webhook_url=receiver.url)
        async with working(settings):
            done = await until_final(conn, job.id)
            (delivery,) = await until_ended(conn)
    assert receiver.paths == ["/hooks?from=canvas"]
    ((message_id, content),) = receiver.messages
    assert message_id == f"msg_{delivery['id'].hex}"
    assert content["type"] == "job.completed"
    assert content["data"]["job_id"] == str(job.id)
    assert content["data"]["canvas_id"] == str(done.canvas_id)
    assert "instructions" not in str(content)
    assert (delivery["is_delivered"], delivery["attempts"], delivery["last_status"]) == (True, 1, 204)


@story
async def test_users_own_address_is_signed_with_the_users_own_secret(
    conn: Connection, settings: Settings
) -> None:
    with Receiver(secret_of_user(SECRET, "owner")) as receiver:
        post(
            conn,
            request_data={"instructions": "A -> B", "webhook_url": receiver.url},
            webhook_url=receiver.url,
        )
        async with working(settings):
            await until_ended(conn)
    assert len(receiver.messages) == 1
    assert secret_of_user(SECRET, "owner") != secret_of_user(SECRET, "stranger")


@story
async def test_receiver_that_fails_is_asked_again_with_the_same_id(
    conn: Connection, settings: Settings
) -> None:
    with Receiver(SECRET) as receiver:
        receiver.statuses.extend([500, 400])
        post(conn, webhook_url=receiver.url)
        async with working(settings):
            first = await until_tried(conn, 1)
            await make_due(conn)
            await until_tried(conn, 2)
            await make_due(conn)
            (delivery,) = await until_ended(conn)
    assert first["last_error"] == "The receiver responded with 500."
    assert first["next_at"] is not None
    assert (delivery["is_delivered"], delivery["attempts"]) == (True, 3)
    assert len({message_id for message_id, _ in receiver.messages}) == 1
    tries = webhooks.read_attempts(conn, delivery_id=delivery["id"])
    assert [row["status"] for row in tries] == [500, 400, 204]


@story
async def test_receiver_that_is_gone_is_left_alone_until_an_operator_replays(
    conn: Connection, settings: Settings
) -> None:
    with Receiver(SECRET) as receiver:
        receiver.statuses.append(410)
        post(conn, webhook_url=receiver.url)
        async with working(settings):
            (given_up,) = await until_ended(conn)
            assert webhooks.replay_delivery(conn, delivery_id=given_up["id"])
            await until_async(lambda: len(receiver.messages) == 2)
            (delivery,) = await until_ended(conn)
    assert given_up["is_delivered"] is False
    assert (delivery["is_delivered"], delivery["attempts"]) == (True, 2)
    assert receiver.messages[0] == receiver.messages[1]
    assert not webhooks.replay_delivery(conn, delivery_id=uuid.uuid4())


@story
async def test_redirect_is_not_followed(conn: Connection, settings: Settings) -> None:
    with Receiver(SECRET) as receiver, Receiver(SECRET) as inside:
        receiver.statuses.append(302)
        receiver.location = inside.url
        post(conn, webhook_url=receiver.url)
        async with working(settings):
            delivery = await until_tried(conn, 1)
    assert delivery["last_error"] == "The receiver responded with 302."
    assert inside.paths == []


@story
async def test_private_address_is_never_connected_to(conn: Connection, settings: Settings) -> None:
    with Receiver(SECRET) as receiver:
        post(conn, webhook_url=receiver.url)
        strict = settings.model_copy(update={"webhook_allow_private": False})
        async with working(strict):
            delivery = await until_tried(conn, 1)
    assert delivery["last_error"] == "The address is not public."
    assert receiver.paths == []


@story
async def test_name_that_resolves_anew_cannot_slip_past_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["93.184.216.34", "127.0.0.1"])
    asked, connected = [], []

    def resolve(host: str, port: Any, *args: Any, **kwargs: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port or 0))]

    async def connect(host: str, port: int, **kwargs: Any) -> Any:
        connected.append((host, port, kwargs["server_hostname"]))
        raise ConnectionRefusedError

    # The name service is the attacker's: it answers differently the second time.
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(asyncio, "open_connection", connect)
    with pytest.raises(Unreachable, match="connection failed"):
        await public_http.post("https://rebind.example/x", b"{}", {})
    assert (asked, connected) == (["rebind.example"], [("93.184.216.34", 443, "rebind.example")])


@story
async def test_message_survives_the_crash_of_its_worker(conn: Connection, settings: Settings) -> None:
    with Receiver(SECRET) as receiver:
        job = post(conn, webhook_url=receiver.url)
        operator_actions.cancel_any(conn, job_id=job.id)
        # As a killed worker leaves it: fetched, by somebody who is not there any more.
        conn.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE queue_name LIKE 'webhooks%'")
        async with working(settings):
            await until_ended(conn)
    assert [content["type"] for _, content in receiver.messages] == ["job.cancelled"]


def test_message_and_outcome_are_written_together_or_not_at_all(conn: Connection) -> None:
    job = post(conn, webhook_url="https://hooks.example/x")
    with pytest.raises(ZeroDivisionError), conn.transaction():
        operator_actions.cancel_any(conn, job_id=job.id)
        assert len(webhooks.list_deliveries(conn)) == 1
        raise ZeroDivisionError
    assert webhooks.list_deliveries(conn) == []
    quiet = post(conn)
    operator_actions.cancel_any(conn, job_id=quiet.id)
    assert webhooks.list_deliveries(conn) == []
    operator_actions.cancel_any(conn, job_id=job.id)
    operator_actions.purge_now(conn, age_seconds=0)
    assert webhooks.list_deliveries(conn) == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "240.0.0.1", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "fec0::1", "192.0.0.192", "192.0.0.8", "168.63.129.16", "::ffff:168.63.129.16",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_address_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34"])
def test_address_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "ftp://example.com/", "https://", "https:///x", "https://user:pw@example.com/",
        "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "https://exa mple.com/",
        "https://example.com/\r\nX: y", "https://example.com:99999/", "https://[::1", "https://bücher.example/",
        "https://example.com/" + "x" * 2000, "javascript:alert(1)", "",
    ],
)  # fmt: skip
def test_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError):
        check_url(url)


def test_tries_are_spread_over_three_days_and_then_end() -> None:
    pauses = [pause_seconds(tries, spread=0) for tries in range(1, 11)]
    assert pauses[-1] is None
    waits = [pause for pause in pauses if pause is not None]
    assert waits == sorted(waits)
    assert 3 * 86_400 <= sum(waits) <= 4 * 86_400
    assert pause_seconds(1, spread=-1) == 4.5


def test_deliveries_go_with_their_job(conn: Connection) -> None:
    job = post(conn, webhook_url="https://hooks.example/x")
    operator_actions.cancel_any(conn, job_id=job.id)
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        conn.execute("UPDATE ai_deliveries SET job_id = gen_random_uuid()")
    conn.execute("DELETE FROM ai_jobs")
    assert webhooks.count_pending(conn) == 0
