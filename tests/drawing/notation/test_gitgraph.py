"""Git histories: parents, branches and tags as the commands say them."""

from __future__ import annotations

from pathlib import Path

from drawing.model import Drawing, Edge, Group, Node
from drawing.source import read_source

SAMPLES = Path(__file__).parent / "samples" / "gitgraph"


def read(name: str) -> Drawing:
    drawing = read_source((SAMPLES / f"{name}.mmd").read_text(encoding="utf-8")).drawing
    assert drawing is not None
    return drawing


def test_commits_have_the_parents_that_git_would_give_them() -> None:
    edges = [(edge.source, edge.target) for edge in read("cherry").all(Edge)]

    assert edges[:5] == [("ZERO", "A"), ("ZERO", "ONE"), ("ZERO", "B"), ("ONE", "MERGE"), ("B", "MERGE")]
    assert ("MERGE", "TWO") in edges
    assert [(node.role, node.parent) for node in read("cherry").all(Node)][-3] == ("cherry-pick", "release")


def test_tags_types_and_orders_are_kept() -> None:
    nodes = {node.text: node for node in read("releases").all(Node)}

    assert nodes["cart 2"].shape == "HIGHLIGHT"
    assert [text for fact, text in nodes[""].details if fact == "tag"][:1] == ["v1.0.1"]
    (following,) = (group for group in read("down").all(Group) if group.id == "next")
    assert dict(following.details)["order"] == "2"


def test_an_untidy_text_is_read_with_all_it_says() -> None:
    source = read_source((SAMPLES / "untidy.mmd").read_text(encoding="utf-8"))
    assert source.drawing is not None

    assert [node.text for node in source.drawing.all(Node)] == [
        "start here", "second one", "x\nwith a message", "",
    ]  # fmt: skip
    assert [group.text for group in source.drawing.all(Group)] == ["main", "develop"]
    assert len(source.notes) == 2


def test_an_id_that_comes_twice_is_two_commits() -> None:
    assert [node.text for node in read("cut_off").all(Node)][:2] == ["one", "one"]
