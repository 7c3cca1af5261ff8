"""Swimlanes: lanes over the full length, in the order given, the flow running through them."""

from __future__ import annotations

from itertools import pairwise

from drawing.canvas import CanvasObject
from tests.drawing.notation.reading import box_of, drawn

REQUEST = """swimlanes
subgraph Employee
  a[Ask] --> b[Wait]
end
subgraph Manager
  c{Fine?}
end
subgraph Payroll
  d[Pay]
end
a --> c
c -->|yes| d
"""


def lanes(objects: tuple[CanvasObject, ...]) -> list[CanvasObject]:
    return sorted(
        (each for each in objects if each.properties.get("role") == "frame"),
        key=lambda each: each.properties["y"],
    )


def test_lanes_are_bands_of_one_length_that_touch() -> None:
    boxes = [each.properties for each in lanes(drawn(REQUEST))]
    assert len({(box["x"], box["width"]) for box in boxes}) == 1
    for above, below in pairwise(boxes):
        assert abs(above["y"] + above["height"] - below["y"]) < 1


def test_lanes_stand_in_the_order_given() -> None:
    objects = drawn(REQUEST)
    tops = [box_of(objects, name)[1] for name in ("Employee", "Manager", "Payroll")]
    assert tops == sorted(tops)


def test_the_flow_runs_along_the_lanes_from_their_start() -> None:
    objects = drawn(REQUEST)
    ask, fine, pay = (box_of(objects, words)[0] for words in ("Ask", "Fine?", "Pay"))
    assert ask < fine < pay
    start = lanes(objects)[0].properties["x"]
    assert ask - start < pay - ask


def test_each_step_stands_in_its_lane() -> None:
    objects = drawn(REQUEST)
    for words, number in (("Ask", 0), ("Wait", 0), ("Fine?", 1), ("Pay", 2)):
        lane, box = lanes(objects)[number].properties, box_of(objects, words)
        assert lane["y"] <= box[1]
        assert box[3] <= lane["y"] + lane["height"]


def test_lanes_may_be_columns() -> None:
    objects = drawn(REQUEST.replace("swimlanes", "swimlanes TD"))
    assert len({each.properties["y"] for each in lanes(objects)}) == 1
    assert box_of(objects, "Ask")[1] < box_of(objects, "Fine?")[1] < box_of(objects, "Pay")[1]
