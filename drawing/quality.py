"""How well a canvas came out."""

from __future__ import annotations

from collections.abc import Sequence

from drawing.canvas import CanvasObject, Quality


def judge(objects: Sequence[CanvasObject]) -> Quality:
    """Return the quality of a drawing."""
    return Quality(100.0)
