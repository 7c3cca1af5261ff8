"""A worker that is killed while it stores a change leaves the old canvas, and the next one makes the new one, once."""

from __future__ import annotations

import os
import signal
import uuid
from pathlib import Path
from typing import Any, LiteralString

import pytest

from core import canvases
from core.database import Connection
from devtools.processes import WORKER, running
from tests.held_change import hold_first, is_held, release
from tests.tasks.workshop import count, look, post
from tests.waiting import until

SOURCE = "flowchart TD\ntitle Login\na([Start]) --> b[Enter password] --> c([Home])\n"
CHANGE = "remove b --> c\nb --> x[Check device] --> c\na:::green\n"
MOMENTS: list[LiteralString] = [
    "BEFORE INSERT ON canvas_versions",
    "BEFORE UPDATE ON canvases",
    "BEFORE UPDATE ON canvas_drawings",
    "BEFORE INSERT ON canvas_objects",
]


def state(conn: Connection, canvas_id: uuid.UUID) -> tuple[int, dict[uuid.UUID, Any]]:
    """Return the version of a canvas, and its objects."""
    canvas = canvases.get_canvas(conn, canvas_id=str(canvas_id), user_id="owner")
    objects = canvases.read_objects(conn, canvas_id=canvas_id)
    return canvas.version, {item.id: (item.properties, item.z_index) for item in objects}


@pytest.mark.parametrize("moment", MOMENTS)
def test_change_is_stored_whole_or_not_at_all(
    conn: Connection, env: dict[str, str], tmp_path: Path, moment: LiteralString
) -> None:
    with running(WORKER, env=env, log=tmp_path / "first.log") as first:
        drawn = post(conn, request_data={"source": SOURCE})
        canvas_id = until(lambda: look(conn, drawn.id).canvas_id)
        before = state(conn, canvas_id)
        hold_first(conn, moment)
        request = {"source": CHANGE, "mode": "edit", "canvas_id": str(canvas_id)}
        job = post(conn, request_data=request, target_canvas_id=canvas_id)
        until(lambda: is_held(conn))
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
    release(conn)
    # The session of the one that is gone ends by itself, and what it had done with it.
    until(lambda: not is_held(conn))
    assert state(conn, canvas_id) == before
    with running(WORKER, env=env, log=tmp_path / "second.log"):
        until(lambda: look(conn, job.id).is_final)
    version, objects = state(conn, canvas_id)
    assert look(conn, job.id).status == "completed"
    assert version == 2
    assert count(conn, "canvas_versions") == 2
    assert "Check device" in {
        str(properties.get("text")).replace("\n", " ") for properties, _ in objects.values()
    }
    assert len(objects) == len(before[1]) + 3  # a box, its words, and two arrows for one
