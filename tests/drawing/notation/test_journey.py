"""User journeys: scores and people as written, moods where they belong."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from drawing.model import Task
from drawing.object_index import object_box
from drawing.session import DrawingSession
from drawing.source import read_source

SAMPLES = Path(__file__).parent / "samples" / "journey"


def test_an_untidy_text_is_read_with_all_it_says() -> None:
    read = read_source((SAMPLES / "untidy.mmd").read_text(encoding="utf-8"))
    assert read.drawing is not None

    assert [(task.text, task.score, task.people) for task in read.drawing.all(Task)] == [
        ("Wake up, slowly", 2.0, ("Me", "my cat")),
        ("Coffee", 5.0, ("Me",)),
        ("Cook: pasta", 4.0, ("Me",)),
        ("Sleep well", 5.0, ("Me", "my cat")),
    ]
    assert len(read.notes) == 1


def test_faces_stand_at_the_heights_of_their_scores() -> None:
    session = DrawingSession(namespace=uuid.UUID(int=1))
    session.feed("journey\nA: 1: Me\nB: 3: Me\nC: 5: Me\nD: 2: Me\n")
    faces = [object_box(item) for item in session.finish().objects if item.object_type == "circle"]
    a, b, c, d = (box for box in faces if box.w > 25)

    step = (a.cy - c.cy) / 4
    assert step > 20
    assert [box.cy for box in (a, b, c, d)] == pytest.approx([c.cy + n * step for n in (4, 2, 0, 3)], abs=0.5)
