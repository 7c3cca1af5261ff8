"""The guides under ``docs/``: their code blocks run as printed, and their links work."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devtools.processes import ROOT, free_port, web_and_worker
from tests.conftest import make_settings
from webapp.auth import make_token

HOOK_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD1sJqGZk0C2s="
GUIDES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
OF_OTHERS = {
    "OLLAMA_NUM_PARALLEL",
    "POSTGRES_PASSWORD",
    "SCRIPT_NAME",
    "PATH_INFO",
    "MAX_TOKENS",
}  # not settings of ours
COMMANDS = {
    "sh": ["bash", "-euo", "pipefail", "-c"],
    "python": [sys.executable, "-c"],
    "js": ["node", "--input-type=module", "--eval"],
}


def blocks(name: str, language: str) -> list[str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def environment(env: dict[str, str], dsn: str, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A running service, as the guides take it: its address and somebody's token."""
    settings = make_settings(dsn, var_dir=tmp_path)
    env |= {"WEBHOOK_SECRET": HOOK_SECRET}
    with web_and_worker(env, port=free_port(), logs=tmp_path) as url:
        yield {"PATH": os.environ["PATH"], "URL": url, "TOKEN": make_token(settings, "reader")}


def test_api_guide_runs_in_every_language(environment: dict[str, str], tmp_path: Path) -> None:
    printed = {}
    for language, command in COMMANDS.items():
        script = "\n".join(blocks("docs/api.md", language))
        ran = subprocess.run(
            [*command, script], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, f"{language}: {ran.stderr}"
        printed[language] = ran.stdout
    assert "event: done" in printed["sh"]
    assert '"status":"healthy"' in printed["sh"]
    assert (tmp_path / "canvas.png").read_bytes().startswith(b"\x89PNG")
    assert "400 invalid_request {'instructions'" in printed["python"]
    assert "object" in printed["python"]
    assert {"object", "done", "400 invalid_request", "healthy"} <= set(printed["js"].splitlines())


def test_guide_covers_every_route() -> None:
    documented = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    routes = re.findall(r'^    "(/[^"]+)":', (ROOT / "tests/webapp/test_docs.py").read_text(), re.MULTILINE)
    assert len(routes) > 10
    for route in routes:
        name = re.sub(r"\{\w+\}", "{id}", route).removesuffix(".svg").removesuffix(".png")
        assert name in documented, f"docs/api.md does not speak of {route}"


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = guide if not path else (guide.parent / path).resolve()
        assert target.exists(), f"{guide.name}: {link}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", target.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: str(path.relative_to(ROOT)))
def test_make_targets_and_settings_exist(guide: Path) -> None:
    text = guide.read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for target in re.findall(r"`make (?:-s )?([a-z-]+)", text):
        assert target in targets, f"{guide.name}: make {target}"
    settings = set(re.findall(r"([A-Z_]{4,})=", (ROOT / ".env.example").read_text()))
    for name in re.findall(r"`([A-Z]+_[A-Z_]+)(?:=[^`]*)?`", text):
        assert name in settings | OF_OTHERS, f"{guide.name}: {name}"


@pytest.fixture
def var_dir() -> Iterator[Path]:
    """A folder that PostgreSQL's own user may enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="canvas-first-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def test_first_steps_run(tmp_path: Path, var_dir: Path) -> None:
    text = (ROOT / "docs/getting-started.md").read_text(encoding="utf-8")
    draw, token = re.findall(r"<!-- run -->\n```sh\n(.*?)```", text, re.DOTALL)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "VAR_DIR": str(var_dir), "USER": "demo"}
    for command in (draw, token):
        ran = subprocess.run(
            ["sh", "-ec", command], cwd=ROOT, env=env, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
    assert (var_dir / "demo/canvas.png").exists()
    assert ran.stdout.count(".") == 2
