"""Draw a canvas as PNG with a font of our own, so that text shows on machines without any."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import resources
from typing import Any

import resvg_py

from drawing.canvas import Canvas
from drawing.svg import page_box, to_svg

MAX_SIDE = 8192  # pixels
MAX_PIXELS = 24_000_000  # 96 MB while drawing
_FAMILY = "Canvas Jobs Sans"
_FONT_FILES = ("CanvasJobsSans-Regular.ttf", "CanvasJobsSans-Bold.ttf")
# What the shipped font was cut to. Other characters cost reading all of the system's fonts, at every picture.
_SHIPPED = (
    (0x0000, 0x017F),
    (0x0386, 0x03CE),
    (0x0400, 0x045F),
    (0x1EA0, 0x1EF9),
    (0x2010, 0x2026),
    (0x2039, 0x203A),
    (0x20AC, 0x20AC),
    (0x2122, 0x2122),
    (0x2190, 0x2199),
)


def to_png(canvas: Canvas, *, scale: float = 1.0) -> bytes:
    """Return the picture as PNG, ``scale`` pixels a canvas unit, fewer where it would grow beyond the limits.

    Characters outside Latin, Greek and Cyrillic are drawn with the system's fonts where it has them.
    """
    page = page_box(canvas)
    width, height = pixel_size(page.w, page.h, scale)
    with shipped_fonts() as fonts:
        picture = resvg_py.svg_to_bytes(
            svg_string=to_svg(canvas),
            width=width,
            height=height,
            skip_system_fonts=not _needs_system_fonts(canvas),
            **fonts,
        )
    return bytes(picture)


@contextmanager
def shipped_fonts() -> Iterator[dict[str, Any]]:
    """Give resvg's arguments for the fonts we ship, as the first choice for any text."""
    folder = resources.files("drawing").joinpath("fonts")
    with ExitStack() as stack:
        files = [str(stack.enter_context(resources.as_file(folder.joinpath(name)))) for name in _FONT_FILES]
        yield {"font_files": files, "font_family": _FAMILY, "sans_serif_family": _FAMILY}


def pixel_size(width: float, height: float, scale: float) -> tuple[int, int]:
    """Return the size in pixels, in proportion: 1000 by 500 units at scale 2 are (2000, 1000)."""
    shrunk = min(max(scale, 0.0), MAX_SIDE / width, MAX_SIDE / height, (MAX_PIXELS / (width * height)) ** 0.5)
    return max(1, int(width * shrunk)), max(1, int(height * shrunk))


def _needs_system_fonts(canvas: Canvas) -> bool:
    texts = (str(each.properties.get("text", "")) for each in canvas.objects if each.object_type == "text")
    return not all(_is_shipped(ord(char)) for char in set("".join(texts)))


def _is_shipped(code: int) -> bool:
    return any(first <= code <= last for first, last in _SHIPPED)
