"""The table of what model servers do names tests that exist."""

from __future__ import annotations

import re

from devtools.processes import ROOT


def test_each_quirk_names_its_tests() -> None:
    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    rows = [line for line in text.split("\n") if line.startswith("| ") and "`test_" in line]
    named = {name for row in rows for name in re.findall(r"`(test_\w+)`", row)}
    defined = {
        name
        for path in (ROOT / "tests" / "tasks").glob("test_*.py")
        for name in re.findall(r"^def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(rows) >= 30
    assert named <= defined, named - defined
