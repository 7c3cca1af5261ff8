"""Changing a drawing: what is removed goes with all that hangs on it, and nothing else does."""

from __future__ import annotations

import pytest

from drawing.model import Drawing, Edge, Group, Message, Node, Step, TableRow, Value
from drawing.source import SourceReader, read_source, write_source

FLOW = "flowchart TD\nsubgraph g[Team]\na[Start]\nb[Work]\nend\na --> b --> c[End]\na -->|skip| c"


def changed(text: str, change: str) -> tuple[Drawing, tuple[str, ...]]:
    drawing = read_source(text).drawing
    assert drawing is not None
    reader = SourceReader(drawing)
    reader.feed(change)
    reader.close()
    return drawing, reader.notes


def edges_of(drawing: Drawing) -> list[tuple[str, str]]:
    return [(edge.source, edge.target) for edge in drawing.all(Edge)]


@pytest.mark.parametrize("statement", ["remove b", "REMOVE Work", "delete b;", 'remove "Work"'])
def test_a_node_goes_with_its_connectors(statement: str) -> None:
    drawing, notes = changed(FLOW, statement)
    assert [node.id for node in drawing.all(Node)] == ["a", "c"]
    assert edges_of(drawing) == [("a", "c")]
    assert notes == ()


def test_a_connector_goes_and_its_ends_stay() -> None:
    drawing, _ = changed(FLOW, "remove a --> c")
    assert edges_of(drawing) == [("a", "b"), ("b", "c")]
    assert len(drawing.all(Node)) == 3


def test_what_stood_in_a_group_stays() -> None:
    drawing, _ = changed(FLOW, "remove g")
    assert drawing.all(Group) == []
    assert [(node.id, node.parent) for node in drawing.all(Node)] == [("a", None), ("b", None), ("c", None)]
    assert read_source(write_source(drawing)).notes == ()


def test_rows_stages_notes_and_participants_are_removed() -> None:
    table, _ = changed("| A | B |\n|---|---|\n| x | 1 |\n| y | 2 |", "remove x")
    assert [row.cells[0].text for row in table.all(TableRow)] == ["A", "y"]
    funnel, _ = changed("funnel\nVisits : 10\nOrders : 2", "remove visits")
    assert [value.text for value in funnel.all(Value)] == ["Orders"]
    board, _ = changed("board\n## A\n- one\n- two", "remove one")
    assert [node.text for node in board.all(Node)] == ["two"]
    sequence, _ = changed("sequenceDiagram\nA->>B: hi\nactivate C\nB->>C: on\nC-->>A: back", "remove C")
    assert [message.text for message in sequence.all(Message)] == ["hi"]
    assert sequence.all(Step) == []


def test_what_is_not_there_is_read_as_a_statement_or_said() -> None:
    drawing, notes = changed("cycle\nbuild\nrun", "remove dust\n")
    assert [value.text for value in drawing.all(Value)] == ["build", "run", "remove dust"]
    assert notes == ()
    _, notes = changed("| A | B |\n| x | 1 |", "remove z")
    assert len(notes) == 1


def test_a_text_from_its_beginning_removes_nothing() -> None:
    drawing = read_source("cycle\ndust\nremove dust").drawing
    assert drawing is not None
    assert [value.text for value in drawing.all(Value)] == ["dust", "remove dust"]
    drawing, _ = changed("cycle\na\nb", "cycle\ndust\nremove dust")
    assert len(drawing.all(Value)) == 2  # A header begins another drawing; this one stays as it was.
