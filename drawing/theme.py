"""How drawings look: four styles decide form and spacing, four colour schemes the colours, on white or dark paper.

Contrast follows WCAG 2.2: text at least 4.5:1 on its fill (1.4.3), lines and outlines at least 3:1 on the paper
(1.4.11).
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, cast

Style = Literal["modern", "corporate", "creative", "minimal"]
ColorScheme = Literal["pastel", "vibrant", "monochrome", "default"]
PaperTheme = Literal["light", "dark"]  # the paper that a drawing is for, as the API calls it
# What an element is coloured as: one of the palette's colours, or by what it is.
Tone = Literal[
    "blue", "green", "amber", "red", "purple", "teal", "gray", "pink", "strong", "note", "frame", "plain",
    "blue_tint", "green_tint", "amber_tint", "red_tint", "purple_tint", "teal_tint", "gray_tint", "pink_tint",
    "blue_solid", "green_solid", "amber_solid", "red_solid", "purple_solid", "teal_solid", "gray_solid", "pink_solid",
    "blue_vivid", "green_vivid", "amber_vivid", "red_vivid", "purple_vivid", "teal_vivid", "gray_vivid", "pink_vivid",
    "blue_mark", "green_mark", "amber_mark", "red_mark", "purple_mark", "teal_mark", "gray_mark", "pink_mark",
]  # fmt: skip
DARK_TEXT, DARK_INK = "#E8ECF3", "#14181F"  # words on dark paper, and dark words on any fill
VIVID_FILL = 0.25  # luminance of a fill that suits dark paper as it is
DARK = 0.3  # luminance: darker colours are mixed where they overlap, paler ones multiplied
TINT = 0.9  # of paper in the pale ground behind other shapes

MIN_TEXT_CONTRAST = 4.5
MIN_LINE_CONTRAST = 3.0
PAPER = "#FFFFFF"
DARK_PAPER = "#14181F"
# On dark paper lines are lighter than contrast asks for: as light ones they would be too pale on white, so that the
# objects themselves say which paper they are for (drawing.ground).
DARK_LINE_CONTRAST = 6.2


@dataclass(frozen=True, slots=True)
class Swatch:
    """The colours of one shape: its inside, its outline and the text on it."""

    fill: str
    stroke: str
    ink: str


@dataclass(frozen=True, slots=True)
class Palette:
    """A colour scheme: six accents, and what lines, frames, notes and free text are drawn in.

    ``marks`` are what bars, slices and curves are filled with, by a colour's name. They differ in lightness as well as
    in hue, so that they are told apart with any kind of colour vision (``tests/drawing/test_theme.py`` measures it).
    """

    accents: tuple[Swatch, ...]
    gray: Swatch
    pink: Swatch
    strong: Swatch
    note: Swatch
    frame: Swatch
    line: str
    text: str
    quiet_text: str
    marks: dict[str, str]

    def named(self, color: str) -> Swatch:
        """Return the swatch of a colour's name."""
        if color in ("gray", "pink"):
            return self.gray if color == "gray" else self.pink
        return self.accents[COLOR_ACCENT[color]]


@dataclass(frozen=True, slots=True)
class StyleMetrics:
    """A style: lengths are in em (of the font size) where nothing else is said."""

    corner: float  # canvas units
    bend: float  # radius of a connector's corners, canvas units
    stroke_width: float  # canvas units
    line_width: float  # canvas units
    pad_x: float
    pad_y: float
    gap: float  # a factor on every distance between shapes
    has_fill: bool
    has_bold_labels: bool
    varied: bool  # shapes without a colour of their own take turns through the palette
    square_diamonds: bool = False  # as high as wide, for hosts that draw them so


STYLE_METRICS: dict[Style, StyleMetrics] = {
    "modern": StyleMetrics(12, 8, 2.0, 2.0, 1.1, 0.75, 1.0, True, False, False),
    "corporate": StyleMetrics(0, 0, 1.5, 1.5, 1.0, 0.65, 0.9, True, True, False),
    "creative": StyleMetrics(26, 16, 3.5, 3.0, 1.3, 0.95, 1.2, True, True, True),
    "minimal": StyleMetrics(0, 0, 1.0, 1.0, 0.9, 0.6, 1.15, False, False, False),
}


def _swatches(*colours: tuple[str, str, str]) -> tuple[Swatch, ...]:
    return tuple(Swatch(*triple) for triple in colours)


