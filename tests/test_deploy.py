"""Deploying: the script with a stand-in for Railway's CLI, the image's files, and the commands that platforms run."""

from __future__ import annotations

import http.server
import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings import Settings
from devtools.processes import ROOT
from tests.conftest import SECRET

SCRIPT = ROOT / "deploy" / "railway.sh"
HADOLINT = Path(sys.executable).parent / "hadolint"

# Records how it was called; an upload makes the release that it holds live, unless that release is marked as broken.
STAND_IN = """#!/bin/sh
printf '%s\\n' "$*" >> "$STAND_IN/calls"
case "$1" in
    domain) echo "{\\"domain\\": \\"$STAND_IN_URL\\"}" ;;
    up) test -f "$2/railway.json" || exit 1
        commit=$(basename "$(dirname "$2")")
        test -f "$STAND_IN/broken-$commit" || echo "$commit" > "$STAND_IN/live" ;;
esac
"""


class Platform:
    """A folder with a repository of two releases, a stand-in CLI, and a health route that tells what is live."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.repository = folder / "repository"
        for name in ("deploy/railway.sh", "deploy/railway/web.json", "deploy/railway/worker.json"):
            target = self.repository / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target)
        self.env_file = folder / "env"
        self.env_file.write_text(
            f"FLASK_ENV=production\nDATABASE_URL=postgresql://db/canvas\nJWT_SECRET_KEY={SECRET}\n"
            "OPENAI_API_KEY=sk-very-secret\nCORS_ORIGINS=\n"
        )
        self.bin = folder / "bin"
        self.bin.mkdir()
        (self.bin / "railway").write_text(STAND_IN)
        (self.bin / "railway").chmod(0o755)
        self._git("init", "--quiet")
        self.first, self.second = self.commit("first"), ""
        handler = type("Handler", (_Health,), {"folder": folder})
        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.http.server_address[1]}"
        threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def commit(self, text: str) -> str:
        (self.repository / "file").write_text(text)
        self._git("add", "--all")
        self._git("-c", "user.name=t", "-c", "user.email=t@t", "commit", "--quiet", "--message", text)
        return self._git("rev-parse", "HEAD")

    def _git(self, *arguments: str) -> str:
        ran = subprocess.run(
            ["git", *arguments], cwd=self.repository, check=True, capture_output=True, text=True
        )
        return ran.stdout.strip()

    def deploy(self, *arguments: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run the script as an operator does."""
        env = {
            "PATH": path or f"{self.bin}:/usr/bin:/bin",
            "STAND_IN": str(self.folder),
            "STAND_IN_URL": self.url,
            "CANVAS_DEPLOY_PAUSE": "0.05",
        }
        command = ["deploy/railway.sh", "--env-file", str(self.env_file), *arguments]
        return subprocess.run(
            command, cwd=self.repository, env=env, capture_output=True, text=True, check=False
        )

    @property
    def calls(self) -> list[str]:
        path = self.folder / "calls"
        return path.read_text().splitlines() if path.exists() else []

    @property
    def live(self) -> str:
        return (self.folder / "live").read_text().strip()


class _Health(http.server.BaseHTTPRequestHandler):
    folder: Path

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        live = self.folder / "live"
        release = live.read_text().strip() if live.exists() else None
        body = {
            "status": "degraded" if (self.folder / "paused").exists() else "healthy",
            "release": release,
            "job_processor": {"releases": [release] if release else []},
        }
        data = json.dumps(body, separators=(",", ":")).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@pytest.fixture
def platform(tmp_path: Path) -> Iterator[Platform]:
    platform = Platform(tmp_path)
    yield platform
    platform.http.shutdown()
    platform.http.server_close()


def test_deploys_and_waits_until_both_processes_run_the_release(platform: Platform) -> None:
    ran = platform.deploy()
    assert ran.returncode == 0, ran.stderr
    assert f"Healthy at {platform.url}" in ran.stdout
    assert platform.live == platform.first
    verbs = [call.split()[0] for call in platform.calls]
    assert verbs == ["status", "domain", "variables", "variables", "up", "up"]
    for service, call in zip(("web", "worker"), platform.calls[2:4], strict=True):
        assert f"--service {service} --environment production --skip-deploys" in call
        assert "--set OPENAI_API_KEY=sk-very-secret" in call
        assert f"--set RELEASE={platform.first}" in call
        assert "CORS_ORIGINS" not in call


def test_pause_is_no_reason_to_roll_back(platform: Platform) -> None:
    (platform.folder / "paused").touch()
    ran = platform.deploy("--timeout", "1")
    assert (ran.returncode, platform.live) == (0, platform.first), ran.stderr


