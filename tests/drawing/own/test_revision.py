"""Changes of an app's canvas: what was asked for, in the look of what is there, and not a number of anything else."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawing.canvas import CanvasObject
from drawing.geometry import Rect
from drawing.object_index import object_box, points_of
from drawing.own.revision import NO_TITLE
from drawing.part_edits import NotEditable, PartEdit
from drawing.plan import PlanUnusable
from drawing.revision import Revised
from tests.drawing.own.boards import Board, id_of, shop


def words_of(revised: Revised) -> dict[str, CanvasObject]:
    return {
        item.properties["text"].replace("\n", " "): item
        for item in revised.canvas.objects
        if item.object_type == "text"
    }


def shape_with(revised: Revised, text: str) -> CanvasObject:
    objects = {item.id: item for item in revised.canvas.objects}
    return objects[words_of(revised)[text].properties["of"]]


def found(revised: Revised, name: str) -> CanvasObject:
    [item] = [item for item in revised.canvas.objects if item.id == id_of(name)]
    return item


def assert_joined(revised: Revised, source: str, target: str) -> CanvasObject:
    """Return the connector between two shapes; its ends lie on them."""
    [line] = [
        item
        for item in revised.canvas.objects
        if (item.properties.get("from"), item.properties.get("to")) == (source, target)
    ]
    objects = {item.id: item for item in revised.canvas.objects}
    points = points_of(line.properties)
    for end, point in ((source, points[0]), (target, points[-1])):
        assert object_box(objects[end]).grown(2).overlaps(object_box(line).grown(1)), end
        box = object_box(objects[end]).grown(2)
        assert box.holds(Rect(*point, 0, 0)), (end, point)
    return line


def test_new_shape_finds_room_looks_like_the_others_and_is_joined() -> None:
    board = shop()
    revised = board.change('<stock> -->|no| new["Order more from the supplier"]')
    new = shape_with(revised, "Order more from the supplier")
    usual = board.objects[0].properties
    assert [new.properties[name] for name in ("fill", "stroke", "strokeWidth", "cornerRadius")] == [
        usual[name] for name in ("fill", "stroke", "strokeWidth", "cornerRadius")
    ]
    assert words_of(revised)["Order more from the supplier"].properties["fontSize"] == 18
    others = [object_box(item) for item in board.objects if item.object_type not in ("arrow", "line")]
    assert not any(object_box(new).overlaps(box) for box in others)
    line = assert_joined(revised, id_of("stock"), new.id)
    assert line.properties["stroke"] == "#555555"
    assert words_of(revised)["no"].properties["of"] == line.id
    assert len(revised.changes.seen.added) == 4
    assert not revised.changes.seen.changed + revised.changes.seen.removed
    assert {item.id for item in revised.changes.written} == set(revised.changes.seen.added)
    assert min(item.z_index for item in revised.changes.written) > max(item.z_index for item in board.objects)


def test_colours_words_and_shapes_change_in_place() -> None:
    board = shop()
    revised = board.change('<order>:::green\n<pay>["Pay by card or invoice"]\n<note>["Drawn by Bob"]')
    assert found(revised, "order").properties["fill"] != board.objects[0].properties["fill"]
    assert shape_with(revised, "Pay by card or invoice").id == id_of("pay")
    assert found(revised, "note").properties["text"] == "Drawn by Bob"
    words, shape = object_box(found(revised, "pay words")), object_box(found(revised, "pay"))
    assert shape.holds(words, 1)
    assert math.isclose(words.cx, shape.cx, abs_tol=1)
    assert set(revised.changes.seen.changed) == set(
        map(id_of, ("order", "order words", "pay words", "note"))
    ) or set(revised.changes.seen.changed) == set(map(id_of, ("order", "pay words", "note")))


def test_moved_and_reshaped_things_keep_their_connectors() -> None:
    revised = shop().change('circle <pay> 300,300 90x90\nrectangle <ship> 560,300 160x70 "Ship"')
    pay, ship = found(revised, "pay"), found(revised, "ship")
    assert pay.object_type == "circle"
    assert object_box(pay).x == 300
    assert object_box(ship).y == 300
    assert_joined(revised, id_of("order"), pay.id)
    assert_joined(revised, pay.id, ship.id)
    assert object_box(found(revised, "ship words")).cy == object_box(ship).cy


def test_removed_shape_takes_its_words_and_connectors_along() -> None:
    revised = shop().change("remove <pay>")
    gone = {"pay", "pay words", "order-pay", "pay-ship", "pay-stock"}
    assert set(revised.changes.deleted) == set(map(id_of, gone))
    assert not revised.changes.written


def test_something_between_two_shapes() -> None:
    revised = shop().change('remove <order> --> <pay>\n<order> --> check["Check"] --> <pay>')
    check = shape_with(revised, "Check")
    assert_joined(revised, id_of("order"), check.id)
    assert_joined(revised, check.id, id_of("pay"))
    assert revised.changes.deleted == [id_of("order-pay")]


def test_placed_shapes_and_texts_where_the_answer_puts_them_if_there_is_room() -> None:
    revised = shop().change(
        'star s 60,200 90x90 "Fun" :::amber\nrectangle x 310,50 100x60 "Here?"\ntext t 200,450 "A note"\n'
        "<stock> -.-> s"
    )
    star, shifted = shape_with(revised, "Fun"), shape_with(revised, "Here?")
    assert (star.object_type, object_box(star).x, object_box(star).y) == ("star", 60, 200)
    assert not object_box(shifted).overlaps(object_box(found(revised, "pay")))
    assert words_of(revised)["A note"].properties["x"] == 200
    assert assert_joined(revised, id_of("stock"), star.id).properties["dash"]


def test_words_for_shapes_and_connectors_that_had_none() -> None:
    board = shop()
    board.box("zone", 700, 300)
    revised = board.change('<zone>["Now with words"]\n<order> -->|"first"| <pay>')
    assert shape_with(revised, "Now with words").id == id_of("zone")
    assert words_of(revised)["first"].properties["of"] == id_of("order-pay")
    again = board.change('<order>[""]')
    assert again.changes.deleted in ([], [id_of("order words")])


def test_what_names_nothing_changes_nothing_and_is_said() -> None:
    revised = shop().change("remove nothing\nnobody --> noone")
    assert not revised.changes.seen
    assert not revised.changes.written
    assert len(revised.change.notes) == 2


def test_title_is_not_the_apps_to_have() -> None:
    assert NO_TITLE in shop().change("title New").change.notes


def test_everything_removed_is_refused() -> None:
    board = Board()
    board.box("order", 0, 0, "Order")
    with pytest.raises(PlanUnusable):
        board.change("remove <order>")


def test_changes_by_hand() -> None:
    board = shop()
    moved = board.change(boxes={id_of("pay"): [300, 200, 200, 90], id_of("note"): [10, 10, 1, 1]})
    assert object_box(found(moved, "pay")).w == 200
    assert (found(moved, "note").properties["x"], found(moved, "note").properties["y"]) == (10, 10)
    assert_joined(moved, id_of("order"), id_of("pay"))
    edited = board.by_hand(
        {"pay words": PartEdit(text="Pay now", color="green"), "note": PartEdit(color="red")}
    )
    assert words_of(edited)["Pay now"].id == id_of("pay words")
    assert found(edited, "pay").properties["fill"] != found(moved, "pay").properties["fill"]
    deleted = board.by_hand(deleted=("order-pay", "note"))
    assert set(deleted.changes.deleted) == {id_of("order-pay"), id_of("note")}
    with pytest.raises(NotEditable):
        board.by_hand({"nothing": PartEdit(text="x")})
    red = found(board.by_hand({"order-pay": PartEdit(color="red")}), "order-pay")
    assert red.properties["stroke"] != "#555555"


def test_same_name_may_be_new_once_more() -> None:
    board = shop()
    first = board.change('<ship> --> new["One"]')
    board.objects = list(first.canvas.objects)
    second = board.change('<ship> --> new["Two"]')
    assert len(second.changes.seen.added) == 3
    assert {"One", "Two"} <= set(words_of(second))


_STATEMENTS = st.sampled_from(
    ["<order>", "<pay>", "<stock>", "<note>", "new", "other"]
).flatmap(
    lambda name: st.sampled_from(
        [f'{name}["Words that are long enough to need several lines"]', f"{name}:::purple", f"remove {name}",
         f'<ship> --> {name}["Next"]', f"{name} --> <ship>", f"rectangle {name} 100,300 200x80",
         f'circle {name} 500,20 60x60 "o"', f"cylinder {name} 9999,9999 1x1", f"{name} -.->|why| <pay>",
         f"line {name} 0,0 500,500"]
    )
)  # fmt: skip


@given(st.lists(_STATEMENTS, max_size=6))
def test_any_statements_leave_a_canvas_that_can_be_drawn_and_changed_again(statements: list[str]) -> None:
    board = shop()
    revised = board.change("\n".join(statements))
    by_id = {item.id: item for item in revised.canvas.objects}
    assert len(by_id) == len(revised.canvas.objects)
    for item in revised.canvas.objects:
        for name in ("from", "to", "of", "in"):
            assert item.properties.get(name) is None or item.properties[name] in by_id, (name, item)
        assert all(math.isfinite(value) for value in _numbers(item.properties))
    untouched = {item.id: item for item in board.objects}
    written = {item.id for item in revised.changes.written}
    for key, item in by_id.items():
        if key in untouched and key not in written:
            assert {"of", "from", "to"} >= {
                name
                for name, value in item.properties.items()
                if untouched[key].properties.get(name) != value
            }
    board.objects = list(revised.canvas.objects)
    assert not board.change("").changes.seen


def _numbers(properties: dict[str, Any]) -> list[float]:
    return [value for value in properties.values() if isinstance(value, int | float)] + [
        each for value in properties.values() if isinstance(value, list) for each in value
    ]
