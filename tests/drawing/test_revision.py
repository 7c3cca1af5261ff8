"""Drawings after a change: what was said is there, and what was not said stays as it was."""

from __future__ import annotations

import uuid

import pytest

from drawing.canvas import Canvas
from drawing.changes import Difference, Scope, apply_change, compare_objects
from drawing.model import Drawing
from drawing.revision import Drawn, Revised, Revision
from drawing.session import draw_source
from drawing.source import read_source, write_source

NAMESPACE = uuid.UUID(int=5)
FLOW = """flowchart TD
title Login
a([Start]) --> b[Enter password]
b --> c{Correct?}
c -->|yes| d([Home])
c -->|no| b
"""
SEQUENCE = "sequenceDiagram\nactor U as User\nparticipant A as API\nparticipant D as DB\nU->>A: log in\nA->>D: find\n"
ER = "erDiagram\nCUSTOMER ||--o{ ORDER : places\nCUSTOMER {\nint id PK\n}\nORDER {\nint id PK\n}\n"
GANTT = "gantt\ndateFormat YYYY-MM-DD\nsection Build\nDesign :d1, 2025-01-06, 10d\nTest :t1, after d1, 5d\n"
TABLE = "| Name | Price |\n|---|---|\n| A | 1 |\n| B | 2 |\n"
KANBAN = "kanban\n  Todo\n    id1[Fix login]\n    id2[Write docs]\n  Done\n    id3[Release]\n"
STATES = "stateDiagram-v2\n[*] --> Idle\nIdle --> Busy : start\nBusy --> Idle : stop\n"
CLASSES = "classDiagram\nclass Animal {\n+String name\n}\nAnimal <|-- Dog\n"
TEAM = "orgchart\nAnn Lee | CEO\n  Bob | CTO\n    Cy | Dev\n  Di | CFO\n"
LANES = "swimlanes LR\nsubgraph c [Customer]\na([Order])\nend\nsubgraph s [Shop]\nb[Check] --> d[Send]\nend\na --> b\n"
SWOT = "board 2x2\n## Strengths\n- fast\n## Weaknesses\n- small\n## Opportunities\n- new\n## Threats\n- big\n"
MIND = "mindmap\n  root((Tea))\n    green\n      sencha\n    black\n"

# A source, what is said, what its notation has then, and how many objects may be added, changed and removed.
CHANGES = [
    (FLOW, "d:::green", ':::green', (0, 2, 0)),
    (FLOW, "title Sign in", "title Sign in", (0, 1, 0)),
    (FLOW, "c -->|locked| e[Call support]", "Call support", (4, 0, 0)),
    (FLOW, "remove d", None, (0, 0, 4)),
    (FLOW, "b[Enter PIN]", "Enter PIN", (0, 6, 0)),
    (FLOW, "remove a --> b\na --> x[Check device] --> b", "Check device", (4, 3, 1)),
    (FLOW, "subgraph z [Zone]\nc\nend", "subgraph z", (2, 12, 0)),
    (SEQUENCE, "participant C as Cache", "Cache", (3, 0, 0)),
    (SEQUENCE, "remove D", None, (0, 4, 5)),
    (ER, "ORDER ||--|{ ITEM : holds", "ITEM", (4, 0, 0)),
    (ER, "remove ORDER", None, (0, 0, 8)),
    (TABLE, "| C | 3 |", "| C | 3 |", (4, 0, 0)),
    (TABLE, "| A | 9 |", "| A | 9 |", (0, 1, 0)),
    (TABLE, "remove B", None, (0, 0, 4)),
    (KANBAN, "id1[Fix the login]", "Fix the login", (0, 1, 0)),
    (KANBAN, "Done\n  id1[Fix login]", "Fix login", (0, 8, 0)),
    (KANBAN, "remove id2", None, (0, 3, 2)),
    (STATES, "Busy --> Failed : crash", "Failed", (4, 0, 0)),
    (CLASSES, "Animal <|-- Cat", "Cat", (3, 0, 0)),
    (TEAM, "Bob | CIO", "CIO", (0, 1, 0)),
    (TEAM, "remove Cy", None, (0, 3, 4)),
    (LANES, "b[Check stock]", "Check stock", (0, 2, 0)),
    (LANES, "subgraph c\ne([Receive])\nend\nd --> e", "Receive", (3, 3, 0)),
    (SWOT, "## Strengths\n- cheap", "cheap", (2, 2, 0)),
    (SWOT, "remove small", None, (0, 2, 2)),
    (MIND, "title Teas", "title Teas", (1, 0, 0)),
    (GANTT, "Ship :s1, after t1, 2d", "Ship", (8, 23, 2)),  # The axis has more days.
]  # fmt: skip


