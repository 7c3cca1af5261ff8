"""Following jobs on the page: shapes arrive, reloads, tabs, retries, a silent or offline server."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Route, expect

from devtools.model_server import ModelServer, Script
from tests.conftest import make_settings
from tests.panel.conftest import Stack
from tests.panel.visitor import Visitor
from webapp.auth import make_token

pytestmark = pytest.mark.browser
ORDER = "How an order goes from the shop to the doorstep"
SLOW = Script(chunk_delay=0.05)
STUCK = Script(silent_after=25)  # draws some shapes, then nothing more comes


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
    assert frames > 2, "nobody has watched"
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
