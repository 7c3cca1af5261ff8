"""Text is measured as the fonts draw it, and wrapped where readers expect it."""

from __future__ import annotations

import unicodedata
from importlib import resources

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing.text import LINE_HEIGHT, clean, cut, graphemes, measure, wrap

FAMILY = "👨‍👩‍👧"
FLAG = "🇩🇪"
SAMPLES = [
    "The quick brown fox jumps over the lazy dog",
    "Überprüfung der Änderungsanträge, çà et là, Łódź",
    "Привет, мир! Щука и ёжик",
    "Καλημέρα κόσμε",
    "Tiếng Việt có dấu",
    "AVATAR Wave To. 1,234.56 € → 100 %",
    "WWW MMM iiii llll @@@",
]


def load_font(name: str) -> TTFont:
    with resources.as_file(resources.files("drawing.fonts") / f"CanvasJobsSans-{name}.ttf") as path:
        return TTFont(path)


@pytest.fixture(scope="module", params=[("Regular", False), ("Bold", True)], ids=["regular", "bold"])
def font(request):
    name, is_bold = request.param
    file = load_font(name)
    advances = {
        chr(code): file["hmtx"][glyph][0] / file["head"].unitsPerEm
        for code, glyph in file.getBestCmap().items()
    }
    return advances, is_bold


def test_no_character_is_measured_more_than_5_percent_short(font):
    advances, is_bold = font
    short = [
        char
        for char, width in advances.items()
        # Text shapers give combining marks no width, whatever the font's table says.
        if measure(char, 1, bold=is_bold) < 0.95 * width and not unicodedata.combining(char)
    ]
    assert short == []


@pytest.mark.parametrize("text", SAMPLES)
def test_measured_text_is_at_least_as_wide_as_drawn_and_not_much_wider(font, text):
    advances, is_bold = font
    drawn = sum(advances[char] for char in text) * 16
    assert 0.95 * drawn <= measure(text, 16, bold=is_bold) <= 1.25 * drawn


def test_wide_characters_and_marks():
    assert measure("日本", 10) == 20
    assert measure("e\u0301", 10) == measure("e", 10) == measure("é", 10)
    assert measure(FLAG, 10) == 13


def test_words_are_wrapped_at_spaces():
    wrapped = wrap("The quick brown fox", 10, 60)
    assert wrapped.lines == ("The quick", "brown fox")
    assert wrapped.height == 2 * 10 * LINE_HEIGHT
    assert wrapped.width == max(measure(line, 10) for line in wrapped.lines)


def test_blank_text_has_no_lines():
    assert wrap(" \n\t", 10, 60).lines == ()


def test_newlines_are_kept():
    assert wrap("a\r\n\r\nb", 10, 100).text == "a\n\nb"


def test_long_word_is_broken_after_punctuation_else_anywhere():
    assert wrap("user/settings/profile", 10, 70).lines == ("user/settings/", "profile")
    assert "".join(wrap("x" * 50, 10, 60).lines) == "x" * 50


def test_cjk_breaks_between_characters_but_not_before_a_full_stop():
    assert wrap("日本語です。", 10, 50).lines == ("日本語で", "す。")


def test_hebrew_and_arabic_stay_in_logical_order():
    assert wrap("שלום עולם", 10, 40).lines == ("שלום", "עולם")


@pytest.mark.parametrize("cluster", [FAMILY, FLAG, "e\u0301\u0323", "👍🏽", "क्ष", "한", "\u1112\u1161\u11ab"])
def test_graphemes_are_never_split(cluster):
    assert list(graphemes(cluster * 3)) == [cluster] * 3
    assert set(wrap(cluster * 3, 10, 1).lines) == {clean(cluster)}


def test_cut_text_ends_in_an_ellipsis():
    wrapped = wrap("one two three four five six", 10, 50, max_lines=2)
    assert wrapped.is_cut
    assert wrapped.lines[-1].endswith("…")
    assert len(wrapped.lines) == 2
    assert cut("abcdef", 4) == "abc…"
    assert cut("ab" + FAMILY, 4) == "ab…"


def test_control_characters_and_overrides_are_removed():
    assert clean("a\x00b\x1b[0m\u202ec\ud800\uffff\td\v") == "ab[0mc d"


@settings(deadline=None)
@given(st.text(), st.floats(1, 300), st.none() | st.integers(1, 5), st.booleans())
def test_no_line_is_wider_than_allowed_unless_it_is_one_grapheme(text, max_width, max_lines, bold):
    wrapped = wrap(text, 12, max_width, max_lines=max_lines, bold=bold)
    assert max_lines is None or len(wrapped.lines) <= max_lines
    for line in wrapped.lines:
        assert measure(line, 12, bold=bold) <= max_width + 0.001 or len(list(graphemes(line))) == 1


@settings(deadline=None)
@given(st.text(), st.floats(1, 300))
def test_wrapping_loses_only_blanks(text, max_width):
    wrapped = wrap(text, 12, max_width)
    assert "".join(wrapped.text.split()) == "".join(clean(text).split())
    assert not wrapped.is_cut


@settings(deadline=None)
@given(st.text(), st.integers(2, 20))
def test_cut_never_exceeds_its_limit(text, max_length):
    assert len(cut(text, max_length)) <= max_length
