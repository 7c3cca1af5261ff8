"""Reading canvases: as JSON, as SVG, as PNG."""

from __future__ import annotations

import uuid
from xml.etree import ElementTree

import pytest

from core.database import Connection
from tests.webapp.conftest import Caller, assert_problem, complete
from webapp.api import response_models

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
