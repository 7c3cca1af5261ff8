"""New words and colours for parts of a drawing, whatever its kind."""

from __future__ import annotations

import uuid

import pytest

from drawing.kinds import KINDS
from drawing.part_edits import NotEditable, PartEdit, edit_parts, part_keys
from drawing.session import draw_source
from drawing.source import read_source
from tests.drawing.notation.samples import SAMPLES, text_of

NAMESPACE = uuid.UUID(int=7)
# What these write has no words of its own, or none that the notation can change by itself.
WORDLESS = {"gitgraph", "table"}
FIRST = {path.parent.name: path for path in reversed(SAMPLES)}


def words(source: str) -> list[str]:
    canvas = draw_source(source, namespace=NAMESPACE)
    return [" ".join(str(item.properties.get("text", "")).split()) for item in canvas.objects]


@pytest.mark.parametrize("kind", sorted(KINDS.keys() - WORDLESS))
def test_a_part_of_any_kind_gets_other_words(kind: str) -> None:
    drawing = read_source(text_of(FIRST[kind])).drawing
    assert drawing is not None
    key = next(key for key, part in drawing.parts.items() if getattr(part, "text", "") and "edge" not in key)
    edited = edit_parts(drawing, {key: PartEdit("Neu")})
    assert any("Neu" in each for each in words(edited))
    assert all(part.text != "Neu" for part in drawing.parts.values() if hasattr(part, "text"))


def test_only_the_part_that_was_meant_changes_and_its_colour_can_be_taken_away() -> None:
    drawing = read_source('flowchart TD\n a["One"]:::red --> b["Two"]').drawing
    assert drawing is not None
    edits = {"node:a": PartEdit("Eins", "default"), "node:b": PartEdit(color="green")}
    again = read_source(edit_parts(drawing, edits)).drawing
    assert again is not None
    nodes = {part.id: part for part in again.parts.values()}
    assert [(nodes[each].text, nodes[each].color) for each in "ab"] == [("Eins", None), ("Two", "green")]


@pytest.mark.parametrize(
    "text", ['"];x', "a --> b", "%% no", "end", "`\\", "- x : 1", "# y", "line\nbreak", "[[]]|{"]
)
def test_hostile_words_stay_words(text: str) -> None:
    drawing = read_source("flowchart TD\n a[One] -->|yes| b[Two]").drawing
    assert drawing is not None
    edge = next(key for key in drawing.parts if key.startswith("edge"))
    again = read_source(edit_parts(drawing, {"node:a": PartEdit(text), edge: PartEdit(text)})).drawing
    assert again is not None
    assert [getattr(part, "text", "") for part in again.parts.values()].count(text) == 2
    assert len(again.parts) == 3


def test_what_a_part_cannot_have_is_refused() -> None:
    drawing = read_source("sequenceDiagram\n A->>B: Hello").drawing
    assert drawing is not None
    message = next(key for key in drawing.parts if key.startswith("message"))
    for key, edit in ((message, PartEdit(color="red")), ("title", PartEdit(color="red"))):
        with pytest.raises(NotEditable):
            edit_parts(drawing, {key: edit})


def test_an_object_and_its_words_stand_for_one_part() -> None:
    drawing = read_source("flowchart TD\n a[One]").drawing
    assert drawing is not None
    ids = [str(uuid.uuid5(NAMESPACE, key)) for key in ("node:a", "node:a:label", "title", "node:b")]
    assert part_keys(drawing, NAMESPACE, ids) == {ids[0]: "node:a", ids[1]: "node:a", ids[2]: "title"}
