"""SECURITY.md: each threat names a test, and each named test exists."""

from __future__ import annotations

import ast
import re

import pytest

from migrations import ROOT

NOTES = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = sorted(set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", NOTES)))
THREATS = [
    line for line in NOTES.splitlines() if line.startswith("| ") and not line.startswith("| What they try")
]


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_named_test_exists(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    assert name in {
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


@pytest.mark.parametrize("threat", THREATS)
def test_each_threat_says_what_stops_it_and_which_test_shows_it(threat: str) -> None:
    what, how, shown = (cell.strip() for cell in threat.strip("| ").split(" | "))
    assert what
    assert how
    assert re.search(r"`tests/[\w/]+\.py::test_\w+`", shown)


def test_there_are_threats() -> None:
    assert len(THREATS) > 20
