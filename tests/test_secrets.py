"""Secrets and prompts do not leak into logs, responses, the process list or the repository."""

from __future__ import annotations

import re
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.settings import Settings
from devtools.client import Client
from devtools.model_server import ModelServer, Script, refused
from devtools.processes import ROOT, WEB, WORKER, free_port, running, wait_until_healthy
from tests.conftest import SECRET
from tests.waiting import until
from webapp.auth import make_token

API = "/api/ai-agent"
KEY = "sk-verysecret-0123456789"
PASSWORD = "database-password-of-the-test"
WORDS = "my private plan for the garden"
OPEN_PATHS = ("/health", "/health/live", "/health/ready")
DANGEROUS = (
    r"-----BEGIN (?:RSA |EC |OPENSSH )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}",
    r"\bsk-(?:proj-)?[A-Za-z0-9_-]{32,}",
    r"\bAKIA[0-9A-Z]{16}\b",
    r"\bghp_[A-Za-z0-9]{36}\b",
    r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",
)


@pytest.fixture
def model() -> Iterator[ModelServer]:
    """A server that says back what it should not: the key and the words."""
    with ModelServer(
        Script(),
        refused(500, message=f"{WORDS} {KEY}"),
        refused(400, message=f"{WORDS} {KEY}"),
        refused(401, message=f"wrong key {KEY} for {WORDS}"),
    ) as server:
        yield server


def test_secrets_and_words_stay_out_of_logs_answers_and_the_process_list(
    dsn: str, tmp_path: Path, settings: Settings, model: ModelServer
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    env = {
        "DATABASE_URL": psycopg.conninfo.make_conninfo(dsn, password=PASSWORD),
        "JWT_SECRET_KEY": SECRET,
        "OPENAI_API_KEY": KEY,
        "OPENAI_BASE_URL": model.base_url,
        "FLASK_ENV": "production",
        "LOG_LEVEL": "DEBUG",
        "RETRY_BASE_SECONDS": "0.05",
        "PORT": str(port),
        "VAR_DIR": str(tmp_path),
    }
    token = make_token(settings, "owner")
    owner = Client(url, token)
    answers: list[str] = []
    with (
        running(WORKER, env=env, log=tmp_path / "worker.log") as worker,
        running(WEB, env=env, log=tmp_path / "web.log") as web,
    ):
        wait_until_healthy(url, {"web": web, "worker": worker}, logs=tmp_path)
        for _ in range(3):
            job = owner.call(f"{API}/create-canvas", body={"instructions": WORDS})["job_id"]
            shown = until_completed(owner, job)
            answers.append(f"{shown['error_message']} {shown['progress']}")
        answers += [fetch(f"{url}{API}{path}") for path in OPEN_PATHS]
        answers += [
            fetch(f"{url}{path}", token) for path in ("/api/openapi.json", "/metrics", "/docs", "/nope")
        ]
        answers += [
            fetch(
                f"{url}{API}/create-canvas",
                token,
                body=b'{"instructions": "A", "style": "' + WORDS.encode() + b'"}',
            )
        ]
        lines = process_list()
    logs = "".join(path.read_text() for path in tmp_path.glob("*.log"))
    assert (logs.count("job_finished"), logs.count("job_failed")) == (2, 1)
    secrets = (SECRET, KEY, PASSWORD, token, token.split(".")[2])
    for secret in (*secrets, WORDS, "private plan"):
        assert secret not in logs
        assert not [answer for answer in answers if secret in answer]
        assert not [line for line in lines if secret in line]


def until_completed(owner: Client, job_id: str) -> Any:
    """Return the job once it has ended."""

    def shown() -> Any:
        job = owner.call(f"{API}/job/{job_id}/status")["job"]
        return job if job["completed_at"] else None

    return until(shown)


def fetch(url: str, token: str = "", *, body: bytes | None = None) -> str:
    """Return the body of any answer, an error's too."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers)) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return str(error.read().decode())


def process_list() -> list[str]:
    """Return the arguments of all processes, as anybody on the machine may see them."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue  # It has ended meanwhile.
    assert any("gunicorn" in line for line in lines)
    return lines


def test_repository_holds_no_secret() -> None:
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    paths = [ROOT / name for name in names.split("\0") if name]
    if not paths:
        pytest.skip("this is not a git checkout")
    assert not [
        path for path in paths if path.name in (".env", "jwt_secret") or path.suffix in (".pem", ".key")
    ]
    for path in paths:
        text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
        for pattern in DANGEROUS:
            assert not re.search(pattern, text), f"{path}: {pattern}"


def test_example_of_the_environment_holds_no_value_of_a_secret() -> None:
    text = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in ("JWT_SECRET_KEY", "JWT_SECRET_KEY_PREVIOUS", "OPENAI_API_KEY"):
        assert re.search(rf"^# {name}=$", text, re.MULTILINE), name
