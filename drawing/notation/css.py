"""Style statements: ``classDef``, ``class``, ``style``, ``linkStyle``; of what they say, the colour counts."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from drawing.model import Color
from drawing.notation.colors import COLORS, color_of

DEFINITION = re.compile(r"classDef\s+(?P<names>[\w\-,\s]*?[\w-])\s+(?P<css>[\w-]+\s*:.*)$", re.IGNORECASE)
ASSIGNMENT = re.compile(
    r"(?:class|cssClass)\s+(?P<ids>[^\s\"|;&\-=<~:][^\s\"|;&]*(?:\s*,\s*[^\s\"|;&]+)*|\"[^\"]*\")"
    r"\s+(?P<name>[\w-]+)\s*;?$"
)
STYLE = re.compile(
    r"style\s+(?P<ids>[^\s\"|\-=<~]\S*(?:\s*,\s*\S+)*)\s+(?P<css>[\w-]+\s*:.*|#?\w+)$", re.IGNORECASE
)
LINK_STYLE = re.compile(
    r"linkStyle\s+(?P<links>default|[\d,\s]*\d)\s+(?:interpolate\s+\w+\s+)?(?P<css>.*)$", re.IGNORECASE
)

_DECLARATION = re.compile(r"([\w-]+)\s*:\s*((?:[^,;()]|\([^)]*\))+)")


@dataclass(slots=True)
class Classes:
    """The classes of a drawing, and what has which; a class may be used before it is defined."""

    _colors: dict[str, Color | None] = field(default_factory=dict)
    _members: dict[str, list[str]] = field(default_factory=dict)

    def define(self, names: str, css: str) -> dict[str, Color | None]:
        """Take a definition; return the colours of what has these classes by now."""
        color = color_of_css(css)
        out: dict[str, Color | None] = {}
        for name in re.split(r"[\s,]+", names.strip()):
            self._colors[name] = color
            out |= dict.fromkeys(self._members.get(name, ()), color)
        return out

    def assign(self, name: str, member: str) -> Color | None:
        """Give something a class; return its colour, None as long as there is none."""
        self._members.setdefault(name, []).append(member)
        if name in self._colors:
            return self._colors[name]
        return next((color for color in COLORS if color == name), None)

    @property
    def default(self) -> Color | None:
        """The colour of whatever has no class."""
        return self._colors.get("default")


def declarations(css: str) -> dict[str, str]:
    """Return the properties of a style by name."""
    return {name.lower(): value.strip() for name, value in _DECLARATION.findall(css)}


def color_of_css(css: str) -> Color | None:
    """Return the colour that a style gives: its fill's, or its outline's where the fill is white or none."""
    told = declarations(css)
    fill = color_of(told.get("fill", told.get("background", told.get("background-color", ""))))
    stroke = color_of(told.get("stroke", told.get("border-color", "")))
    if fill in (None, "gray") and stroke not in (None, "gray"):
        return stroke
    return fill or stroke


def color_of_line(css: str) -> Color | None:
    """Return the colour that a style gives to a line."""
    told = declarations(css)
    return color_of(told.get("stroke", told.get("color", "")))
