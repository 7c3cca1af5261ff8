"""Which paper a drawing is for, white or dark, as its objects themselves say."""

from __future__ import annotations

import re
from collections.abc import Iterable

from drawing.canvas import CanvasObject
from drawing.theme import DARK_PAPER, MIN_LINE_CONTRAST, PAPER, contrast

_COLOR = re.compile(r"#[0-9A-Fa-f]{6}")


def ground_of(objects: Iterable[CanvasObject]) -> str:
    """Return the paper on which more of the outlines, lines and free texts can be seen; white where both are alike."""
    seen = {PAPER: 0, DARK_PAPER: 0}
    for item in objects:
        is_text = item.object_type == "text"
        if is_text and "of" in item.properties and item.properties.get("role") != "caption":
            continue
        color = item.properties.get("color" if is_text else "stroke")
        if isinstance(color, str) and _COLOR.fullmatch(color):
            for paper in seen:
                seen[paper] += contrast(color, paper) >= MIN_LINE_CONTRAST
    return DARK_PAPER if seen[DARK_PAPER] > seen[PAPER] else PAPER
