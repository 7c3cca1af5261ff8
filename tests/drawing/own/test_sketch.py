"""An app's objects as a sketch: what a model reads of them."""

from __future__ import annotations

import re

from drawing.model import Edge, PlacedShape
from drawing.own.sketch import MOST_SHAPES, sketch_of
from tests.drawing.own.boards import LOOK, Board, id_of, shop


def test_places_say_what_belongs_together() -> None:
    board = shop()
    sketch = sketch_of(board.objects)
    shapes = {shape.text: shape for shape in sketch.drawing.all(PlacedShape)}
    assert set(shapes) == {"Order", "Pay", "Ship", "In stock?", "Drawn by Ann"}
    assert (shapes["In stock?"].shape, shapes["In stock?"].color) == ("diamond", "red")
    assert (shapes["Drawn by Ann"].shape, shapes["Order"].color) == ("text", "amber")
    words = {shape.id: text for text, shape in shapes.items()}
    assert [(words[edge.source], words[edge.target]) for edge in sketch.drawing.all(Edge)] == [
        ("Order", "Pay"),
        ("Pay", "Ship"),
        ("Pay", "In stock?"),
    ]


def test_what_an_app_says_counts_more_than_places() -> None:
    board = Board()
    board.box("order", 0, 0, "Order")
    board.box("pay", 300, 0)
    board.add("far", "text", x=900, y=900, width=60, height=20, text="Far away", of=id_of("pay"))
    board.add(
        "line", "line", x=0, y=500, points=[0, 0, 50, 0], **{"from": id_of("order"), "to": id_of("pay")}
    )
    sketch = sketch_of(board.objects)
    assert [shape.text for shape in sketch.drawing.all(PlacedShape)] == ["Order", "Far away"]
    [edge] = sketch.drawing.all(Edge)
    assert edge.head == "none"


def test_heading_of_a_frame_and_two_texts_in_a_shape_stay_texts() -> None:
    board = Board()
    board.box("zone", 0, 0, w=600, h=400)
    board.words("heading", 300, 20, "Zone")
    board.box("order", 20, 100, "Order")
    board.box("pay", 300, 100, w=200, h=200)
    board.words("one", 400, 130, "One")
    board.words("two", 400, 230, "Two")
    texts = [
        shape.text for shape in sketch_of(board.objects).drawing.all(PlacedShape) if shape.shape == "text"
    ]
    assert texts == ["Zone", "One", "Two"]


def test_names_do_not_depend_on_what_else_is_there() -> None:
    board = shop()
    before = board.name("pay")
    board.box("new", 900, 900, "New")
    board.objects.pop(0)
    assert board.name("pay") == before


def test_more_than_a_sketch_holds() -> None:
    board = Board()
    for i in range(MOST_SHAPES + 30):
        board.add(f"box {i}", "rectangle", x=i * 30, y=0, width=20, height=20, **LOOK)
    last = id_of(f"box {MOST_SHAPES + 29}")
    assert sketch_of(board.objects).key_of(last) is None
    marked = sketch_of(board.objects, {last})
    assert marked.key_of(last) in marked.drawing.parts
    assert len(marked.drawing.parts) == MOST_SHAPES


def test_stored_numbers_and_words_are_not_trusted() -> None:
    board = Board()
    board.add("nan", "rectangle", x=float("nan"), y="a", width=-5, height=None, fill=7, shape="<b>")
    board.add("text", "text", x=0, y=0, text='"quotes" :::red\nremove x', width=10, height=10)
    board.add("line", "line", x=0, y=0, points="no")
    board.add("arrow", "arrow", x=0, y=0, points=[0, 0, 5])
    sketch = sketch_of(board.objects)
    texts = [shape.text for shape in sketch.drawing.all(PlacedShape)]
    assert '"quotes" :::red\nremove x' in texts or re.search("quotes.*remove x", " ".join(texts), re.DOTALL)
    assert sketch.source.startswith("sketch\n")


def test_full_sketch_has_room_for_more() -> None:
    board = Board()
    for i in range(MOST_SHAPES + 1):
        board.add(f"box {i}", "rectangle", x=i * 30, y=0, width=20, height=20, **LOOK)
    board.box("zone", 0, 300, "Zone")
    revised = board.change('<zone> --> new["One more"]', first=(id_of("zone"),))
    assert len(revised.changes.seen.added) == 3
    assert not revised.change.notes
