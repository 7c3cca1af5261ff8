"""Plans that once came out wrong although their score was 100, each standing for a kind."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from bench.plans import load
from drawing.canvas import Canvas
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


@pytest.mark.parametrize("name", ["sequence", "two_req"])
def test_words_stand_at_their_own_lines(name: str) -> None:
    assert draw(name).quality.defects == ()
