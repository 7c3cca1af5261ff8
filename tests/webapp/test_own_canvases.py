"""Canvases that an app hands over: what is stored of them, what is refused, and drawing beside them."""

from __future__ import annotations

import asyncio
import json
import uuid
from typing import Any

import pytest

from core import canvases, jobs
from core.database import Connection
from core.settings import Settings
from drawing.object_index import object_box
from tests.tasks.workshop import until_final, working
from tests.webapp.conftest import Caller, assert_problem
from webapp.api import response_models

BOX = {"x": 0, "y": 0, "width": 200, "height": 80}
CIRCLE = "6f1c0c3e-8f0a-4c5e-9d55-0d4bb7a3a001"
OBJECTS: list[dict[str, Any]] = [
    {"id": "shape:1", "object_type": "rectangle", "properties": BOX | {"fill": "#FFEEDD", "owner": "Ann"}},
    {"id": CIRCLE, "object_type": "circle", "properties": {"x": 400, "y": 40, "radius": 40}},
    {"object_type": "arrow", "properties": {"x": 200, "y": 40, "points": [0, 0, 160, 0], "from": "shape:1",
                                            "to": CIRCLE, "of": "nothing"}},
    {"object_type": "text", "properties": {"x": 10, "y": 10, "text": "Two\nlines"}, "z_index": 9},
]  # fmt: skip


def test_objects_are_stored_with_their_ids_and_what_they_say(owner: Caller) -> None:
    answer = owner.post("/canvases", json={"title": "Our  board", "objects": OBJECTS})
    body = answer.get_json()
    response_models.OwnCanvasResponse.model_validate(body)
    canvas_id = body["canvas"]["id"]
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(f"/canvas/{canvas_id}")
    assert body["canvas"]["title"] == "Our board"
    box, circle, arrow, text = body["canvas"]["objects"]
    assert body["ids"] == {"shape:1": box["id"]}
    assert circle["id"] == OBJECTS[1]["id"]
    assert (arrow["properties"]["from"], arrow["properties"]["to"]) == (box["id"], circle["id"])
    assert "of" not in arrow["properties"]
    assert box["properties"] == BOX | {
        "fill": "#FFEEDD",
        "owner": "Ann",
        "stroke": "#1F2937",
        "strokeWidth": 2,
    }
    assert text["z_index"] == 9
    assert text["properties"]["height"] > 30
    assert {item["created_by"] for item in body["canvas"]["objects"]} == {"person"}
    assert owner.get(f"/canvas/{canvas_id}").get_json()["canvas"] == body["canvas"]
    assert owner.get(f"/canvas/{canvas_id}.svg").status_code == 200
    [version] = owner.get(f"/canvas/{canvas_id}/versions").get_json()["versions"]
    assert (version["author"], version["job_id"], version["objects"]) == ("person", None, 4)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (
            {"object_type": "rectangle", "properties": {"x": 0, "y": 0, "width": 10}},
            "`height` must be a number",
        ),
        ({"object_type": "rectangle", "properties": BOX | {"x": "0"}}, "`x` must be a number"),
        ({"object_type": "rectangle", "properties": BOX | {"x": True}}, "`x` must be a number"),
        ({"object_type": "rectangle", "properties": BOX | {"x": 1e9}}, "`x` must be a number"),
        ({"object_type": "rectangle", "properties": BOX | {"width": -1}}, "size must not be negative"),
        ({"object_type": "circle", "properties": {"x": 0, "y": 0}}, "`radius` must be a number"),
        (
            {"object_type": "line", "properties": {"x": 0, "y": 0, "points": [0, 0, 1]}},
            "`points` must be a list",
        ),
        (
            {"object_type": "line", "properties": {"x": 0, "y": 0, "points": [0, 0, 1, "a"]}},
            "`points` must be a number",
        ),
        ({"object_type": "text", "properties": {"x": 0, "y": 0}}, "`text` must be a text"),
        ({"object_type": "text", "properties": {"x": 0, "y": 0, "text": "a\0b"}}, "`text` must be a text"),
        ({"id": "shape:1", "object_type": "rectangle", "properties": BOX}, "another one has the same id"),
    ],
)
def test_an_object_that_cannot_be_drawn_is_refused_with_its_number(
    owner: Caller, conn: Connection, item: dict[str, Any], words: str
) -> None:
    answer = owner.post("/canvases", json={"objects": [OBJECTS[0], item]})
    problem = assert_problem(answer, 400, "invalid_request")
    assert problem["details"]["objects"][0].startswith("Object 1: ")
    assert words in problem["details"]["objects"][0]
    assert conn.execute("SELECT count(*) AS n FROM canvases").fetchone() == {"n": 0}


@pytest.mark.parametrize(
    "body",
    [{}, {"objects": []}, {"objects": [{"object_type": "spiral", "properties": BOX}]}, {"objects": [5]},
     {"objects": [{"object_type": "rectangle"}]},
     {"objects": [OBJECTS[0] | {"id": ""}]},
     {"objects": [OBJECTS[0] | {"id": "x" * 101}]}, {"objects": [OBJECTS[0] | {"z_index": -1}]},
     {"objects": [OBJECTS[0]], "title": 5}],
)  # fmt: skip
def test_a_body_of_another_form_is_refused(owner: Caller, body: dict[str, Any]) -> None:
    assert_problem(owner.post("/canvases", json=body), 400, "invalid_request")


