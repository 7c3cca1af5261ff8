"""Quadrant charts and matrices: points where their numbers or words say, fields and axes named."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from drawing.model import Group, Series, Spot
from drawing.object_index import object_box
from drawing.session import DrawingSession
from drawing.source import read_source

SAMPLES = Path(__file__).parent / "samples" / "quadrant"


def test_points_stand_where_their_numbers_say() -> None:
    session = DrawingSession(namespace=uuid.UUID(int=1))
    session.feed("quadrantChart\nA: [0, 0]\nB: [1, 1]\nC: [0.25, 0.6]\n")
    a, b, c = (object_box(item) for item in session.finish().objects if item.object_type == "circle")

    assert (c.cx - a.cx) / (b.cx - a.cx) == pytest.approx(0.25, abs=0.005)
    assert (a.cy - c.cy) / (a.cy - b.cy) == pytest.approx(0.6, abs=0.005)


def test_words_say_where_things_are_and_several_in_one_place_are_listed() -> None:
    text = (SAMPLES / "matrix.mmd").read_text(encoding="utf-8")
    read = read_source(text)
    assert read.drawing is not None
    spots = {spot.text: (spot.x, spot.y) for spot in read.drawing.all(Spot)}
    assert spots["Fix the login"] == spots["Docs"] == (0.25, 0.75)
    assert spots["Rewrite in Rust"] == (0.9, 0.25)

    session = DrawingSession(namespace=uuid.UUID(int=1))
    session.feed(text)
    circles = [object_box(item) for item in session.finish().objects if item.object_type == "circle"]
    assert all(not a.overlaps(b) for i, a in enumerate(circles) for b in circles[:i])


def test_an_untidy_text_is_read_with_all_it_says() -> None:
    read = read_source((SAMPLES / "untidy.mmd").read_text(encoding="utf-8"))
    assert read.drawing is not None

    assert {spot.text: (spot.x, spot.y) for spot in read.drawing.all(Spot)} == {
        "Fire": (0.1, 0.9), "Flood, or rain": (0.2, 0.8), "Strike": (0.75, 0.5), "Power cut": (0.75, 0.5),
    }  # fmt: skip
    assert [axis.names for axis in read.drawing.all(Series)] == [
        ("Likelihood low", "high"),
        ("Damage: small", "large"),
    ]
    assert [group.text for group in read.drawing.all(Group)] == ["Act"]
    assert len(read.notes) == 1


def test_classes_and_styles_colour_points() -> None:
    drawing = read_source((SAMPLES / "styled.mmd").read_text(encoding="utf-8")).drawing
    assert drawing is not None

    assert [spot.color for spot in drawing.all(Spot)] == [None, "red", "green", "amber", "purple"]
