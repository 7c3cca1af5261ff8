"""What switches traces on and off, and what an untraced process never loads."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from core import tracing
from core.database import Connection
from core.settings import SettingsError
from devtools.processes import ROOT, WEB, WORKER, free_port, running
from tests.conftest import make_settings
from tests.tasks.workshop import look, post
from tests.tracing.collector import Collector
from tests.tracing.conftest import KEY, TRACEPARENT, create, one
from tests.waiting import PATIENCE, until
from tests.webapp.serving import serve

NOT_INSTALLED = "import sys; sys.modules['opentelemetry'] = None\n"
# Writes down that somebody looked for OpenTelemetry, and leaves finding it to others.
WATCHER = """
import os, sys
class Watcher:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] == "opentelemetry":
            open(os.environ["IMPORTED"], "a").write(name + "\\n")
sys.meta_path.insert(0, Watcher)
"""


def test_process_that_is_not_traced_never_imports_opentelemetry(
    conn: Connection, collector: Collector, env: dict[str, str], token: str, tmp_path: Path
) -> None:
    imported = tmp_path / "imported"
    (tmp_path / "sitecustomize.py").write_text(WATCHER)
    env |= {"PYTHONPATH": str(tmp_path), "IMPORTED": str(imported)}

    def run(env: dict[str, str]) -> None:
        with serve(tmp_path, **env) as web, running(WORKER, env=env, log=tmp_path / "worker.log"):
            job = create(web, token, traceparent=TRACEPARENT)
            until(lambda: look(conn, job).status == "completed")

    run(env | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "OTEL_SDK_DISABLED": "true"})
    assert not imported.exists()
    assert conn.execute("SELECT DISTINCT traceparent FROM ai_jobs").fetchall() == [{"traceparent": None}]
    run(env | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})
    assert "opentelemetry.sdk.trace" in imported.read_text()


def test_opentelemetrys_variables_may_stand_in_the_env_file(
    conn: Connection, collector: Collector, env: dict[str, str], tmp_path: Path
) -> None:
    lines = [f"OTEL_EXPORTER_OTLP_ENDPOINT={collector.url}", f"OTEL_EXPORTER_OTLP_HEADERS=x-key={KEY}"]
    (tmp_path / ".env").write_text("\n".join(lines))
    job = post(conn)
    env |= {"PYTHONPATH": str(ROOT)}
    with running(WORKER, env=env, log=tmp_path / "worker.log", folder=tmp_path):
        until(lambda: look(conn, job.id).is_final)
    attempt = one(collector.find("process canvas"))
    assert (attempt.parent_id, attempt.service) == ("", "canvas-jobs-worker")
    assert {headers["x-key"] for headers in collector.headers} == {KEY}


@pytest.mark.parametrize("command", [WEB, WORKER], ids=["web", "worker"])
def test_what_is_not_installed_is_named(env: dict[str, str], tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "sitecustomize.py").write_text(NOT_INSTALLED)
    env |= {"PYTHONPATH": str(tmp_path), "PORT": str(free_port())}
    env |= {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    ran = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("Settings: OTEL_EXPORTER_OTLP_ENDPOINT is set")
    assert "requirements-tracing.txt" in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"otel_exporter_otlp_endpoint": "collector:4318"}, "OTEL_EXPORTER_OTLP_ENDPOINT"),
        ({"otel_exporter_otlp_traces_endpoint": "grpc://c"}, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        (
            {"otel_exporter_otlp_endpoint": "http://c:4317", "otel_exporter_otlp_protocol": "grpc"},
            "OTEL_EXPORTER_OTLP_PROTOCOL",
        ),
    ],
)
def test_endpoint_that_cannot_be_sent_to_is_refused_by_name(values: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named):
        tracing.check(make_settings("postgresql://db", **values))
    tracing.check(make_settings("postgresql://db", **values, otel_sdk_disabled="true"))


@pytest.mark.parametrize(
    ("values", "is_traced"),
    [
        ({}, False),
        ({"otel_exporter_otlp_endpoint": "http://c"}, True),
        ({"otel_exporter_otlp_traces_endpoint": "http://c/v1/traces"}, True),
        ({"otel_exporter_otlp_endpoint": "http://c", "otel_traces_exporter": "console,otlp"}, True),
        ({"otel_exporter_otlp_endpoint": "http://c", "otel_traces_exporter": "none"}, False),
        ({"otel_exporter_otlp_endpoint": "http://c", "otel_sdk_disabled": "TRUE"}, False),
        ({"otel_exporter_otlp_endpoint": "http://c", "otel_sdk_disabled": "no"}, True),
    ],
)
def test_what_switches_traces_on(values: dict[str, str], is_traced: bool) -> None:
    assert make_settings("postgresql://db", **values).is_traced is is_traced
