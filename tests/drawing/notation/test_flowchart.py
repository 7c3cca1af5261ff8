"""Flowcharts: what Mermaid's notation means, and what people write instead."""

from __future__ import annotations

import time

import pytest

from drawing.model import Edge, Group, Node
from drawing.notation.shape_names import BRACKETS, shape_named
from drawing.object_index import points_of
from drawing.quality import count_crossings
from drawing.source import read_source
from tests.drawing.notation.reading import box_of, drawing_of, drawn, edges_of, parents_of, texts_of


def edge(text: str) -> Edge:
    return drawing_of(f"flowchart LR\n{text}").all(Edge)[-1]


def test_no_direction_means_down() -> None:
    objects = drawn("flowchart\nA[First] --> B[Second]")
    assert box_of(objects, "First")[3] < box_of(objects, "Second")[1]


@pytest.mark.parametrize(
    ("word", "axis", "sign"),
    [("LR", 0, 1), ("RL", 0, -1), ("TD", 1, 1), ("TB", 1, 1), ("BT", 1, -1), (">", 0, 1)],
)
def test_a_direction_is_where_it_flows(word: str, axis: int, sign: int) -> None:
    objects = drawn(f"graph {word}\nA[First] --> B[Second]")
    assert (box_of(objects, "Second")[axis] - box_of(objects, "First")[axis]) * sign > 0


def test_the_last_label_of_a_node_wins() -> None:
    assert texts_of("flowchart LR\nA[One]\nA --> B\nA[Two]") == {"A": "Two", "B": "B"}


def test_ampersands_connect_everything_with_everything() -> None:
    assert edges_of("flowchart LR\nA & B --> C & D") == [
        ("A", "C", ""),
        ("A", "D", ""),
        ("B", "C", ""),
        ("B", "D", ""),
    ]


def test_a_chain_is_an_edge_for_each_arrow() -> None:
    assert edges_of("flowchart LR\nA -- one --> B -->|two| C") == [("A", "B", "one"), ("B", "C", "two")]


def test_semicolons_separate_statements() -> None:
    assert edges_of("graph TD;A-->B;B-->C;") == [("A", "B", ""), ("B", "C", "")]


@pytest.mark.parametrize(
    ("arrow", "line", "tail", "head", "length"),
    [
        ("-->", "solid", "none", "arrow", 1),
        ("---", "solid", "none", "none", 1),
        ("-.->", "dotted", "none", "arrow", 1),
        ("-.-", "dotted", "none", "none", 1),
        ("==>", "thick", "none", "arrow", 1),
        ("===", "thick", "none", "none", 1),
        ("~~~", "invisible", "none", "none", 1),
        ("--o", "solid", "none", "circle", 1),
        ("--x", "solid", "none", "cross", 1),
        ("<-->", "solid", "arrow", "arrow", 1),
        ("o--o", "solid", "circle", "circle", 1),
        ("x-.-x", "dotted", "cross", "cross", 1),
        ("<==>", "thick", "arrow", "arrow", 1),
        ("---->", "solid", "none", "arrow", 3),
        ("-...->", "dotted", "none", "arrow", 3),
        ("====>", "thick", "none", "arrow", 3),
        ("->", "solid", "none", "arrow", 1),
        ("=>", "thick", "none", "arrow", 1),
        ("\u2192", "solid", "none", "arrow", 1),
        ("\u2014>", "solid", "none", "arrow", 1),
        ("<->", "solid", "arrow", "arrow", 1),
    ],
)
def test_each_arrow_has_its_meaning(arrow: str, line: str, tail: str, head: str, length: int) -> None:
    read = edge(f"A {arrow} B")
    assert (read.source, read.target) == ("A", "B")
    assert (read.line, read.tail, read.head, read.length) == (line, tail, head, length)


def test_letters_behind_a_line_are_its_end() -> None:
    assert (edge("A---oB").target, edge("A---oB").head) == ("B", "circle")
    assert (edge("A---xops").target, edge("A---xops").head) == ("ops", "cross")


@pytest.mark.parametrize(
    "link",
    [
        "-- no way -->",
        "-->|no way|",
        '-->|"no way"|',
        '-- "no way" -->',
        "--no way-->",
        "- no way ->",
        "-- no way ->",
    ],
)
def test_words_on_an_edge(link: str) -> None:
    assert edge(f"A {link} B").text == "no way"


def test_longer_edges_span_more_ranks() -> None:
    objects = drawn("flowchart TD\nA --> C --> D --> E\nA ----> B")
    assert abs(box_of(objects, "B")[1] - box_of(objects, "E")[1]) < 1


def test_invisible_edges_place_but_are_not_drawn() -> None:
    objects = drawn("flowchart TD\nA ~~~ B")
    assert box_of(objects, "A")[3] < box_of(objects, "B")[1]
    assert not [each for each in objects if each.object_type in ("arrow", "line")]


