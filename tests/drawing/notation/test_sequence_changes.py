"""Changes of sequences: one message is named by its ends and words, and what is new goes where it belongs."""

from __future__ import annotations

import pytest

from drawing.changes import apply_change
from drawing.model import Drawing, Message
from drawing.source import read_source, write_source

SOURCE = """sequenceDiagram
    participant U
    participant A
    U->>A: ask
    A-->>U: reply
    alt ok
        U->>A: more
    else no
        U->>A: stop
    end
    Note over U,A: done
    U->>A: ask
"""


def drawing_of(text: str) -> Drawing:
    drawing = read_source(text).drawing
    assert drawing is not None
    return drawing


def changed(text: str) -> str:
    change = apply_change(drawing_of(SOURCE), text)
    assert not change.notes
    return write_source(change.drawing)


def test_source_is_written_as_it_was() -> None:
    assert write_source(drawing_of(SOURCE)) == SOURCE


def test_one_message_is_taken_away() -> None:
    assert changed("remove U->>A: more") == SOURCE.replace("        U->>A: more\n", "")
    assert changed("remove U->>A: ask") == SOURCE.replace("    U->>A: ask\n", "", 1)
    assert [message.text for message in drawing_of(changed("remove U --> A")).all(Message)] == ["reply"]


@pytest.mark.parametrize(
    "place", ["after A-->>U: reply", "before U->>A: more\nalt x\nend\nafter A-->>U: reply"]
)
def test_new_messages_stand_where_the_change_says(place: str) -> None:
    after = changed(f"{place}\nU->>B: call\nB-->>U: back")
    lines = [line.strip() for line in after.splitlines()]
    at = lines.index("A-->>U: reply")
    assert lines[at + 1 : at + 3] == ["U->>B: call", "B-->>U: back"]
    assert "participant B" in lines


def test_blocks_around_new_messages_stay_whole() -> None:
    after = changed("before U->>A: ask\nloop each day\nU->>A: ask\nend")
    assert after == SOURCE.replace(
        "    U->>A: ask\n", "    loop each day\n        U->>A: ask\n    end\n    U->>A: ask\n", 1
    )


def test_without_a_place_it_is_the_last() -> None:
    assert changed("U->>A: ask").endswith("    U->>A: ask\n    U->>A: ask\n")


@pytest.mark.parametrize("line", ["after nothing", "before U->>A: never said", "after"])
def test_places_that_are_not_there_are_said(line: str) -> None:
    change = apply_change(drawing_of(SOURCE), f"{line}\nU->>A: new")
    assert change.notes
    assert write_source(change.drawing).endswith("    U->>A: new\n")


def test_whole_answers_with_one_more_message_leave_the_ids_of_the_others() -> None:
    before = drawing_of(SOURCE)
    after = apply_change(before, SOURCE.replace("    alt ok", "    U->>A: in between\n    alt ok")).drawing
    assert set(after.parts) - set(before.parts) == {"message:U>A:in between"}
    assert not set(before.parts) - set(after.parts)


def test_other_lists_have_an_order_too() -> None:
    drawing = drawing_of("process\nPlan\nBuild\nShip\n")
    after = apply_change(drawing, "before Ship\nTest").drawing
    assert [word for word in write_source(after).split() if word != "-"] == [
        "process",
        "Plan",
        "Build",
        "Test",
        "Ship",
    ]
