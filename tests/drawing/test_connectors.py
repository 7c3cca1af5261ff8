"""Connectors as hosts draw them: what is on the canvas afterwards says the same as before."""

from __future__ import annotations

import json
import math
import uuid
from pathlib import Path

import pytest

from drawing.canvas import Canvas, CanvasObject
from drawing.connectors import Connectors, convert_connectors, vanished_lines
from drawing.geometry import point_to_segment, polygon
from drawing.object_index import object_box, points_of
from drawing.plan import Plan, parse_header, parse_item
from drawing.session import draw_plan

PLANS = sorted((Path(__file__).parent / "plans").glob("*.json"))
BENT = Path(__file__).parent / "plans" / "flow_groups_down.json"
LAID_OUT = [path for path in PLANS if not path.stem.startswith("free")]
NAMESPACE = uuid.UUID(int=1)


def draw(path: Path, *, square_diamonds: bool = False) -> Canvas:
    raw = json.loads(path.read_text(encoding="utf-8"))
    plan = Plan(parse_header(raw), tuple(map(parse_item, raw["items"])))
    return draw_plan(plan, namespace=NAMESPACE, square_diamonds=square_diamonds)


def convert(canvas: Canvas, connectors: Connectors) -> list[CanvasObject]:
    known = {item.id: item for item in canvas.objects}
    return convert_connectors(canvas.objects, connectors, known=known)


def ends(item: CanvasObject) -> tuple[str, str]:
    return item.properties["from"], item.properties["to"]


def arrows(objects: list[CanvasObject] | tuple[CanvasObject, ...]) -> list[CanvasObject]:
    return [item for item in objects if item.object_type == "arrow"]


def distance_to_outline(point: tuple[float, float], shape: CanvasObject) -> float:
    corners = polygon(shape.object_type, object_box(shape))

    def to_side(a: tuple[float, float], b: tuple[float, float]) -> float:
        length = math.dist(a, b) or 1.0
        t = ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / length**2
        t = min(max(t, 0.0), 1.0)
        return math.dist(point, (a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])))

    return min(map(to_side, corners, [*corners[1:], corners[0]]))


def test_elbows_are_what_is_laid_out() -> None:
    canvas = draw(PLANS[0])
    assert convert(canvas, "elbow") == list(canvas.objects)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
@pytest.mark.parametrize("connectors", ["segments", "straight"])
def test_every_arrow_has_two_points_and_the_ends_it_had(path: Path, connectors: Connectors) -> None:
    before = draw(path)
    after = convert(before, connectors)
    assert {(item.id, ends(item)) for item in arrows(after)} == {
        (item.id, ends(item)) for item in arrows(before.objects)
    }
    loops = [item for item in arrows(after) if ends(item)[0] == ends(item)[1]]
    bent = [item for item in arrows(after) if len(item.properties["points"]) != 4]
    assert [item for item in bent if connectors == "segments" or item not in loops] == []
    assert len({item.z_index for item in after}) == len(after)
    assert len({item.id for item in after}) == len(after)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_segments_run_where_the_elbow_ran(path: Path) -> None:
    before = {item.id: item for item in draw(path).objects}
    after = convert(draw(path), "segments")
    lines = {
        item.properties["of"]: item
        for item in after
        if item.object_type == "line" and "of" in item.properties
    }
    for arrow in arrows(after):
        whole = points_of(before[arrow.id].properties)
        line = lines.get(arrow.id)
        parts = (
            [*points_of(line.properties)[:-1], *points_of(arrow.properties)]
            if line
            else points_of(arrow.properties)
        )
        assert list(parts) == [pytest.approx(point, abs=0.11) for point in whole]
        assert (line is None) == (len(whole) == 2)
        if line is not None:
            assert ends(line) == ends(arrow)
            assert line.z_index < arrow.z_index
            assert line.properties["stroke"] == arrow.properties["stroke"]


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_straight_arrows_end_on_their_shapes(path: Path) -> None:
    after = convert(draw(path), "straight")
    shapes = {item.id: item for item in after}
    for arrow in arrows(after):
        start, end = points_of(arrow.properties)[0], points_of(arrow.properties)[-1]
        source, target = (shapes[each] for each in ends(arrow))
        if source.object_type in ("rectangle", "diamond", "circle"):
            assert distance_to_outline(start, source) < 14, arrow.id  # corners may be rounded
        if target.object_type in ("rectangle", "diamond", "circle"):
            assert distance_to_outline(end, target) < 14, arrow.id


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_labels_lie_beside_their_straight_connectors(path: Path) -> None:
    after = convert(draw(path), "straight")
    connectors = {item.id: item for item in after if item.object_type in ("arrow", "line")}
    for label in (
        item for item in after if item.object_type == "text" and item.properties.get("of") in connectors
    ):
        points = points_of(connectors[label.properties["of"]].properties)
        box = object_box(label)
        if len(points) == 2:
            assert point_to_segment((box.cx, box.cy), *points) < box.w / 2 + box.h / 2 + 40


def test_an_arrow_that_loses_its_bends_takes_its_line_along() -> None:
    canvas = draw(BENT)
    bent = next(item for item in arrows(canvas.objects) if len(item.properties["points"]) > 4)
    shown = {item.id: item for item in convert(canvas, "segments")}
    straight = CanvasObject(
        bent.id, "arrow", {**bent.properties, "points": [0.0, 0.0, 50.0, 0.0]}, bent.z_index
    )
    [line_id] = vanished_lines([straight], "segments", shown=shown)
    assert shown[line_id].properties["of"] == bent.id
    assert vanished_lines([bent], "segments", shown=shown) == []


# A freeform drawing keeps the sizes it was given.
@pytest.mark.parametrize(
    "path", [path for path in PLANS if not path.stem.startswith("free")], ids=lambda path: path.stem
)
def test_square_diamonds_are_as_high_as_wide_and_hold_their_text(path: Path) -> None:
    canvas = draw(path, square_diamonds=True)
    texts = {item.properties.get("of"): item for item in canvas.objects if item.object_type == "text"}
    for item in canvas.objects:
        if item.object_type != "diamond":
            continue
        box, label = object_box(item), object_box(texts[item.id])
        assert box.w == box.h
        assert label.w / box.w + label.h / box.h <= 1.0
    for arrow in arrows(canvas.objects):
        shapes = {item.id: item for item in canvas.objects}
        target = shapes[ends(arrow)[1]]
        if target.object_type == "diamond":
            assert distance_to_outline(points_of(arrow.properties)[-1], target) < 1.5


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.stem)
def test_texts_say_their_colour_font_and_alignment_as_canvas_libraries_read_them(path: Path) -> None:
    for item in draw(path).objects:
        if item.object_type == "text":
            assert item.properties["fill"] == item.properties["color"]
            assert item.properties["textAlign"] == item.properties["align"]
            assert "sans-serif" in item.properties["fontFamily"]