def _marks(colours: str) -> dict[str, str]:
    """Return the fills of marks by the names of colours, in the order of ``_COLORS``."""
    return dict(zip(_COLORS, colours.split(), strict=True))


_COLORS = ("blue", "green", "amber", "red", "purple", "teal", "gray", "pink")

PALETTES: dict[ColorScheme, Palette] = {
    "default": Palette(
        accents=_swatches(
            ("#E4EEFC", "#2B6CD4", "#12305E"),
            ("#DFF3E3", "#27803F", "#0E3B1D"),
            ("#FDF0D5", "#B06A00", "#4A2D00"),
            ("#EDE7FB", "#7049CC", "#32206B"),
            ("#FCE5E8", "#C63D52", "#5C1420"),
            ("#DAF3F3", "#0E7F86", "#083A3E"),
        ),
        gray=Swatch("#ECEFF3", "#64748B", "#1E293B"),
        pink=Swatch("#FBE6F3", "#B83280", "#56123B"),
        strong=Swatch("#1F3A68", "#1F3A68", "#FFFFFF"),
        note=Swatch("#FFF8DB", "#A07A12", "#433305"),
        frame=Swatch("#F6F8FB", "#7F8DA3", "#33415C"),
        line="#50607A",
        text="#18243A",
        quiet_text="#46536B",
        marks=_marks("#3167A2 #54A068 #FABE63 #B93F39 #AC7BE5 #16BBB4 #767F8A #FF8AD5"),
    ),
    "pastel": Palette(
        accents=_swatches(
            ("#D9E8FB", "#5580B8", "#1E3557"),
            ("#D8F0DE", "#4B8A5E", "#1A3D26"),
            ("#FFE9CF", "#B9772F", "#4F300E"),
            ("#E9DDF7", "#8966B5", "#382457"),
            ("#FBDDE5", "#B95F7C", "#551F33"),
            ("#D6F0F0", "#3F8A8C", "#123C3D"),
        ),
        gray=Swatch("#ECEBF1", "#77718A", "#2F2B3D"),
        pink=Swatch("#F9DDF0", "#A8568F", "#4A1B3C"),
        strong=Swatch("#C9BDEB", "#6E58A8", "#241A42"),
        note=Swatch("#FFF6D1", "#A58431", "#4A3A0C"),
        frame=Swatch("#FBFAFD", "#8F86A6", "#443C58"),
        line="#75698F",
        text="#2B2540",
        quiet_text="#544C6B",
        marks=_marks("#5C7BB2 #68B183 #FEC17D #BB6860 #B89EEE #73CBC6 #848D99 #FECDEB"),
    ),
    "vibrant": Palette(
        accents=_swatches(
            ("#1D5FE0", "#12429F", "#FFFFFF"),
            ("#177A36", "#0F5525", "#FFFFFF"),
            ("#B45309", "#8A3F06", "#FFFFFF"),
            ("#7A2FE0", "#561DA6", "#FFFFFF"),
            ("#D61F69", "#9B124A", "#FFFFFF"),
            ("#08757C", "#055156", "#FFFFFF"),
        ),
        gray=Swatch("#4B5563", "#2F3744", "#FFFFFF"),
        pink=Swatch("#B4237F", "#841259", "#FFFFFF"),
        strong=Swatch("#17143A", "#17143A", "#FFFFFF"),
        note=Swatch("#FFE45C", "#8A6D00", "#33290A"),
        frame=Swatch("#F4F5FF", "#6B66C4", "#2A2670"),
        line="#38336B",
        text="#17143A",
        quiet_text="#45406F",
        marks=_marks("#065EAB #1E9B5D #FCB534 #C40B1D #A165FB #09B2B7 #717985 #FF7CD6"),
    ),
    "monochrome": Palette(
        accents=_swatches(
            ("#F3F4F6", "#4B5563", "#111827"),
            ("#E5E7EB", "#374151", "#111827"),
            ("#D1D5DB", "#374151", "#111827"),
            ("#FFFFFF", "#1F2937", "#111827"),
            ("#4B5563", "#1F2937", "#FFFFFF"),
            ("#B6BCC6", "#374151", "#111827"),
        ),
        gray=Swatch("#DDE0E5", "#4B5563", "#111827"),
        pink=Swatch("#C3C8D0", "#374151", "#111827"),
        strong=Swatch("#111827", "#111827", "#FFFFFF"),
        note=Swatch("#FAFAFA", "#6B7280", "#1F2937"),
        frame=Swatch("#FAFAFA", "#8A919E", "#374151"),
        line="#374151",
        text="#111827",
        quiet_text="#4B5563",
        marks=_marks("#4B5563 #8D95A2 #E2E5EA #B7BDC7 #6B7482 #2F3744 #A2A9B5 #CDD2DA"),
    ),
}

