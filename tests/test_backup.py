"""A dump taken under load with the commands of ``docs/deploy.md``: whatever was accepted is there, and runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

from core.settings import Settings
from devtools.client import Client
from devtools.model_server import ModelServer, Script
from devtools.postgres import PostgresServer
from devtools.processes import ROOT, WORKER, free_port, running, web_and_worker
from tests.conftest import connect
from tests.waiting import until
from webapp.auth import make_token

JOBS_BEFORE = 12


def commands(name: str) -> str:
    """Return the shell block of this name in the document."""
    text = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name} -->\n```sh\n(.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def test_everything_accepted_before_the_dump_is_there_and_ends(
    env: dict[str, str],
    dsn: str,
    empty_dsn: str,
    settings: Settings,
    postgres_server: PostgresServer,
    tmp_path: Path,
) -> None:
    env |= {
        "AI_PROVIDER": "openai",
        "MAX_CONCURRENT_JOBS": "4",
        "RATE_LIMIT_PER_MINUTE": "10000",
        "MAX_ACTIVE_JOBS_PER_USER": "10000",
    }
    shell = {
        "PATH": f"{postgres_server.bin_path}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DATABASE_URL": dsn,
        "NEW_DATABASE_URL": empty_dsn,
    }
    accepted: list[str] = []
    enough = threading.Event()
    with ModelServer(default=Script(chunk_delay=0.01)) as model:
        env["OPENAI_BASE_URL"] = model.base_url
        with web_and_worker(env, port=free_port(), logs=tmp_path) as url:
            client = Client(url, make_token(settings, "owner"))

            def load() -> None:
                while not enough.wait(0.05):  # Faster than four places finish them.
                    answer = client.call("/api/ai-agent/create-canvas", body={"instructions": "A -> B"})
                    accepted.append(answer["job_id"])

            poster = threading.Thread(target=load)
            poster.start()
            until(lambda: len(accepted) >= JOBS_BEFORE)
            before = list(accepted)
            _run(commands("back up"), shell, tmp_path)
            enough.set()
            poster.join()
        _run(commands("restore"), shell, tmp_path)
        with connect(empty_dsn) as restored:
            rows = restored.execute("SELECT id::text, outcome FROM ai_jobs").fetchall()
            assert set(before) <= {row["id"] for row in rows}
            assert any(row["outcome"] is None for row in rows), "the load was over before the dump began"
            with running(WORKER, env=env | {"DATABASE_URL": empty_dsn}, log=tmp_path / "restored.log"):
                until(
                    lambda: (
                        restored.execute("SELECT 1 FROM ai_jobs WHERE outcome IS NULL LIMIT 1").fetchone()
                        is None
                    )
                )
            row = restored.execute(
                "SELECT count(*) AS jobs, count(canvas.id) AS canvases FROM ai_jobs AS job"
                " LEFT JOIN canvases AS canvas ON canvas.created_by_job = job.id"
                " WHERE job.outcome = 'completed'"
            ).fetchone()
    assert row == {"jobs": len(rows), "canvases": len(rows)}


def _run(script: str, env: dict[str, str], folder: Path) -> None:
    # ``python -m migrations`` is typed in the project's folder; the dump stays in the test's.
    script = script.replace("canvas.dump", str(folder / "canvas.dump"))
    ran = subprocess.run(
        ["sh", "-ec", script], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
