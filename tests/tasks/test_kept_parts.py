"""What a model said comes back from the database as it was."""

from __future__ import annotations

import json

from drawing.plan import Edge, Group, Header, Node, Shape
from tasks.designers import Note, Source
from tasks.kept_answers import Part, read_parts, write_parts


def test_parts_come_back_as_they_were() -> None:
    said: list[Part] = [
        Header("Order", "flowchart"),
        Group("g", "Shop"),
        Node("a", "Start", role="start", parent="g", is_bold=True),
        Edge("a", "a", label="again"),
        Shape("s", "circle", 1.5, 2.0, 3.0, 4.0, "sun"),
        Note("Two are left out."),
        Source("flow"),
        Source("chart TD"),
    ]
    kept = json.loads(json.dumps(write_parts(said)))
    assert read_parts(kept) == [*said[:-2], Source("flowchart TD")]
