"""Colours in notation: the palette's names, and the nearest of them for any colour of a style sheet."""

from __future__ import annotations

import colorsys
import re
from typing import get_args

from drawing.model import Color
from drawing.notation.lines import Line

COLORS: tuple[Color, ...] = get_args(Color)

# What people and style sheets call the palette's colours, besides their own names.
_ALIASES: dict[str, Color] = {
    "grey": "gray", "silver": "gray", "black": "gray", "slategray": "gray", "dimgray": "gray", "gainsboro": "gray",
    "white": "gray", "whitesmoke": "gray", "yellow": "amber", "orange": "amber", "gold": "amber", "khaki": "amber",
    "wheat": "amber", "beige": "amber", "brown": "amber", "tomato": "red", "salmon": "red", "crimson": "red",
    "coral": "red", "maroon": "red", "magenta": "pink", "fuchsia": "pink", "rose": "pink", "violet": "purple",
    "lavender": "purple", "indigo": "purple", "plum": "purple", "orchid": "purple", "cyan": "teal", "aqua": "teal",
    "turquoise": "teal", "aquamarine": "teal", "navy": "blue", "skyblue": "blue", "azure": "blue", "aliceblue": "blue",
    "steelblue": "blue", "royalblue": "blue", "lime": "green", "olive": "green", "mint": "green", "honeydew": "green",
    "seagreen": "green", "forestgreen": "green", "palegreen": "green",
}  # fmt: skip
_NAMES: dict[str, Color] = {**{color: color for color in COLORS}, **_ALIASES}
_CLASS = re.compile(r"\s*:::\s*([\w-]+)\s*$")
_HEX = re.compile(r"#([0-9a-f]{3,8})$", re.IGNORECASE)
_FUNCTION = re.compile(r"(rgb|hsl)a?\(([^)]*)\)", re.IGNORECASE)
_QUALIFIER = re.compile(r"^(?:light|dark|pale|medium|deep|hot)")
# Degrees of hue up to which each colour reaches.
_HUES: tuple[tuple[float, Color], ...] = (
    (14, "red"), (68, "amber"), (158, "green"), (198, "teal"), (255, "blue"), (292, "purple"), (343, "pink"),
    (361, "red"),
)  # fmt: skip


def color_of(text: str, *, only_names: bool = False) -> Color | None:
    """Return the palette's colour nearest to a name, ``#rgb``, ``rgb(…)`` or ``hsl(…)``; None for anything else."""
    word = text.strip().lower()
    for name in (word, _QUALIFIER.sub("", word)):
        if name in _NAMES:
            return _NAMES[name]
    if only_names:
        return None
    if match := _HEX.match(word):
        return _nearest(*_channels(match[1]))
    if match := _FUNCTION.match(word):
        return _of_function(match[1], match[2])
    return None


def split_class(line: Line) -> tuple[Line, Color | None]:
    """Return a statement without the ``:::colour`` at its end, and that colour; an unknown class is dropped."""
    match = _CLASS.search(line.text)
    if match is None:
        return line, None
    return line.part(0, match.start()), color_of(match[1], only_names=True)


def color_class(color: Color | None) -> str:
    """Return what says a colour behind a statement."""
    return f":::{color}" if color else ""


def _channels(digits: str) -> tuple[float, float, float]:
    if len(digits) < 6:
        digits = "".join(each * 2 for each in digits)
    red, green, blue = (int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def _of_function(name: str, body: str) -> Color | None:
    numbers = [float(each) for each in re.findall(r"\d+(?:\.\d+)?", body)[:3]]
    if len(numbers) < 3:
        return None
    if name.startswith("rgb"):
        red, green, blue = (min(each, 255.0) / 255 for each in numbers)
        return _nearest(red, green, blue)
    return _nearest(
        *colorsys.hls_to_rgb(numbers[0] / 360, min(numbers[2], 100) / 100, min(numbers[1], 100) / 100)
    )


def _nearest(red: float, green: float, blue: float) -> Color:
    hue, lightness, _ = colorsys.rgb_to_hls(red, green, blue)
    spread = max(red, green, blue) - min(red, green, blue)
    if spread < 0.06 or not 0.04 < lightness < 0.995:
        return "gray"
    return next(color for limit, color in _HUES if hue * 360 <= limit)
