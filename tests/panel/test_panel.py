"""What a person can do on the page, in Chromium, with a real web process, worker and model server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from core.database import Connection
from devtools.model_server import ModelServer, Script, refused
from tests.panel.conftest import Stack, watch
from tests.panel.visitor import Visitor
from tests.waiting import PATIENCE

pytestmark = pytest.mark.browser
ORDER = "How an order goes from the shop to the doorstep"
SLOW = Script(chunk_delay=0.05)
STUCK = Script(silent_after=25)  # draws some shapes, then nothing more comes

# Notes what is lit up, and how much of it glows at that moment.
RECORD_GLOW = """() => {
  const view = document.querySelector("ai-canvas-view");
  const highlight = view.highlight.bind(view);
  view.highlight = (ids) => {
    highlight(ids);
    const glows = view.shadowRoot.getAnimations().filter((each) =>
      each.effect.getKeyframes().some((frame) => String(frame.filter).includes("drop-shadow")));
    window.glow = [ids, glows.length];
  };
}"""


def outcome(conn: Connection, user_id: str) -> str | None:
    """How the user's newest job ended."""
    row = conn.execute(
        "SELECT outcome FROM ai_jobs WHERE user_id = %s ORDER BY created_at DESC LIMIT 1", [user_id]
    ).fetchone()
    assert row is not None
    result: str | None = row["outcome"]
    return result


def test_shapes_appear_one_after_another_until_the_drawing_is_done(visitor: Visitor) -> None:
    visitor.record_counts()
    visitor.describe(ORDER)
    visitor.expect_status(ORDER, "completed")
    visitor.expect_phase("done")
    counts = visitor.counts()
    assert counts == sorted(counts)
    assert len(counts) >= 5, "the shapes came all at once"
    result = visitor.ask("(await client.list()).jobs[0].canvas_id")
    canvas = visitor.ask(f"await client.canvas('{result}')")
    assert visitor.shown_ids() == {each["id"] for each in canvas["objects"]}
    expect(visitor.view.get_by_role("heading", name="Online order")).to_be_visible()
    expect(visitor.view.get_by_role("img")).to_have_attribute("aria-label", re.compile("Pack the parcel"))


def test_cancelling_stops_the_drawing_and_the_model(
    visitor: Visitor, model: ModelServer, conn: Connection, user_id: str
) -> None:
    model.script(STUCK)
    visitor.describe(ORDER)
    visitor.wait_for_shapes(3)
    visitor.press("Cancel")
    visitor.expect_status(ORDER, "cancelled")
    visitor.expect_phase("partial")
    assert outcome(conn, user_id) == "cancelled"
    assert model.requests[-1].left.wait(timeout=PATIENCE)
    visitor.page.reload()
    visitor.expect_status(ORDER, "cancelled")


def test_failure_is_told_in_words_and_a_retry_draws(
    visitor: Visitor, model: ModelServer, user_id: str
) -> None:
    model.script(refused(401, "invalid_api_key"))
    visitor.describe(ORDER)
    visitor.expect_status(ORDER, "failed")
    message = visitor.ask("(await client.list()).jobs[0].error_message")
    expect(visitor.card(ORDER).get_by_text(message)).to_be_visible()
    visitor.press("Try again")
    visitor.expect_status(ORDER, "completed")
    visitor.expect_phase("done")
    assert visitor.shapes.count() > 30


def test_several_jobs_run_at_once_and_each_can_be_opened(visitor: Visitor, model: ModelServer) -> None:
    model.script(STUCK, SLOW, SLOW)
    for name in ("First plan", "Second plan", "Third plan"):
        visitor.describe(name)
    expect(visitor.cards).to_have_count(3)
    visitor.expect_status("Third plan", "completed")
    visitor.expect_status("Second plan", "completed")
    visitor.expect_status("First plan", "processing")
    visitor.card("First plan").get_by_role("button", name="First plan", exact=True).click()
    visitor.expect_phase("drawing")
    visitor.wait_for_shapes(3)
    visitor.card("Second plan").get_by_role("button", name="Second plan", exact=True).click()
    visitor.expect_phase("done")
    visitor.press("Cancel: First plan")
    visitor.expect_status("First plan", "cancelled")


