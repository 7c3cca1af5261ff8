"""The samples of notation: one folder a kind, half of them untidy, as people and models write them."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "samples"
SAMPLES = sorted(FOLDER.glob("*/*.mmd"))
IDS = [f"{path.parent.name}/{path.stem}" for path in SAMPLES]


def text_of(path: Path) -> str:
    """Return a sample as it stands in its file, carriage returns and all."""
    return path.read_bytes().decode()
