"""State diagrams: start and end points of each composite and region, descriptions, choices, notes."""

from __future__ import annotations

from drawing.model import Edge, Group, Node, Note
from tests.drawing.notation.reading import box_of, drawing_of, drawn, edges_of, parents_of, texts_of


def test_start_and_end_are_points_of_their_own() -> None:
    drawing = drawing_of("stateDiagram-v2\n[*] --> A\nA --> [*]")
    points = {node.role: node.shape for node in drawing.all(Node) if node.id != "A"}
    assert points == {"start": "start", "end": "stop"}


def test_each_composite_has_its_own_points() -> None:
    text = "stateDiagram-v2\n[*] --> A\nstate A {\n[*] --> B\nB --> [*]\n}\nA --> [*]"
    starts = [node for node in drawing_of(text).all(Node) if node.role == "start"]
    assert [node.parent for node in starts] == [None, "A"]
    ends = [node for node in drawing_of(text).all(Node) if node.role == "end"]
    assert sorted(str(node.parent) for node in ends) == ["A", "None"]


def test_each_region_has_its_own_points() -> None:
    text = "stateDiagram-v2\nstate A {\n[*] --> B\n--\n[*] --> C\n}"
    drawing = drawing_of(text)
    regions = [group for group in drawing.all(Group) if group.role == "region"]
    assert [group.parent for group in regions] == ["A", "A"]
    parents = parents_of(text)
    assert (parents["B"], parents["C"]) == tuple(group.id for group in regions)
    assert len({node.parent for node in drawing.all(Node) if node.role == "start"}) == 2


def test_regions_stand_side_by_side_in_dashed_frames() -> None:
    objects = drawn("stateDiagram-v2\nstate A {\n[*] --> One\n--\n[*] --> Two\n}")
    dashed = [each for each in objects if each.properties.get("dash") and each.object_type == "rectangle"]
    assert len(dashed) == 2
    assert abs(box_of(objects, "One")[1] - box_of(objects, "Two")[1]) < 1


def test_regions_stand_in_the_order_given() -> None:
    first = "[*] --> One\nOne --> Long : a label that is long"
    text = f"state A {{\n{first}\n--\n[*] --> Two\n--\n[*] --> Three\nThree --> Four\n}}"
    objects = drawn(f"stateDiagram-v2\n{text}")
    lefts = [box_of(objects, words)[0] for words in ("One", "Two", "Three")]
    assert lefts == sorted(lefts)
    whole, *regions = (each.properties for each in objects if each.properties.get("role") == "frame")
    for region in regions:
        assert whole["x"] < region["x"]
        assert region["x"] + region["width"] < whole["x"] + whole["width"]


def test_the_first_description_stands_for_the_id() -> None:
    node = drawing_of("stateDiagram-v2\ns : Waiting\ns : for the post\ns : and the cat").all(Node)[0]
    assert (node.id, node.text) == ("s", "Waiting")
    assert [row.cells[0] for row in node.rows] == ["for the post", "and the cat"]


def test_only_the_first_colon_splits() -> None:
    assert texts_of("stateDiagram-v2\nA : time: 10:30") == {"A": "time: 10:30"}
    assert edges_of("stateDiagram-v2\nA --> B : at: once") == [("A", "B", "at: once")]


def test_long_names() -> None:
    text = 'stateDiagram-v2\nstate "A long name" as s1\nstate "over\ntwo lines" as s2\ns1 --> s2'
    assert texts_of(text) == {"s1": "A long name", "s2": "over\ntwo lines"}


def test_choice_fork_and_join_are_shapes() -> None:
    text = "stateDiagram-v2\nstate c <<choice>>\nstate f <<fork>>\nstate j [[join]]\nf --> c\nc --> j"
    assert {node.id: node.shape for node in drawing_of(text).all(Node)} == {
        "c": "diamond",
        "f": "fork",
        "j": "fork",
    }
    assert not [each for each in drawn(text) if each.object_type == "text"]


def test_a_composite_may_be_named_before_it_opens() -> None:
    text = "stateDiagram-v2\nA --> B\nstate B {\nC --> D\n}\nB --> E"
    assert parents_of(text) == {"A": None, "C": "B", "D": "B", "E": None, "B": None}
    assert edges_of(text) == [("A", "B", ""), ("C", "D", ""), ("B", "E", "")]


def test_notes_in_one_line_and_in_several() -> None:
    text = "stateDiagram-v2\nA --> B\nnote right of A : short\nnote left of B\nlong: one\ntitle two\nend note"
    drawing = drawing_of(text)
    assert [(note.text, note.targets, note.place) for note in drawing.all(Note)] == [
        ("short", ("A",), "right"),
        ("long: one\ntitle two", ("B",), "left"),
    ]
    assert drawing.title == ""


def test_classes_colour_states() -> None:
    text = "stateDiagram-v2\nclassDef bad fill:#f00\n[*] --> A:::bad\nB:::bad --> C\nclass C bad"
    assert {node.id: node.color for node in drawing_of(text).all(Node) if node.text} == {
        "A": "red",
        "B": "red",
        "C": "red",
    }


def test_words_of_people() -> None:
    text = "stateDiagram\n[*] -> Waiting for payment\nWaiting for payment \u2192 Paid: card (ok)"
    assert [edge.text for edge in drawing_of(text).all(Edge)] == ["", "card (ok)"]
    assert "Waiting for payment" in texts_of(text).values()


def test_time_runs_down_and_the_start_is_on_top() -> None:
    objects = drawn("stateDiagram-v2\nA --> B\n[*] --> A")
    dot = next(each for each in objects if each.object_type == "circle")
    assert dot.properties["y"] < box_of(objects, "A")[1] < box_of(objects, "B")[1]