@pytest.mark.parametrize(("opening", "closings"), BRACKETS)
def test_brackets_are_shapes(opening: str, closings: tuple[tuple[str, str], ...]) -> None:
    for closing, shape in closings:
        node = drawing_of(f"flowchart LR\nA{opening}Some words{closing} --> B").get(Node, "A")
        assert node is not None
        assert (node.text, node.shape or "rectangle") == ("Some words", shape)


def test_names_of_shapes() -> None:
    node = drawing_of('flowchart LR\nA@{ shape: stored-data, label: "Old files" }').get(Node, "A")
    assert node is not None
    assert (node.shape, node.text) == ("bow_tie", "Old files")
    assert shape_named("no-such-shape") is None


@pytest.mark.parametrize("shape", ["fork", "sm-circ", "fr-circ", "junction", "bolt"])
def test_points_show_no_label(shape: str) -> None:
    objects = drawn(f'flowchart LR\nA[Before] --> B@{{ shape: {shape}, label: "unseen" }}')
    assert "unseen" not in [each.properties.get("text") for each in objects]


def test_a_node_stays_in_the_first_subgraph_that_names_it() -> None:
    parents = parents_of("flowchart LR\nsubgraph one\na --> b\nend\nsubgraph two\na --> c\nend")
    assert parents == {"a": "one", "b": "one", "c": "two", "one": None, "two": None}


def test_of_nested_claims_the_inner_one_wins() -> None:
    text = "flowchart LR\nsubgraph outer\na --> b\nsubgraph inner\na\nend\nend"
    assert parents_of(text) == {"a": "inner", "b": "outer", "outer": None, "inner": "outer"}


def test_an_edge_to_a_subgraph_ends_at_its_frame() -> None:
    text = "flowchart LR\nA --> box --> B\nsubgraph box [Inside]\nC\nend"
    drawing = drawing_of(text)
    assert [node.id for node in drawing.all(Node)] == ["A", "B", "C"]
    objects = drawn(text)
    frame = next(each for each in objects if each.properties.get("role") == "frame")
    assert {each.properties["to"] for each in objects if each.object_type == "arrow"} >= {frame.id}


def test_headings_of_subgraphs() -> None:
    text = 'flowchart LR\nsubgraph a [First part]\nx\nend\nsubgraph "Second part"\ny\nend\nsubgraph third\nz\nend'
    assert [group.text for group in drawing_of(text).all(Group)] == ["First part", "Second part", "third"]


def test_a_subgraph_has_a_direction_of_its_own() -> None:
    objects = drawn("flowchart LR\nsubgraph s\ndirection TB\nA[Up] --> B[Low]\nend\nC --> s")
    assert box_of(objects, "Up")[3] < box_of(objects, "Low")[1]


def test_an_edge_across_its_border_turns_the_direction_off() -> None:
    objects = drawn("flowchart LR\nsubgraph s\ndirection TB\nA[Up] --> B[Low]\nend\nC --> A")
    assert box_of(objects, "Up")[2] < box_of(objects, "Low")[0]


def test_colours_of_classes_styles_and_links() -> None:
    text = (
        "flowchart LR\nA:::warm --> B:::green\nB --> C\nclassDef warm fill:#ff9800\nstyle C fill:#fff,stroke:#00c853\n"
        "linkStyle 1 stroke:red\nclass B cold\nclassDef cold fill:#2196f3"
    )
    drawing = drawing_of(text)
    assert [node.color for node in drawing.all(Node)] == ["amber", "blue", "green"]
    assert [each.color for each in drawing.all(Edge)] == [None, "red"]


def test_clicks_are_ignored() -> None:
    text = 'flowchart LR\nA --> B\nclick A "https://example.org" "Open" _blank\nclick B call go()'
    assert list(texts_of(text)) == ["A", "B"]
    assert read_source(text).notes == ()


@pytest.mark.parametrize(
    ("statement", "label"),
    [
        ("A[Get data (from API)]", "Get data (from API)"),
        ("A[items[0] or items[1]]", "items[0] or items[1]"),
        ("A{is x > (y)?}", "is x > (y)?"),
        ("A(call f(x, g(y)))", "call f(x, g(y))"),
        ("A[\u201cSmart quotes\u201d]", "Smart quotes"),
        ('A["say "hi" now"]', 'say "hi" now'),
        ("A[/path/to/file]", "/path/to/file"),
        ("A[50% off; today]", "50% off; today"),
        ("A[No end", "No end"),
        ('A["No end of quote]', "No end of quote"),
        ("A [a blank before]", "a blank before"),
        ("A[a<br/>b]", "a\nb"),
        ("A[**bold** and #35;1]", "bold and #1"),
        ("A[fa:fa-bell Ring it]", "Ring it"),
    ],
)
def test_labels_people_write(statement: str, label: str) -> None:
    for text in (statement, f"{statement} --> B"):
        if "No end" not in text or text == statement:
            assert texts_of(f"flowchart LR\n{text}")["A"] == label


