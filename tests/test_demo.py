"""``make demo`` and ``make run``, as a newcomer runs them."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
from functools import partial
from pathlib import Path
from typing import IO

import pytest

from core.settings import Settings
from devtools.client import Client
from devtools.model_server import ModelServer, Script
from devtools.processes import ROOT, free_port
from tests.conftest import SECRET
from tests.waiting import PATIENCE, until
from webapp.auth import make_token


@pytest.fixture
def env(dsn: str, tmp_path: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": dsn,
        "JWT_SECRET_KEY": SECRET,
        "VAR_DIR": str(tmp_path),
        "AI_PROVIDER": "rules",
        "RETRY_BASE_SECONDS": "0.1",
        "SHUTDOWN_GRACE_SECONDS": "1",
    }


def run(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


def test_demo_leaves_the_canvas_as_three_files(env: dict[str, str], tmp_path: Path) -> None:
    done = run("demo", "[todo] tea -> [/b] cup", env=env)

    assert done.returncode == 0, done.stderr
    assert "“[todo] tea → [/b] cup”" in done.stdout
    assert "no AI" in done.stdout
    canvas = json.loads((tmp_path / "demo" / "canvas.json").read_text())
    assert (canvas["model"], canvas["generator"]) == (None, "rules")
    assert (tmp_path / "demo" / "canvas.svg").read_bytes().startswith(b"<svg")
    assert (tmp_path / "demo" / "canvas.png").read_bytes().startswith(b"\x89PNG")


def test_demo_says_why_a_job_failed(env: dict[str, str]) -> None:
    env |= {"AI_PROVIDER": "openai", "OPENAI_BASE_URL": f"http://127.0.0.1:{free_port()}/v1"}

    done = run("demo", "tea", env=env | {"JOB_DEADLINE_SECONDS": "12"})

    assert done.returncode == 1
    assert "Waiting for the AI service" in " ".join(done.stdout.replace("│", "").split())
    assert "Traceback" not in done.stderr


def test_demo_says_that_there_is_no_database(env: dict[str, str]) -> None:
    env["DATABASE_URL"] = f"postgresql://127.0.0.1:{free_port()}/canvas"

    done = run("demo", env=env)

    assert (done.returncode, done.stderr) == (1, "")
    assert "Database:" in done.stdout


def test_demo_stops_all_it_started_at_ctrl_c(env: dict[str, str], tmp_path: Path) -> None:
    with ModelServer(default=Script(silent_after=1)) as model:
        env |= {"AI_PROVIDER": "openai", "OPENAI_BASE_URL": model.base_url}
        with subprocess.Popen(
            [sys.executable, "-m", "demo", "tea"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
        ) as demo:
            until(lambda: model.requests)
            demo.send_signal(signal.SIGINT)
            output, _ = demo.communicate(timeout=PATIENCE)

    assert demo.returncode == 130
    assert output.endswith("Stopped.\n")
    assert _processes_of(tmp_path) == {}


def test_run_says_that_its_port_is_taken(env: dict[str, str]) -> None:
    with ModelServer() as other:
        port = other.base_url.split(":")[2].split("/")[0]

        done = run("demo.run", env=env | {"PORT": port})

    assert done.returncode == 1
    assert f"Port {port} is taken" in done.stdout
    assert "Token" not in done.stdout


def test_run_starts_another_worker_where_one_was_killed(
    env: dict[str, str], tmp_path: Path, settings: Settings
) -> None:
    port = free_port()
    client = Client(f"http://127.0.0.1:{port}", make_token(settings, "owner"))
    env |= {"PORT": str(port), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "demo.run"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout is not None
        until_said(service.stdout, "Ctrl-C stops everything.")
        (worker,) = [pid for pid, command in _processes_of(tmp_path).items() if command.endswith("tasks\0")]
        os.kill(worker, signal.SIGKILL)
        until_said(service.stdout, "The worker process ended (-9); another one is started.")
        job_id = client.call("/api/ai-agent/create-canvas", body={"instructions": "A -> B"})["job_id"]
        *_, (last, job) = client.follow(f"/api/ai-agent/job/{job_id}/events")
        service.send_signal(signal.SIGINT)
        until_said(service.stdout, "Stopped.")
    assert (service.returncode, last, job["status"]) == (0, "done", "completed")
    assert _processes_of(tmp_path) == {}


def test_run_starts_the_database_again_when_it_was_killed(env: dict[str, str], settings: Settings) -> None:
    # Not under pytest's own folder, which is closed to the user that the server runs as.
    var = Path(tempfile.mkdtemp(prefix="canvas-run-"))
    port = free_port()
    client = Client(f"http://127.0.0.1:{port}", make_token(settings, "owner"))
    del env["DATABASE_URL"]
    env |= {"PORT": str(port), "PYTHONUNBUFFERED": "1", "VAR_DIR": str(var)}
    with subprocess.Popen(
        [sys.executable, "-m", "demo.run"], cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    ) as service:
        assert service.stdout is not None
        until_said(service.stdout, "Ctrl-C stops everything.")
        server = int((var / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(server, signal.SIGKILL)
        until_said(service.stdout, "The database process ended; it was started again.")
        job_id = until(partial(create_job, client))
        *_, (last, job) = client.follow(f"/api/ai-agent/job/{job_id}/events")
        service.send_signal(signal.SIGINT)
        until_said(service.stdout, "Stopped.")
    assert (service.returncode, last, job["status"]) == (0, "done", "completed")
    assert _processes_of(var) == {}
    assert not (var / "postgres" / "postmaster.pid").exists()
    shutil.rmtree(var)


def create_job(client: Client) -> str | None:
    """Return a job's id; nothing while the web process finds its database again."""
    try:
        return str(client.call("/api/ai-agent/create-canvas", body={"instructions": "A -> B"})["job_id"])
    except urllib.error.HTTPError as exc:
        if exc.code != 503:
            raise
        return None


def until_said(output: IO[str], text: str) -> None:
    """Read on until a line says this."""
    assert any(text in line for line in output), f"it never said: {text}"


def _processes_of(var: Path) -> dict[int, str]:
    """Return the commands of all processes whose environment names this folder, by their number."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"VAR_DIR={var}\0".encode() in (process / "environ").read_bytes():
                found[int(process.name)] = (process / "cmdline").read_text()
        except OSError:
            continue
    return found
