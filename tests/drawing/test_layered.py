from __future__ import annotations

import uuid
from types import SimpleNamespace
from typing import Any

import pytest

from bench.plans import generated_plan
from drawing.layout import layered
from drawing.layout.layered import layer
from drawing.layout.sugiyama import Arc, Spacing, Vertex, place_in_layers
from drawing.session import draw_plan

SPACING = Spacing(layer=50, node=30, frame_pad=15, frame_head=20)
BOXES = [Vertex(key, 100, 50) for key in "abcd"]
ARCS = [Arc("1", 0, 1), Arc("2", 1, 2), Arc("3", 2, 0), Arc("4", 1, 3)]


def broken_engine(error: BaseException) -> Any:
    def layout(*_: object, **__: object) -> None:
        raise error

    return SimpleNamespace(layout=layout)


class PanicException(BaseException):
    """What a panic in Rust looks like from Python."""


def test_plain_layers_run_from_source_to_target_and_ignore_the_way_back() -> None:
    rects = place_in_layers(BOXES, ARCS, "down", SPACING).rects

    assert rects["a"].bottom < rects["b"].y
    assert rects["b"].bottom < rects["c"].y
    assert rects["c"].y == rects["d"].y


def test_plain_layers_run_to_the_right_as_well() -> None:
    rects = place_in_layers(BOXES, ARCS, "right", SPACING).rects

    assert rects["a"].right < rects["b"].x
    assert rects["c"].x == rects["d"].x


def test_plain_layers_keep_a_frame_around_what_stands_in_it() -> None:
    boxes = [
        Vertex("frame", 10, 10),
        Vertex("a", 100, 50, frame=0),
        Vertex("b", 100, 50, frame=0),
        Vertex("c", 80, 40),
    ]
    rects = place_in_layers(boxes, [Arc("1", 1, 2), Arc("2", 2, 3)], "down", SPACING).rects

    assert rects["frame"].holds(rects["a"])
    assert rects["frame"].holds(rects["b"])
    assert not rects["frame"].overlaps(rects["c"])


@pytest.mark.parametrize("engine", [None, broken_engine(ValueError()), broken_engine(PanicException())])
def test_without_a_working_engine_the_plain_layering_does(
    engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layered, "graphlay", engine)

    assert layer(BOXES, ARCS, "down", SPACING) == place_in_layers(BOXES, ARCS, "down", SPACING)


def test_an_interrupt_is_not_taken_for_a_broken_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layered, "graphlay", broken_engine(KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        layer(BOXES, ARCS, "down", SPACING)


@pytest.mark.parametrize("seed", range(12))
def test_flowcharts_without_an_engine_are_as_sound(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layered, "graphlay", None)

    canvas = draw_plan(generated_plan("flowchart", seed, max_nodes=14), namespace=uuid.UUID(int=1))

    assert [defect for defect in canvas.quality.defects if "shape" in defect or "loose" in defect] == []