COLOR_ACCENT = {"blue": 0, "green": 1, "amber": 2, "purple": 3, "red": 4, "teal": 5}


@dataclass(frozen=True, slots=True)
class Theme:
    """A style and a colour scheme together."""

    style: Style
    metrics: StyleMetrics
    palette: Palette
    paper: str = PAPER

    @property
    def line_contrast(self) -> float:
        """How much lines and outlines differ from the paper, at least."""
        return MIN_LINE_CONTRAST if self.paper == PAPER else DARK_LINE_CONTRAST

    def tone(self, tone: Tone) -> Swatch:
        """Return the colours of an element by what it is coloured as."""
        palette, paper = self.palette, self.paper
        color, _, form = tone.partition("_")
        if form:
            stroke = palette.named(color).stroke
            match form:
                case "tint":
                    return Swatch(mixed(stroke, paper, TINT), stroke, palette.text)
                case "solid":
                    fill = readable(
                        stroke if paper == PAPER else mixed(stroke, paper, 0.25), PAPER, MIN_TEXT_CONTRAST
                    )
                    return Swatch(fill, stroke, PAPER)
                case "mark":
                    return self._filled(palette.marks[color])
            fill = vivid(stroke) if paper == PAPER else palette.marks[color]
            return Swatch(fill, stroke, self._filled(fill).ink)
        match tone:
            case "strong":
                return palette.strong
            case "frame":
                return palette.frame if self.metrics.has_fill else replace(palette.frame, fill=paper)
            case "plain":
                return Swatch(paper, palette.line, palette.text)
            case "note":
                return self._styled(palette.note)
        return self._styled(palette.named(tone))

    def _filled(self, fill: str) -> Swatch:
        """Return a swatch with that fill: its outline is seen on the paper, and words on it are readable."""
        ink = max((PAPER, DARK_INK), key=lambda each: contrast(each, fill))
        stroke = readable(fill, self.paper, self.line_contrast)
        return Swatch(fill, stroke, readable(ink, fill, MIN_TEXT_CONTRAST))

    def blend(self, tones: Sequence[Tone]) -> Swatch:
        """Return the colours where grounds lie over each other, as inks do on paper; at least one is given."""
        first, *others = (self.tone(tone) for tone in tones)
        fill = first.fill
        is_dark = min(luminance(each.fill) for each in (first, *others)) < DARK
        for i, other in enumerate(others):
            # Dark inks over each other are nearly black: between them lies what still tells them apart.
            fill = mixed(fill, other.fill, 1 / (i + 2)) if is_dark else multiplied(fill, other.fill)
        ink = max((each.ink for each in (first, *others)), key=lambda each: contrast(each, fill))
        return Swatch(fill, first.stroke, readable(ink, fill, MIN_TEXT_CONTRAST))

    def _styled(self, swatch: Swatch) -> Swatch:
        if self.metrics.has_fill:
            return swatch
        return Swatch(self.paper, readable(swatch.stroke, self.paper, self.line_contrast), self.palette.text)


@lru_cache(maxsize=64)
def get_theme(style: Style, color_scheme: ColorScheme, is_dark: bool = False) -> Theme:
    """Return the theme; an unknown style is "modern", an unknown scheme "default"."""
    metrics = STYLE_METRICS.get(style, STYLE_METRICS["modern"])
    palette = PALETTES.get(color_scheme, PALETTES["default"])
    if is_dark:
        palette = _darkened(palette)
    if style == "corporate":
        sober = DARK_TEXT if is_dark else "#1B2433"
        palette = replace(
            palette,
            accents=tuple(_corporate(swatch, sober) for swatch in palette.accents),
            gray=_corporate(palette.gray, sober),
            pink=_corporate(palette.pink, sober),
        )
    return Theme(
        style if style in STYLE_METRICS else "modern", metrics, palette, DARK_PAPER if is_dark else PAPER
    )


