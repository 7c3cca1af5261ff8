"""What a person can do on the page, in Chromium, with a real web process, worker and model server."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Route, expect

from core.database import Connection
from devtools.model_server import ModelServer, Script, refused
from tests.conftest import make_settings
from tests.panel.conftest import Stack, watch
from tests.panel.visitor import Visitor
from tests.waiting import PATIENCE
from webapp.auth import make_token

pytestmark = pytest.mark.browser

ORDER = "How an order goes from the shop to the doorstep"
SLOW = Script(chunk_delay=0.05)
STUCK = Script(silent_after=25)  # draws some shapes, then nothing more comes


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


def test_reload_in_the_middle_of_a_job_shows_everything_again(visitor: Visitor, model: ModelServer) -> None:
    model.script(SLOW)
    visitor.describe(ORDER)
    visitor.wait_for_shapes(4)
    visitor.page.reload()
    visitor.wait_for_shapes(4)
    visitor.expect_status(ORDER, "processing")
    visitor.expect_status(ORDER, "completed")
    visitor.expect_phase("done")
    assert visitor.shapes.count() > 30


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


def test_shapes_of_a_second_attempt_replace_those_of_the_first(visitor: Visitor, model: ModelServer) -> None:
    other = {"title": "Half a plan", "kind": "grid", "direction": "down"}
    items = [{"kind": "group", "id": f"g{n}", "text": f"Only once {n}"} for n in range(6)]
    text = json.dumps({**other, "items": items})
    # The second answer takes its time, so that the first one's shapes are there to be seen.
    model.script(Script(text=text, chunk_delay=0.2, cut_after=len(text) // 40 - 2), Script(delay=3))
    visitor.describe(ORDER)
    expect(visitor.view.get_by_text("Only once 1")).to_be_attached()
    visitor.expect_status(ORDER, "completed")
    visitor.expect_phase("done")
    expect(visitor.view.get_by_text("Only once")).to_have_count(0)
    assert visitor.shapes.count() > 30


def test_two_tabs_show_the_same_jobs(open_tab: Callable[[], Visitor], model: ModelServer) -> None:
    first, second = open_tab(), open_tab()
    model.script(STUCK)
    first.describe(ORDER)
    first.wait_for_shapes(3)
    second.expect_status(ORDER, "processing")
    second.card(ORDER).get_by_role("button", name=ORDER, exact=True).click()
    second.wait_for_shapes(3)
    second.press("Cancel")
    second.expect_status(ORDER, "cancelled")
    first.expect_status(ORDER, "cancelled")
    first.press("Draw again")
    first.expect_phase("done")
    second.expect_phase("done")
    assert first.shown_ids() == second.shown_ids()


def test_a_hidden_tab_gives_its_stream_back_and_goes_on_later(visitor: Visitor, model: ModelServer) -> None:
    page = visitor.page
    streams: list[str | None] = []
    page.on(
        "request",
        lambda sent: streams.append(sent.headers.get("last-event-id")) if "/events" in sent.url else None,
    )
    model.script(SLOW)
    visitor.describe(ORDER)
    visitor.wait_for_shapes(3)
    with page.expect_event("requestfailed", lambda sent: "/events" in sent.url):
        pretend_hidden(visitor, is_hidden=True)
    job_id = page.evaluate("document.querySelector('ai-canvas-panel').jobId")
    visitor.ask(f"await client.follow('{job_id}', {{ stream: false }})")
    pretend_hidden(visitor, is_hidden=False)
    visitor.expect_status(ORDER, "completed")
    visitor.expect_phase("done")
    assert len(streams) == 2
    assert streams[0] is None
    assert int(streams[1] or 0) > 0
    assert visitor.shapes.count() > 30


def pretend_hidden(visitor: Visitor, *, is_hidden: bool) -> None:
    visitor.page.evaluate(
        "hidden => { Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });"
        " document.dispatchEvent(new Event('visibilitychange')); }",
        is_hidden,
    )


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


@pytest.mark.parametrize(("width", "height"), [(360, 640), (390, 844)])
def test_a_phone_shows_the_whole_form_with_nothing_behind_its_button(
    visitor: Visitor, width: int, height: int
) -> None:
    visitor.page.set_viewport_size({"width": width, "height": height})
    button = visitor.page.get_by_role("button", name="Draw", exact=True).bounding_box()
    assert button is not None
    for name in ("Modern", "Minimal", "Default", "Mono"):
        label = visitor.panel.get_by_text(name, exact=True).bounding_box()
        assert label is not None
        assert label["y"] + label["height"] <= button["y"], name
    assert button["y"] + button["height"] <= height


def test_a_narrow_phone_shows_canvas_and_panel_without_sideways_scrolling(visitor: Visitor) -> None:
    visitor.page.set_viewport_size({"width": 320, "height": 640})
    expect(visitor.page.get_by_role("button", name="Draw", exact=True)).to_be_in_viewport(ratio=1)
    visitor.describe(ORDER)
    visitor.expect_phase("done")
    assert visitor.page.evaluate("document.documentElement.scrollWidth") == 320
    scroll = visitor.panel.locator(".scroll")
    assert scroll.evaluate("element => element.scrollWidth <= element.clientWidth")
    expect(visitor.view.get_by_role("button", name="Download PNG")).to_be_in_viewport(ratio=1)


def test_a_development_server_signs_the_demo_user_in(chromium: Browser, stack: Stack) -> None:
    complaints: list[str] = []
    with chromium.new_context(base_url=stack.url) as context:
        page = context.new_page()
        watch(page, complaints)
        page.goto("/")
        Visitor(page).describe("A plan of the demo user")
        Visitor(page).expect_status("A plan of the demo user", "completed")
    assert complaints == []


def test_draw_button_can_be_read_whatever_the_pointer_does(visitor: Visitor) -> None:
    button = visitor.page.get_by_role("button", name="Draw", exact=True)
    for text in ("", ORDER):
        visitor.field.fill(text)
        visitor.page.mouse.move(0, 0)
        assert contrast_of(button) >= 4.5
        button.hover()
        assert contrast_of(button) >= 4.5


def contrast_of(button: Locator) -> float:
    """Return the contrast of a button's text once its colours have settled (WCAG 2.2)."""
    ratio: float = button.evaluate(
        """async (element) => {
          await Promise.all(element.getAnimations().map((each) => each.finished));
          const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
          const luminance = (color) => {
            canvas.fillStyle = color;
            canvas.fillRect(0, 0, 1, 1);
            const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => value / 255)
              .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const { color, backgroundColor } = getComputedStyle(element);
          const [light, dark] = [luminance(color), luminance(backgroundColor)].sort((a, b) => b - a);
          return (light + 0.05) / (dark + 0.05);
        }"""
    )
    return ratio


