"""Architecture, C4 and requirement diagrams: what stands where, what is connected, and in which words."""

from __future__ import annotations

import pytest

from drawing.model import Edge, Node
from drawing.notation.icons import icon_shape
from tests.drawing.notation.reading import box_of, drawing_of, drawn, edges_of, parents_of, texts_of


@pytest.mark.parametrize(
    ("icon", "shape"),
    [
        ("database", "cylinder"),
        ("disk", "disk"),
        ("server", "server"),
        ("internet", "globe"),
        ("cloud", "cloud"),
        ("logos:aws-s3", "disk"),
        ("logos:aws-lambda", "bolt"),
        ("mdi:account", "person"),
        ("fa fa-lock", "lock"),
        ("no such icon", None),
    ],
)
def test_icons_by_name(icon: str, shape: str | None) -> None:
    assert icon_shape(icon) == shape


def test_services_stand_in_their_groups() -> None:
    text = (
        "architecture-beta\ngroup a(cloud)[Outer]\ngroup b[Inner] in a\n"
        "service db(database)[Orders] in b\njunction j in a"
    )
    assert parents_of(text) == {"db": "b", "j": "a", "a": None, "b": "a"}
    assert texts_of(text) == {"db": "Orders", "j": ""}


def test_sides_say_which_way_an_edge_runs() -> None:
    objects = drawn("architecture-beta\nservice a(server)[One]\nservice b(server)[Two]\na:L -- R:b")
    assert box_of(objects, "Two")[2] < box_of(objects, "One")[0]
    objects = drawn("architecture-beta\nservice a(server)[One]\nservice b(server)[Two]\na:B --> T:b")
    assert box_of(objects, "One")[3] < box_of(objects, "Two")[1]


def test_what_stands_beside_it_says_its_side() -> None:
    text = "architecture-beta\n" + "".join(f"service {name}(server)[{name.upper()}]\n" for name in "abcde")
    objects = drawn(text + "a:R --> L:b\nb:R --> L:c\nb:T -- B:d\nb:B -- T:e")
    boxes = {name: box_of(objects, name.upper()) for name in "abcde"}
    middles = {name: ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2) for name, box in boxes.items()}
    assert middles["a"][0] < middles["b"][0] < middles["c"][0]
    assert middles["d"][0] == middles["b"][0] == middles["e"][0]
    assert middles["d"][1] < middles["b"][1] < middles["e"][1]
    lines = [item.properties["points"] for item in objects if item.object_type in ("arrow", "line")]
    assert all(len(points) == 4 for points in lines), "each is straight"


def test_sides_that_go_round_are_drawn_all_the_same() -> None:
    text = "architecture-beta\n" + "".join(f"service {name}(server)[{name.upper()}]\n" for name in "abc")
    objects = drawn(text + "a:R --> L:b\nb:R --> L:c\nc:T --> B:a\na:B --> T:a\na:T --> B:b")
    assert len([item for item in objects if item.object_type == "arrow"]) == 5


def test_an_edge_may_end_at_a_group() -> None:
    text = (
        "architecture-beta\ngroup g[G]\ngroup h[H]\nservice a(server)[A] in g\nservice b(server)[B] in h\n"
        "a{group}:R <--> L:b{group}"
    )
    edge = drawing_of(text).all(Edge)[0]
    assert (edge.source, edge.target, edge.tail, edge.head) == ("g", "h", "arrow", "arrow")


def test_words_on_an_edge() -> None:
    assert edges_of("architecture-beta\na:R -[reads]-> L:b") == [("a", "b", "reads")]


def test_c4_elements_say_name_technology_and_description() -> None:
    node = drawing_of('C4Container\nContainerDb(db, "Store", "SQL, PostgreSQL", "Keeps all, for now")').all(
        Node
    )[0]
    assert (node.text, node.shape) == ("Store", "cylinder")
    assert dict(node.details) == {
        "kind": "container",
        "technology": "SQL, PostgreSQL",
        "description": "Keeps all, for now",
    }


def test_c4_boundaries_nest() -> None:
    text = 'C4Context\nEnterprise_Boundary(a, "A") {\nSystem_Boundary(b, "B") {\nSystem(s, "S")\n}\nPerson(p, "P")\n}'
    assert parents_of(text) == {"s": "b", "p": "a", "a": None, "b": "a"}


def test_c4_relations() -> None:
    elements = 'C4Context\nSystem(a, "A")\nSystem(b, "B")'
    text = f'{elements}\nRel(a, b, "uses", "HTTPS")\nBiRel(a, b, "syncs")\nRel_Back(a, b, "x")'
    edges = drawing_of(text).all(Edge)
    assert [(each.source, each.target, each.text, each.tail) for each in edges] == [
        ("a", "b", "uses\n[HTTPS]", "none"),
        ("a", "b", "syncs", "arrow"),
        ("b", "a", "x", "none"),
    ]


def test_requirements_are_records_of_facts() -> None:
    text = 'requirementDiagram\nfunctionalRequirement r {\nid: 1.1\ntext: "It: works"\nverifymethod: test\n}'
    node = drawing_of(text).all(Node)[0]
    assert [row.cells for row in node.rows] == [
        ("Id", "1.1"),
        ("Text", "It: works"),
        ("Verification", "test"),
    ]
    objects = drawn(text)
    assert box_of(objects, "\u00abFunctional requirement\u00bb")[3] <= box_of(objects, "r")[1] + 1
    assert box_of(objects, "Id")[0] == box_of(objects, "Text")[0]


def test_requirements_are_related_both_ways_round() -> None:
    text = "requirementDiagram\nelement e {\n}\nrequirement r {\n}\ne - satisfies -> r\nr <- copies - e"
    assert edges_of(text) == [("e", "r", "satisfies"), ("e", "r", "copies")]
