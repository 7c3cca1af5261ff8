"""What a canvas was: its versions over HTTP, the way back, its notation; and what a request for a change may say."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from core import versions
from core.database import Connection
from drawing.session import draw_source
from drawing.theme import DARK_PAPER, PAPER
from tests.webapp.conftest import Caller, assert_problem, complete

SOURCE = "flowchart TD\n    a[Start] --> b[End]\n"


@pytest.fixture
def canvas_id(owner: Caller, conn: Connection) -> str:
    """A canvas with one drawing, in its second version: its only object was a text, and is another one now."""
    canvas = str(complete(conn, owner.create()))
    conn.execute(
        "INSERT INTO canvas_drawings VALUES (%s, %s, 'Two steps', %s, 'modern', 'default', false, 'elbow')",
        [canvas, uuid.uuid4(), SOURCE],
    )
    values = {
        "canvas_id": canvas,
        "author": "ai-agent",
        "job_id": None,
        "message": "Changed 1 object.",
        "keep": 100,
    }
    conn.execute(versions.queries.next_version, values)
    conn.execute("UPDATE canvas_objects SET properties = %s WHERE canvas_id = %s", [Jsonb({"x": 1}), canvas])
    return canvas


def objects_of(response: Any) -> list[Any]:
    return [item["properties"] for item in response.get_json()["canvas"]["objects"]]


def test_versions_are_listed_read_and_gone_back_to(owner: Caller, canvas_id: str) -> None:
    now = owner.get(f"/canvas/{canvas_id}")
    assert now.get_json()["canvas"]["version"] == 2
    listed = owner.get(f"/canvas/{canvas_id}/versions").get_json()["versions"]
    assert [(each["version"], each["author"], each["objects"]) for each in listed] == [
        (2, "ai-agent", 1),
        (1, "ai-agent", 1),
    ]
    assert listed[0]["message"] == "Changed 1 object."
    before = owner.get(f"/canvas/{canvas_id}?version=1")
    assert objects_of(before) != objects_of(now)
    assert before.get_json()["canvas"]["version"] == 1
    assert objects_of(owner.get(f"/canvas/{canvas_id}?version=2")) == objects_of(now)

    reverted = owner.post(f"/canvas/{canvas_id}/revert", json={"version": 1})
    assert objects_of(reverted) == objects_of(before)
    assert reverted.get_json()["canvas"]["version"] == 3
    assert objects_of(owner.get(f"/canvas/{canvas_id}")) == objects_of(before)
    assert objects_of(owner.get(f"/canvas/{canvas_id}?version=2")) == objects_of(now)
    again = owner.post(f"/canvas/{canvas_id}/revert", json={"version": 3})
    assert again.get_json()["canvas"]["version"] == 3


def test_canvas_that_was_never_changed_has_one_version(owner: Caller, conn: Connection) -> None:
    job_id = owner.create()
    canvas_id = complete(conn, job_id)
    [version] = owner.get(f"/canvas/{canvas_id}/versions").get_json()["versions"]
    assert (version["version"], version["job_id"], version["objects"]) == (1, job_id, 1)


def test_notation_of_a_canvas(owner: Caller, canvas_id: str) -> None:
    response = owner.get(f"/canvas/{canvas_id}.mmd")
    assert response.mimetype == "text/plain"
    assert response.get_data(as_text=True) == SOURCE


@pytest.mark.parametrize("version", ["0", "x", "-1", "9999999999"])
def test_versions_have_numbers(owner: Caller, canvas_id: str, version: str) -> None:
    assert_problem(owner.get(f"/canvas/{canvas_id}?version={version}"), 400, "invalid_request")
    assert_problem(
        owner.post(f"/canvas/{canvas_id}/revert", json={"version": version}), 400, "invalid_request"
    )


def test_unknown_version_is_said_to_be(owner: Caller, canvas_id: str) -> None:
    assert_problem(owner.get(f"/canvas/{canvas_id}?version=7"), 404, "version_not_found")
    assert_problem(owner.post(f"/canvas/{canvas_id}/revert", json={"version": 7}), 404, "version_not_found")


def test_somebody_elses_canvas_looks_missing(stranger: Caller, canvas_id: str) -> None:
    for path in (
        f"/canvas/{canvas_id}?version=1",
        f"/canvas/{canvas_id}/versions",
        f"/canvas/{canvas_id}.mmd",
    ):
        assert_problem(stranger.get(path), 404, "canvas_not_found")
    assert_problem(stranger.post(f"/canvas/{canvas_id}/revert", json={"version": 1}), 404, "canvas_not_found")


def test_change_needs_a_canvas(owner: Caller) -> None:
    refused = owner.post("/create-canvas", json={"instructions": "make it green", "mode": "edit"})
    assert_problem(refused, 400, "invalid_request")
    assert "canvas_id" in refused.get_json()["message"]
    # What is to be decided by the words may well be something new.
    assert owner.post("/create-canvas", json={"instructions": "A -> B", "mode": "auto"}).status_code == 202


@pytest.mark.parametrize(
    "body",
    [
        {"mode": "change"},
        {"selection": "all"},
        {"selection": [1]},
        {"selection": ["x"] * 501},
        {"selection": [""]},
    ],
)
def test_what_a_change_may_not_say(owner: Caller, canvas_id: str, body: dict[str, Any]) -> None:
    wanted = {"instructions": "make it green", "canvas_id": canvas_id, "mode": "edit", **body}
    assert_problem(owner.post("/create-canvas", json=wanted), 400, "invalid_request")


def test_what_a_job_drew_is_erased_from_earlier_versions_too(
    owner: Caller, conn: Connection, canvas_id: str
) -> None:
    job_id = owner.create(canvas_id=canvas_id)
    complete(conn, job_id)
    values = {"canvas_id": canvas_id, "author": "ai-agent", "job_id": None, "message": "", "keep": 100}
    conn.execute(versions.queries.next_version, values)
    assert len(owner.get(f"/canvas/{canvas_id}?version=2").get_json()["canvas"]["objects"]) == 2
    assert owner.call("DELETE", f"/job/{job_id}?canvas=true").status_code == 204
    assert len(owner.get(f"/canvas/{canvas_id}?version=2").get_json()["canvas"]["objects"]) == 1
    row = conn.execute(
        "SELECT count(*) AS found FROM canvas_versions WHERE objects::text LIKE %s", [f"%{job_id}%"]
    )
    assert row.fetchone() == {"found": 0}


@pytest.fixture
def drawn(owner: Caller, conn: Connection) -> str:
    """A canvas with a real drawing of two steps."""
    job_id = owner.create()
    canvas_id = complete(conn, job_id)
    conn.execute("DELETE FROM canvas_objects")
    canvas = draw_source(SOURCE, namespace=uuid.UUID(job_id))
    conn.execute(
        "INSERT INTO canvas_drawings VALUES (%s, %s, '', %s, 'modern', 'default', false, 'elbow')",
        [canvas_id, job_id, SOURCE],
    )
    for item in canvas.objects:
        conn.execute(
            "INSERT INTO canvas_objects (canvas_id, id, job_id, object_type, properties, z_index, created_by)"
            " VALUES (%s, %s, %s, %s, %s, %s, 'ai-agent')",
            [canvas_id, item.id, job_id, item.object_type, Jsonb(item.properties), item.z_index],
        )
    return canvas_id


def by_id(response: Any) -> dict[str, Any]:
    return {item["id"]: item["properties"] for item in response.get_json()["canvas"]["objects"]}


def test_a_drawing_goes_to_dark_paper_and_back(owner: Caller, drawn: str) -> None:
    before = by_id(owner.get(f"/canvas/{drawn}"))
    changed = owner.call("PATCH", f"/canvas/{drawn}", json={"theme": "dark"})
    assert changed.status_code == 200, changed.text
    assert f'fill="{DARK_PAPER}"/>' in owner.get(f"/canvas/{drawn}.svg").text.split("<rect", 2)[1]
    # It stays dark in whatever style, and after a change of its words.
    owner.call("PATCH", f"/canvas/{drawn}", json={"style": "corporate", "source": "a --> c[Third]"})
    assert f'fill="{DARK_PAPER}"/>' in owner.get(f"/canvas/{drawn}.svg").text
    [newest, _, _] = owner.get(f"/canvas/{drawn}/versions").get_json()["versions"]
    assert newest["message"] == "Changed style and notation."
    owner.post(f"/canvas/{drawn}/revert", json={"version": 1})
    assert by_id(owner.get(f"/canvas/{drawn}")) == before
    again = owner.call("PATCH", f"/canvas/{drawn}", json={"colorScheme": "default"})
    assert again.get_json()["changes"] == {"added": [], "changed": [], "removed": []}


def test_a_version_kept_by_the_release_before_is_for_white_paper(
    owner: Caller, conn: Connection, drawn: str
) -> None:
    owner.call("PATCH", f"/canvas/{drawn}", json={"theme": "dark"})
    conn.execute(
        "UPDATE canvas_versions SET drawings = jsonb_set(drawings, '{0}', (drawings -> 0) - 'is_dark')"
        " WHERE number = 1"
    )
    owner.post(f"/canvas/{drawn}/revert", json={"version": 1})
    changed = owner.call("PATCH", f"/canvas/{drawn}", json={"source": "a --> c[Third]"})
    assert changed.status_code == 200, changed.text
    assert f'fill="{PAPER}"/>' in owner.get(f"/canvas/{drawn}.svg").text.split("<rect", 2)[1]


def test_colours_and_style_change_at_once_and_nothing_moves(owner: Caller, drawn: str) -> None:
    before = by_id(owner.get(f"/canvas/{drawn}"))
    changed = owner.call("PATCH", f"/canvas/{drawn}", json={"colorScheme": "vibrant"})
    assert changed.status_code == 200, changed.text
    after = by_id(changed)
    assert before.keys() == after.keys()
    shapes = [
        key
        for key in before
        if "width" in before[key] and "fill" in before[key] and "text" not in before[key]
    ]
    assert shapes
    for key in shapes:
        assert before[key]["fill"] != after[key]["fill"]
        assert [before[key][name] for name in ("x", "y", "width", "height")] == [
            after[key][name] for name in ("x", "y", "width", "height")
        ]
    assert set(changed.get_json()["changes"]["changed"]) >= set(shapes)
    assert changed.get_json()["canvas"]["version"] == 2
    [newest, _] = owner.get(f"/canvas/{drawn}/versions").get_json()["versions"]
    assert (newest["author"], newest["message"]) == ("person", "Changed colours.")
    owner.post(f"/canvas/{drawn}/revert", json={"version": 1})
    assert by_id(owner.get(f"/canvas/{drawn}")) == before
    # What was gone back to is the old manner, too.
    again = owner.call("PATCH", f"/canvas/{drawn}", json={"source": "b:::green"})
    assert len(again.get_json()["changes"]["changed"]) == 2  # a box and its words


def test_notation_and_title_are_changed(owner: Caller, drawn: str) -> None:
    changed = owner.call(
        "PATCH", f"/canvas/{drawn}", json={"title": "Three", "source": "b --> c[Really the end]"}
    )
    assert changed.get_json()["canvas"]["title"] == "Three"
    texts = {each.get("text") for each in by_id(changed).values()}
    assert {"Three", "Start", "End"} <= texts
    notation = owner.get(f"/canvas/{drawn}.mmd").get_data(as_text=True)
    assert "title Three" in notation
    assert "Really the end" in notation


def test_change_of_what_is_no_longer_there_is_refused(owner: Caller, drawn: str) -> None:
    etag = owner.get(f"/canvas/{drawn}").headers["ETag"]
    first = owner.call("PATCH", f"/canvas/{drawn}", json={"title": "One"}, headers={"If-Match": etag})
    assert first.status_code == 200
    second = owner.call("PATCH", f"/canvas/{drawn}", json={"title": "Two"}, headers={"If-Match": etag})
    assert assert_problem(second, 412, "version_is_old")["version"] == 2
    third = owner.call(
        "PATCH", f"/canvas/{drawn}", json={"title": "Two"}, headers={"If-Match": first.headers["ETag"]}
    )
    assert third.get_json()["canvas"]["version"] == 3


def test_change_says_what_is_wrong_with_it(owner: Caller, conn: Connection, drawn: str) -> None:
    assert_problem(owner.call("PATCH", f"/canvas/{drawn}", json={}), 400, "invalid_request")
    assert_problem(owner.call("PATCH", f"/canvas/{drawn}", json={"style": "gothic"}), 400, "invalid_request")
    gone = owner.call("PATCH", f"/canvas/{drawn}", json={"source": "remove a\nremove b"})
    assert "Nothing would be left" in assert_problem(gone, 400, "invalid_request")["message"]
    assert owner.get(f"/canvas/{drawn}").get_json()["canvas"]["version"] == 1
    conn.execute("DELETE FROM canvas_drawings")
    assert_problem(owner.call("PATCH", f"/canvas/{drawn}", json={"style": "minimal"}), 409, "nothing_to_edit")
    assert owner.call("PATCH", f"/canvas/{drawn}", json={"title": "Named"}).status_code == 200


def shape_of(response: Any, text: str) -> str:
    return next(
        str(each["of"]) for each in by_id(response).values() if each.get("text") == text and "of" in each
    )


def test_moved_shape_takes_along_what_belongs_to_it_and_stays_there(owner: Caller, drawn: str) -> None:
    now = owner.get(f"/canvas/{drawn}")
    before, end = by_id(now), shape_of(now, "End")
    x, y = before[end]["x"] + 250, before[end]["y"] - 40
    moved = owner.call("PATCH", f"/canvas/{drawn}", json={"objects": [{"id": end, "x": x, "y": y}]})
    assert moved.status_code == 200, moved.text
    after = by_id(moved)
    assert (after[end]["x"], after[end]["y"]) == (x, y)
    changed = {key for key in before if before[key] != after[key]}
    assert changed == set(moved.get_json()["changes"]["changed"])
    assert len(changed) == 3  # the shape, its words, and the connector
    later = owner.call(
        "PATCH", f"/canvas/{drawn}", json={"source": "a --> c[Third]", "colorScheme": "pastel"}
    )
    assert (by_id(later)[end]["x"], by_id(later)[end]["y"]) == (x, y)
    # What is gone back to is not pinned.
    owner.post(f"/canvas/{drawn}/revert", json={"version": 1})
    assert by_id(owner.call("PATCH", f"/canvas/{drawn}", json={"title": ""}))[end] == before[end]


def test_resized_shape_keeps_its_words_in_its_middle(owner: Caller, drawn: str) -> None:
    end = shape_of(owner.get(f"/canvas/{drawn}"), "End")
    change = {"id": end, "width": 400, "height": 200}
    after = by_id(owner.call("PATCH", f"/canvas/{drawn}", json={"objects": [change]}))
    assert (after[end]["width"], after[end]["height"]) == (400, 200)
    words = next(each for each in after.values() if each.get("of") == end)
    middle = after[end]["x"] + 200, after[end]["y"] + 100
    assert abs(words["x"] + words["width"] / 2 - middle[0]) < 1
    assert abs(words["y"] + words["height"] / 2 - middle[1]) < 1


def test_deleted_shape_goes_with_its_connectors(owner: Caller, drawn: str) -> None:
    end = shape_of(owner.get(f"/canvas/{drawn}"), "End")
    after = owner.call("PATCH", f"/canvas/{drawn}", json={"objects": [{"id": end, "deleted": True}]})
    assert end not in by_id(after)
    assert not any("from" in each for each in by_id(after).values())
    assert "b" not in owner.get(f"/canvas/{drawn}.mmd").get_data(as_text=True).split("a[")[1]


def test_words_and_colours_are_changed_by_hand_and_stay(owner: Caller, drawn: str) -> None:
    now = owner.get(f"/canvas/{drawn}")
    before, end = by_id(now), shape_of(now, "End")
    label = next(key for key, each in before.items() if each.get("of") == end)
    objects = [{"id": label, "text": "The very end"}, {"id": end, "color": "#118833"}]
    response = owner.call("PATCH", f"/canvas/{drawn}", json={"objects": objects})
    assert response.status_code == 200, response.text
    after = by_id(response)
    assert after.keys() == before.keys()
    assert after[label]["text"].split() == ["The", "very", "end"]
    assert after[end]["fill"] != before[end]["fill"]
    changed = {key for key in before if before[key] != after[key]}
    assert changed == set(response.get_json()["changes"]["changed"])
    notation = owner.get(f"/canvas/{drawn}.mmd").get_data(as_text=True)
    assert "The very end" in notation
    assert ":::green" in notation
    # Neither a later change nor another style forgets it, and the shape may still find another place.
    later = by_id(owner.call("PATCH", f"/canvas/{drawn}", json={"source": "b --> c", "style": "minimal"}))
    assert later[label]["text"].split() == ["The", "very", "end"]
    owner.post(f"/canvas/{drawn}/revert", json={"version": 1})
    assert by_id(owner.get(f"/canvas/{drawn}")) == before


def test_words_that_are_no_parts_own_are_refused(owner: Caller, conn: Connection, drawn: str) -> None:
    arrow = next(key for key, each in by_id(owner.get(f"/canvas/{drawn}")).items() if "from" in each)
    conn.execute("UPDATE canvas_drawings SET source = %s", ["sequenceDiagram\n  Alice->>Bob: Hello\n"])
    change = {"objects": [{"id": arrow, "text": "no"}]}
    refused = owner.call("PATCH", f"/canvas/{drawn}", json=change)
    assert "by `source`" in assert_problem(refused, 400, "invalid_request")["message"]


@pytest.mark.parametrize(
    "objects",
    [
        [{"id": "nonsense", "x": 1}],
        [{"x": 1}],
        [{"id": "a", "x": "1"}],
        [{"id": "a", "width": 0}],
        [{"id": "a", "color": "greenish"}],
        [{"id": "a", "text": 1}],
        [{"id": "a", "text": "x" * 601}],
        [{"id": "a", "text": "\0"}],
        [{"id": "a", "x": 1e9}],
    ],
)
def test_shapes_that_cannot_be_moved_are_refused(owner: Caller, drawn: str, objects: list[Any]) -> None:
    refused = owner.call("PATCH", f"/canvas/{drawn}", json={"objects": objects})
    assert_problem(refused, 400, "invalid_request")
    assert owner.get(f"/canvas/{drawn}").get_json()["canvas"]["version"] == 1
