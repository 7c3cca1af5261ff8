"""The log as a collector reads it: one JSON object per line, whatever it contains."""

from __future__ import annotations

import json
import sys
import uuid
from typing import Any

import pytest
import structlog

from core.log import processors
from tests.conftest import make_settings


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("två\nlines", "två\nlines"),
        ("half \ud800 a character", "half \ud800 a character"),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (..., "Ellipsis"),
    ],
)
def test_anything_can_be_logged(value: Any, shown: str, capsys: pytest.CaptureFixture[str]) -> None:
    settings = make_settings("", log_format="json")
    log = structlog.wrap_logger(structlog.PrintLogger(sys.stdout), processors=processors(settings))
    log.info("happened", what=value)
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["what"] == shown