def _darkened(palette: Palette) -> Palette:
    """Return a scheme for dark paper: the same hues, fills dark, and lines and words light."""
    return replace(
        palette,
        accents=tuple(_dark(swatch) for swatch in palette.accents),
        gray=_dark(palette.gray),
        pink=_dark(palette.pink),
        strong=Swatch("#DCE3EE", "#DCE3EE", DARK_INK),
        note=_dark(palette.note),
        frame=Swatch("#1B212B", readable("#5B6779", DARK_PAPER, DARK_LINE_CONTRAST), "#C6CFDD"),
        line="#A9B4C6",
        text=DARK_TEXT,
        quiet_text="#B3BDCC",
    )


def _dark(swatch: Swatch) -> Swatch:
    stroke = readable(swatch.stroke, DARK_PAPER, DARK_LINE_CONTRAST)
    if luminance(swatch.fill) < VIVID_FILL:  # words on it are white already
        return Swatch(swatch.fill, stroke, swatch.ink)
    fill = mixed(swatch.stroke, DARK_PAPER, 0.68)
    return Swatch(fill, stroke, readable(mixed(stroke, PAPER, 0.7), fill, MIN_TEXT_CONTRAST))


def _corporate(swatch: Swatch, sober: str) -> Swatch:
    """An outline in the swatch's own hue that is nearly that of words, for a sober look."""
    return replace(swatch, stroke=mixed(swatch.stroke, sober, 0.45))


@lru_cache(1024)
def luminance(colour: str) -> float:
    """Return the relative luminance of ``#RRGGBB`` as WCAG 2.2 defines it, 0 to 1."""

    def linear(channel: float) -> float:
        return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(c) for c in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, 1 to 21 (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_ink(fill: str) -> str:
    """Return the colour of words on a fill: dark ones where they are readable; the paper's where there is no fill."""
    return DARK_INK if fill == "none" or contrast(DARK_INK, fill) >= MIN_TEXT_CONTRAST else PAPER


def readable(colour: str, background: str, ratio: float) -> str:
    """Return the colour, darkened or lightened only as far as the ratio on that background asks."""
    towards = "#000000" if luminance(background) > 0.18 else "#FFFFFF"
    for step in range(11):
        mix = mixed(colour, towards, step / 10)
        if contrast(mix, background) >= ratio:
            return mix
    return towards


def vivid(colour: str) -> str:
    """Return a bright colour of the same hue, for areas without text; a gray only becomes lighter."""
    channels = list(_channels(colour))
    if max(channels) - min(channels) < 0.2:
        return mixed(colour, PAPER, 0.5)
    hue, _, saturation = colorsys.rgb_to_hls(*channels)
    bright_channels = colorsys.hls_to_rgb(hue, 0.62, min(max(saturation, 0.55), 0.9))
    return "#" + "".join(f"{round(part * 255):02X}" for part in bright_channels)


def multiplied(one: str, other: str) -> str:
    """Return the colour of two inks printed over each other."""
    parts = (a * b for a, b in zip(_channels(one), _channels(other), strict=True))
    return "#" + "".join(f"{round(part * 255):02X}" for part in parts)


def mixed(one: str, other: str, share: float) -> str:
    """Return the colour ``share`` of the way from one to the other."""
    parts = (a + (b - a) * share for a, b in zip(_channels(one), _channels(other), strict=True))
    return "#" + "".join(f"{round(part * 255):02X}" for part in parts)


def _channels(colour: str) -> Iterator[float]:
    return (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))


def tint(tone: Tone | None) -> Tone:
    """Return the pale form of a colour, for grounds behind other shapes; a frame's where there is none."""
    return cast(Tone, f"{tone}_tint") if tone in _COLORS else "frame"


def solid(tone: Tone | None) -> Tone:
    """Return the dark form of a colour, for white words: a button, a heading; what stands out where there is none."""
    return cast(Tone, f"{tone}_solid") if tone in _COLORS else "strong"


def bright(tone: Tone | None) -> Tone:
    """Return the bright form of a colour, for areas without words: a slice, the sun; white where there is none."""
    return cast(Tone, f"{tone}_vivid") if tone in _COLORS else "plain"


def mark(tone: Tone | None) -> Tone:
    """Return a colour as bars, slices and curves have it; what stands out where there is none."""
    return cast(Tone, f"{tone}_mark") if tone in _COLORS else "strong"
