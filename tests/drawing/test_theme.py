from __future__ import annotations

import colorsys
import itertools
import math
from typing import get_args

import pytest

from drawing.ground import ground_of
from drawing.layout.scale import COLORS
from drawing.session import draw_source
from drawing.theme import PAPER, ColorScheme, Style, Tone, contrast, get_theme, mark, readable
from tests.drawing.notation.reading import NAMESPACE

THEMES = list(itertools.product(get_args(Style), get_args(ColorScheme), (False, True)))
# Degrees of hue that people call by a colour's name.
HUES = {
    "blue": (205, 235), "green": (100, 155), "amber": (20, 48), "red": (335, 370), "purple": (250, 288),
    "teal": (170, 196), "pink": (305, 335),
}  # fmt: skip
# What a colour looks like to people without one of the three kinds of cones, in linear RGB (Machado, Oliveira and
# Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", 2009, severity 1).
VISION = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}  # fmt: skip


def linear(colour: str) -> list[float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def oklab(rgb: list[float]) -> tuple[float, float, float]:
    """Linear RGB as OKLab (Ottosson, 2020), in which distances are as large as differences look."""
    r, g, b = (min(max(each, 0.0), 1.0) for each in rgb)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.793617785 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.428592205 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.808675766 * short,
    )


def seen(colour: str, vision: str) -> tuple[float, float, float]:
    rgb = linear(colour)
    return oklab([sum(part * each for part, each in zip(row, rgb, strict=True)) for row in VISION[vision]])


@pytest.mark.parametrize(("style", "scheme", "is_dark"), THEMES)
def test_every_text_is_readable_on_its_fill_and_every_outline_on_paper(
    style: Style, scheme: ColorScheme, is_dark: bool
) -> None:
    theme = get_theme(style, scheme, is_dark)
    for tone in get_args(Tone):
        swatch = theme.tone(tone)
        assert contrast(swatch.ink, swatch.fill) >= 4.5, tone
        assert contrast(swatch.stroke, theme.paper) >= 3, tone


@pytest.mark.parametrize(("style", "scheme", "is_dark"), THEMES)
def test_lines_frames_and_free_texts_are_readable(style: Style, scheme: ColorScheme, is_dark: bool) -> None:
    theme = get_theme(style, scheme, is_dark)
    palette, paper = theme.palette, theme.paper

    assert contrast(palette.line, paper) >= 3
    assert contrast(palette.frame.stroke, paper) >= 3
    assert contrast(palette.frame.ink, palette.frame.fill) >= 4.5
    assert min(contrast(palette.text, paper), contrast(palette.quiet_text, paper)) >= 4.5


@pytest.mark.parametrize("scheme", [scheme for scheme in get_args(ColorScheme) if scheme != "monochrome"])
@pytest.mark.parametrize("form", ["", "_mark", "_vivid"])
@pytest.mark.parametrize("is_dark", [False, True])
def test_a_colour_is_what_it_is_called(scheme: ColorScheme, form: str, is_dark: bool) -> None:
    for color, (least, most) in HUES.items():
        swatch = get_theme("modern", scheme, is_dark).tone(f"{color}{form}")  # type: ignore[arg-type]
        shown = swatch.fill if form else swatch.stroke
        hue = 360 * colorsys.rgb_to_hls(*(int(shown[i : i + 2], 16) / 255 for i in (1, 3, 5)))[0]
        assert least <= (hue + 360 if most > 360 and hue < 180 else hue) <= most, (color, shown, hue)


@pytest.mark.parametrize("scheme", get_args(ColorScheme))
@pytest.mark.parametrize("vision", VISION)
def test_series_are_told_apart_with_any_colour_vision(scheme: ColorScheme, vision: str) -> None:
    fills = [get_theme("modern", scheme).tone(mark(color)).fill for color in COLORS]
    if scheme == "monochrome":
        lightness = sorted(seen(fill, vision)[0] for fill in fills)
        assert min(b - a for a, b in itertools.pairwise(lightness)) >= 0.04
        return
    apart = [
        (math.dist(seen(a, vision), seen(b, vision)), j)
        for (i, a), (j, b) in itertools.combinations(enumerate(fills), 2)
    ]
    # The more series a chart has, the nearer their colours must be.
    assert min(distance for distance, last in apart if last < 4) >= 0.1
    assert min(distance for distance, _ in apart) >= 0.065


@pytest.mark.parametrize(("style", "scheme", "is_dark"), THEMES)
@pytest.mark.parametrize(
    "text",
    [
        "flowchart TD\nA[One] --> B[Two]",
        'sketch\ncircle sun 0,0 100x100 "" :::amber\nrectangle house 200,0 100x100 "" :::red',
        'pie\n"Cats" : 3\n"Dogs" : 5',
        "table\n| a | b |\n|---|---|\n| 1 | 2 |",
        "swimlanes\nsubgraph x[X]\na\nend\nsubgraph y[Y]\nb\nend\na --> b",
    ],
)
def test_objects_say_which_paper_they_are_for(
    style: Style, scheme: ColorScheme, is_dark: bool, text: str
) -> None:
    canvas = draw_source(text, style=style, color_scheme=scheme, is_dark=is_dark, namespace=NAMESPACE)
    assert ground_of(canvas.objects) == get_theme(style, scheme, is_dark).paper
    assert canvas.quality.defects == ()


def test_a_canvas_without_anything_is_white() -> None:
    assert ground_of(()) == PAPER


def test_contrast_is_that_of_the_web_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_a_pale_colour_is_darkened_only_as_far_as_needed() -> None:
    assert readable("#FFCC00", PAPER, 3.0) != "#000000"
    assert contrast(readable("#FFCC00", PAPER, 3.0), PAPER) >= 3.0
    assert readable("#123456", PAPER, 3.0) == "#123456"