def test_boxes_and_their_labels_never_part_while_the_drawing_grows(
    chromium: Browser, stack: Stack, user_id: str, model: ModelServer, tmp_path: Path
) -> None:
    """With motion: at every frame each label's middle lies in its box."""
    token = make_token(make_settings(stack.dsn, var_dir=tmp_path), user_id)
    with chromium.new_context(base_url=stack.url, viewport={"width": 1280, "height": 800}) as context:
        context.route("**/panel/demo-token", lambda route: route.fulfill(json={"token": token}))
        page = context.new_page()
        page.goto("/")
        visitor = Visitor(page)
        expect(visitor.panel.get_by_role("heading", name="Your drawings")).to_be_visible()
        page.evaluate(LABEL_WATCH)
        model.script(SLOW)
        visitor.describe(ORDER)
        visitor.expect_status(ORDER, "completed")
        visitor.expect_phase("done")
        frames, parted = page.evaluate("[window.framesSeen, window.parted]")
    assert frames > 20
    assert parted == []


LABEL_WATCH = """
() => {
  const root = document.querySelector('ai-canvas-view').shadowRoot;
  const view = document.querySelector('ai-canvas-view');
  [window.framesSeen, window.parted] = [0, []];
  const look = () => {
    const groups = new Map([...root.querySelectorAll('g.object')].map((group) => [group.dataset.id, group]));
    for (const { id, object_type, properties } of view.objects) {
      const owner = groups.get(properties.of);
      if (object_type !== 'text' || !owner || !['rectangle', 'diamond'].includes(owner.dataset.type)) continue;
      const [label, box] = [groups.get(id).getBoundingClientRect(), owner.getBoundingClientRect()];
      const [x, y] = [label.x + label.width / 2, label.y + label.height / 2];
      const isInside = x > box.left - 2 && x < box.right + 2 && y > box.top - 2 && y < box.bottom + 2;
      if (!isInside) window.parted.push(properties.text);
    }
    window.framesSeen += groups.size ? 1 : 0;
    requestAnimationFrame(look);
  };
  look();
}
"""


def test_server_that_does_not_respond_is_reported_within_seconds_and_can_be_stopped(
    visitor: Visitor, context: BrowserContext
) -> None:
    visitor.page.route("**/api/ai-agent/create-canvas", lambda route: None)  # never answered
    visitor.field.fill(ORDER)
    visitor.page.get_by_role("button", name="Draw", exact=True).click()
    expect(visitor.panel.get_by_text("The server is not responding yet.")).to_be_visible(timeout=5_000)
    visitor.page.get_by_role("button", name="Stop", exact=True).click()
    expect(visitor.panel.get_by_role("alert")).to_contain_text("Stopped.")
    expect(visitor.field).to_have_value(ORDER)
    visitor.page.unroute("**/api/ai-agent/create-canvas")
    visitor.page.get_by_role("button", name="Draw", exact=True).click()
    visitor.expect_status(ORDER, "completed")


