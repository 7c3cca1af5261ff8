"""Reading canvases: as JSON, as SVG, as PNG."""

from __future__ import annotations

import sys
import threading
import uuid
from xml.etree import ElementTree

import pytest

from core.database import Connection
from drawing.canvas import Canvas, Quality
from tests.webapp.conftest import Caller, assert_problem, complete
from webapp import pictures
from webapp.api import response_models
from webapp.errors import PicturesBusy

EMPTY = Canvas("Empty", (), 100.0, 100.0, Quality(100))
FORMS = ("", ".svg", ".png")


@pytest.fixture
def canvas_id(owner: Caller, conn: Connection) -> str:
    return complete(conn, owner.create(), title="Me & <you>")


def test_canvas_with_its_objects(owner: Caller, canvas_id: str) -> None:
    body = owner.get(f"/canvas/{canvas_id}").get_json()
    response_models.CanvasResponse.model_validate(body)
    assert (body["canvas"]["id"], body["canvas"]["title"]) == (canvas_id, "Me & <you>")
    assert body["canvas"]["objects"][0]["properties"]["width"] == 100


def test_svg(owner: Caller, canvas_id: str) -> None:
    answer = owner.get(f"/canvas/{canvas_id}.svg")
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    assert ElementTree.fromstring(answer.text).tag.endswith("svg")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_png(owner: Caller, canvas_id: str) -> None:
    answer = owner.get(f"/canvas/{canvas_id}.png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data.startswith(b"\x89PNG")


@pytest.mark.parametrize("form", [".svg", ".png"])
def test_picture_is_drawn_once(owner: Caller, conn: Connection, canvas_id: str, form: str) -> None:
    etag = owner.get(f"/canvas/{canvas_id}{form}").headers["ETag"]
    again = owner.get(f"/canvas/{canvas_id}{form}", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    conn.execute("UPDATE canvases SET updated_at = now()")
    assert owner.get(f"/canvas/{canvas_id}{form}", headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize("form", FORMS)
def test_somebody_elses_canvas_answers_as_a_missing_one(stranger: Caller, canvas_id: str, form: str) -> None:
    for unknown in (canvas_id, str(uuid.UUID(int=0)), "nonsense", "a.b"):
        assert_problem(stranger.get(f"/canvas/{unknown}{form}"), 404, "canvas_not_found")


@pytest.mark.parametrize("form", FORMS)
def test_canvas_needs_a_token(nobody: Caller, canvas_id: str, form: str) -> None:
    assert_problem(nobody.get(f"/canvas/{canvas_id}{form}"), 401, "unauthorized")


def test_picture_is_kept_by_its_canvas_version(
    owner: Caller, conn: Connection, canvas_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = owner.get(f"/canvas/{canvas_id}.png").data
    monkeypatch.setattr(pictures, "COMMAND", [sys.executable, "-c", "print('drawn again')"])
    assert owner.get(f"/canvas/{canvas_id}.png").data == first
    conn.execute("UPDATE canvases SET updated_at = now() + interval '1 second'")
    assert owner.get(f"/canvas/{canvas_id}.png").data == b"drawn again\n"


def test_pictures_of_one_user_are_drawn_one_at_a_time() -> None:
    drawer, entered, leave = pictures.Pictures(), threading.Event(), threading.Event()

    def hold() -> Canvas:
        entered.set()
        assert leave.wait(30)
        return EMPTY

    first = threading.Thread(target=drawer.png, args=("one", "anna", hold))
    first.start()
    assert entered.wait(30)
    with pytest.raises(PicturesBusy):
        drawer.png("two", "anna", lambda: EMPTY)
    assert drawer.png("three", "bert", lambda: EMPTY).startswith(b"\x89PNG")
    leave.set()
    first.join()
    assert drawer.png("two", "anna", lambda: EMPTY).startswith(b"\x89PNG")


def test_picture_that_takes_too_long_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "COMMAND", [sys.executable, "-c", "import time; time.sleep(60)"])
    monkeypatch.setattr(pictures, "DRAW_SECONDS", 0.2)
    drawer = pictures.Pictures()
    for _ in range(2):
        with pytest.raises(PicturesBusy):
            drawer.png("one", "anna", lambda: EMPTY)


def test_kept_pictures_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    drawer = pictures.Pictures()
    monkeypatch.setattr(pictures, "CACHE_BYTES", 4000)
    monkeypatch.setattr(pictures, "COMMAND", [sys.executable, "-c", "print('x' * 899)"])
    for number in range(6):
        drawer.png(number, "anna", lambda: EMPTY)
    assert list(drawer._kept) == [2, 3, 4, 5]
    assert drawer._kept_bytes == 3600
