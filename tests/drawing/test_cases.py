"""Plans that once came out wrong although their score was 100, each standing for a kind."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from bench.plans import load
from drawing.canvas import Canvas
from drawing.geometry import Rect
from drawing.object_index import index_objects, object_box
from drawing.plan import Group, Header, Node, Plan
from drawing.session import draw_plan

CASES = Path(__file__).parent / "cases"


def draw(name: str) -> Canvas:
    return draw_plan(load(CASES / f"{name}.json"), namespace=uuid.UUID(int=3))


def words(canvas: Canvas) -> set[str]:
    """Return the texts of a canvas as if nothing had been wrapped."""
    return {
        " ".join(item.properties["text"].split()) for item in canvas.objects if item.object_type == "text"
    }


def test_markup_is_not_drawn() -> None:
    canvas = draw("markup")

    assert words(canvas) == {
        "Checkout", "Customer visits shop", "Browse products", "Pay & confirm", "Total < 50 & in stock?",
        "- pick - pack - ship", "adds to cart", "yes →",
    }  # fmt: skip
    texts = {item.properties["text"] for item in canvas.objects if item.object_type == "text"}
    assert {"Browse\nproducts", "- pick\n- pack\n- ship"} <= texts


def boxes(name: str) -> dict[str, Rect]:
    """Return the boxes of shapes by the words on them."""
    index = index_objects(draw(name).objects)
    words = {text.properties.get("of"): text.properties["text"] for text, _ in index.texts.values()}
    return {words.get(key, key): box for key, (_, box) in index.shapes.items()}


def test_circles_of_a_venn_diagram_overlap_and_show_all_their_words() -> None:
    canvas, shapes = draw("venn"), boxes("venn")

    assert canvas.quality.defects == ()
    cats, dogs, birds = (shapes[word] for word in ("Cats", "Dogs", "Birds"))
    assert (dogs.cx - cats.cx, dogs.cy - cats.cy) == pytest.approx((180, 0), abs=10)
    assert (birds.cx - cats.cx, birds.cy - cats.cy) == pytest.approx((90, 160), abs=10)
    (shared,) = (
        item
        for item in canvas.objects
        if item.properties.get("text") == "Pets" and item.id != str(uuid.uuid5(uuid.UUID(int=3), "title"))
    )
    assert all(box.holds(object_box(shared)) for box in (cats, dogs, birds))
    assert shared.z_index > max(item.z_index for item in canvas.objects if item.object_type == "circle")


def test_what_overlaps_on_purpose_in_a_scene_stays_where_it_was_put() -> None:
    canvas, shapes = draw("freeform_scene"), boxes("freeform_scene")

    assert [each for each in canvas.quality.defects if "small for a slide" not in each] == []
    roof, door, path = shapes["Roof"], shapes["Door"], shapes["Path"]
    assert (door.cx - roof.cx, door.cy - roof.cy) == pytest.approx((0, 225), abs=20)
    assert path.y - roof.y == pytest.approx(450, abs=30)
    diamond, walls = (
        [
            item.z_index
            for item in canvas.objects
            if item.object_type == kind and item.properties.get("width", 0) > 300
        ]
        for kind in ("diamond", "rectangle")
    )
    assert min(diamond) > max(walls)


def test_groups_in_groups_are_frames_in_frames() -> None:
    canvas = draw("nested_groups")
    headings = {item.properties["text"]: item.properties.get("of") for item in canvas.objects
                if item.object_type == "text"}  # fmt: skip
    found = {item.id: object_box(item) for item in canvas.objects}
    network, public, private = (
        found[headings[text] or ""] for text in ("Virtual network", "Public subnet", "Private subnet")
    )

    assert canvas.quality.defects == ()
    assert network.holds(public)
    assert network.holds(private)
    assert not public.overlaps(private)
    assert not network.overlaps(found[headings["Internet"] or ""])


def test_groups_in_a_circle_are_drawn() -> None:
    circle = (Group("a", "A", parent="b"), Group("b", "B", parent="a"), Node("n", "N", parent="a"))
    canvas = draw_plan(Plan(Header("Round", "flowchart"), circle), namespace=uuid.UUID(int=3))

    assert {"A", "B", "N"} <= words(canvas)


@pytest.mark.parametrize("name", ["sequence", "two_req"])
def test_words_stand_at_their_own_lines(name: str) -> None:
    assert draw(name).quality.defects == ()
