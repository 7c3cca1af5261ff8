"""The outlines of shapes, one table for every renderer: pictures, the panel, exports, and where connectors end.

A shape is one or more paths; the first is its outline and is filled, the others are lines on it. A coordinate is a
share of the box's width (x) or height (y), with an optional part of the box's shorter side: ``1-.2m`` is a fifth of the
shorter side before the right or lower edge. Commands are those of SVG: M, L, C and Z.
"""

from __future__ import annotations

import re
from functools import lru_cache

from drawing.rect import Point, Rect

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
    "note": ("M0,0 L1-.16m,0 L1,.16m L1,1 L0,1Z", "M1-.16m,0 L1-.16m,.16m L1,.16m"),
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
    "fork": ("M0,0 L1,0 L1,1 L0,1Z",),
    "start": (_ELLIPSE,),
    "stop": (_ELLIPSE,),
    "junction": (_ELLIPSE,),
    "crossed_circle": (_ELLIPSE, "M.146,.146 L.854,.854", "M.854,.146 L.146,.854"),
    "open_store": ("M0,0 L1,0 L1,1 L0,1Z", "M.2m,0 L.2m,1"),
    "burst": (
        "M.5,.13 L.6,0 L.66,.12 L.8,.04 L.82,.18 L.97,.2 L.9,.36 L1,.5 L.9,.64 L.97,.8 L.82,.82 L.8,.96 L.66,.88"
        " L.6,1 L.5,.87 L.4,1 L.34,.88 L.2,.96 L.18,.82 L.03,.8 L.1,.64 L0,.5 L.1,.36 L.03,.2 L.18,.18 L.2,.04"
        " L.34,.12 L.4,0Z",
    ),
    "card": ("M.25m,0 L1,0 L1,1 L0,1 L0,.25mZ",),
    "lined": ("M0,0 L1,0 L1,1 L0,1Z", "M.14m,0 L.14m,1"),
    "divided": ("M0,0 L1,0 L1,1 L0,1Z", "M0,.2m L1,.2m"),
    "window_pane": ("M0,0 L1,0 L1,1 L0,1Z", "M.16m,0 L.16m,1", "M0,.16m L1,.16m"),
    "hourglass": ("M0,0 L1,0 L0,1 L1,1Z",),
    "brace_left": ("M.3m,0 L1,0 L1,1 L.3m,1 C.15m,1 .22m,.62 0,.5 C.22m,.38 .15m,0 .3m,0Z",),
    "brace_right": ("M0,0 L1-.3m,0 C1-.15m,0 1-.22m,.38 1,.5 C1-.22m,.62 1-.15m,1 1-.3m,1 L0,1Z",),
    "braces": (
        "M.3m,0 L1-.3m,0 C1-.15m,0 1-.22m,.38 1,.5 C1-.22m,.62 1-.15m,1 1-.3m,1 L.3m,1 C.15m,1 .22m,.62 0,.5"
        " C.22m,.38 .15m,0 .3m,0Z",
    ),
    "bolt": ("M.62,0 L.1,.56 L.46,.56 L.38,1 L.9,.42 L.54,.42Z",),
    "delay": ("M0,0 L1-.5m,0 C1-.2239m,0 1,.5-.2761m 1,.5 C1,.5+.2761m 1-.2239m,1 1-.5m,1 L0,1Z",),
    "disk": (
        _CYLINDER[0],
        _CYLINDER[1],
        "M0,.24m C0,.32m .22,.36m .5,.36m C.78,.36m 1,.32m 1,.24m",
    ),
    "display": ("M.3m,0 L1-.3m,0 C1-.1m,0 1,.3 1,.5 C1,.7 1-.1m,1 1-.3m,1 L.3m,1 L0,.5Z",),
    "loop_limit": ("M.25m,0 L1-.25m,0 L1,.25m L1,1 L0,1 L0,.25mZ",),
    "sloped": ("M0,.3m L1,0 L1,1 L0,1Z",),
    "documents": (
        "M0,.12m L1-.12m,.12m L1-.12m,.9 C.85-.1m,.76 .65-.06m,.76 .5-.06m,.9 C.35-.06m,1.04 .15,1.04 0,.9Z",
        "M.06m,.12m L.06m,.06m L1-.06m,.06m L1-.06m,.86 L1-.12m,.85",
        "M.12m,.06m L.12m,0 L1,0 L1,.82 L1-.06m,.81",
    ),
    "lined_document": (
        "M0,0 L1,0 L1,.88 C.85,.72 .65,.72 .5,.88 C.35,1.04 .15,1.04 0,.88Z",
        "M.14m,0 L.14m,.96",
    ),
    "tagged_document": (
        "M0,0 L1,0 L1,.88 C.85,.72 .65,.72 .5,.88 C.35,1.04 .15,1.04 0,.88Z",
        "M1,.6 L.82,.775",
    ),
    "tagged": ("M0,0 L1,0 L1,1 L0,1Z", "M1,1-.3m L1-.3m,1"),
    "bow_tie": ("M.2m,0 L1,0 C1-.14m,.2 1-.14m,.8 1,1 L.2m,1 C.06m,.8 .06m,.2 .2m,0Z",),
    "server": (
        "M0,0 L1,0 L1,1 L0,1Z",
        "M0,.333 L1,.333",
        "M0,.667 L1,.667",
        "M.14,.167 L.5,.167",
        "M.14,.5 L.5,.5",
        "M.14,.833 L.5,.833",
    ),
    "globe": (
        _ELLIPSE,
        "M0,.5 L1,.5",
        "M.5,0 L.5,1",
        "M.5,0 C.16,.2 .16,.8 .5,1",
        "M.5,0 C.84,.2 .84,.8 .5,1",
    ),
    "browser": ("M0,.06 L1,.06 L1,.94 L0,.94Z", "M0,.28 L1,.28", "M.07,.17 L.13,.17", "M.19,.17 L.25,.17"),
    "phone": ("M.15,0 L.85,0 L.85,1 L.15,1Z", "M.15,.84 L.85,.84", "M.44,.92 L.56,.92"),
    "lock": ("M0,.42 L1,.42 L1,1 L0,1Z", "M.2,.42 L.2,.26 C.2,-.08 .8,-.08 .8,.26 L.8,.42", "M.5,.62 L.5,.8"),
    "arrow_right": ("M0,.2 L1-.5m,.2 L1-.5m,0 L1,.5 L1-.5m,1 L1-.5m,.8 L0,.8Z",),
    "arrow_left": ("M.5m,0 L.5m,.2 L1,.2 L1,.8 L.5m,.8 L.5m,1 L0,.5Z",),
    "arrow_down": ("M.2,0 L.8,0 L.8,1-.5m L1,1-.5m L.5,1 L0,1-.5m L.2,1-.5mZ",),
    "arrow_up": ("M.5,0 L1,.5m L.8,.5m L.8,1 L.2,1 L.2,.5m L0,.5mZ",),
    "arrow_both": ("M.4m,0 L.4m,.2 L1-.4m,.2 L1-.4m,0 L1,.5 L1-.4m,1 L1-.4m,.8 L.4m,.8 L.4m,1 L0,.5Z",),
    "arrow_upright": ("M.5,0 L1,.4m L.8,.4m L.8,1-.4m L1,1-.4m L.5,1 L0,1-.4m L.2,1-.4m L.2,.4m L0,.4mZ",),
    "folder": ("M0,.1 L.38,.1 L.48,.24 L1,.24 L1,.92 L0,.92Z",),
    "file": ("M.1,0 L.65,0 L.9,.25 L.9,1 L.1,1Z", "M.65,0 L.65,.25 L.9,.25"),
    "paper_tape": (
        "M0,.1 C.15,.24 .35,.24 .5,.1 C.65,-.04 .85,-.04 1,.1 L1,.9 C.85,.76 .65,.76 .5,.9 C.35,1.04 .15,1.04 0,.9Z",
    ),
}

# Where a label's middle stands in its shape, as a share of the box; in the very middle where nothing is said.
LABEL_CENTRES: dict[str, tuple[float, float]] = {
    "cylinder": (0.5, 0.57), "disk": (0.5, 0.62), "triangle": (0.5, 0.66), "triangle_down": (0.5, 0.34),
    "document": (0.5, 0.42), "lined_document": (0.53, 0.42), "tagged_document": (0.5, 0.42), "documents": (0.47, 0.48),
    "stack": (0.47, 0.54), "flag": (0.54, 0.5), "queue": (0.47, 0.5), "delay": (0.46, 0.5), "lined": (0.53, 0.5),
    "divided": (0.5, 0.57), "window_pane": (0.53, 0.56), "sloped": (0.5, 0.58), "brace_left": (0.54, 0.5),
    "brace_right": (0.46, 0.5), "heart": (0.5, 0.42), "loop_limit": (0.5, 0.53), "open_store": (0.54, 0.5),
}  # fmt: skip

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