def test_a_drawing_is_added_to_the_open_canvas(visitor: Visitor) -> None:
    visitor.describe(ORDER)
    visitor.expect_phase("done")
    before = visitor.shown_ids()
    visitor.page.get_by_text("Add to the open canvas").click()
    visitor.describe("And how it comes back")
    visitor.expect_status("And how it comes back", "completed")
    visitor.expect_phase("done")
    after = visitor.shown_ids()
    assert before < after
    assert len(after) == 2 * len(before)


def test_everything_works_with_the_keyboard_alone(visitor: Visitor) -> None:
    page, keys = visitor.page, visitor.page.keyboard
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the canvas")).to_be_focused()
    keys.press("Tab")
    expect(page.get_by_role("button", name="Close the panel")).to_be_focused()
    keys.press("Tab")
    expect(visitor.field).to_be_focused()
    keys.type(ORDER)
    keys.press("Tab")
    keys.press("ArrowRight")
    expect(page.get_by_role("radio", name="Corporate")).to_be_checked()
    keys.press("Shift+Tab")
    keys.press("Control+Enter")
    visitor.expect_status(ORDER, "completed")
    visitor.expect_phase("done")
    assert visitor.ask("(await client.list()).jobs[0].request_data.style") == "corporate"

    keys.press("Escape")
    expect(visitor.panel).to_be_hidden()
    expect(page.get_by_role("button", name="Describe a drawing")).to_be_focused()
    world = visitor.view.locator("svg > g").first
    visitor.view.get_by_role("group", name=re.compile("^Canvas:")).focus()
    for key in ("ArrowLeft", "ArrowDown", "+", "-", "0"):
        before = world.get_attribute("transform")
        keys.press(key)
        expect(world).not_to_have_attribute("transform", before or "")
    page.get_by_role("button", name="Describe a drawing").focus()
    keys.press("Enter")
    expect(visitor.field).to_be_focused()

    visitor.describe("Another one")
    visitor.expect_status("Another one", "completed")
    visitor.card(ORDER).get_by_role("button", name=ORDER, exact=True).focus()
    keys.press("Enter")
    expect(visitor.card(ORDER).locator("[aria-current]")).to_be_focused()


def test_wheel_drag_and_buttons_move_the_canvas(visitor: Visitor) -> None:
    visitor.describe(ORDER)
    visitor.expect_phase("done")
    page, world = visitor.page, visitor.view.locator("svg > g").first
    fitted = world.get_attribute("transform") or ""
    page.mouse.move(800, 400)
    page.mouse.wheel(0, -200)
    expect(world).not_to_have_attribute("transform", fitted)
    before = world.get_attribute("transform") or ""
    page.mouse.down()
    page.mouse.move(850, 450)
    page.mouse.up()
    expect(world).not_to_have_attribute("transform", before)
    visitor.press("Show everything")
    expect(world).to_have_attribute("transform", fitted)
    visitor.press("Zoom in")
    expect(world).not_to_have_attribute("transform", fitted)


def test_a_drawing_can_be_saved_in_three_formats(visitor: Visitor, tmp_path: Path) -> None:
    visitor.describe(ORDER)
    visitor.expect_phase("done")
    files = {}
    for name in ("svg", "png", "json"):
        with visitor.page.expect_download() as download:
            visitor.press(f"Download {name.upper()}")
        assert download.value.suggested_filename == f"online-order.{name}"
        download.value.save_as(tmp_path / name)
        files[name] = (tmp_path / name).read_bytes()
    assert files["svg"].startswith(b"<svg")
    assert files["png"].startswith(b"\x89PNG")
    assert {each["id"] for each in json.loads(files["json"])["objects"]} == visitor.shown_ids()


def test_the_counter_counts_characters_and_too_many_are_not_sent(visitor: Visitor) -> None:
    visitor.field.fill("🎈" * 10_000)
    expect(visitor.panel.get_by_text("10000 / 10000")).to_be_visible()
    visitor.field.fill("🎈" * 10_001)
    visitor.field.press("Control+Enter")
    expect(visitor.panel.get_by_role("alert")).to_have_text("Please shorten this by 1 character.")
    visitor.field.fill("   ")
    visitor.field.press("Control+Enter")
    expect(visitor.panel.get_by_role("alert")).to_have_text("Describe what to draw first.")
    expect(visitor.cards).to_have_count(0)


