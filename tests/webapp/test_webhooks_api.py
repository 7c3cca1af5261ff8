"""Webhooks as callers request them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask_openapi3.openapi import OpenAPI

from core import webhooks
from core.database import Connection
from core.settings import Settings, SettingsError, load_settings
from tests.conftest import make_settings
from tests.webapp.conftest import PROMPT, Caller, assert_problem, open_app

SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1sJqGZk0C2s="
DEFAULT, OWN = "https://app.example/hooks", "https://mine.example/hook"


@pytest.fixture
def settings(dsn: str) -> Settings:
    return make_settings(dsn, webhook_secret=SECRET, webhook_url=DEFAULT)


@pytest.fixture
def silent(dsn: str) -> Iterator[OpenAPI]:
    """An app that sends no webhooks."""
    yield from open_app(make_settings(dsn))


def test_job_tells_its_own_address_or_the_deployments(owner: Caller, conn: Connection) -> None:
    ids = [owner.create(), owner.create(webhook_url=OWN)]
    for job_id in ids:
        assert owner.post(f"/job/{job_id}/cancel").status_code == 200
    found = {str(row["job_id"]): row for row in webhooks.list_deliveries(conn)}
    assert [found[job_id]["url"] for job_id in ids] == [DEFAULT, OWN]
    shown = owner.get(f"/job/{ids[1]}/status").get_json()["job"]
    assert shown["request_data"]["webhook_url"] == OWN


@pytest.mark.parametrize(
    "url", ["http://mine.example/", "https://10.0.0.1/", "nonsense", "", 7, ["https://a.example"]]
)
def test_bad_address_is_refused(owner: Caller, url: object) -> None:
    body = assert_problem(
        owner.post("/create-canvas", json=PROMPT | {"webhook_url": url}), 400, "invalid_request"
    )
    assert list(body["details"]) == ["webhook_url"]


def test_same_key_with_another_address_is_another_request(owner: Caller) -> None:
    headers = {"Idempotency-Key": "k"}
    first = owner.post("/create-canvas", json=PROMPT | {"webhook_url": OWN}, headers=headers)
    assert first.status_code == 202
    again = owner.post("/create-canvas", json=PROMPT | {"webhook_url": OWN + "2"}, headers=headers)
    assert_problem(again, 422, "idempotency_key_reused")


def test_everybody_has_a_secret_of_their_own(owner: Caller, stranger: Caller, nobody: Caller) -> None:
    mine = owner.get("/webhook-secret").get_json()["secret"]
    assert mine.startswith("whsec_")
    assert mine not in (SECRET, stranger.get("/webhook-secret").get_json()["secret"])
    assert_problem(nobody.get("/webhook-secret"), 401, "unauthorized")


def test_service_without_a_secret_sends_none(silent: OpenAPI, owner: Caller) -> None:
    caller = Caller(silent, owner.headers["Authorization"].removeprefix("Bearer "))
    assert_problem(caller.post("/create-canvas", json=PROMPT | {"webhook_url": OWN}), 400, "invalid_request")
    assert caller.get("/webhook-secret").get_json() == {"success": True, "secret": None}


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"webhook_url": DEFAULT}, "WEBHOOK_URL is set without WEBHOOK_SECRET"),
        ({"webhook_secret": "short"}, "WEBHOOK_SECRET must be whsec_"),
        ({"webhook_secret": SECRET, "webhook_url": "http://10.0.0.1"}, "WEBHOOK_URL: Use an https"),
    ],
)
def test_settings_that_make_no_sense_are_named(values: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        load_settings(_env_file=None, **values)
