from __future__ import annotations

import itertools
from typing import get_args

import pytest

from drawing.plan import Role
from drawing.theme import PAPER, ColorScheme, Style, contrast, get_theme, readable

THEMES = list(itertools.product(get_args(Style), get_args(ColorScheme)))


@pytest.mark.parametrize(("style", "scheme"), THEMES)
def test_every_text_is_readable_on_its_fill_and_every_outline_on_paper(
    style: Style, scheme: ColorScheme
) -> None:
    theme = get_theme(style, scheme)
    for role, accent, is_strong in itertools.product(get_args(Role), [None, *range(6)], [False, True]):
        swatch = theme.swatch(role, accent, is_strong=is_strong, turn=3)

        assert contrast(swatch.ink, swatch.fill) >= 4.5
        assert contrast(swatch.stroke, PAPER) >= 3


@pytest.mark.parametrize(("style", "scheme"), THEMES)
def test_lines_frames_and_free_texts_are_readable(style: Style, scheme: ColorScheme) -> None:
    palette = get_theme(style, scheme).palette

    assert contrast(palette.line, PAPER) >= 3
    assert contrast(palette.frame.stroke, PAPER) >= 3
    assert contrast(palette.frame.ink, palette.frame.fill) >= 4.5
    assert min(contrast(palette.text, PAPER), contrast(palette.quiet_text, PAPER)) >= 4.5


def test_contrast_is_that_of_the_web_guidelines() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#767676", "#FFFFFF") == pytest.approx(4.54, abs=0.01)


def test_a_pale_colour_is_darkened_only_as_far_as_needed() -> None:
    assert readable("#FFCC00", PAPER, 3.0) != "#000000"
    assert contrast(readable("#FFCC00", PAPER, 3.0), PAPER) >= 3.0
    assert readable("#123456", PAPER, 3.0) == "#123456"
