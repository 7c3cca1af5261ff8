"""Use case diagrams: actors, use cases in their system, and how they are related."""

from __future__ import annotations

import pytest

from drawing.model import Edge, Node
from tests.drawing.notation.reading import box_of, drawing_of, drawn, edges_of, parents_of, texts_of


def test_actors_are_people() -> None:
    text = "usecase-beta\nactor Reader, lib(The librarian)\nReader --> find(Find a book)"
    assert {node.id: node.shape for node in drawing_of(text).all(Node)} == {
        "Reader": "person",
        "lib": "person",
        "find": "",
    }
    assert texts_of(text) == {"Reader": "Reader", "lib": "The librarian", "find": "Find a book"}


def test_use_cases_stand_in_their_system() -> None:
    text = "usecase-beta\nactor A\nsystemBoundary s(The system)\nuse(Do it)\nend\nA --> use"
    assert parents_of(text) == {"A": None, "use": "s", "s": None}
    objects = drawn(text)
    frame = next(each.properties for each in objects if each.properties.get("role") == "frame")
    assert box_of(objects, "A")[2] < frame["x"] < box_of(objects, "Do it")[0]


@pytest.mark.parametrize(
    ("said", "text", "line", "head"),
    [
        ("a --> b", "", "solid", "arrow"),
        ("a ..>: include b", "\u00abinclude\u00bb", "dotted", "arrow"),
        ("a ..>: Extends b", "\u00abextend\u00bb", "dotted", "arrow"),
        ("a ..> b : <<include>>", "\u00abinclude\u00bb", "dotted", "arrow"),
        ("a --|> b", "", "solid", "triangle"),
        ("a -- says --> b", "says", "solid", "arrow"),
    ],
)
def test_relations(said: str, text: str, line: str, head: str) -> None:
    edge = drawing_of(f"usecase-beta\n{said}").all(Edge)[0]
    assert (edge.source, edge.target, edge.text, edge.line, edge.head) == ("a", "b", text, line, head)


def test_words_of_other_tools() -> None:
    boundary = 'rectangle Shop {\nusecase "Buy it" as U\n}'
    text = f'usecase\nactor "Call centre" as Agent\n{boundary}\nAgent --> U\n:Guest: --> (Look)'
    assert texts_of(text) == {"Agent": "Call centre", "U": "Buy it", "Guest": "Guest", "Look": "Look"}
    assert edges_of(text) == [("Agent", "U", ""), ("Guest", "Look", "")]
    assert parents_of(text)["U"] == "Shop"


@pytest.mark.parametrize(
    "line",
    [
        'actor a as "Main admin"',
        'actor "Main admin" as a',
        'usecase a as "Main admin"',
        'usecase "Main admin" as a',
    ],
)
def test_a_name_stands_before_or_behind_its_words(line: str) -> None:
    assert texts_of(f"usecase\n{line}\n") == {"a": "Main admin"}
