"""Jobs that change what is on a canvas: what was asked for changes, and nothing else; every change is a version."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core import canvases, jobs, versions
from core.canvases import StoredCanvas
from core.database import Connection
from core.jobs import Job
from core.settings import Settings
from devtools.model_server import ModelServer, Script
from tests.conftest import make_settings
from tests.drawing.own.boards import Board, id_of, shop
from tests.tasks.workshop import post, until, until_final, working

LOGIN = """flowchart TD
title Login
a([Start]) --> b[Enter password]
b --> c{Correct?}
c -->|yes| d([Home])
c -->|no| b
"""


class Edits:
    """A canvas with one drawing, and jobs that change it."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.canvas_id = uuid.UUID(int=0)

    async def draw(self, source: str = LOGIN, **values: Any) -> Job:
        job = post(self.conn, request_data={"source": source, **values})
        done = await until_final(self.conn, job.id)
        assert done.canvas_id is not None, done
        self.canvas_id = done.canvas_id
        return done

    def begin(self, **values: Any) -> Job:
        request = {"mode": "edit", "canvas_id": str(self.canvas_id), **values}
        return post(self.conn, request_data=request, target_canvas_id=self.canvas_id)

    async def edit(self, **values: Any) -> Job:
        return await until_final(self.conn, self.begin(**values).id)

    async def draw_beside(self, source: str) -> Job:
        request = {"source": source, "canvas_id": str(self.canvas_id)}
        job = post(self.conn, request_data=request, target_canvas_id=self.canvas_id)
        return await until_final(self.conn, job.id)

    def hand_over(self, board: Board) -> None:
        self.canvas_id = uuid.uuid4()
        canvases.create_canvas(
            self.conn, canvas_id=self.canvas_id, user_id="owner", title="", objects=board.objects
        )

    @property
    def canvas(self) -> StoredCanvas:
        return canvases.get_canvas(self.conn, canvas_id=str(self.canvas_id), user_id="owner")

    @property
    def objects(self) -> dict[str, dict[str, Any]]:
        return {
            str(item.id): item.properties
            for item in canvases.read_objects(self.conn, canvas_id=self.canvas_id)
        }

    def find(self, text: str) -> str:
        """Return the id of the shape with these words."""
        [shape] = [
            properties["of"]
            for properties in self.objects.values()
            if properties.get("text") == text and "of" in properties
        ]
        return str(shape)

    @property
    def version(self) -> int:
        return canvases.get_canvas(self.conn, canvas_id=str(self.canvas_id), user_id="owner").version


def tell(settings: Settings, conn: Connection, story: Callable[[Edits], Awaitable[None]]) -> None:
    async def run() -> None:
        async with working(settings):
            await story(Edits(conn))

    asyncio.run(run())


def result_of(job: Job) -> dict[str, Any]:
    assert job.status == "completed", job
    assert job.result is not None
    return job.result


def test_only_what_was_asked_for_changes(settings: Settings, conn: Connection) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        before = edits.objects
        shape = edits.find("Home")
        done = await edits.edit(source="d:::green")
        after = edits.objects
        changes = result_of(done)["changes"]
        assert before.keys() == after.keys()
        different = {key for key in before if before[key] != after[key]}
        assert different == {*changes["changed"]}
        assert shape in different
        assert all(after[key].get("of") == shape for key in different - {shape})
        assert (changes["added"], changes["removed"]) == ([], [])
        assert result_of(done)["version"] == edits.version == 2

    tell(settings, conn, story)


def test_what_is_added_leaves_the_rest_where_it_was(settings: Settings, conn: Connection) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        before = edits.objects
        done = await edits.edit(source="c -->|locked| e[Call support]")
        after = edits.objects
        assert {key for key in before if after.get(key) != before[key]} == set()
        assert after.keys() - before.keys() == set(result_of(done)["changes"]["added"])
        assert "Call support" in result_of(done)["source"]
        events = conn.execute("SELECT kind, data FROM ai_job_events WHERE job_id = %s", [done.id]).fetchall()
        told = {row["data"]["id"]: row["data"]["properties"] for row in events if row["kind"] == "object"}
        assert told.keys() >= after.keys() - before.keys()
        # Others are told only for their new places in the stack.
        assert all(before[key] == told[key] for key in told.keys() & before.keys())

    tell(settings, conn, story)


