"""What Prometheus scrapes from both processes; dashboard and alerts use only metrics that exist."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask_openapi3.openapi import OpenAPI
from prometheus_client.parser import text_string_to_metric_families

from core import metrics, operator_actions
from core.database import Connection
from core.pools import make_async_pool
from core.settings import Settings
from devtools.client import Client
from devtools.model_server import ModelServer, refused
from devtools.processes import ROOT, free_port, web_and_worker
from tasks.maintenance import repair
from tests.conftest import make_settings
from tests.tasks.workshop import look, post
from tests.waiting import PATIENCE, until
from tests.webapp.conftest import open_app
from webapp.auth import make_token

API = "/api/ai-agent"
TOKEN = "a-token-for-the-tests"
SUFFIXES = ("_bucket", "_sum", "_count", "_total")
NAME = re.compile(r"\b(?:canvas|process)_[a-z_]+")

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(url: str, token: str = TOKEN) -> Samples:
    """Return what an address tells Prometheus."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


@pytest.fixture
def env(env: dict[str, str]) -> dict[str, str]:
    return env | {"METRICS_TOKEN": TOKEN, "METRICS_PORT": str(free_port()), "LOG_FORMAT": "json"}


def test_both_processes_tell_what_they_did(
    conn: Connection, env: dict[str, str], model: ModelServer, tmp_path: Path, settings: Settings
) -> None:
    model.script(refused(500), refused(401))
    with web_and_worker(env, port=free_port(), logs=tmp_path) as url:
        client = Client(url, make_token(settings, "owner"))
        ids = [client.call(f"{API}/create-canvas", body={"instructions": "A"})["job_id"] for _ in range(2)]
        until(lambda: all(look(conn, uuid.UUID(each)).is_final for each in ids))
        with pytest.raises(urllib.error.HTTPError) as caught:
            client.call(f"{API}/job/none/status")
        caught.value.close()
        operator_actions.pause(conn, what="workers")
        until(lambda: "worker_paused" in (tmp_path / "worker.log").read_text())
        waiting = client.call(f"{API}/create-canvas", body={"instructions": "A"})["job_id"]
        operator_actions.pause(conn, what="intake")
        authorization = {"Authorization": f"Bearer {make_token(settings, 'owner')}"}
        stream = urllib.request.Request(f"{url}{API}/job/{waiting}/events", headers=authorization)
        with urllib.request.urlopen(stream, timeout=PATIENCE):
            web = read(f"{url}/metrics")
        worker = until(lambda: _once_ended(read(f"http://127.0.0.1:{env['METRICS_PORT']}/metrics")))
        lines = [json.loads(line) for name in ("web", "worker") for line in _log(tmp_path, name)]
    assert (value(web, "canvas_jobs_accepted_total"), value(web, "canvas_streams")) == (3, 1)
    assert value(web, "canvas_http_problems_total", code="job_not_found") == 1
    route = f"{API}/create-canvas"
    assert value(web, "canvas_http_requests_total", method="POST", route=route, status="202") == 3
    assert (value(web, "canvas_workers"), value(web, "canvas_intake_paused")) == (1, 1)
    assert value(web, "canvas_database_up") == 1
    assert value(web, "canvas_pool_size", pool="web") >= 1
    assert value(worker, "canvas_jobs_finished_total", outcome="completed", code="") == 1
    assert value(worker, "canvas_jobs_finished_total", outcome="failed", code="model_unauthorized") == 1
    assert value(worker, "canvas_jobs_postponed_total", code="model_unavailable") == 1
    assert value(worker, "canvas_model_errors_total", code="model_unavailable") == 1
    assert value(worker, "canvas_model_tokens_total", direction="output") == 900
    assert value(worker, "canvas_job_wait_seconds_count") == 2
    assert value(worker, "canvas_job_run_seconds_count") == 1
    check_that_everything_asked_for_exists({name for name, _ in web} | {name for name, _ in worker})
    check_request_ids(lines)


def _once_ended(worker: Samples) -> Samples | None:
    ended = sum(count for (name, _), count in worker.items() if name == "canvas_jobs_finished_total")
    return worker if ended == 2 else None


