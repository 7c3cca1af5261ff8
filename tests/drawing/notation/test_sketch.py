"""Sketches: what was said is what is seen."""

from __future__ import annotations

import uuid

import pytest

from drawing.changes import apply_change
from drawing.figure import Box, Figure, Line, Ruler, Text
from drawing.geometry import Rect
from drawing.layout.sketch import place_sketch
from drawing.model import Drawing, Edge, PlacedShape
from drawing.session import draw_source
from drawing.source import SourceReader, read_source
from drawing.theme import get_theme
from tests.drawing.notation.samples import FOLDER

RULER = Ruler(get_theme("modern", "default").metrics, 16.0)


def drawing_of(text: str) -> Drawing:
    drawing = read_source(text).drawing
    assert drawing is not None
    return drawing


def sample(name: str) -> Drawing:
    return drawing_of((FOLDER / "sketch" / f"{name}.mmd").read_text())


def boxes_of(figure: Figure) -> dict[str, Rect]:
    return {each.key.removeprefix("shape:"): each.rect for each in figure.elements if isinstance(each, Box)}


def texts_of(figure: Figure) -> dict[str, Text]:
    return {each.lines.text.replace("\n", " "): each for each in figure.elements if isinstance(each, Text)}


@pytest.mark.parametrize(
    "line",
    [
        'rectangle a 10,20 300x40 "Email" :::blue',
        "rect a 10,20 300x40 Email:::blue",
        "shape rectangle a 10, 20 300 x 40 \u201cEmail\u201d :::blue",
        'box a at (10,20) size 300\u00d740 "Email" :::blue',
        'RECTANGLE a: 10,20 300,40 : "Email" :::blue',
    ],
)
def test_a_shape_is_read_however_it_is_written(line: str) -> None:
    (shape,) = drawing_of(f"sketch\n{line}").all(PlacedShape)
    assert shape == PlacedShape("a", "rectangle", 10, 20, 300, 40, "Email", "blue")


def test_shapes_without_ids_and_a_circle_by_its_radius_are_read() -> None:
    shapes = drawing_of('sketch\ncircle 10,20 r30\ncircle 100,20 r30\ntext 5,6 "Hello; #1"').all(PlacedShape)
    assert [(each.id, each.w, each.h, each.text) for each in shapes] == [
        ("circle", 60, 60, ""),
        ("circle~2", 60, 60, ""),
        ("Hello_1", 0, 0, "Hello; #1"),
    ]


def test_points_of_lines_and_arcs_are_read() -> None:
    shapes = drawing_of("sketch\nline a 0,0 10,20 30,0\narc b 0,0 100x50\narc c 0,0 100x-50").all(PlacedShape)
    assert [each.points for each in shapes] == [
        ((0, 0), (10, 20), (30, 0)),
        ((0, 50), (50, 0), (100, 50)),
        ((0, 0), (50, 50), (100, 0)),
    ]


def test_everything_stands_where_it_was_put() -> None:
    drawing = sample("house")
    figure = place_sketch(drawing, RULER)
    boxes = boxes_of(figure)
    for shape in drawing.all(PlacedShape):
        assert boxes[shape.id] == Rect(shape.x, shape.y, shape.w, shape.h)
    order = [each.key for each in figure.elements]
    assert order == [f"shape:{shape.id}" for shape in drawing.all(PlacedShape)]  # later ones lie on top
    assert boxes["door"].bottom == boxes["house"].bottom == boxes["trunk"].bottom  # one baseline


def test_a_shape_knows_what_it_stands_in() -> None:
    parents = {
        each.key: each.group
        for each in place_sketch(sample("house"), RULER).elements
        if isinstance(each, Box)
    }
    assert parents["shape:door"] == "shape:house"
    assert parents["shape:sun"] == "shape:sky"
    assert parents["shape:roof"] == "shape:sky"


def test_overlap_that_is_meant_is_no_fault() -> None:
    text = 'sketch\nrectangle a 0,0 200x200 "A" :::blue\ncircle b 120,120 200x200 "B" :::red'
    canvas = draw_source(text, namespace=uuid.UUID(int=3))
    assert canvas.quality.defects == ()


@pytest.mark.parametrize("name", ["login", "seating", "shapes", "tiny_units"])
@pytest.mark.parametrize("font", [14.0, 16.0, 20.0])
def test_texts_fit_into_their_shapes(name: str, font: float) -> None:
    drawing = sample(name)
    figure = place_sketch(drawing, Ruler(RULER.style, font))
    boxes = boxes_of(figure)
    for text in texts_of(figure).values():
        if text.of and text.role == "label" and text.of.removeprefix("shape:") in boxes:
            assert boxes[text.of.removeprefix("shape:")].holds(text.rect, 0.5)
            assert text.lines.width <= text.rect.w + 0.5
            assert text.size >= 12


def test_a_label_makes_way_for_what_lies_on_its_shape() -> None:
    figure = place_sketch(
        drawing_of('sketch\nrectangle a 0,0 300x200 "Behind"\nrectangle b 60,60 180x140 "B"'), RULER
    )
    assert texts_of(figure)["Behind"].rect.bottom <= boxes_of(figure)["b"].y


def test_a_label_that_is_too_long_stands_below_its_shape() -> None:
    figure = place_sketch(
        drawing_of('sketch\nrectangle a 0,0 900x20\ncircle b 100,100 30x30 "Much too long"'), RULER
    )
    text = texts_of(figure)["Much too long"]
    assert text.role == "caption"
    assert text.rect.y > boxes_of(figure)["b"].bottom


