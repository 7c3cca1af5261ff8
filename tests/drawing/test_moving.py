"""Shapes that are moved by hand: what belongs to them follows, and their connectors go around what is in the way."""

from __future__ import annotations

import uuid
from itertools import pairwise

from drawing.canvas import Canvas, CanvasObject
from drawing.geometry import Rect, segment_hits_rect
from drawing.model import Drawing
from drawing.moving import Move, move_shapes
from drawing.object_index import object_box, points_of
from drawing.quality import judge
from drawing.revision import Drawn, Revision, object_names
from drawing.session import draw_source
from drawing.source import read_source, write_source

NAMESPACE = uuid.UUID(int=6)
SOURCE = """flowchart TD
a([Start]) --> b[Enter password]
b --> c{Correct?}
c -->|yes| d([Home])
c -->|no| b
subgraph z [Zone]
e[Inside] --> f[Also inside]
end
d --> z
"""


def read() -> Drawing:
    drawing = read_source(SOURCE).drawing
    assert drawing is not None
    return drawing


def drawn() -> Canvas:
    return draw_source(SOURCE, namespace=NAMESPACE)


def id_of(name: str) -> str:
    return next(key for key, each in object_names(read(), NAMESPACE).items() if each == name)


def boxes(objects: list[CanvasObject] | tuple[CanvasObject, ...]) -> dict[str, Rect]:
    return {item.id: object_box(item) for item in objects}


def test_words_follow_and_connectors_find_their_way() -> None:
    before = boxes(drawn().objects)
    home = id_of("d")
    to = before[home].moved(300, -120)
    after = move_shapes(drawn().objects, [Move(home, to)])
    now = boxes(after)
    assert now[home] == to
    words = next(item.id for item in after if item.properties.get("of") == home)
    assert (now[words].cx - now[home].cx, now[words].cy - now[home].cy) == (
        before[words].cx - before[home].cx,
        before[words].cy - before[home].cy,
    )
    assert judge(after).defects == ()
    others = {key for key in before if before[key] != now[key]} - {home, words}
    lines = {id_of("c --> d: yes"), id_of("d --> z")}
    assert others <= lines | {item.id for item in after if item.properties.get("of") in lines}


def test_what_stands_in_a_frame_moves_with_it() -> None:
    before = boxes(drawn().objects)
    frame = id_of("z")
    now = boxes(move_shapes(drawn().objects, [Move(frame, before[frame].moved(200, 50))]))
    for name in ("e", "f", "e --> f"):
        assert now[id_of(name)] == before[id_of(name)].moved(200, 50)


def test_connector_goes_around_a_shape_that_is_put_in_its_way() -> None:
    before = boxes(drawn().objects)
    way = next(points_of(item.properties) for item in drawn().objects if item.id == id_of("a --> b"))
    middle = Rect.around((way[0][0] + way[-1][0]) / 2, (way[0][1] + way[-1][1]) / 2 + 4, 60, 24)
    moves = [Move(id_of("a"), before[id_of("a")].moved(0, -200)), Move(id_of("d"), middle)]
    after = {item.id: item for item in move_shapes(drawn().objects, moves)}
    points = points_of(after[id_of("a --> b")].properties)
    assert not any(segment_hits_rect(a, b, middle) for a, b in pairwise(points))


def test_nothing_moved_changes_nothing() -> None:
    objects = drawn().objects
    assert tuple(move_shapes(objects, [])) == objects
    assert tuple(move_shapes(objects, [Move(each, box) for each, box in boxes(objects).items()])) == objects
    assert tuple(move_shapes(objects, [Move("nonsense", Rect(0, 0, 1, 1))])) == objects


def test_pinned_shape_stays_through_later_changes() -> None:
    canvas = drawn()
    home = id_of("d")
    box = boxes(canvas.objects)[home].moved(300, -120)
    pins = {home: [box.x, box.y, box.w, box.h]}
    source = write_source(read())
    moved = Revision(Drawn(source, NAMESPACE, objects=canvas.objects), pins=pins).finish()
    assert boxes(moved.canvas.objects)[home] == box
    later = Revision(
        Drawn(moved.source, NAMESPACE, objects=moved.canvas.objects), "b --> g[Forgot it]\n", pins=pins
    ).finish()
    assert boxes(later.canvas.objects)[home] == box
    assert later.canvas.quality.defects == ()
    assert home not in later.changes.seen.changed