def read(text: str) -> Drawing:
    drawing = read_source(text).drawing
    assert drawing is not None
    return drawing


def change(source: str, text: str) -> tuple[Canvas, Revised, Difference]:
    before = draw_source(source, namespace=NAMESPACE)
    revised = Revision(Drawn(write_source(read(source)), NAMESPACE, objects=before.objects), text).finish()
    return before, revised, compare_objects(before.objects, revised.canvas.objects).seen


@pytest.mark.parametrize(("source", "text", "said", "most"), CHANGES)
def test_what_was_not_said_stays(
    source: str, text: str, said: str | None, most: tuple[int, int, int]
) -> None:
    _, revised, seen = change(source, text)
    found = (len(seen.added), len(seen.changed), len(seen.removed))
    assert all(one <= other for one, other in zip(found, most, strict=True)), (found, most)
    assert seen
    assert revised.change.scope is Scope.STATEMENTS
    assert revised.change.notes == ()
    assert revised.canvas.quality.defects == ()
    written = write_source(revised.change.drawing)
    assert said is None or said in written
    assert write_source(read(written)) == written


@pytest.mark.parametrize("source", sorted({source for source, *_ in CHANGES}))
def test_nothing_said_changes_nothing(source: str) -> None:
    before, revised, seen = change(source, "%% note: It is so already.\n")
    assert not seen
    assert {item.id for item in before.objects} == {item.id for item in revised.canvas.objects}
    assert revised.change.notes == ("It is so already.",)


@pytest.mark.parametrize("source", sorted({source for source, *_ in CHANGES}))
def test_the_same_drawing_whole_changes_nothing(source: str) -> None:
    _, revised, seen = change(source, f"```mermaid\n{write_source(read(source))}```\n")
    assert not seen
    assert revised.change.scope is Scope.WHOLE


def test_whole_answer_removes_what_it_leaves_out_and_keeps_the_words_of_what_it_mentions() -> None:
    whole = "flowchart TD\na([Beginn]) --> b[Passwort] --> c{Richtig?}\nc --> d\n"
    changed = apply_change(read(FLOW), whole)
    assert changed.scope is Scope.WHOLE
    written = write_source(changed.drawing)
    assert "title Login" in written
    assert 'd(["Home"])' in written
    assert "no" not in written.split("title Login")[1]


def test_few_statements_below_a_header_are_statements() -> None:
    changed = apply_change(read(FLOW), "flowchart TD\nc -->|locked| e[Call support]\n")
    assert changed.scope is Scope.STATEMENTS
    assert "Enter password" in write_source(changed.drawing)


@pytest.mark.parametrize(("may_be_new", "scope"), [(True, Scope.NEW), (False, Scope.STATEMENTS)])
def test_another_drawing_is_new_only_where_it_may_be(may_be_new: bool, scope: Scope) -> None:
    assert apply_change(read(FLOW), 'pie\n"Ads" : 60\n"TV" : 40\n', may_be_new=may_be_new).scope is scope


def test_the_drawing_itself_stays_as_it_is() -> None:
    drawing = read(FLOW)
    before = write_source(drawing)
    apply_change(drawing, "remove b\ntitle Other\nflowchart LR\na --> z")
    assert write_source(drawing) == before
