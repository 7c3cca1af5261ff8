"""Gantt charts: what their text means, and bars that are true to their dates."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from drawing.canvas import Canvas
from drawing.model import Group, Task
from drawing.object_index import object_box
from drawing.session import DrawingSession
from drawing.source import SourceReader, read_source

SAMPLES = Path(__file__).parent / "samples" / "gantt"


def draw(source: str) -> Canvas:
    session = DrawingSession(namespace=uuid.UUID(int=1))
    session.feed(source)
    return session.finish()


def test_bars_are_to_scale_and_in_the_order_of_time() -> None:
    canvas = draw("gantt\nA : 2026-01-01, 10d\nB : 20d\nC : 2026-01-21, 40d\n")
    boxes = [object_box(item) for item in canvas.objects if item.object_type == "rectangle"]
    a, b, c = (box for box in boxes if box.h < 30)

    assert b.w / a.w == pytest.approx(2, rel=0.01)
    assert c.w / a.w == pytest.approx(4, rel=0.01)
    assert b.x == pytest.approx(a.right, abs=0.5)
    assert (c.x - a.x) / a.w == pytest.approx(2, rel=0.01)


def test_an_untidy_text_is_read_with_all_it_says() -> None:
    read = read_source((SAMPLES / "untidy.mmd").read_text(encoding="utf-8"))
    assert read.drawing is not None
    tasks = {task.text: task for task in read.drawing.all(Task)}

    assert read.drawing.title == "“Umzug” – Büro"
    assert set(tasks) == {
        "Angebote einholen",
        "Vertrag: Prüfung & Unterschrift",
        "Packen",
        "Transport",
        "Einweihung",
    }
    assert tasks["Vertrag: Prüfung & Unterschrift"].start == "16.03.2026"
    assert (tasks["Transport"].tags, tasks["Packen"].start) == (("done", "crit"), "after v")
    assert [group.text for group in read.drawing.all(Group)] == ["Vorbereitung", "Umzug"]
    assert len(read.notes) == 1


def test_a_task_said_again_changes() -> None:
    drawing = read_source("gantt\nA : a, 2026-01-01, 3d\nB : b, after a, 1d\n").drawing
    assert drawing is not None
    reader = SourceReader(drawing)
    reader.feed("A : done, a, 2026-01-02, 3d\n")

    assert [(task.id, task.start, task.tags) for task in drawing.all(Task)] == [
        ("a", "2026-01-02", ("done",)), ("b", "after a", ()),
    ]  # fmt: skip


def test_what_cannot_be_placed_is_said() -> None:
    assert draw("gantt\nA : after nowhere, 3d\n").dropped == (
        "“A” comes after “nowhere”, which is not there.",
    )