def test_removed_parts_are_taken_back_from_readers(settings: Settings, conn: Connection) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        before = edits.objects
        done = await edits.edit(source="remove d")
        gone = before.keys() - edits.objects.keys()
        assert gone == set(result_of(done)["changes"]["removed"])
        events = conn.execute("SELECT kind, data FROM ai_job_events WHERE job_id = %s", [done.id]).fetchall()
        assert {row["data"]["id"] for row in events if row["kind"] == "object_removed"} == gone

    tell(settings, conn, story)


def test_words_are_understood_without_a_model(settings: Settings, conn: Connection) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        done = await edits.edit(
            instructions="Rename “Enter password” to Enter PIN. Add Check device after Start; make it red",
            selection=[edits.find("Home")],
        )
        source = result_of(done)["source"]
        assert 'b["Enter PIN"]' in source
        assert "Check device" in source
        assert 'd(["Home"]):::red' in source
        assert result_of(done)["notes"] == ["No AI was used."]

    tell(settings, conn, story)


@pytest.mark.parametrize(
    "words", ["Make it more beautiful", "remove the printer", "%% note: nothing\n", "rename nothing at all"]
)
def test_what_cannot_be_done_is_said_and_changes_nothing(
    settings: Settings, conn: Connection, words: str
) -> None:
    async def story(edits: Edits) -> None:
        first = await edits.draw()
        before = edits.objects
        result = result_of(await edits.edit(instructions=words))
        assert edits.objects == before
        assert result["message"].startswith("Nothing was changed.")
        assert result["changes"] == {"added": [], "changed": [], "removed": []}
        assert result["notes"]
        assert edits.version == result["version"] == result_of(first)["version"]

    tell(settings, conn, story)


def test_canvas_without_a_drawing_cannot_be_edited(settings: Settings, conn: Connection) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        conn.execute("DELETE FROM canvas_drawings")
        done = await edits.edit(source="remove d")
        assert (done.status, done.error_code) == ("failed", "nothing_to_edit")

    tell(settings, conn, story)


def test_two_changes_at_once_lose_nothing(settings: Settings, conn: Connection) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        begun = [edits.begin(source=f"d --> n{number}[Page {number}]") for number in range(5)]
        done = [await until_final(conn, job.id) for job in begun]
        assert sorted(result_of(job)["version"] for job in done) == [2, 3, 4, 5, 6]
        texts = {properties.get("text") for properties in edits.objects.values()}
        assert {f"Page {number}" for number in range(5)} <= texts
        places = [item.z_index for item in canvases.read_objects(conn, canvas_id=edits.canvas_id)]
        assert len(set(places)) == len(places)

    tell(settings, conn, story)


def test_of_several_drawings_the_marked_one_changes(settings: Settings, conn: Connection) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        home = edits.find("Home")
        other = post(
            conn,
            request_data={"source": "flowchart TD\nx[Other] --> y[Thing]", "canvas_id": str(edits.canvas_id)},
            target_canvas_id=edits.canvas_id,
        )
        await until_final(conn, other.id)
        thing = edits.find("Thing")
        before = edits.objects
        await edits.edit(instructions="make it green", selection=[home])
        await edits.edit(instructions="rename Thing to Thing two")  # The newest one, as nothing is marked.
        after = edits.objects
        assert after[home]["fill"] != before[home]["fill"]
        assert edits.find("Thing two") == thing
        assert after[edits.find("Other")] == before[edits.find("Other")]
        stored = canvases.read_objects(conn, canvas_id=edits.canvas_id)
        assert len({item.z_index for item in stored}) == len(stored)

    tell(settings, conn, story)


def test_of_several_drawings_the_named_one_changes_without_a_model(
    settings: Settings, conn: Connection
) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        home, before = edits.find("Home"), edits.objects
        await edits.draw_beside("flowchart TD\nx[Other] --> y[Thing]")
        await edits.edit(instructions="rename Home to Start page")
        assert edits.find("Start page") == home
        await edits.edit(instructions="rename Thing to Thing two")
        assert {edits.find("Thing two"), edits.find("Other")}.isdisjoint(before)

    tell(settings, conn, story)