def test_a_request_that_was_sent_twice_makes_one_drawing(
    visitor: Visitor, expected_complaints: list[str]
) -> None:
    expected_complaints.append("net::ERR_FAILED")

    def lose_the_response(route: Route) -> None:
        route.fetch()
        route.abort()

    visitor.page.route("**/api/ai-agent/create-canvas", lose_the_response)
    visitor.field.fill(ORDER)
    visitor.page.get_by_role("button", name="Draw", exact=True).click()
    expect(visitor.panel.get_by_role("alert")).to_contain_text("cannot be reached")
    visitor.page.unroute("**/api/ai-agent/create-canvas")
    visitor.page.get_by_role("button", name="Draw", exact=True).click()
    visitor.expect_status(ORDER, "completed")
    expect(visitor.cards).to_have_count(1)


def test_list_says_that_the_server_is_silent_and_recovers(visitor: Visitor, model: ModelServer) -> None:
    model.script(STUCK)
    visitor.describe(ORDER)
    visitor.wait_for_shapes(3)
    visitor.page.route("**/api/ai-agent/jobs?*", lambda route: None)
    visitor.page.evaluate("dispatchEvent(new Event('online'))")
    expect(visitor.panel.get_by_text("The server is not responding. Still trying…")).to_be_visible(
        timeout=5_000
    )
    visitor.page.unroute("**/api/ai-agent/jobs?*")
    visitor.page.reload()
    expect(visitor.panel.get_by_text("The server is not responding")).to_have_count(0)
    visitor.press("Cancel")


def test_finished_drawing_heals_after_a_moment_offline(
    visitor: Visitor, context: BrowserContext, expected_complaints: list[str]
) -> None:
    expected_complaints.append("net::ERR_INTERNET_DISCONNECTED")

    visitor.describe(ORDER)
    visitor.expect_phase("done")
    visitor.describe("Another plan")
    visitor.expect_status("Another plan", "completed")
    visitor.expect_phase("done")
    context.set_offline(True)
    visitor.card(ORDER).get_by_role("button", name=ORDER, exact=True).click()
    visitor.expect_phase("error")
    context.set_offline(False)
    visitor.expect_phase("done")
    expect(visitor.view.get_by_role("heading", name="Online order")).to_be_visible()


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


@pytest.mark.parametrize("size", [(640, 360), (683, 384), (640, 400), (320, 256)])
def test_zoomed_to_200_percent_the_drawing_is_whole(visitor: Visitor, size: tuple[int, int]) -> None:
    visitor.describe(ORDER)
    visitor.expect_phase("done")
    visitor.page.set_viewport_size({"width": size[0], "height": size[1]})
    visitor.view.get_by_role("button", name="Show everything").click()
    inside = visitor.view.evaluate(
        """(view) => {
          const box = view.getBoundingClientRect();
          const drawn = view.shadowRoot.querySelector('.objects').getBoundingClientRect();
          return [drawn.left - box.left, drawn.top - box.top, box.right - drawn.right, box.bottom - drawn.bottom];
        }"""
    )
    assert min(inside) >= 0
    panel = visitor.panel.bounding_box()
    view = visitor.view.bounding_box()
    assert panel is not None
    assert view is not None
    is_beside = view["x"] >= panel["x"] + panel["width"] - 1
    is_apart = view["y"] + view["height"] <= panel["y"] + 1 or view["y"] >= panel["y"] + panel["height"] - 1
    assert is_beside or is_apart


def test_high_contrast_colours_keep_everything_visible(visitor: Visitor) -> None:
    visitor.page.emulate_media(forced_colors="active")
    visitor.field.fill(ORDER)
    chosen = visitor.page.get_by_text("Modern", exact=True)
    other = visitor.page.get_by_text("Minimal", exact=True)
    style = "element => getComputedStyle(element).outlineStyle"
    assert chosen.evaluate(style) == "solid"
    assert other.evaluate(style) == "none"
    button = visitor.page.get_by_role("button", name="Draw", exact=True)
    assert button.evaluate("element => getComputedStyle(element).borderTopWidth") == "2px"


def test_the_open_drawing_is_changed_by_words(visitor: Visitor, model: ModelServer) -> None:
    visitor.describe(ORDER)
    visitor.expect_phase("done")
    before = visitor.shown_ids()
    visitor.page.get_by_text("Change the open drawing").click()
    model.script(Script(text="n11[Everybody is happy]\nn8 --> x1[Add a gift]\n", chunk_delay=0.02))
    visitor.page.get_by_label("What should change?").fill("A gift, and a happy end")
    visitor.page.get_by_role("button", name="Draw", exact=True).click()
    visitor.expect_status("A gift, and a happy end", "completed")
    visitor.expect_phase("done")
    expect(visitor.view.get_by_role("img")).to_have_attribute("aria-label", re.compile("Add a gift"))
    after = visitor.shown_ids()
    assert before < after
    assert len(after - before) == 3  # a box, its words and an arrow
    visitor.press("Undo")
    expect(visitor.view.get_by_role("img")).not_to_have_attribute("aria-label", re.compile("Add a gift"))
    assert visitor.shown_ids() == before
    expect(visitor.page.get_by_role("button", name=re.compile("^Undo"))).to_have_count(0)
