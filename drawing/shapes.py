"""The outlines of shapes, one table for every renderer: pictures, the panel, exports, and where connectors end.

A shape is one or more paths; the first is its outline and is filled, the others are lines on it. A coordinate is a
share of the box's width (x) or height (y), with an optional part of the box's shorter side: ``1-.2m`` is a fifth of the
shorter side before the right or lower edge. Commands are those of SVG: M, L, C and Z.
"""

from __future__ import annotations

import re
from functools import lru_cache

from drawing.geometry import Point, Rect

_ELLIPSE = "M.5,0 C.776,0 1,.224 1,.5 C1,.776 .776,1 .5,1 C.224,1 0,.776 0,.5 C0,.224 .224,0 .5,0Z"
_STADIUM = (
    "M.5m,0 L1-.5m,0 C1-.2239m,0 1,.5-.2761m 1,.5 C1,.5+.2761m 1-.2239m,1 1-.5m,1 L.5m,1"
    " C.2239m,1 0,.5+.2761m 0,.5 C0,.5-.2761m .2239m,0 .5m,0Z"
)
_CYLINDER = (
    "M0,.12m C0,.04m .22,0 .5,0 C.78,0 1,.04m 1,.12m L1,1-.12m C1,1-.04m .78,1 .5,1 C.22,1 0,1-.04m 0,1-.12mZ",
    "M0,.12m C0,.2m .22,.24m .5,.24m C.78,.24m 1,.2m 1,.12m",
)

SHAPES: dict[str, tuple[str, ...]] = {
    "rectangle": ("M0,0 L1,0 L1,1 L0,1Z",),
    "diamond": ("M.5,0 L1,.5 L.5,1 L0,.5Z",),
    "circle": (_ELLIPSE,),
    "ellipse": (_ELLIPSE,),
    "heart": (
        "M.5,.25 C.5,.1 .62,0 .75,0 C.9,0 1,.12 1,.3 C1,.55 .75,.75 .5,1 C.25,.75 0,.55 0,.3 C0,.12 .1,0 .25,0"
        " C.38,0 .5,.1 .5,.25Z",
    ),
    "stadium": (_STADIUM,),
    "cylinder": _CYLINDER,
    "queue": (
        "M.12m,0 L1-.12m,0 C1-.04m,0 1,.22 1,.5 C1,.78 1-.04m,1 1-.12m,1 L.12m,1"
        " C.04m,1 0,.78 0,.5 C0,.22 .04m,0 .12m,0Z",
        "M1-.12m,0 C1-.2m,0 1-.24m,.22 1-.24m,.5 C1-.24m,.78 1-.2m,1 1-.12m,1",
    ),
    "subroutine": ("M0,0 L1,0 L1,1 L0,1Z", "M.12m,0 L.12m,1", "M1-.12m,0 L1-.12m,1"),
    "hexagon": ("M.25m,0 L1-.25m,0 L1,.5 L1-.25m,1 L.25m,1 L0,.5Z",),
    "parallelogram": ("M.3m,0 L1,0 L1-.3m,1 L0,1Z",),
    "parallelogram_left": ("M0,0 L1-.3m,0 L1,1 L.3m,1Z",),
    "trapezoid": ("M.3m,0 L1-.3m,0 L1,1 L0,1Z",),
    "trapezoid_down": ("M0,0 L1,0 L1-.3m,1 L.3m,1Z",),
    "triangle": ("M.5,0 L1,1 L0,1Z",),
    "triangle_down": ("M0,0 L1,0 L.5,1Z",),
    "double_circle": (
        _ELLIPSE,
        "M.5,.07m C.737,.07m 1-.07m,.263 1-.07m,.5 C1-.07m,.737 .737,1-.07m .5,1-.07m C.263,1-.07m .07m,.737 .07m,.5"
        " C.07m,.263 .263,.07m .5,.07mZ",
    ),
    "flag": ("M0,0 L1,0 L1,1 L0,1 L.25m,.5Z",),
    "note": ("M0,0 L1-.25m,0 L1,.25m L1,1 L0,1Z", "M1-.25m,0 L1-.25m,.25m L1,.25m"),
    "tag": ("M0,0 L1,0 L1,1-.35m L1-.35m,1 L0,1Z",),
    "document": ("M0,0 L1,0 L1,.88 C.85,.72 .65,.72 .5,.88 C.35,1.04 .15,1.04 0,.88Z",),
    "stack": (
        "M0,.12m L1-.12m,.12m L1-.12m,1 L0,1Z",
        "M.06m,.12m L.06m,.06m L1-.06m,.06m L1-.06m,1-.06m L1-.12m,1-.06m",
        "M.12m,.06m L.12m,0 L1,0 L1,1-.12m L1-.06m,1-.12m",
    ),
    "cloud": (
        "M.22,.86 C.05,.86 -.02,.62 .12,.52 C.03,.3 .22,.16 .36,.24 C.44,.02 .72,.02 .77,.26 C.95,.24 1.04,.46 .93,.58"
        " C1.03,.76 .9,.88 .78,.86 C.7,1 .5,1 .45,.88 C.38,.97 .26,.95 .22,.86Z",
    ),
    "person": (
        "M.5,0 C.626,0 .728,.094 .728,.21 C.728,.326 .626,.42 .5,.42"
        " C.374,.42 .272,.326 .272,.21 C.272,.094 .374,0 .5,0Z"
        " M0,1 C0,.66 .18,.5 .5,.5 C.82,.5 1,.66 1,1Z",
    ),
    "sticky": ("M0,0 L1,0 L1,1-.16m L1-.16m,1 L0,1Z", "M1,1-.16m L1-.16m,1-.16m L1-.16m,1"),
    "chevron": ("M0,0 L1-.35m,0 L1,.5 L1-.35m,1 L0,1 L.35m,.5Z",),
    "bar": ("M0,0 L1,0 L1,1 L0,1Z",),
}