def test_release_that_does_not_become_healthy_is_rolled_back(platform: Platform) -> None:
    assert platform.deploy().returncode == 0
    second = platform.commit("second")
    (platform.folder / f"broken-{second}").touch()
    ran = platform.deploy("--timeout", "1")
    assert ran.returncode == 1
    assert f"Rolled back: {platform.first[:12]} is healthy." in ran.stderr
    uploads = [call for call in platform.calls if call.startswith("up")]
    assert [re.findall(r"[0-9a-f]{40}", call)[0] for call in uploads] == [
        each for each in (platform.first, second, platform.first) for _ in range(2)
    ]
    assert platform.live == platform.first
    # The next deploy still knows what was healthy last.
    third = platform.commit("third")
    assert platform.deploy().returncode == 0
    assert platform.live == third


def test_first_release_has_nothing_to_go_back_to(platform: Platform) -> None:
    (platform.folder / f"broken-{platform.first}").touch()
    ran = platform.deploy("--timeout", "1")
    assert ran.returncode == 1
    assert "no earlier release" in ran.stderr


def test_dry_run_prints_every_command_runs_none_and_shows_no_secret(platform: Platform) -> None:
    ran = platform.deploy("--dry-run", path="/usr/bin:/bin")
    assert ran.returncode == 0, ran.stderr
    for expected in (
        "railway status",
        "railway variables --service web",
        "railway variables --service worker",
        "railway up",
        "deploy/railway/worker.json",
        "curl",
        "git update-ref refs/deployed/production",
    ):
        assert expected in ran.stdout
    assert "secret" not in ran.stdout
    assert "--set JWT_SECRET_KEY=…" in ran.stdout
    assert platform.calls == []


@pytest.mark.parametrize("missing", ["DATABASE_URL", "JWT_SECRET_KEY", "OPENAI_API_KEY", "FLASK_ENV"])
def test_missing_variable_is_named_before_anything_happens(platform: Platform, missing: str) -> None:
    text = re.sub(rf"^{missing}=.*$", f"{missing}=", platform.env_file.read_text(), flags=re.MULTILINE)
    platform.env_file.write_text(text)
    ran = platform.deploy()
    assert ran.returncode == 1
    assert missing in ran.stderr
    assert platform.calls == []


def test_missing_tool_and_wrong_usage_are_named(platform: Platform) -> None:
    ran = platform.deploy(path="/usr/bin:/bin")
    assert (ran.returncode, "Not found: railway" in ran.stderr) == (1, True)
    ran = platform.deploy("--now")
    assert (ran.returncode, "Unknown: --now" in ran.stderr) == (2, True)


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_all_platforms_run_the_commands_of_the_procfile() -> None:
    commands = procfile()
    web_command = commands["web"].removesuffix(' "webapp:create_app_from_environment()"')
    web, worker = (
        json.loads((ROOT / f"deploy/railway/{name}.json").read_text())["deploy"] for name in ("web", "worker")
    )
    assert web["preDeployCommand"] == [commands["release"]]
    assert (web["startCommand"], worker["startCommand"]) == (web_command, commands["worker"])
    assert web["healthcheckPath"] == "/api/ai-agent/health/ready"
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    assert [" ".join(compose[name]["command"]) for name in ("release", "worker")] == [
        commands["release"],
        commands["worker"],
    ]
    assert json.dumps(web_command.split()) == _instruction("CMD")[-1]


def test_grace_of_the_platforms_is_longer_than_ours() -> None:
    grace = Settings.model_fields["shutdown_grace_seconds"].default
    for name in ("web", "worker"):
        config = json.loads((ROOT / f"deploy/railway/{name}.json").read_text())["deploy"]
        assert config["drainingSeconds"] > grace
        assert config["restartPolicyType"] == "ALWAYS"
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    assert int(compose["x-app"]["stop_grace_period"].removesuffix("s")) > grace


def test_production_template_names_real_settings() -> None:
    text = (ROOT / "deploy/env.production").read_text()
    named = set(re.findall(r"^([A-Z_]+)=", text, re.MULTILINE))
    assert {"FLASK_ENV", "DATABASE_URL", "JWT_SECRET_KEY", "OPENAI_API_KEY"} <= named
    assert named <= {name.upper() for name in Settings.model_fields}


def _instruction(name: str) -> list[str]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return re.findall(rf"^{name} +(.*)$", text, re.MULTILINE)


def test_dockerfile_has_no_complaint() -> None:
    ran = subprocess.run([HADOLINT, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (0, "")
    assert _instruction("USER") == ["10001"]
