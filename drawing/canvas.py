"""The finished drawing as data: objects in canvas units, ready to be stored, streamed or rendered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

ObjectType = Literal["rectangle", "circle", "diamond", "star", "heart", "text", "arrow", "line"]


@dataclass(frozen=True, slots=True)
class CanvasObject:
    """One object on a canvas.

    ``properties`` holds JSON values only; numbers are canvas units, origin top left, colours ``#RRGGBB``:
    ``rectangle`` x, y = top-left, width, height; ``diamond`` ``star`` ``heart`` x, y = centre, width, height;
    ``circle`` x, y = centre, radius; all five fill, stroke, strokeWidth. ``text`` x, y = top-left, text,
    fontSize, color, width, height. ``arrow`` ``line`` x, y = start, points ``[0, 0, dx, dy, ...]`` relative
    to it, stroke, strokeWidth. Further properties (``from``, ``to``, ``label``) are never needed to draw.
    ``z_index`` says what lies on what, the lowest at the back; no two objects of a drawing share one.
    """

    id: str
    object_type: ObjectType
    properties: dict[str, Any]
    z_index: int


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a canvas came out: ``score`` 0 to 100, and one sentence for each defect.

    ``slide_text_points`` is the size of its smallest text when the drawing fills a slide, None when not measured.
    """

    score: float
    defects: tuple[str, ...] = ()
    slide_text_points: float | None = None

    def to_json(self) -> dict[str, Any]:
        """Return ``{"score", "defects", "slide_text_points"}``."""
        return {
            "score": self.score,
            "defects": list(self.defects),
            "slide_text_points": self.slide_text_points,
        }


@dataclass(frozen=True, slots=True)
class Canvas:
    """A whole drawing. ``dropped`` says in sentences what of the plan is not on it, and why."""

    title: str
    objects: tuple[CanvasObject, ...]
    width: float
    height: float
    quality: Quality
    dropped: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Bounds:
    """A box on a canvas, ``x, y`` its top-left corner: what is already drawn there, for example.

    ``z_above`` is the lowest z-index above all that is in it.
    """

    x: float
    y: float
    width: float
    height: float
    z_above: int = 0