Command = tuple[str, tuple[Point, ...]]  # a letter and its absolute points

_TOKEN = re.compile(r"([MLCZ])|([-+.\dm]+),([-+.\dm]+)")
_NUMBER = re.compile(r"([-+]?[\d.]+)(m?)")


@lru_cache(maxsize=256)
def parsed_path(path: str) -> tuple[tuple[str, tuple[tuple[float, float, float, float], ...]], ...]:
    """Return the commands of a path; each point is x and y as a share of the box and of its shorter side."""
    out: list[tuple[str, list[tuple[float, float, float, float]]]] = []
    for letter, x, y in _TOKEN.findall(path):
        if letter:
            out.append((letter, []))
        else:
            out[-1][1].append((*_coordinate(x), *_coordinate(y)))
    return tuple((letter, tuple(points)) for letter, points in out)


def _coordinate(text: str) -> tuple[float, float]:
    share = shorter = 0.0
    for number, unit in _NUMBER.findall(text):
        if unit:
            shorter += float(number)
        else:
            share += float(number)
    return share, shorter


def shape_paths(shape: str, rect: Rect) -> list[list[Command]]:
    """Return a shape's paths drawn into a box; an unknown shape is a rectangle."""
    m = min(rect.w, rect.h)
    return [
        [
            (
                letter,
                tuple((rect.x + a * rect.w + b * m, rect.y + c * rect.h + d * m) for a, b, c, d in points),
            )
            for letter, points in parsed_path(path)
        ]
        for path in SHAPES.get(shape, SHAPES["rectangle"])
    ]


def outline(shape: str, rect: Rect, steps: int = 8) -> list[Point]:
    """Return the corners of a shape's outline, clockwise; curves as ``steps`` short sides each."""
    corners: list[Point] = []
    for letter, points in shape_paths(shape, rect)[0]:
        if letter == "M" and corners:
            break  # A second ring, such as a person's shoulders, is no part of it.
        if letter in "ML":
            corners += points
        elif letter == "C":
            p0 = corners[-1]
            p1, p2, p3 = points
            for i in range(1, steps + 1):
                t = i / steps
                u = 1 - t
                corners.append(
                    (
                        u**3 * p0[0] + 3 * u * u * t * p1[0] + 3 * u * t * t * p2[0] + t**3 * p3[0],
                        u**3 * p0[1] + 3 * u * u * t * p1[1] + 3 * u * t * t * p2[1] + t**3 * p3[1],
                    )
                )
    return corners[:-1] if len(corners) > 1 and corners[0] == corners[-1] else corners