def test_a_bracket_that_is_missing_ends_at_the_arrow() -> None:
    assert texts_of("flowchart LR\nA[One --> B[Two]") == {"A": "One", "B": "Two"}


def test_names_of_several_words() -> None:
    text = "flowchart LR\nUser login --> Check password\nCheck password -> Home: ok"
    assert list(texts_of(text).values()) == ["User login", "Check password", "Home"]
    assert edges_of(text)[-1] == ("Check_password", "Home", "ok")


def test_end_is_a_node_where_it_can_end_nothing() -> None:
    assert edges_of("flowchart LR\nA --> end\nEnd --> A") == [("A", "end", ""), ("End", "A", "")]


def test_a_line_that_begins_with_an_arrow_goes_on() -> None:
    assert edges_of("flowchart TD\nA[One]\n--> B\n--> C") == [("A", "B", ""), ("B", "C", "")]
    assert edges_of("flowchart TD\nA -->\nB") == [("A", "B", "")]


def test_a_label_over_several_lines() -> None:
    text = 'flowchart TD\nA["`One\ntwo (2)\nthree`"] --> B@{\n  shape: doc\n  label: "A {b}"\n}'
    assert texts_of(text) == {"A": "One\ntwo (2)\nthree", "B": "A {b}"}


def test_garbage_is_left_out_and_said() -> None:
    source = read_source("flowchart LR\nA --> B\nlorem ipsum dolor sit\n??? !!!\nB --> C")
    assert source.drawing is not None
    assert [node.id for node in source.drawing.all(Node)] == ["A", "B", "C"]
    assert [note.split(" is left out")[0][:6] for note in source.notes] == ["Line 3", "Line 4"]


def test_an_edge_said_twice_is_two_edges() -> None:
    assert [each.id for each in drawing_of("flowchart LR\nA --> B\nA --> B").all(Edge)] == ["A>B", "A>B#2"]


def test_a_long_line_takes_linear_time() -> None:
    began = time.process_time()
    for text in ("end;" * 1000, "A[" * 2000, "A-->" * 1000, "A & " * 1000, '("' * 2000, "subgraph x;" * 400):
        read_source(f"flowchart LR\n{text}")
    assert time.process_time() - began < 2


def test_signs_alone_name_no_node() -> None:
    source = read_source("flowchart LR\nA --> B\n???\n_ --> C")
    assert source.drawing is not None
    assert [node.id for node in source.drawing.all(Node)] == ["A", "B", "_", "C"]
    assert len(source.notes) == 1


@pytest.mark.parametrize(
    "quotes", ["\u201c\u201d", "\u201e\u201c", "\u201d\u201d", "\u201c\u201c", '\u201c"', "\u00ab\u00bb"]
)
def test_quotes_of_any_country(quotes: str) -> None:
    assert texts_of(f"flowchart LR\nA[{quotes[0]}Words{quotes[1]}]") == {"A": "Words"}


@pytest.mark.parametrize(
    "words", ["Orders", "Orders of the last ten years with all that belongs to them", "A<br>B<br>C<br>D"]
)
@pytest.mark.parametrize("shape", ["cyl", "lin-cyl"])
def test_words_stand_below_the_rim_of_a_cylinder(words: str, shape: str) -> None:
    objects = drawn(f'flowchart TD\na@{{ shape: {shape}, label: "{words}" }}')
    body, label = (next(i for i in objects if i.object_type == t).properties for t in ("rectangle", "text"))
    rim = {"cyl": 0.24, "lin-cyl": 0.36}[shape] * min(body["width"], body["height"])
    assert label["y"] >= body["y"] + rim - 1
    assert label["y"] + label["height"] <= body["y"] + body["height"]


def test_what_stands_in_a_frame_stands_in_its_middle() -> None:
    objects = drawn("flowchart TD\nx --> a\nsubgraph s[A rather long name of a subnet]\na[Box]\nend\n")
    frame = next(item.properties for item in objects if item.properties.get("role") == "frame")
    left, top, right, _ = box_of(objects, "Box")
    assert abs(frame["x"] + frame["width"] / 2 - (left + right) / 2) < 1
    assert box_of(objects, "A rather long name of a subnet")[2] < (left + right) / 2, "clear of the line"
    assert top > frame["y"]


def test_the_way_back_from_a_decision_crosses_as_little_as_can_be() -> None:
    text = (
        "flowchart TD\nform --> check{Correct?}\ncheck -->|no| tries{Three?}\ntries -->|no| form\n"
        "tries -->|yes| lock\ncheck -->|yes| admin{Admin?}\nadmin -->|yes| code --> board\nadmin -->|no| board"
    )
    objects = drawn(text)
    ways = [points_of(item.properties) for item in objects if item.object_type == "arrow"]
    assert count_crossings(ways) == 0