def test_markup_is_shown_as_text(visitor: Visitor, model: ModelServer) -> None:
    markup, text = "<img src=x onerror=alert(1)>", "5 < 6 & 7 > 3"
    node = {
        "kind": "node",
        "id": "a",
        "text": text,
        "role": "step",
        "parent": None,
        "when": None,
        "accent": None,
    }
    model.script(
        Script(text=json.dumps({"title": text, "kind": "flowchart", "direction": "down", "items": [node]}))
    )
    visitor.describe(f"{markup} and 'quotes'")
    visitor.expect_phase("done")
    expect(visitor.card(markup)).to_be_visible()
    expect(visitor.view.get_by_role("heading", name=text)).to_be_visible()
    assert visitor.page.evaluate("document.images.length") == 0


def test_a_development_server_signs_the_demo_user_in(chromium: Browser, stack: Stack) -> None:
    complaints: list[str] = []
    with chromium.new_context(base_url=stack.url) as context:
        page = context.new_page()
        watch(page, complaints)
        page.goto("/")
        Visitor(page).describe("A plan of the demo user")
        Visitor(page).expect_status("A plan of the demo user", "completed")
    assert complaints == []


def test_cards_count_what_people_count(visitor: Visitor) -> None:
    visitor.describe(ORDER)
    visitor.expect_status(ORDER, "completed")
    boxes = visitor.ask(
        "(await client.canvas((await client.list()).jobs[0].canvas_id)).objects.filter((each) => "
        "!['text', 'arrow', 'line'].includes(each.object_type) && !each.properties.role).length"
    )
    expect(
        visitor.card(ORDER).get_by_text(re.compile(f"^{boxes} shapes and [0-9]+ connectors"))
    ).to_be_visible()


def test_nobody_is_told_to_try_again_where_that_is_hopeless(visitor: Visitor, model: ModelServer) -> None:
    model.script(Script(text="", finish_reason="content_filter"))
    visitor.describe(ORDER)
    visitor.expect_status(ORDER, "failed")
    card = visitor.card(ORDER)
    expect(card.get_by_role("button", name=re.compile("^Try again"))).to_have_count(0)
    card.get_by_role("button", name=re.compile("^Change the text")).click()
    expect(visitor.field).to_have_value(ORDER)
    expect(visitor.field).to_be_focused()


def test_the_open_drawing_is_changed_by_words(visitor: Visitor, model: ModelServer) -> None:
    visitor.describe(ORDER)
    visitor.expect_phase("done")
    before = visitor.shown_ids()
    visitor.page.get_by_text("Change the open drawing").click()
    model.script(Script(text="n11[Everybody is happy]\nn8 --> x1[Add a gift]\n", chunk_delay=0.02))
    visitor.page.get_by_label("What should change?").fill("A gift, and a happy end")
    visitor.page.evaluate(RECORD_GLOW)
    visitor.page.get_by_role("button", name="Draw", exact=True).click()
    visitor.expect_status("A gift, and a happy end", "completed")
    visitor.expect_phase("done")
    expect(visitor.view.get_by_role("img")).to_have_attribute("aria-label", re.compile("Add a gift"))
    after = visitor.shown_ids()
    assert before < after
    assert len(after - before) == 3  # a box, its words and an arrow
    visitor.page.wait_for_function("window.glow !== undefined")
    lit, glowing = visitor.page.evaluate("window.glow")
    assert after - before <= set(lit)
    assert glowing == len(lit), "each of them glows"
    visitor.press("Undo")
    expect(visitor.view.get_by_role("img")).not_to_have_attribute("aria-label", re.compile("Add a gift"))
    assert visitor.shown_ids() == before
    expect(visitor.panel.get_by_role("button", name=re.compile("^Undo"))).to_have_count(0)


def test_a_request_is_drawn_again_and_its_words_used_again(visitor: Visitor) -> None:
    visitor.describe(ORDER)
    visitor.expect_status(ORDER, "completed")
    card = visitor.card(ORDER)
    card.get_by_role("button", name=re.compile("^Use this text again")).click()
    expect(visitor.field).to_have_value(ORDER)
    expect(visitor.field).to_be_focused()
    first = visitor.ask("(await client.list()).jobs[0].canvas_id")
    card.get_by_role("button", name=re.compile("^Draw again")).click()
    expect(visitor.cards).to_have_count(2)
    visitor.expect_phase("done")
    again = visitor.ask("(await client.list()).jobs[0]")
    assert again["canvas_id"] != first
    assert again["request_data"]["instructions"] == ORDER
    expect(visitor.cards.first).to_have_attribute("data-status", "completed")
