"""Connectors in kinds whose parts have no ids of their own: mind maps, org charts, timelines and boards."""

from __future__ import annotations

import uuid

import pytest

from drawing.canvas import CanvasObject
from drawing.model import Edge, Node
from drawing.object_index import object_box
from drawing.session import draw_source
from drawing.source import SourceReader, read_source, write_source

NAMESPACE = uuid.UUID(int=11)
TEXTS = {
    "mindmap": "mindmap\n  Tea\n    Green\n    Black\n    Milk",
    "orgchart": "orgchart\nChief\n  Black | Tea\n    Green\n    Milk",
    "timeline": "timeline\n1900 : a\nBlack : b\nGreen : c\nMilk : d",
    "board": "board 2\n## Leaves\n- Black\n- Green\n## Other\n- Milk",
}
every_kind = pytest.mark.parametrize("kind", TEXTS)


def edges_of(text: str) -> list[Edge]:
    reader = read_source(text)
    assert reader.notes == ()
    assert reader.drawing is not None
    return reader.drawing.all(Edge)


def connector(objects: tuple[CanvasObject, ...], key: str) -> CanvasObject:
    return next(item for item in objects if item.id == str(uuid.uuid5(NAMESPACE, key)))


@every_kind
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Milk --> Green", Edge("Milk>Green", "Milk", "Green")),
        ("Milk -.-> Green", Edge("Milk>Green", "Milk", "Green", line="dotted")),
        ('Milk -->|"pours: in"| "Green"', Edge("Milk>Green", "Milk", "Green", "pours: in")),
        ("milk -- goes with --- GREEN", Edge("Milk>Green", "Milk", "Green", "goes with", head="none")),
        ("Milk → Green : later", Edge("Milk>Green", "Milk", "Green", "later")),
        ("Milk <--> Green", Edge("Milk>Green", "Milk", "Green", tail="arrow")),
    ],
)
def test_a_line_between_two_names_is_a_connector(kind: str, line: str, expected: Edge) -> None:
    text = f"{TEXTS[kind]}\n{line}"

    assert edges_of(text) == [expected]
    drawing = read_source(text).drawing
    assert drawing is not None
    assert read_source(write_source(drawing)).drawing == drawing


@every_kind
@pytest.mark.parametrize("line", ["Milk --> Nobody", "Nobody --> Milk", "Milk and Green", '"Milk --> Green"'])
def test_a_line_that_names_something_else_is_none(kind: str, line: str) -> None:
    bullet = "- " if kind == "board" else "    "
    drawing = read_source(f"{TEXTS[kind]}\n{bullet}{line}").drawing

    assert drawing is not None
    assert drawing.all(Edge) == []
    assert any(node.text == line.strip('"') for node in drawing.all(Node))


@every_kind
def test_of_two_with_the_same_words_the_id_says_which(kind: str) -> None:
    again = {"mindmap": "    Green", "orgchart": "    Green", "timeline": "Green : e", "board": "- Green"}[
        kind
    ]
    sign = "#" if kind in ("mindmap", "orgchart") else "~"

    assert [edge.target for edge in edges_of(f"{TEXTS[kind]}\n{again}\nMilk --> Green{sign}2")] == [
        f"Green{sign}2"
    ]


@every_kind
def test_a_connector_runs_around_all_else_and_has_its_words_beside_it(kind: str) -> None:
    canvas = draw_source(f"{TEXTS[kind]}\nGreen -->|needs| Milk\nMilk -->|or| Green", namespace=NAMESPACE)

    assert canvas.quality.defects == ()
    line = connector(canvas.objects, "edge:Green>Milk")
    assert (line.properties["from"], line.properties["to"]) == tuple(
        str(uuid.uuid5(NAMESPACE, f"node:{name}")) for name in ("Green", "Milk")
    )


@pytest.mark.parametrize("kind", ["mindmap", "orgchart"])
def test_words_for_a_branch_stand_at_the_branch(kind: str) -> None:
    root = "Tea" if kind == "mindmap" else "Black"
    canvas = draw_source(f"{TEXTS[kind]}\n{root} -->|mostly in Asia| Green", namespace=NAMESPACE)

    assert canvas.quality.defects == ()
    line, words = (connector(canvas.objects, key) for key in ("link:Green", "link:Green:label"))
    assert line.properties["label"] == "mostly in Asia"
    assert words.properties["of"] == line.id
    assert str(uuid.uuid5(NAMESPACE, f"edge:{root}>Green")) not in {item.id for item in canvas.objects}


@every_kind
def test_a_change_says_takes_away_and_rewords_a_connector(kind: str) -> None:
    def change(text: str, statement: str) -> str:
        reader = SourceReader(read_source(text).drawing)
        reader.feed(statement)
        reader.close()
        assert reader.drawing is not None
        return write_source(reader.drawing)

    linked = change(TEXTS[kind], "Milk --> Green")
    assert [edge.id for edge in edges_of(linked)] == ["Milk>Green"]
    assert [edge.text for edge in edges_of(change(linked, "Milk -->|why| Green"))] == ["why"]
    assert edges_of(change(linked, "remove Milk --> Green")) == []
    assert edges_of(change(linked, "remove Milk")) == []


def test_a_second_of_the_same_words_is_removed_by_its_id() -> None:
    reader = SourceReader(read_source("mindmap\n  Tea\n    Green\n    Green").drawing)
    reader.feed("remove Green#2")
    reader.close()

    assert reader.drawing is not None
    assert [node.id for node in reader.drawing.all(Node)] == ["Tea", "Green"]


def test_connectors_of_a_sketch_between_the_same_two_run_side_by_side_and_around_shapes() -> None:
    canvas = draw_source(
        "sketch\nrectangle a 0,0 120x60 A\nrectangle b 500,0 120x60 B\nrectangle c 250,0 120x60 C\n"
        'a --> b "one"\nb --> a "two"\na --> c "three"',
        namespace=NAMESPACE,
    )

    assert canvas.quality.defects == ()
    assert len(connector(canvas.objects, "edge:a>c>1").properties["points"]) == 4


def test_words_that_a_later_shape_of_a_sketch_would_hide_lie_on_it() -> None:
    canvas = draw_source(
        "sketch\ncircle a 0,0 200x200 Under\ncircle b 20,10 200x200 Over\ncircle c 10,20 200x200 Top",
        namespace=NAMESPACE,
    )

    words = [item for item in canvas.objects if item.object_type == "text"]
    shapes = [item for item in canvas.objects if item.object_type == "circle"]
    assert not [each for each in canvas.quality.defects if "text" in each]
    for each in words:
        over = [shape for shape in shapes if object_box(shape).overlaps(object_box(each))]
        assert each.z_index > max(shape.z_index for shape in over)


def test_a_section_that_begins_in_a_later_row_of_a_timeline_has_its_own_id() -> None:
    periods = "\n".join(f"Period number {i} : something that happened then" for i in range(12))
    canvas = draw_source(f"timeline\nsection One\n{periods}\nsection Two\nLast : one", namespace=NAMESPACE)

    assert connector(canvas.objects, "group:Two").object_type == "rectangle"
