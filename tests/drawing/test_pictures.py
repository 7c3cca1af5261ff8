"""Canvases become SVG and PNG that show their text and let nothing in."""

from __future__ import annotations

import math
import struct
import xml.etree.ElementTree as ET
import zlib
from importlib import resources

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from drawing.canvas import Canvas, CanvasObject, Quality
from drawing.png import _SHIPPED, MAX_PIXELS, MAX_SIDE, pixel_size, to_png
from drawing.svg import page_box, to_svg

SVG = "{http://www.w3.org/2000/svg}"
BOX = {"x": 10, "y": 20, "width": 100, "height": 50, "fill": "#AABBCC", "stroke": "#112233", "strokeWidth": 2}
PLACED = {
    "rectangle": BOX,
    "diamond": BOX,
    "star": BOX,
    "heart": BOX,
    "circle": {**BOX, "radius": 30},
    "text": {**BOX, "text": "Hello\nthere", "fontSize": 20, "color": "#000000"},
    "arrow": {"x": 10, "y": 10, "points": [0, 0, 50, 0, 50, 40], "stroke": "#112233", "strokeWidth": 2},
    "line": {
        "x": 10,
        "y": 10,
        "points": [0, 0, 50, 0],
        "stroke": "#112233",
        "strokeWidth": 2,
        "dash": [4, 2],
    },
}


def canvas_of(*objects, width=200.0, height=100.0, title="Title"):
    drawn = tuple(CanvasObject(f"o{i}", kind, properties, i) for i, (kind, properties) in enumerate(objects))
    return Canvas(title, drawn, width, height, Quality(100))


def parts(svg):
    return [each.tag.removeprefix(SVG) for each in ET.fromstring(svg)][2:]


def pixels(png):
    """Return width, height and the decompressed rows."""
    width, height = struct.unpack(">II", png[16:24])
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += length + 12
    return width, height, zlib.decompress(data)


@pytest.mark.parametrize("kind", PLACED)
def test_every_object_is_drawn(kind):
    svg = to_svg(canvas_of((kind, PLACED[kind])))
    assert len(parts(svg)) == (2 if kind == "arrow" else 1)
    assert len(pixels(to_png(canvas_of((kind, PLACED[kind]))))[2]) > 0
    assert to_png(canvas_of((kind, PLACED[kind]))) != to_png(canvas_of())


def test_objects_are_drawn_in_z_order():
    below, above = (
        CanvasObject("b", "rectangle", BOX, 1),
        CanvasObject("a", "circle", {**BOX, "radius": 5}, 2),
    )
    assert parts(to_svg(Canvas("", (above, below), 10, 10, Quality(1)))) == ["rect", "circle"]


def test_view_is_all_objects_and_a_margin():
    box = page_box(canvas_of(("rectangle", {**BOX, "x": -50, "y": 500, "width": 100, "height": 50})))
    assert (box.x, box.y, box.right, box.bottom) == (-90, 460, 90, 590)
    empty = page_box(canvas_of())
    assert (empty.x, empty.y, empty.w, empty.h) == (0, 0, 200, 100)


def test_markup_in_text_colours_and_title_stays_text():
    evil = '"/><script>alert(1)</script>'
    svg = to_svg(
        canvas_of(
            ("text", {**PLACED["text"], "text": evil, "color": evil}),
            (
                "rectangle",
                {**BOX, "fill": evil, "stroke": 'red" onload="x', "dash": [evil], "cornerRadius": evil},
            ),
            title=evil,
        ),
    )
    assert "<script" not in svg
    assert "onload" not in svg
    assert ET.fromstring(svg).find(f"{SVG}title").text == evil


def test_characters_that_xml_forbids_are_removed():
    svg = to_svg(canvas_of(("text", {**PLACED["text"], "text": "a\x00\x0b\ud800\ufffeb"}), title="\x01t"))
    assert "".join(ET.fromstring(svg).find(f"{SVG}text").itertext()) == "ab"


def test_centred_bold_and_right_to_left_text():
    svg = to_svg(
        canvas_of(("text", {**PLACED["text"], "text": "שלום.", "align": "center", "fontWeight": "bold"}))
    )
    assert 'text-anchor="middle"' in svg
    assert 'font-weight="bold"' in svg
    assert 'x="60"' in svg
    assert "\u2067שלום.\u2069" in svg


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e308, 10**400, None, "x", True, []])
def test_unusable_numbers_leave_a_valid_picture(bad):
    svg = to_svg(
        canvas_of(("rectangle", {**BOX, "x": bad, "strokeWidth": bad}), ("arrow", {"points": [bad, 1]}))
    )
    ET.fromstring(svg)
    assert "nan" not in svg
    assert "inf" not in svg


def test_png_shows_text_without_system_fonts():
    with_text = pixels(to_png(canvas_of(("text", PLACED["text"])), scale=2))
    without = pixels(to_png(canvas_of(("text", {**PLACED["text"], "text": " "})), scale=2))
    assert with_text[:2] == without[:2]
    assert with_text[2] != without[2]


def test_png_has_bounded_size():
    assert pixel_size(1000, 500, 2) == (2000, 1000)
    width, height = pixel_size(100_000, 100_000, 50)
    assert width <= MAX_SIDE
    assert width * height <= MAX_PIXELS
    assert pixel_size(100_000, 1, 1) == (MAX_SIDE, 1)
    assert pixel_size(10, 10, -1) == (1, 1)


def test_shipped_font_covers_what_it_is_said_to_cover():
    with resources.as_file(resources.files("drawing.fonts") / "CanvasJobsSans-Regular.ttf") as path:
        covered = set(TTFont(path).getBestCmap())
    letters = {code for first, last in _SHIPPED for code in range(first, last + 1) if chr(code).isalpha()}
    assert {chr(code) for code in letters - covered} <= {"ŉ"}  # Deprecated by Unicode


NUMBERS = st.floats() | st.integers() | st.none() | st.text(max_size=3)
ANY_PROPERTIES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(
            ["x", "y", "width", "height", "radius", "fontSize", "strokeWidth", "cornerRadius"], NUMBERS
        ),
        "points": st.lists(NUMBERS, max_size=9) | st.none(),
        "dash": st.lists(NUMBERS, max_size=4) | st.none(),
        "text": st.text() | st.none() | st.integers(),
        "fill": st.text(),
    },
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(PLACED)), ANY_PROPERTIES), max_size=4), st.text(), st.floats())
def test_any_properties_make_a_well_formed_picture(objects, title, width):
    canvas = canvas_of(*objects, title=title, width=width)
    ET.fromstring(to_svg(canvas))


@pytest.mark.slow
@settings(max_examples=15, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(PLACED)), ANY_PROPERTIES), max_size=3))
def test_any_properties_make_a_png(objects):
    assert to_png(canvas_of(*objects), scale=0.1).startswith(b"\x89PNG")
