"""An app with habits of its own uses the service unchanged, in Chromium, with a real web process and worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from devtools.model_server import ModelServer, refused
from tests.conftest import SECRET, make_settings
from tests.panel.conftest import Stack, watch
from tests.webapp.serving import Web, serve
from webapp.auth import make_token

pytestmark = pytest.mark.browser

PAGE = Path(__file__).with_name("host_app.html")
REQUEST = "Which way an order takes"
MARGIN = 3.0  # canvas units between an arrow's head and the outline it points at
# How far each head is from the outline of its target, as this app draws the two.
HEADS = """
() => [...document.querySelectorAll('[data-head]')].map((head) => {
  const target = document.querySelector(`[data-id="${head.dataset.target}"]`);
  const [x, y] = [Number(head.dataset.x), Number(head.dataset.y)];
  let nearest = Infinity;
  for (let at = 0, length = target.getTotalLength(); at <= length; at += 0.5) {
    const point = target.getPointAtLength(at);
    nearest = Math.min(nearest, Math.hypot(point.x - x, point.y - y));
  }
  return nearest;
})
"""


@pytest.fixture
def host(stack: Stack, tmp_path: Path) -> Iterator[Web]:
    """A web process that is set up for this app."""
    env = {"DATABASE_URL": stack.dsn, "JWT_SECRET_KEY": SECRET, "RATE_LIMIT_PER_MINUTE": "1000"}
    with serve(tmp_path, **env, DEFAULT_CONNECTORS="segments", DEFAULT_SQUARE_DIAMONDS="true") as web:
        yield web


@pytest.fixture
def open_host(chromium: Browser, stack: Stack, host: Web, tmp_path: Path) -> Iterator[Callable[[str], Page]]:
    """Open the app as a user; whatever the browser complains about fails the test."""
    complaints: list[str] = []
    context = chromium.new_context(base_url=f"http://127.0.0.1:{host.port}")
    context.route("**/host-app*", lambda route: route.fulfill(path=PAGE, content_type="text/html"))

    def open_one(user_id: str) -> Page:
        token = make_token(make_settings(stack.dsn, var_dir=tmp_path), user_id)
        page = context.new_page()
        watch(page, complaints)
        page.goto(f"/host-app#token={token}")
        return page

    yield open_one
    context.close()
    # The browser itself logs what was refused, and that the app has no icon.
    assert [each for each in complaints if "status of 40" not in each] == []


def generate(page: Page, text: str) -> None:
    page.locator("textarea").fill(text)
    page.get_by_role("button", name="Generate").click()


def test_app_gets_its_drawing_on_its_own_canvas(open_host: Callable[[str], Page], user_id: str) -> None:
    page = open_host(user_id)
    generate(page, REQUEST)
    expect(page.locator("#status")).to_have_text("completed")
    expect(page.locator("[data-head]").first).to_be_attached()
    assert page.evaluate("window.result.canvas_id") == "board-7"
    assert page.evaluate("window.result.objects.every((each) => each.canvas_id === 'board-7')")
    heads = page.evaluate(HEADS)
    assert len(heads) >= 5
    assert max(heads) < MARGIN
    assert page.evaluate("[...document.querySelectorAll('polygon')].length") >= 1, "no diamond to judge"
    inks = page.locator("text").evaluate_all("texts => texts.map((text) => text.getAttribute('fill'))")
    assert all(ink.startswith("#") for ink in inks)
    expect(page.locator("#error")).to_be_empty()


def test_two_users_of_the_app_have_the_same_canvas_id_and_two_canvases(
    open_host: Callable[[str], Page], user_id: str
) -> None:
    drawn = []
    for name in (user_id, f"{user_id}-too"):
        page = open_host(name)
        generate(page, REQUEST)
        expect(page.locator("[data-head]").first).to_be_attached()
        drawn.append(set(page.evaluate("window.result.objects.map((each) => each.id)")))
    assert not drawn[0] & drawn[1]


def test_app_shows_sentences_though_it_knows_only_error(
    open_host: Callable[[str], Page], model: ModelServer, user_id: str
) -> None:
    page = open_host(user_id)
    generate(page, " ")
    expect(page.locator("#error")).to_have_text("Use 1 to 10000 characters.")
    model.script(refused(401, "invalid_api_key"))
    generate(page, REQUEST)
    expect(page.locator("#error")).to_contain_text("Drawing is not available right now.")


def test_its_script_asks_for_health_at_the_root(host: Web) -> None:
    status, body = host.call("GET", "/health")
    assert status == 200
    assert body["status"] in ("healthy", "degraded")
