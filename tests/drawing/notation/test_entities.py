"""Entity-relationship diagrams: cardinalities in signs and words, attributes with keys and comments."""

from __future__ import annotations

import pytest

from drawing.model import Edge, Node
from tests.drawing.notation.reading import box_of, drawing_of, drawn, edges_of, texts_of


def relation(text: str) -> Edge:
    return drawing_of(f"erDiagram\n{text}").all(Edge)[-1]


def rows_of(body: str) -> list[tuple[str, ...]]:
    return [row.cells for row in drawing_of(f"erDiagram\nA {{\n{body}\n}}").all(Node)[0].rows]


@pytest.mark.parametrize(
    ("signs", "tail", "head", "line"),
    [
        ("||--o{", "one", "zero_or_more", "solid"),
        ("|o--||", "zero_or_one", "one", "solid"),
        ("}o--|{", "zero_or_more", "one_or_more", "solid"),
        ("}|..o|", "one_or_more", "zero_or_one", "dotted"),
        ("only one to one or more", "one", "one_or_more", "solid"),
        ("one or more to zero or one", "one_or_more", "zero_or_one", "solid"),
        ("1 to zero or more", "one", "zero_or_more", "solid"),
        ("many(1) optionally to 0+", "one_or_more", "zero_or_more", "dotted"),
    ],
)
def test_cardinalities(signs: str, tail: str, head: str, line: str) -> None:
    read = relation(f'CUSTOMER {signs} ORDER : "has some"')
    assert (read.source, read.target, read.text) == ("CUSTOMER", "ORDER", "has some")
    assert (read.tail, read.head, read.line) == (tail, head, line)


def test_names_may_have_hyphens_and_quotes() -> None:
    text = 'erDiagram\nLINE-ITEM }o--|| "Delivery Address" : to'
    assert texts_of(text) == {"LINE-ITEM": "LINE-ITEM", "Delivery_Address": "Delivery Address"}
    assert edges_of(text) == [("LINE-ITEM", "Delivery_Address", "to")]


def test_an_alias_is_what_is_shown() -> None:
    assert texts_of('erDiagram\np[Person] {\nint id\n}\na["Customer Account"]\np ||--o{ a : has') == {
        "p": "Person",
        "a": "Customer Account",
    }


@pytest.mark.parametrize(
    ("said", "cells"),
    [
        ("string name", ("string", "name", "", "")),
        ("int id PK", ("int", "id", "PK", "")),
        ('int order_id PK, FK "to orders"', ("int", "order_id", "PK, FK", "to orders")),
        ("varchar(255) email UK", ("varchar(255)", "email", "UK", "")),
        ("string[] tags", ("string[]", "tags", "", "")),
        ("decimal(10, 2) price", ("decimal(10, 2)", "price", "", "")),
        ("name: string", ("string", "name", "", "")),
        ("id PK", ("", "id", "PK", "")),
    ],
)
def test_attributes(said: str, cells: tuple[str, ...]) -> None:
    assert rows_of(said) == [cells]


def test_attributes_on_one_line() -> None:
    text = "erDiagram\nA { int id PK  string name }\nB"
    assert [[row.cells[1] for row in node.rows] for node in drawing_of(text).all(Node)] == [
        ["id", "name"],
        [],
    ]


def test_an_attribute_said_again_changes() -> None:
    assert rows_of("int id\nuuid id PK") == [("uuid", "id", "PK", "")]


def test_keys_names_and_types_are_columns() -> None:
    objects = drawn("erDiagram\nA {\nint identifier PK\nstring no FK\n}")
    assert box_of(objects, "identifier")[0] == box_of(objects, "no")[0]
    assert box_of(objects, "int")[0] == box_of(objects, "string")[0]
    assert box_of(objects, "PK")[2] < box_of(objects, "identifier")[0] < box_of(objects, "int")[0]


def test_crows_feet_are_properties_of_lines() -> None:
    line = next(each for each in drawn("erDiagram\nA ||--o{ B : has") if "from" in each.properties)
    assert (line.properties["tail"], line.properties["head"]) == ("one", "zero_or_more")


def test_title_is_a_column_inside_a_body() -> None:
    drawing = drawing_of("erDiagram\ntitle Library\nBOOK {\ntitle varchar\n}")
    assert drawing.title == "Library"
    assert drawing.all(Node)[0].rows[0].cells[:2] == ("title", "varchar")
