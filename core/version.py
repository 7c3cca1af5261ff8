"""Which version of the product this is. ``pyproject.toml`` says it; ``RELEASE`` names what was deployed."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"


@cache
def read_version() -> str:
    """Return the version, such as ``0.1.0``."""
    version: str = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    return version
