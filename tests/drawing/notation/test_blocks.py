"""Block diagrams: a grid of columns, wide blocks, spaces, blocks within blocks."""

from __future__ import annotations

from drawing.model import Node
from tests.drawing.notation.reading import box_of, drawing_of, drawn, edges_of, parents_of, texts_of


def rects(text: str) -> dict[str, tuple[float, float, float, float]]:
    """Return the boxes of blocks by their label: left, top, width, height."""
    objects = drawn(text)
    labels = {
        str(each.properties.get("of")): each.properties["text"]
        for each in objects
        if each.object_type == "text"
    }
    return {
        labels[each.id]: (
            each.properties["x"],
            each.properties["y"],
            each.properties["width"],
            each.properties["height"],
        )
        for each in objects
        if each.object_type == "rectangle" and each.id in labels
    }


def test_blocks_stand_in_columns() -> None:
    boxes = rects("block-beta\ncolumns 2\na b\nc d")
    assert boxes["a"][1] == boxes["b"][1] < boxes["c"][1] == boxes["d"][1]
    assert boxes["a"][0] == boxes["c"][0] < boxes["b"][0] == boxes["d"][0]
    assert len({box[2] for box in boxes.values()}) == 1


def test_without_columns_all_stand_in_a_row() -> None:
    boxes = rects("block-beta\na b c")
    assert len({box[1] for box in boxes.values()}) == 1


def test_a_block_may_be_several_columns_wide() -> None:
    boxes = rects("block-beta\ncolumns 3\na:3\nb c:2")
    assert abs(boxes["a"][2] - (boxes["c"][0] + boxes["c"][2] - boxes["b"][0])) < 1
    assert boxes["c"][2] > 2 * boxes["b"][2]


def test_a_space_leaves_its_place_empty() -> None:
    boxes = rects("block-beta\ncolumns 3\na space b\nc d e")
    assert boxes["b"][0] == boxes["e"][0]


def test_blocks_within_blocks() -> None:
    text = "block-beta\nblock:outer\n  a\n  block:inner\n    b\n  end\nend\nc"
    assert parents_of(text) == {"a": "outer", "b": "inner", "c": None, "outer": None, "inner": "outer"}


def test_shapes_labels_and_arrows() -> None:
    text = 'block-beta\ndb[("Data")] x(("Go")) y<["Yes"]>(right) z["Long words"]'
    shapes = {node.text: node.shape for node in drawing_of(text).all(Node)}
    assert shapes == {"Data": "cylinder", "Go": "circle", "Yes": "block_arrow", "Long words": ""}


def test_connectors_between_blocks() -> None:
    text = 'block-beta\nA space B\nA-- "X" -->B\nA --> C("New")'
    assert edges_of(text) == [("A", "B", "X"), ("A", "C", "")]
    assert texts_of(text)["C"] == "New"
    objects = drawn(text)
    assert box_of(objects, "A")[2] < box_of(objects, "X")[0] < box_of(objects, "B")[0]