def _log(folder: Path, name: str) -> list[str]:
    return [line for line in (folder / f"{name}.log").read_text().splitlines() if line.startswith("{")]


def check_request_ids(lines: list[dict[str, Any]]) -> None:
    """The request that created a job is named in the log lines of both processes."""
    created = {
        line["request_id"]
        for line in lines
        if line["event"] == "request" and line["path"].endswith("create-canvas")
    }
    worked = {line["request_id"] for line in lines if line["event"] == "job_started"}
    assert (len(created), len(worked)) == (3, 2)
    assert worked < created


def check_that_everything_asked_for_exists(there: set[str]) -> None:
    """Dashboard, alerts and their tests name metrics that the processes have."""
    known = there | {_base(name) for name in there} | set(_declared())
    for name in _asked():
        assert name in known or _base(name) in known, f"nobody measures {name}"


def _asked() -> set[str]:
    expressions = _dashboard()
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
    expressions += [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    assert len(expressions) > 20
    assert all(text.count("(") == text.count(")") for text in expressions)
    return {name for text in expressions for name in NAME.findall(text)}


def _dashboard() -> list[str]:
    dashboard = json.loads((ROOT / "deploy/grafana/canvas-jobs.json").read_text())
    return [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", [])]


def _declared() -> list[str]:
    """Labelled metrics are silent until something happened; their declarations count."""
    return re.findall(r'"(canvas_[a-z_]+)"', (ROOT / "core/metrics.py").read_text())


def _base(name: str) -> str:
    for suffix in SUFFIXES:
        name = name.removesuffix(suffix)
    return name


PROMTOOL = shutil.which("promtool")
needs_promtool = pytest.mark.skipif(
    PROMTOOL is None, reason="no promtool on this machine: apt-get install prometheus"
)


def promtool(*arguments: str) -> None:
    assert PROMTOOL
    ran = subprocess.run([PROMTOOL, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@needs_promtool
def test_alerts_wake_on_bad_days_and_let_sleep_on_good_ones() -> None:
    promtool("check", "config", "deploy/prometheus/prometheus.yml")
    promtool("check", "rules", "deploy/prometheus/alerts.yml")
    promtool("test", "rules", "tests/alerts.yml")


def test_each_alert_was_seen_to_fire_and_not_to() -> None:
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
    days = yaml.safe_load((ROOT / "tests/alerts.yml").read_text())["tests"]
    tried = [each for day in days for each in day["alert_rule_test"]]
    names = {rule["alert"] for rule in rules}
    assert {each["alertname"] for each in tried if "exp_alerts" in each} == names
    assert {each["alertname"] for each in tried if "exp_alerts" not in each} == names


@needs_promtool
def test_dashboard_asks_in_the_right_words(tmp_path: Path) -> None:
    rules = [
        {"record": f"panel:{number}", "expr": text}
        for number, text in enumerate(sorted(set(_dashboard())))
        if "$" not in text
    ]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    promtool("check", "rules", str(tmp_path / "rules.yml"))


def test_dashboard_shows_everything_that_is_measured() -> None:
    shown = {_base(name) for text in _dashboard() for name in NAME.findall(text)}
    for path in ("core/metrics.py", "webapp/metrics.py"):
        for name in re.findall(r'"(canvas_[a-z_]+)"', (ROOT / path).read_text()):
            assert name in shown, f"the dashboard does not show {name}"


def test_events_that_alerts_wait_for_are_counted_from_zero() -> None:
    """increase() sees no event in a counter that this very event has made."""
    fresh = "from core import metrics; print(metrics.render().decode())"
    ran = subprocess.run([sys.executable, "-c", fresh], cwd=ROOT, capture_output=True, text=True, check=True)
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
    expressions = " ".join(rule["expr"] for rule in rules if "> 5" not in rule["expr"])
    awaited = re.findall(r'increase\((canvas_\w+)(?:\{(\w+)=~?"([^"]+)"\})?\[', expressions)
    assert len(awaited) >= 4
    for name, label, values in awaited:
        for value in values.split("|"):
            assert re.search(rf'^{name}.*{label}="?{value}.* 0\.0$', ran.stdout, re.MULTILINE), (name, value)


def test_numbers_of_the_service_follow_its_database(dsn: str, conn: Connection, settings: Settings) -> None:
    app = open_app(settings)
    client = next(app).test_client()

    def shown(name: str) -> float:
        families = text_string_to_metric_families(client.get("/metrics").text)
        return next(sample.value for family in families for sample in family.samples if sample.name == name)

    assert (shown("canvas_queue_depth"), shown("canvas_breaker_open")) == (0, 0)
    job = post(conn, webhook_url="https://app.example/hooks")
    conn.execute(
        "UPDATE ai_jobs SET created_at = now() - interval '5 minutes', accepted_at = now() - interval '5 minutes'"
    )
    conn.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")
    conn.execute(
        "INSERT INTO ai_breakers (server, failures, opened_at, probe_at) VALUES ('http://m', 5, now(), now())"
    )
    assert (shown("canvas_queue_depth"), shown("canvas_breaker_open")) == (1, 1)
    assert 300 <= shown("canvas_queue_oldest_seconds") < 400
    operator_actions.pause(conn, what="workers")
    operator_actions.cancel_any(conn, job_id=job.id)
    assert (shown("canvas_queue_depth"), shown("canvas_workers_paused")) == (0, 1)
    assert shown("canvas_webhooks_pending") == 1
    next(app, None)


def test_rescued_job_is_counted(dsn: str, conn: Connection, settings: Settings) -> None:
    post(conn)
    conn.execute("UPDATE procrastinate_jobs SET status = 'doing'")

    async def rescue() -> None:
        async with make_async_pool(dsn, size=1, application_name="test") as pool, pool.connection() as held:
            await repair(held, settings)

    before = metrics.REGISTRY.get_sample_value("canvas_jobs_rescued_total", {"fate": "requeued"})
    asyncio.run(rescue())
    after = metrics.REGISTRY.get_sample_value("canvas_jobs_rescued_total", {"fate": "requeued"})
    assert before is not None
    assert after == before + 1


def test_alerts_say_what_to_do() -> None:
    rules = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text())
    manual = (ROOT / "docs/operate.md").read_text(encoding="utf-8")
    for rule in rules["groups"][0]["rules"]:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"]
        assert f"`{rule['alert']}`" in manual, "docs/operate.md does not know this alert"


@pytest.mark.parametrize(
    ("values", "header", "status"),
    [
        ({}, "", 200),
        ({"flask_env": "production"}, "", 404),
        ({"metrics_token": TOKEN}, "", 401),
        ({"metrics_token": TOKEN}, "Bearer wrong", 401),
        ({"metrics_token": TOKEN, "flask_env": "production"}, f"Bearer {TOKEN}", 200),
    ],
)
def test_who_may_read_the_metrics(dsn: str, values: dict[str, Any], header: str, status: int) -> None:
    apps: Iterator[OpenAPI] = open_app(make_settings(dsn, **values))
    answer = next(apps).test_client().get("/metrics", headers={"Authorization": header})
    assert answer.status_code == status
    next(apps, None)


def test_several_web_processes_count_together(env: dict[str, str], tmp_path: Path) -> None:
    env = env | {"WEB_CONCURRENCY": "2", "AI_PROVIDER": "rules"}
    with web_and_worker(env, port=free_port(), logs=tmp_path) as url:
        for _ in range(20):
            with urllib.request.urlopen(f"{url}{API}/health/live", timeout=PATIENCE):
                pass
        labels = {"method": "GET", "route": f"{API}/health/live", "status": "200"}
        assert value(read(f"{url}/metrics"), "canvas_http_requests_total", **labels) == 20


def test_worker_shows_nothing_to_strangers_and_says_that_it_lives(
    env: dict[str, str], tmp_path: Path
) -> None:
    port = env["METRICS_PORT"]
    with web_and_worker(env | {"AI_PROVIDER": "rules"}, port=free_port(), logs=tmp_path):
        with pytest.raises(urllib.error.HTTPError, match="401") as caught:
            read(f"http://127.0.0.1:{port}/metrics", token="guess")
        caught.value.close()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=PATIENCE) as answer:
            assert answer.read() == b"ok\n"