def test_a_drawing_in_tiny_units_is_enlarged_and_a_huge_one_made_smaller() -> None:
    for unit, low, high in ((1.0, 480.0, 520.0), (600.0, 1390.0, 1410.0)):
        text = f"sketch\nrectangle a 0,0 {10 * unit}x{5 * unit}\nrectangle b {2 * unit},{unit} {unit}x{unit}"
        boxes = boxes_of(place_sketch(drawing_of(text), RULER))
        assert low <= boxes["a"].w <= high
        assert boxes["a"].w / boxes["a"].h == pytest.approx(2)
        assert boxes["b"].x - boxes["a"].x == pytest.approx(boxes["a"].w / 5)


def test_connectors_run_from_outline_to_outline() -> None:
    drawing = sample("network")
    assert [(e.source, e.target, e.text, e.line, e.tail, e.head) for e in drawing.all(Edge)] == [
        ("router", "web2", "1 Gbit/s", "solid", "arrow", "arrow"),
        ("router", "web", "", "thick", "none", "arrow"),
        ("web", "db", "SQL", "solid", "none", "arrow"),
        ("admin", "web", "SSH", "dotted", "none", "arrow"),
    ]
    figure = place_sketch(drawing, RULER)
    boxes = boxes_of(figure)
    line = next(each for each in figure.elements if isinstance(each, Line) and each.source == "shape:router")
    assert line.points[0] == (boxes["router"].right, boxes["router"].cy)
    assert line.points[-1] == (boxes["web2"].x, boxes["web2"].cy)


@pytest.mark.parametrize(
    ("x", "y"), [(400, 0), (400, 100), (400, 400), (0, 400), (-300, 250), (-400, 60), (120, 420)]
)
def test_the_words_of_a_connector_stand_clear_of_it(x: int, y: int) -> None:
    text = f'sketch\nrectangle a 500,500 60x40\nrectangle b {500 + x},{500 + y} 60x40\na --> b "some words on it"'
    assert draw_source(text, namespace=uuid.UUID(int=3)).quality.defects == ()


def test_a_shape_said_again_is_changed() -> None:
    drawing = sample("house")
    change = SourceReader(drawing)
    change.feed("circle sun 100,60 130x130 :::amber\n")
    change.close()
    assert [shape.id for shape in drawing.all(PlacedShape)].index("sun") == 2
    assert drawing.get(PlacedShape, "sun") == PlacedShape("sun", "circle", 100, 60, 130, 130, "", "amber")


def test_what_is_no_shape_is_left_out_and_said() -> None:
    reader = read_source("sketch\nbanana a 0,0 10x10\nand a tree\ncircle b 0,0 10x10")
    assert [note.partition("is left out: ")[2] for note in reader.notes] == [
        "\u201cbanana\u201d is no shape of a sketch.",
        "it is no shape with a place and a size.",
    ]


def test_words_are_never_hidden_behind_a_shape_that_is_said_later() -> None:
    canvas = draw_source(
        'sketch\ntext a 0,6 60x20 "Hello"\nrectangle b 0,0 100x60', namespace=uuid.UUID(int=7)
    )
    assert [item.object_type for item in canvas.objects] == ["rectangle", "text"]
    assert canvas.quality.defects == ()


BOXES = 'sketch\nrectangle a 100,100 140x70 "Order" :::amber\ncircle b 600,100 100x100 "Pay"\n'


def changed(text: str) -> Drawing:
    change = apply_change(drawing_of(BOXES), text)
    assert not change.notes
    return change.drawing


def test_shapes_are_called_by_name_as_in_a_flowchart() -> None:
    drawing = changed('a["Invoice"]\nb:::green\nInvoice -->|then| b')
    a, b = drawing.all(PlacedShape)
    assert (a.text, a.color, b.text, b.color) == ("Invoice", "amber", "Pay", "green")
    assert changed("Order --> Pay").all(Edge)[0].target == "b"


def test_connector_to_a_new_shape_finds_a_place_for_it() -> None:
    drawing = changed('a --> c["Pack"]\na --> d{"In stock?"} --> b')
    places = {shape.id: Rect(shape.x, shape.y, shape.w, shape.h) for shape in drawing.all(PlacedShape)}
    assert set(places) == {"a", "b", "c", "d"}
    assert not any(places[one].overlaps(places[two]) for one in places for two in places if one < two)
    assert places["a"].right < places["d"].x < places["d"].right < places["b"].x  # between its neighbours
    assert drawing.get(PlacedShape, "d").shape == "diamond"
    assert [(edge.source, edge.target) for edge in drawing.all(Edge)] == [("a", "c"), ("a", "d"), ("d", "b")]


def test_shape_said_again_keeps_what_is_not_said() -> None:
    [a, _] = changed("rectangle a 20,30").all(PlacedShape)
    assert a == PlacedShape("a", "rectangle", 20, 30, 140, 70, "Order", "amber")
    [a, _] = changed('rectangle a 20,30 200x80 ""').all(PlacedShape)
    assert (a.w, a.text) == (200, "")


@pytest.mark.parametrize("line", ["x --> y", "a", "some words about a", "a --> y", 'x["one"] --> y["two"]'])
def test_names_of_nothing_are_no_shapes(line: str) -> None:
    change = apply_change(drawing_of(BOXES), line)
    assert change.drawing.parts == drawing_of(BOXES).parts
    assert change.notes
