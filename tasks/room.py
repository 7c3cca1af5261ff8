"""Whether a canvas has room for more objects."""

from __future__ import annotations

from core.canvases import MAX_OBJECTS
from tasks.designers.failures import PermanentFailure


def check_room(objects: int) -> None:
    """Raise ``PermanentFailure`` when a canvas would hold more objects than it may."""
    if objects > MAX_OBJECTS:
        raise PermanentFailure(
            "canvas_full", f"A canvas holds at most {MAX_OBJECTS:,} objects. Draw on another one."
        )
