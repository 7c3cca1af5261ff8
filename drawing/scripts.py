"""Which scripts a drawing's texts are written in, and for which of them this machine has no font.

Pictures (PNG) show empty boxes for a script without a font. SVG and JSON leave fonts to the viewer.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

import resvg_py

from drawing.canvas import Canvas
from drawing.png import shipped_fonts

MISSING = "\U0010fffd"  # for private use, so in no font; drawn as the font's .notdef
ADVICE = "fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji"  # packages of Debian


USES_SYSTEM_FONTS = True  # False in tests: a machine without fonts


class Script(NamedTuple):
    """A script by its name, a letter that each of its fonts has, and its ranges of code points."""

    name: str
    sample: str
    ranges: tuple[tuple[int, int], ...]


# Of scripts that are not in the fonts we ship. Blocks as Unicode names them (https://www.unicode.org/charts/).
SCRIPTS = (
    Script("Chinese", "漢", ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x323AF))),
    Script("Japanese", "あ", ((0x3040, 0x30FF), (0x31F0, 0x31FF), (0xFF66, 0xFF9F))),
    Script("Korean", "한", ((0x1100, 0x11FF), (0x3130, 0x318F), (0xA960, 0xA97F), (0xAC00, 0xD7FF))),
    Script(
        "Arabic",
        "ع",
        ((0x0600, 0x06FF), (0x0750, 0x077F), (0x0870, 0x08FF), (0xFB50, 0xFDFF), (0xFE70, 0xFEFC)),
    ),
    Script("Hebrew", "ש", ((0x0590, 0x05FF), (0xFB1D, 0xFB4F))),
    Script("Devanagari", "ह", ((0x0900, 0x097F), (0xA8E0, 0xA8FF))),
    Script("Bengali", "ক", ((0x0980, 0x09FF),)),
    Script("Gurmukhi", "ਕ", ((0x0A00, 0x0A7F),)),
    Script("Gujarati", "ક", ((0x0A80, 0x0AFF),)),
    Script("Odia", "କ", ((0x0B00, 0x0B7F),)),
    Script("Tamil", "க", ((0x0B80, 0x0BFF),)),
    Script("Telugu", "క", ((0x0C00, 0x0C7F),)),
    Script("Kannada", "ಕ", ((0x0C80, 0x0CFF),)),
    Script("Malayalam", "ക", ((0x0D00, 0x0D7F),)),
    Script("Sinhala", "ක", ((0x0D80, 0x0DFF),)),
    Script("Thai", "ไ", ((0x0E00, 0x0E7F),)),
    Script("Lao", "ກ", ((0x0E80, 0x0EFF),)),
    Script("Burmese", "က", ((0x1000, 0x109F),)),
    Script("Georgian", "ა", ((0x10A0, 0x10FF), (0x1C90, 0x1CBF), (0x2D00, 0x2D2F))),
    Script("Amharic", "አ", ((0x1200, 0x139F),)),
    Script("Khmer", "ក", ((0x1780, 0x17FF),)),
    Script("Armenian", "Ա", ((0x0530, 0x058F),)),
    Script("emoji", "😀", ((0x1F1E6, 0x1F1FF), (0x1F300, 0x1FAFF))),
)


def find_scripts(texts: Iterable[str]) -> list[Script]:
    """Return the scripts of these texts for which our own fonts are not enough, in the order of the table."""
    codes = {ord(char) for text in texts for char in text if char > "\u0530"}
    return [script for script in SCRIPTS if any(_is_in(code, script) for code in codes)]


def scripts_of(canvas: Canvas) -> list[Script]:
    """Return the scripts of a canvas' texts for which our own fonts are not enough."""
    return find_scripts(
        str(each.properties.get("text", "")) for each in canvas.objects if each.object_type == "text"
    )


def find_undrawable(scripts: Iterable[Script] = SCRIPTS) -> list[str]:
    """Return the names of the scripts that this machine has no font for; some milliseconds for each new one."""
    return [script.name for script in scripts if not can_draw(script)]


def describe_undrawable(names: list[str]) -> list[str]:
    """Return one sentence for the person who asked for the drawing, or none."""
    if not names:
        return []
    listed = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return [f"PNG pictures show boxes instead of {listed} text: the service has no font for it."]


@cache
def can_draw(script: Script) -> bool:
    """Return whether a letter of the script comes out as more than an empty box; known for the process' lifetime."""
    return _draw(script.sample) != _draw(MISSING)


def _is_in(code: int, script: Script) -> bool:
    return any(first <= code <= last for first, last in script.ranges)


def _draw(char: str) -> bytes:
    text = f'<text y="30" font-size="24">{char}</text>'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">{text}</svg>'
    with shipped_fonts() as fonts:
        return bytes(resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=not USES_SYSTEM_FONTS, **fonts))
