"""What every layout of the layered engine holds, whatever the graph."""

from __future__ import annotations

import inspect
import sys
from itertools import combinations, pairwise

import pytest
from hypothesis import HealthCheck, given, settings

from drawing.geometry import Rect, distance_to_outline, point_to_segment, segment_hits_rect
from drawing.layout.layered import FAST, Arc, Cluster, Layout, Spacing, Vertex, lay_out
from drawing.layout.layered.ends import POINTED
from drawing.shapes import SHAPES, outline
from tests.drawing.layered.strategies import Case, cases

SPACING = Spacing()
thorough = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def laid_out(case: Case) -> Layout:
    return lay_out(case.vertices, case.clusters, case.arcs, case.direction, SPACING)


def is_inside(case: Case, inner: str, outer: str) -> bool:
    return outer in case.around(inner)


def assert_boxes_hold(case: Case, layout: Layout) -> None:
    sizes = {v.key: (v.w, v.h) for v in case.vertices}
    assert {key: (round(r.w, 6), round(r.h, 6)) for key, r in layout.rects.items()} == sizes
    assert layout.frames.keys() == {c.key for c in case.clusters}
    for (one, a), (other, b) in combinations(layout.rects.items(), 2):
        assert not a.overlaps(b, 5), f"{one} comes too near to {other}"
    for key, rect in [*layout.rects.items(), *layout.frames.items()]:
        for name, frame in layout.frames.items():
            if name in case.around(key):
                assert frame.holds(rect, 0.01), f"{key} sticks out of {name}"
            elif name != key and not is_inside(case, name, key):
                assert not frame.overlaps(rect, -0.01), f"{key} stands in {name}"


@thorough
@given(cases())
def test_boxes_keep_their_sizes_and_frames_hold_their_own_and_nothing_else(case: Case) -> None:
    assert_boxes_hold(case, laid_out(case))


@thorough
@given(cases(lanes=True))
def test_lanes_keep_their_order_and_run_over_the_full_length(case: Case) -> None:
    layout = laid_out(case)

    assert_boxes_hold(case, layout)
    frames = [layout.frames[c.key] for c in case.clusters]
    across = [(f.x, f.right) if case.direction in ("down", "up") else (f.y, f.bottom) for f in frames]
    along = [(f.y, f.bottom) if case.direction in ("down", "up") else (f.x, f.right) for f in frames]
    assert all(a[1] == pytest.approx(b[0]) for a, b in pairwise(across))
    assert all(a == pytest.approx(b) for a, b in pairwise(along))


@thorough
@given(cases(own_directions=True, cluster_ends=True))
def test_own_directions_and_links_to_frames_break_nothing(case: Case) -> None:
    layout = laid_out(case)

    assert_boxes_hold(case, layout)
    for arc in case.arcs:
        apart = not is_inside(case, arc.source, arc.target) and not is_inside(case, arc.target, arc.source)
        is_loop_of_frame = arc.source == arc.target and arc.source in layout.frames
        assert (arc.key in layout.routes) == (apart and not is_loop_of_frame)


@thorough
@given(cases())
def test_lines_end_on_outlines_and_keep_out_of_foreign_boxes(case: Case) -> None:
    layout = laid_out(case)
    shapes = {v.key: v.outline for v in case.vertices}

    for arc in case.arcs:
        route = layout.routes[arc.key]
        for key, point in ((arc.source, route[0]), (arc.target, route[-1])):
            assert gap_to(shapes[key], layout.rects[key], point) < 0.5, f"{arc.key} is loose at {key}"
        for name, rect in layout.rects.items():
            if name not in (arc.source, arc.target):
                assert not any(segment_hits_rect(a, b, rect.grown(-0.5)) for a, b in pairwise(route)), name


def gap_to(shape: str, rect: Rect, point: tuple[float, float]) -> float:
    if shape in ("rectangle", "diamond", "circle", "star", "heart") or shape not in SHAPES:
        return distance_to_outline(shape, rect, point)
    corners = outline(shape, rect)
    return min(point_to_segment(point, a, b) for a, b in pairwise([*corners, corners[0]]))


@thorough
@given(cases())
def test_lines_run_along_the_page_and_their_last_piece_has_room_for_a_head(case: Case) -> None:
    layout = laid_out(case)
    pointed = {v.key for v in case.vertices if v.outline in POINTED}

    for arc in case.arcs:
        route = layout.routes[arc.key]
        assert all(abs(ax - bx) < 0.01 or abs(ay - by) < 0.01 for (ax, ay), (bx, by) in pairwise(route))
        (ax, ay), (bx, by) = route[-2:]
        if arc.source != arc.target and arc.target not in pointed:
            assert abs(ax - bx) + abs(ay - by) >= 6


@thorough
@given(cases())
def test_every_label_stands_beside_its_own_line_and_on_nothing(case: Case) -> None:
    layout = laid_out(case)

    assert layout.labels.keys() == {arc.key for arc in case.arcs if arc.label[0]}
    for (one, a), (other, b) in combinations(layout.labels.items(), 2):
        assert not a.overlaps(b, -0.01), f"the labels of {one} and {other} overlap"
    for key, label in layout.labels.items():
        assert not any(rect.overlaps(label, -0.01) for rect in layout.rects.values()), key


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(cases(cluster_ends=True, own_directions=True))
def test_the_same_graph_gives_the_same_layout_every_time(case: Case) -> None:
    one = lay_out(case.vertices, case.clusters, case.arcs, case.direction, effort=FAST)
    other = lay_out(case.vertices, case.clusters, case.arcs, case.direction, effort=FAST)

    assert one == other
    assert_boxes_hold(case, one)


def test_nothing_recurses_on_a_deep_nest_or_a_long_chain() -> None:
    clusters = [Cluster(f"c{i}", f"c{i - 1}" if i else None, (40, 16)) for i in range(150)]
    boxes = [Vertex(f"v{i}", 50, 30) for i in range(300)]
    arcs = [Arc(f"a{i}", f"v{i}", f"v{i + 1}") for i in range(299)]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 60)
    try:
        nest = lay_out([Vertex("v", 50, 30, cluster="c149")], clusters, effort=FAST)
        chain = lay_out(boxes, (), arcs, effort=FAST)
    finally:
        sys.setrecursionlimit(limit)

    assert nest.frames["c0"].holds(nest.rects["v"])
    assert chain.rects["v0"].bottom < chain.rects["v299"].y