def test_hostile_properties_are_left_out_or_made_harmless(owner: Caller) -> None:
    evil = {
        "fill": 'red" onload="x',
        "deep": {"a": {"b": 1}},
        "nul": "a\0b",
        "many": list(range(100)),
        "n" * 99: 1,
    }
    body = json.dumps({"objects": [{"object_type": "rectangle", "properties": BOX | evil}]})
    answer = owner.post("/canvases", data=body, content_type="application/json")
    assert answer.status_code == 201, answer.text
    [item] = answer.get_json()["canvas"]["objects"]
    assert item["properties"] == BOX | {"fill": "#FFFFFF", "stroke": "#1F2937", "strokeWidth": 2}


def test_an_id_and_a_place_in_the_stack_may_be_null(owner: Caller) -> None:
    answer = owner.post("/canvases", json={"objects": [OBJECTS[0] | {"id": None, "z_index": None}]})
    assert answer.status_code == 201
    assert answer.get_json()["ids"] == {}


def test_somebody_elses_canvas_is_not_found(owner: Caller, stranger: Caller) -> None:
    canvas_id = owner.post("/canvases", json={"objects": OBJECTS}).get_json()["canvas"]["id"]
    assert_problem(stranger.get(f"/canvas/{canvas_id}"), 404, "canvas_not_found")


def test_a_job_draws_beside_what_is_there(owner: Caller, conn: Connection, settings: Settings) -> None:
    canvas_id = owner.post("/canvases", json={"objects": OBJECTS}).get_json()["canvas"]["id"]
    job_id = owner.create(instructions="A -> B -> C", canvas_id=canvas_id)

    async def story() -> None:
        async with working(settings):
            await until_final(conn, uuid.UUID(job_id))

    asyncio.run(story())
    job = jobs.find_job(conn, job_id=uuid.UUID(job_id), user_id="owner")
    assert job.status == "completed"
    stored = canvases.read_objects(conn, canvas_id=uuid.UUID(canvas_id))
    theirs = [object_box(item) for item in stored if item.created_by == "person"]  # type: ignore[arg-type]
    drawn = [object_box(item) for item in stored if item.created_by == "ai-agent"]  # type: ignore[arg-type]
    assert len(theirs) == 4
    assert drawn
    assert not any(one.overlaps(other) for one in theirs for other in drawn)


def test_objects_are_changed_by_hand_and_by_statements(owner: Caller) -> None:
    handed = [OBJECTS[0], *OBJECTS[1:3], {"id": "label", "object_type": "text", "properties":
              {"x": 60, "y": 30, "text": "Order", "width": 80, "height": 20}}]  # fmt: skip
    body = owner.post("/canvases", json={"objects": handed}).get_json()
    canvas_id, box, label = body["canvas"]["id"], body["ids"]["shape:1"], body["ids"]["label"]
    sketch = owner.get(f"/canvas/{canvas_id}.mmd").get_data(as_text=True)
    name = sketch.splitlines()[1].split()[1]
    assert sketch.startswith(f'sketch\nrectangle {name} 0,0 200x80 "Order"')

    moved = owner.call(
        "PATCH", f"/canvas/{canvas_id}", json={"objects": [{"id": box, "x": 100, "y": 300}]}
    ).get_json()
    arrow = next(item for item in moved["canvas"]["objects"] if item["object_type"] == "arrow")
    assert set(moved["changes"]["changed"]) == {box, label, arrow["id"]}
    assert {item["created_by"] for item in moved["canvas"]["objects"]} == {"person"}

    change = [{"id": box, "text": "Invoice", "color": "green"}]
    retyped = owner.call("PATCH", f"/canvas/{canvas_id}", json={"objects": change}).get_json()
    properties = {item["id"]: item["properties"] for item in retyped["canvas"]["objects"]}
    assert properties[label]["text"] == "Invoice"
    assert properties[box]["fill"] != "#FFEEDD"
    assert properties[box]["owner"] == "Ann"

    source = f'{name} --> next["Next"]'
    added = owner.call("PATCH", f"/canvas/{canvas_id}", json={"source": source}).get_json()
    assert len(added["changes"]["added"]) == 3
    gone = owner.call(
        "PATCH", f"/canvas/{canvas_id}", json={"objects": [{"id": box, "deleted": True}]}
    ).get_json()
    assert {box, label, arrow["id"]} <= set(gone["changes"]["removed"])
    versions = owner.get(f"/canvas/{canvas_id}/versions").get_json()["versions"]
    assert [each["version"] for each in versions] == [5, 4, 3, 2, 1]


def test_what_cannot_be_changed_by_hand_is_refused(owner: Caller) -> None:
    canvas_id = owner.post("/canvases", json={"objects": OBJECTS}).get_json()["canvas"]["id"]
    for change in (
        {"objects": [{"id": str(uuid.uuid4()), "x": 1}]},
        {"objects": [{"id": CIRCLE, "x": 1}, {"id": str(uuid.uuid4()), "x": 1}]},
        {"objects": [{"id": "x", "text": "a"}]},
    ):
        assert owner.call("PATCH", f"/canvas/{canvas_id}", json=change).status_code in (400, 409), change
    everything = [{"id": item["id"], "deleted": True} for item in
                  owner.get(f"/canvas/{canvas_id}").get_json()["canvas"]["objects"]]  # fmt: skip
    assert_problem(
        owner.call("PATCH", f"/canvas/{canvas_id}", json={"objects": everything}), 400, "invalid_request"
    )
    assert_problem(
        owner.call("PATCH", f"/canvas/{canvas_id}", json={"style": "minimal"}), 409, "nothing_to_edit"
    )
    assert len(owner.get(f"/canvas/{canvas_id}/versions").get_json()["versions"]) == 1