def test_model_says_which_of_several_drawings_it_changes(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story(edits: Edits) -> None:
        first = await edits.draw()
        second = await edits.draw_beside("flowchart TD\nd[Other] --> y[Thing]")
        model.script(Script(text="drawing 1\nd:::green"))
        done = await edits.edit(instructions="make the end of the login green")
        assert result_of(done)["drawing_id"] == str(first.id)
        assert edits.find("Home") in result_of(done)["changes"]["changed"]
        asked = model.requests[-1].body["messages"]
        assert "There are several drawings" in asked[0]["content"]
        assert "drawing 1\nflowchart TD" in asked[1]["content"]
        assert "drawing 2\nflowchart TD" in asked[1]["content"]
        model.script(
            Script(text="y[Whatever]")
        )  # It names none: the newest, as the words are of that one, too.
        done = await edits.edit(instructions="rename Thing")
        assert result_of(done)["drawing_id"] == str(second.id)

    tell(model_settings, conn, story)


def test_what_an_app_handed_over_is_changed_and_connected(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story(edits: Edits) -> None:
        board = shop()
        edits.hand_over(board)
        order, ship = board.name("order"), board.name("ship")
        before = edits.objects
        model.script(Script(text=f'{order}:::green\n{ship} --> done["Done"]'))
        done = await edits.edit(instructions="make Order green, and add Done after Ship")
        result, after = result_of(done), edits.objects
        assert after[id_of("order")]["fill"] != before[id_of("order")]["fill"]
        assert any(properties.get("text") == "Done" for properties in after.values())
        arrows = [each for each in after.values() if each.get("from") == id_of("ship")]
        assert len(arrows) == 1
        assert arrows[0]["to"] in result["changes"]["added"]
        for key in set(before) - set(result["changes"]["changed"]):
            assert after[key] == before[key]
        asked = model.requests[-1].body["messages"][1]["content"]
        assert f'rectangle {order} 40,40 160x70 "Order"' in asked
        assert (result["version"], edits.version) == (2, 2)

        again = await edits.edit(source=f'{board.name("pay")}["Pay now"]')  # no model
        assert result_of(again)["changes"]["changed"] == [id_of("pay words")]
        with conn.transaction():
            versions.revert(conn, canvases.lock_own_canvas(conn, edits.canvas), 1)
        assert edits.objects == before

    tell(model_settings, conn, story)


def test_marked_objects_of_an_app_are_what_changes(settings: Settings, conn: Connection) -> None:
    async def story(edits: Edits) -> None:
        edits.hand_over(shop())
        await edits.draw_beside("flowchart TD\nx[Other] --> y[Thing]")
        before = edits.objects
        await edits.edit(instructions="make it red", selection=[id_of("ship")])
        after = edits.objects
        assert {key for key in before if before[key] != after[key]} <= {id_of("ship"), id_of("ship words")}
        assert after[id_of("ship")]["fill"] != before[id_of("ship")]["fill"]

    tell(settings, conn, story)


def test_versions_can_be_read_and_gone_back_to(settings: Settings, conn: Connection) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        first = edits.objects
        await edits.edit(source="d:::green")
        second = edits.objects
        await edits.edit(source="remove d")

        def canvas() -> canvases.StoredCanvas:
            return canvases.get_canvas(conn, canvas_id=str(edits.canvas_id), user_id="owner")

        was, objects = versions.read_version(conn, canvas(), 1)
        assert {str(item.id): item.properties for item in objects} == first
        assert was.title == "Login"
        with conn.transaction():
            assert versions.revert(conn, canvases.lock_own_canvas(conn, canvas()), 2) == 4
        assert edits.objects == second
        done = await edits.edit(source="d[Dashboard]")
        assert 'd["Dashboard"]:::green' in result_of(done)["source"]
        listed = versions.list_versions(conn, canvas_id=edits.canvas_id)
        assert [(each.number, each.author) for each in listed] == [
            (5, "ai-agent"),
            (4, "person"),
            (3, "ai-agent"),
            (2, "ai-agent"),
            (1, "ai-agent"),
        ]
        assert listed[1].message == "Back to version 2."

    tell(settings, conn, story)


def test_a_hundred_versions_are_kept(
    settings: Settings, conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "MOST", 3)

    async def story(edits: Edits) -> None:
        await edits.draw()
        for number in range(5):
            await edits.edit(source=f"d[Home {number}]")
        listed = versions.list_versions(conn, canvas_id=edits.canvas_id)
        assert [each.number for each in listed] == [6, 5, 4]

    tell(settings, conn, story)


@pytest.fixture
def model() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


@pytest.fixture
def model_settings(dsn: str, tmp_path: Path, model: ModelServer) -> Settings:
    return make_settings(dsn, var_dir=tmp_path, ai_provider=None, openai_base_url=model.base_url)


def test_model_sees_the_drawing_as_data_and_answers_with_statements(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        model.script(Script(text="```mermaid\nd:::green\n%% note: Green as you wished.\n```"))
        done = await edits.edit(instructions="make this green", selection=[edits.find("Home")])
        assert done.result is not None
        assert 'd(["Home"]):::green' in done.result["source"]
        assert done.result["notes"] == ["Green as you wished."]
        asked = model.requests[-1].body["messages"][-1]["content"]
        assert 'd(["Home"])' in asked
        assert "Marked by the person: d" in asked

    tell(model_settings, conn, story)


def test_whole_answer_counts_as_the_difference(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        before = edits.objects
        words = {"a": "Beginn", "b": "Passwort", "c": "Richtig?", "d": "Startseite"}
        whole = f"flowchart TD\na([{words['a']}]) --> b[{words['b']}] --> c{{{words['c']}}}\n"
        whole += f"c -->|ja| d([{words['d']}])\nc -->|nein| b\n"
        model.script(Script(text=whole))
        await edits.edit(instructions="auf Deutsch")
        after = edits.objects
        assert before.keys() == after.keys()
        texts = {properties.get("text") for properties in after.values()}
        assert {*words.values(), "ja", "nein", "Login"} <= texts

    tell(model_settings, conn, story)


def test_auto_draws_something_new_when_that_is_the_answer(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        before = edits.objects
        model.script(Script(text='pie\ntitle Budget\n"Ads" : 60\n"Events" : 40\n'))
        done = await edits.edit(mode="auto", instructions="also a pie of the budget")
        after = edits.objects
        assert {key: after[key] for key in before} == before
        assert "Ads" in {properties.get("text") for properties in after.values()} or len(after) > len(before)
        assert done.result is not None
        assert "changes" not in done.result
        assert edits.version == 2

    tell(model_settings, conn, story)


def test_cut_answer_changes_nothing_and_is_asked_for_again(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        cut = Script(text="d:::green\nremove b\nremove c\nremove a\nd[Nothing is left of it]", cut_after=1)
        model.script(cut)
        model.script(Script(text="d:::red\n"))
        done = await edits.edit(instructions="make Home red")
        assert done.result is not None
        assert ":::red" in done.result["source"]
        assert "Enter password" in done.result["source"]

    tell(model_settings, conn, story)


def test_cancelled_change_leaves_no_trace(
    conn: Connection, model: ModelServer, model_settings: Settings
) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw()
        before = edits.objects
        model.script(Script(silent_after=1))
        job = edits.begin(instructions="make Home red")
        await until(conn, job.id, lambda job: job.status == "processing")
        jobs.cancel_job(conn, job_id=job.id, user_id="owner")
        await asyncio.sleep(0.3)
        assert edits.objects == before
        assert edits.version == 1

    tell(model_settings, conn, story)


@pytest.mark.parametrize(
    ("source", "words", "statement"),
    [
        ("flowchart TD\na --> b\nb -->|yes| c", "yes", 'b -->|"of course"| c'),
        ("sequenceDiagram\nU->>A: ask\nA-->>U: yes\nU->>A: thanks", "yes", "A->>U: of course"),
    ],
)
def test_marked_connector_gets_other_words_without_a_model(
    settings: Settings, conn: Connection, source: str, words: str, statement: str
) -> None:
    async def story(edits: Edits) -> None:
        await edits.draw(source)
        line = edits.find(words)
        done = await edits.edit(instructions="rename it to of course", selection=[line])
        assert statement.replace('"', "") in result_of(done)["source"].replace('"', "")
        assert words not in {properties.get("text") for properties in edits.objects.values()}

    tell(settings, conn, story)


@pytest.mark.parametrize(
    "instructions", ["Login -> Check -> Home", "flowchart TD\nx[Login] --> y[Check] --> z[Home]"]
)
def test_auto_draws_what_is_spelled_out_beside_what_an_app_has(
    settings: Settings, conn: Connection, instructions: str
) -> None:
    async def story(edits: Edits) -> None:
        edits.hand_over(shop())
        before = edits.objects
        done = await edits.edit(instructions=instructions, mode="auto")
        assert {"Login", "Check", "Home"} <= {each.get("text") for each in edits.objects.values()}
        assert {key: edits.objects[key] for key in before} == before
        assert "changes" not in result_of(done) or not result_of(done)["changes"]
        await edits.edit(instructions="make Ship green", mode="auto")
        assert edits.objects[id_of("ship")]["fill"] != before[id_of("ship")]["fill"]

    tell(settings, conn, story)
