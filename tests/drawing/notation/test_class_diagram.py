"""Class diagrams: members, relations, namespaces and notes as Mermaid means them."""

from __future__ import annotations

import pytest

from drawing.model import Edge, Group, Node, Note
from drawing.notation.members import generics, member
from tests.drawing.notation.reading import box_of, drawing_of, drawn, edges_of, parents_of, texts_of


def relation(text: str) -> Edge:
    return drawing_of(f"classDiagram\n{text}").all(Edge)[-1]


def members_of(text: str) -> list[str]:
    node = drawing_of(f"classDiagram\n{text}").all(Node)[0]
    return ["".join(row.cells) for row in node.rows]


@pytest.mark.parametrize(
    ("arrow", "tail", "head", "line"),
    [
        ("<|--", "triangle", "none", "solid"),
        ("--|>", "none", "triangle", "solid"),
        ("*--", "filled_diamond", "none", "solid"),
        ("o--", "diamond", "none", "solid"),
        ("--o", "none", "diamond", "solid"),
        ("-->", "none", "open_arrow", "solid"),
        ("<--", "open_arrow", "none", "solid"),
        ("--", "none", "none", "solid"),
        ("..>", "none", "open_arrow", "dotted"),
        ("<|..", "triangle", "none", "dotted"),
        ("..", "none", "none", "dotted"),
        ("<|--|>", "triangle", "triangle", "solid"),
        ("()--", "lollipop", "none", "solid"),
        ("->", "none", "open_arrow", "solid"),
    ],
)
def test_each_relation_has_its_ends(arrow: str, tail: str, head: str, line: str) -> None:
    read = relation(f"A {arrow} B : words")
    assert (read.source, read.target, read.text) == ("A", "B", "words")
    assert (read.tail, read.head, read.line) == (tail, head, line)


def test_cardinalities_stand_at_their_ends() -> None:
    read = relation('Customer "1" --> "0..*" Order : places')
    assert (read.tail_text, read.head_text, read.text) == ("1", "0..*", "places")
    objects = drawn('classDiagram\nCustomer "1" --> "0..*" Order : places')
    customer, order = box_of(objects, "Customer"), box_of(objects, "Order")
    one, many = box_of(objects, "1"), box_of(objects, "0..*")
    assert customer[3] < one[1] < many[1] < order[1]


@pytest.mark.parametrize(
    "text", ["Animal <|-- Dog", "Dog --|> Animal", "Animal <|.. Dog", "class Dog extends Animal"]
)
def test_inheritance_points_up(text: str) -> None:
    objects = drawn(f"classDiagram\n{text}")
    assert box_of(objects, "Animal")[3] < box_of(objects, "Dog")[1]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("+int age", "+int age"),
        ("-run(int speed) bool", "-run(int speed) : bool"),
        ("#find(UUID id) List~T~", "#find(UUID id) : List<T>"),
        ("~all()", "~all()"),
        ("+count()$ int", "+count() : int"),
        ("+draw()*", "+draw()"),
        ("String name$", "String name"),
        ("matrix() List~List~int~~", "matrix() : List<List<int>>"),
        ("+add(x: int) : bool", "+add(x: int) : bool"),
    ],
)
def test_members_as_they_are_shown(said: str, shown: str) -> None:
    assert members_of(f"class A {{\n{said}\n}}") == [shown]
    assert members_of(f"A : {said}") == [shown]


def test_methods_stand_below_attributes() -> None:
    objects = drawn("classDiagram\nclass A {\n+run()\n+int age\n}")
    assert box_of(objects, "int age")[3] < box_of(objects, "run()")[1]


def test_members_are_aligned_at_the_left() -> None:
    objects = drawn("classDiagram\nclass A {\n+int age\n-String aVeryLongName\n}")
    assert box_of(objects, "int age")[0] == box_of(objects, "String aVeryLongName")[0]
    plus, minus = box_of(objects, "+"), box_of(objects, "-")
    assert abs(plus[0] + plus[2] - minus[0] - minus[2]) < 1


def test_tildes_nest_from_outside_in() -> None:
    assert generics("List~List~int~~") == "List<List<int>>"
    assert generics("Map~K, V~") == "Map<K, V>"
    assert generics("a~b") == "a~b"


def test_package_visibility_is_no_generic() -> None:
    assert member("~id").cells == ("~", "id")


def test_generic_names_and_labels() -> None:
    text = 'classDiagram\nclass Square~Shape~\nclass Odd["An odd one"]\nSquare --> Odd'
    assert texts_of(text) == {"Square": "Square<Shape>", "Odd": "An odd one"}
    assert edges_of(text) == [("Square", "Odd", "")]


def test_annotations_are_said_above_the_name() -> None:
    text = "classDiagram\nclass Shape {\n<<interface>>\n}\n<<service>> Mailer"
    details = {node.id: node.details for node in drawing_of(text).all(Node)}
    assert details == {"Shape": (("annotation", "interface"),), "Mailer": (("annotation", "service"),)}
    objects = drawn(text)
    assert box_of(objects, "\u00abinterface\u00bb")[3] <= box_of(objects, "Shape")[1] + 1


def test_namespaces_hold_their_classes() -> None:
    text = "classDiagram\nnamespace A.B {\nclass C\nclass D {\n+int x\n}\n}\nclass E"
    assert parents_of(text) == {"C": "A_B", "D": "A_B", "E": None, "A": None, "A_B": "A"}
    assert [group.text for group in drawing_of(text).all(Group)] == ["A", "B"]


def test_notes_stand_for_themselves_or_at_a_class() -> None:
    notes = drawing_of('classDiagram\nclass A\nnote "all"\nnote for A "one<br>two"').all(Note)
    assert [(note.text, note.targets) for note in notes] == [("all", ()), ("one\ntwo", ("A",))]


def test_colours_come_from_classes() -> None:
    text = 'classDiagram\nclass A:::hot\nclass B\ncssClass "B" hot\nclassDef hot fill:#f00\nstyle B fill:#00f'
    assert [node.color for node in drawing_of(text).all(Node)] == ["red", "blue"]


def test_title_is_a_name_inside_a_body() -> None:
    drawing = drawing_of("classDiagram\ntitle The shop\nclass Book {\ntitle : String\n}")
    assert drawing.title == "The shop"
    assert [row.cells[1] for row in drawing.all(Node)[0].rows] == ["title : String"]
