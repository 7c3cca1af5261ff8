"""The check of the lock files for known vulnerabilities, and the lock files themselves."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from migrations import ROOT

AUDIT = ROOT / ".ci" / "audit.py"
LOCKS = runpy.run_path(str(AUDIT))["LOCKS"]
CLEAN = {"name": "flask", "version": "3.1", "vulns": []}
BAD = {"name": "jinja2", "version": "2.10", "vulns": [{"id": "CVE-2019-10906"}]}
UNKNOWN = {"name": "ours", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "code", "said"),
    [
        ([CLEAN, CLEAN], 0, "nothing found in 2 packages"),
        ([CLEAN, BAD], 1, "jinja2 2.10: CVE-2019-10906"),
        ([BAD, UNKNOWN], 1, "KNOWN VULNERABILITIES"),
        ([CLEAN, UNKNOWN], 0, "not checked, as the service does not know them: ours"),
        ([UNKNOWN, UNKNOWN], 0, "NOT CHECKED"),
        (None, 0, "NOT CHECKED"),
    ],
)
def test_only_what_was_found_fails(packages: list[dict[str, Any]] | None, code: int, said: str) -> None:
    judge = runpy.run_path(str(AUDIT))["judge"]
    verdict = judge(None if packages is None else {"dependencies": packages, "fixes": []})
    assert verdict[0] == code
    assert said in verdict[1]


def test_service_out_of_reach_is_said_and_does_not_fail(tmp_path: Path) -> None:
    for name in ("one.txt", "two.txt"):
        (tmp_path / name).write_text(f"flask==3.1.0 --hash=sha256:{'0' * 64}\n")
    nowhere = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:1")
    ran = subprocess.run(
        [sys.executable, AUDIT, tmp_path / "one.txt", tmp_path / "two.txt"],
        env={**os.environ, **nowhere},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("NOT CHECKED, the vulnerability service cannot be reached.") == 2


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_its_hashes_and_no_index(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    pinned = re.findall(r"^[\w.-]+(?:\[[^\]]+\])?==\S+", text, re.MULTILINE)
    blocks = re.split(r"^(?=[\w.-]+(?:\[[^\]]+\])?==)", text, flags=re.MULTILINE)[1:]
    assert len(pinned) == len(blocks) >= (2 if "model" in name else 20)
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
