"""A drawing that is laid out again, with the one before as a hint, stays where it was as far as it can."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.layout.engines import ours
from bench.layout.graphs import Box, Graph, Line, generated
from bench.layout.stability import measure_changes
from drawing.layout.layered import Layout

LOOSE = ("groups", "hub", "dense")


def far(before: Layout, after: Layout) -> list[str]:
    """Return the boxes that moved by more than 5 units."""
    return [
        key
        for key, rect in before.rects.items()
        if max(abs(rect.x - after.rects[key].x), abs(rect.y - after.rects[key].y)) > 5
    ]


@pytest.mark.parametrize(
    "graph", [g for g in generated(48) if not g.name.startswith(LOOSE)], ids=lambda graph: str(graph.name)
)
def test_the_same_graph_again_moves_nothing(graph: Graph) -> None:
    before = ours(graph)

    assert far(before, ours(graph, before)) == []


def test_a_new_leaf_finds_a_free_place_and_pushes_nothing_aside() -> None:
    boxes = [Box(f"n{i}", 100, 44) for i in range(4)]
    lines = [Line(f"e{i}", "n0", f"n{i}") for i in (1, 2, 3)]
    before = ours(Graph("tree", "down", boxes, [], lines))

    graph = Graph("tree", "down", [*boxes, Box("new", 100, 44)], [], [*lines, Line("e4", "n2", "new")])

    assert far(before, ours(graph, before)) == []


def test_a_part_that_was_cut_off_stays_where_it_was() -> None:
    boxes = [Box(f"n{i}", 100, 44) for i in range(5)]
    lines = [Line(f"e{i}", f"n{i}", f"n{i + 1}") for i in range(4)]
    graph = Graph("chain", "down", boxes, [], lines)
    before = ours(graph)

    after = ours(replace(graph, lines=[lines[0], *lines[2:]]), before)

    assert far(before, after) == []


@pytest.mark.slow
def test_small_changes_move_little_and_break_nothing() -> None:
    changes = {change.name: change for change in measure_changes(generated(30))}

    assert all(change.faults == 0 for change in changes.values())
    assert changes["a leaf added"].moved < 0.25
    assert changes["a line added"].moved < 0.25
    assert changes["a node removed"].moved < 0.20
    assert changes["a label longer"].moved < 0.12
