"""What every response has: request id, headers, format; and what the log keeps."""

from __future__ import annotations

import gzip
import json

import pytest
from flask_openapi3.openapi import OpenAPI
from psycopg import sql
from structlog.testing import capture_logs

from core.database import Connection
from core.settings import Settings
from tests.conftest import SECRET, make_settings
from tests.webapp.conftest import PROMPT, Caller, assert_problem, complete, open_app
from webapp.auth import make_token

ORIGIN = "https://app.example"


@pytest.mark.parametrize(
    "path", ["//nope", "//api", "//api/ai-agent", "/job", "/jobs/", "/canvas/", "//docs/../x"]
)
def test_unknown_addresses(owner: Caller, path: str) -> None:
    assert_problem(owner.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/jobs"), ("GET", "/create-canvas"), ("PUT", "/health"), ("DELETE", "//docs")],
)
def test_other_methods_hear_which_are_allowed(owner: Caller, method: str, path: str) -> None:
    answer = owner.call(method, path)
    assert_problem(answer, 405, "method_not_allowed")
    assert "OPTIONS" in answer.headers["Allow"]


def test_unforeseen_errors_tell_nothing_and_are_logged(owner: Caller, conn: Connection) -> None:
    conn.execute("DROP VIEW job_view")
    with capture_logs() as logs:
        answer = owner.get("/jobs")
    problem = assert_problem(answer, 500, "internal_error")
    assert "job_view" not in answer.text
    failed = next(entry for entry in logs if entry["event"] == "request_failed")
    assert failed["log_level"] == "error"
    assert problem["retryable"] is False


def test_lost_database_is_503(owner: Caller, app: OpenAPI) -> None:
    app.extensions["canvas_jobs"].pool.close()
    answer = owner.get("/jobs")
    assert assert_problem(answer, 503, "database_unavailable")["retryable"] is True
    assert int(answer.headers["Retry-After"]) >= 1


def test_query_that_waits_too_long_is_503(conn: Connection, settings: Settings) -> None:
    name = sql.Identifier(conn.info.dbname)
    conn.execute(sql.SQL("ALTER DATABASE {} SET lock_timeout = '10ms'").format(name))
    for app in open_app(settings):
        owner = Caller(app, make_token(settings, "owner"))
        with conn.transaction():
            conn.execute("LOCK TABLE ai_jobs IN ACCESS EXCLUSIVE MODE")
            assert_problem(owner.get("/jobs"), 503, "database_unavailable")


def test_request_id_is_taken_over_when_it_is_one(owner: Caller) -> None:
    assert (
        owner.get("/health/live", headers={"X-Request-Id": "abc.DEF-1_2"}).headers["X-Request-Id"]
        == "abc.DEF-1_2"
    )
    for strange in ("", "a b", "x" * 129, "<b>", "é"):
        given = owner.get("/health/live", headers={"X-Request-Id": strange}).headers["X-Request-Id"]
        assert given != strange
        assert len(given) == 32


def test_log_line_has_no_words_and_no_token(
    owner: Caller, settings: Settings, capfd: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as logs:
        owner.post("/create-canvas?token=sesame", json=PROMPT | {"instructions": "my secret plan"})
    line = next(entry for entry in logs if entry["event"] == "request")
    assert (line["method"], line["path"], line["status"]) == ("POST", "/api/ai-agent/create-canvas", 202)
    output = json.dumps(logs, default=str) + "".join(capfd.readouterr())
    for secret in ("my secret plan", "sesame", make_token(settings, "owner")[:20], SECRET):
        assert secret not in output


def test_security_fields(nobody: Caller) -> None:
    for path in ("/health/live", "//nope", "//docs"):
        headers = nobody.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert "Strict-Transport-Security" not in headers


def test_production_insists_on_tls(dsn: str) -> None:
    settings = make_settings(dsn, flask_env="production")
    for app in open_app(settings):
        assert "max-age" in Caller(app, None).get("/health/live").headers["Strict-Transport-Security"]


def test_head_answers_as_get_without_a_body(owner: Caller) -> None:
    job_id = owner.create()
    for path in (f"/job/{job_id}/status", f"/job/{job_id}/events", "/jobs", "/health"):
        got = owner.call("HEAD", path)
        assert (got.status_code, got.data) == (200, b"")


def test_options_needs_no_token(nobody: Caller) -> None:
    answer = nobody.call("OPTIONS", "/create-canvas")
    assert answer.status_code == 200
    assert set(answer.headers["Allow"].split(", ")) == {"POST", "OPTIONS"}


def test_no_site_may_call_unless_listed(nobody: Caller) -> None:
    answer = nobody.get("/health/live", headers={"Origin": ORIGIN})
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_listed_site_may_call(dsn: str) -> None:
    for app in open_app(make_settings(dsn, cors_origins=f"https://other.example, {ORIGIN}")):
        nobody = Caller(app, None)
        asked = {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, content-type, traceparent",
        }
        preflight = nobody.call("OPTIONS", "/create-canvas", headers=asked)
        assert preflight.status_code == 200
        assert preflight.headers["Access-Control-Allow-Origin"] == ORIGIN
        allowed = preflight.headers["Access-Control-Allow-Headers"].lower()
        assert "authorization" in allowed
        assert "traceparent" in allowed
        refused = nobody.get("/jobs", headers={"Origin": ORIGIN})
        assert refused.status_code == 401
        assert refused.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "Retry-After" in refused.headers["Access-Control-Expose-Headers"]
        evil = nobody.get("/jobs", headers={"Origin": "https://evil.example"})
        assert "Access-Control-Allow-Origin" not in evil.headers


def test_large_answers_are_compressed_on_request(owner: Caller) -> None:
    for _ in range(5):
        owner.create()
    plain = owner.get("/jobs")
    packed = owner.get("/jobs", headers={"Accept-Encoding": "br, gzip;q=0.5"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.data)) == plain.get_json()
    assert len(packed.data) < len(plain.data) / 2
    assert "Accept-Encoding" in plain.headers["Vary"]
    for unwanted in ("identity", "gzip;q=0", "br"):
        assert "Content-Encoding" not in owner.get("/jobs", headers={"Accept-Encoding": unwanted}).headers


def test_streams_are_never_compressed(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    complete(conn, job_id)
    answer = owner.get(f"/job/{job_id}/events", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Cache-Control"] == "no-cache, no-transform"
    assert "Content-Encoding" not in answer.headers
    assert answer.text.count("event: object") == 1
    answer.close()
