"""The routes of the admin page, and who may use them."""

from __future__ import annotations

import pytest
from flask_openapi3.openapi import OpenAPI

from core.database import Connection
from core.settings import Settings
from tests.conftest import make_settings
from tests.webapp.conftest import Caller, assert_problem, complete, fail, open_app
from tests.webapp.test_health_api import add_worker

MISSING = "0198c0de-0000-7000-8000-000000000001"

ROUTES = [
    ("GET", "/admin/overview"),
    ("GET", "/admin/jobs"),
    ("GET", f"/admin/job/{MISSING}"),
    ("POST", f"/admin/job/{MISSING}/cancel"),
    ("POST", f"/admin/job/{MISSING}/retry"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_only_admins_get_in(owner: Caller, nobody: Caller, admin: Caller, method: str, path: str) -> None:
    assert_problem(owner.call(method, path), 403, "forbidden")
    assert_problem(nobody.call(method, path), 401, "unauthorized")
    assert admin.call(method, path).status_code in (200, 404)


def test_overview_counts_minutes_and_lists_workers(admin: Caller, owner: Caller, conn: Connection) -> None:
    add_worker(conn)
    complete(conn, owner.create())
    fail(conn, owner.create())
    owner.create()
    body = admin.get("/admin/overview").get_json()
    assert (body["processor"]["workers"], body["processor"]["queued_jobs"]) == (1, 1)
    assert [(worker["hostname"], worker["is_alive"]) for worker in body["workers"]] == [("host", True)]
    assert len(body["minutes"]) == 60
    sums = {
        name: sum(minute[name] for minute in body["minutes"]) for name in ("completed", "failed", "cancelled")
    }
    assert sums == {"completed": 1, "failed": 1, "cancelled": 0}


def test_everybodys_jobs_are_listed_without_their_words(
    admin: Caller, owner: Caller, stranger: Caller
) -> None:
    ids = [owner.create(instructions="a private plan"), stranger.create(instructions="another private plan")]
    answer = admin.get("/admin/jobs")
    assert [job["id"] for job in answer.get_json()["jobs"]] == ids[::-1]
    assert "private" not in answer.get_data(as_text=True)
    shown = admin.get(f"/admin/job/{ids[0]}")
    assert "private" not in shown.text
    assert shown.get_json()["job"]["user_id"] == "owner"
    assert [row["status"] for row in shown.get_json()["queue"]] == ["todo"]
    assert admin.get("/admin/jobs?status=failed").get_json()["jobs"] == []
    assert_problem(admin.get("/admin/jobs?status=odd"), 400, "invalid_request")


def test_admin_cancels_and_runs_again_anybodys_job(admin: Caller, owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    assert admin.post(f"/admin/job/{job_id}/cancel").get_json()["status"] == "cancelled"
    assert owner.get(f"/job/{job_id}/status").get_json()["job"]["status"] == "cancelled"
    assert admin.post(f"/admin/job/{job_id}/retry").get_json()["status"] == "queued"
    complete(conn, job_id)
    assert_problem(admin.post(f"/admin/job/{job_id}/cancel"), 409, "job_not_cancellable")
    assert_problem(admin.post(f"/admin/job/{job_id}/retry"), 409, "job_not_retryable")
    assert_problem(admin.post("/admin/job/none/cancel"), 404, "job_not_found")


def test_page_loads_nothing_from_elsewhere(nobody: Caller) -> None:
    with nobody.get("//admin") as page:
        policy = page.headers["Content-Security-Policy"]
        assert page.status_code == 200
        assert "script-src 'self';" in policy
        assert "unsafe" not in policy
        assert "http" not in page.get_data(as_text=True)
    for name in ("admin.js", "admin.css"):
        with nobody.get(f"//admin/{name}") as file:
            assert file.status_code == 200
    assert nobody.get("//admin/__init__.py").status_code == 404


def test_production_makes_no_operator(dsn: str, settings: Settings, nobody: Caller) -> None:
    assert nobody.post("//admin/demo-token").status_code == 200
    apps = open_app(make_settings(dsn, flask_env="production"))
    strict: OpenAPI = next(apps)
    assert strict.test_client().post("/admin/demo-token").status_code in (404, 405)
    next(apps, None)


def test_overview_says_what_is_wrong(admin: Caller, owner: Caller, conn: Connection) -> None:
    add_worker(conn)
    assert admin.get("/admin/overview").get_json()["troubles"] == []
    job_id = owner.create()
    fail(conn, job_id)
    conn.execute("UPDATE ai_jobs SET error_code = 'model_unauthorized'")
    body = admin.get("/admin/overview").get_json()
    assert [(each["code"], each["jobs"]) for each in body["failures"]] == [("model_unauthorized", 1)]
    assert body["troubles"] == ["The model's server refuses the API key: 1 job failed (model_unauthorized)."]
    complete(conn, owner.create())
    assert admin.get("/admin/overview").get_json()["troubles"] == []


def test_workers_that_died_long_ago_are_not_listed(admin: Caller, conn: Connection) -> None:
    add_worker(conn)
    conn.execute("UPDATE ai_workers SET heartbeat_at = now() - interval '1 minute'")
    [worker] = admin.get("/admin/overview").get_json()["workers"]
    assert not worker["is_alive"]
    assert worker["heartbeat_age_seconds"] > 59
    conn.execute("UPDATE ai_workers SET heartbeat_at = now() - interval '6 minutes'")
    assert admin.get("/admin/overview").get_json()["workers"] == []
