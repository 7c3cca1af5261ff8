"""Scripts beyond our own fonts: drawn where the machine has a font, said where it has none."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from drawing import scripts
from drawing.canvas import Canvas, CanvasObject, Quality
from drawing.png import to_png
from drawing.scripts import MISSING, SCRIPTS, Script, describe_undrawable, find_scripts, find_undrawable

WORDS = {
    "Chinese": "检查库存", "Japanese": "ひらがな", "Korean": "주문 확인", "Arabic": "مرحبا بالعالم", "Hebrew": "שלום",
    "Devanagari": "नमस्ते", "Bengali": "নমস্কার", "Gurmukhi": "ਸਤਿ", "Gujarati": "નમસ્તે", "Odia": "ନମସ୍କାର",
    "Tamil": "வணக்கம்", "Telugu": "నమస్తే", "Kannada": "ನಮಸ್ತೆ", "Malayalam": "നമസ്കാരം", "Sinhala": "ආයුබෝවන්",
    "Thai": "สวัสดี", "Lao": "ສະບາຍດີ", "Burmese": "မင်္ဂလာပါ", "Georgian": "გამარჯობა", "Amharic": "ሰላም",
    "Khmer": "សួស្តី", "Armenian": "Բարեւ", "emoji": "🚀🎉",
}  # fmt: skip
FC_LIST = shutil.which("fc-list")


def canvas_of(text: str) -> Canvas:
    properties = {
        "x": 10,
        "y": 10,
        "width": 180,
        "height": 40,
        "text": text,
        "fontSize": 20,
        "color": "#000000",
    }
    return Canvas("T", (CanvasObject("1", "text", properties, 1),), 200, 60, Quality(100))


def require_font(script: Script) -> None:
    """Skip where fontconfig knows no font with the script's letter."""
    if FC_LIST is None:
        pytest.skip("no fc-list on this machine: apt-get install fontconfig")
    command = [FC_LIST, f":charset={ord(script.sample):x}"]
    if not subprocess.run(command, capture_output=True, check=True).stdout:
        pytest.skip(f"no font for {script.name} on this machine: apt-get install {scripts.ADVICE}")


def test_every_script_has_words() -> None:
    assert [script.name for script in SCRIPTS] == list(WORDS)
    for script in SCRIPTS:
        assert find_scripts([WORDS[script.name]]) == [script]
        assert find_scripts([script.sample]) == [script]


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_script_with_a_font_is_drawn(script: Script) -> None:
    """No letter comes out as the font's box for what it lacks, ``.notdef``."""
    require_font(script)
    boxes = to_png(canvas_of(MISSING))
    for char in set(WORDS[script.name].replace(" ", "")):
        assert to_png(canvas_of(char)) != boxes, f"{char} (U+{ord(char):04X}) is not drawn"
    assert find_undrawable([script]) == []


def test_our_own_fonts_alone_draw_none_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "USES_SYSTEM_FONTS", False)
    scripts.can_draw.cache_clear()
    try:
        assert find_undrawable() == [script.name for script in SCRIPTS]
    finally:
        scripts.can_draw.cache_clear()


def test_european_texts_need_no_look_at_the_fonts() -> None:
    assert find_scripts(["Grüße, naïve façade – “quoted” → €5", "Ελληνικά", "Привет", ""]) == []


def test_what_cannot_be_drawn_is_said_in_one_sentence() -> None:
    assert describe_undrawable([]) == []
    assert describe_undrawable(["Thai"]) == [
        "PNG pictures show boxes instead of Thai text: the service has no font for it."
    ]
    assert "Chinese, Thai and emoji text" in describe_undrawable(["Chinese", "Thai", "emoji"])[0]
