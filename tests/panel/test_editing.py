"""Changing a finished drawing on the canvas itself: with the pointer, with the keyboard, and back again."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from tests.panel.visitor import Visitor

pytestmark = pytest.mark.browser

SOURCE = "flowchart LR\nA[Apples] --> B[Bread]\nB --> C[Cheese]\n"
BOX_OF = """(name) => {
  const root = document.querySelector('ai-canvas-view').shadowRoot;
  const text = [...root.querySelectorAll('g.object text')].find(each => each.textContent === name);
  const { x, y, width, height } = text.getBoundingClientRect();
  return [x + width / 2, y + height / 2];
}"""


@pytest.fixture
def drawn(visitor: Visitor) -> Visitor:
    """A finished drawing that is open."""
    job_id = visitor.ask(f"(await client.createCanvas({{ source: {SOURCE!r} }})).job_id")
    visitor.page.evaluate("(id) => document.querySelector('ai-canvas-panel').openJob(id)", job_id)
    visitor.expect_phase("done")
    visitor.shapes.locator("text", has_text="Bread").hover()  # Waits until the camera rests.
    return visitor


def place_of(visitor: Visitor, words: str) -> tuple[float, float]:
    x, y = visitor.page.evaluate(BOX_OF, words)
    return x, y


def stored(visitor: Visitor) -> dict[str, dict[str, float]]:
    """The shapes as the server has them, by their words."""
    objects = visitor.page.evaluate(
        "async () => { const panel = document.querySelector('ai-canvas-panel');"
        " const job = await panel.client.status(panel.jobId);"
        " return (await panel.client.canvas(job.canvas_id)).objects; }"
    )
    by_id = {each["id"]: each for each in objects}
    return {
        each["properties"]["text"]: by_id[each["properties"]["of"]]["properties"]
        for each in objects
        if each["properties"].get("of")
    }


def expect_said(visitor: Visitor, words: str) -> None:
    expect(visitor.panel.get_by_text(words, exact=True)).to_be_attached()


def drag(visitor: Visitor, words: str, dx: float, dy: float) -> None:
    x, y = place_of(visitor, words)
    mouse = visitor.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + dx / 2, y + dy / 2)
    mouse.move(x + dx, y + dy)
    mouse.up()


def test_a_dragged_shape_stays_where_it_is_put_with_its_words_and_arrows(drawn: Visitor) -> None:
    before = stored(drawn)
    x, y = place_of(drawn, "Bread")
    drag(drawn, "Bread", 0, 120)
    expect_said(drawn, "Changed")
    after = stored(drawn)
    assert after["Bread"]["y"] > before["Bread"]["y"] + 50
    assert after["Bread"]["x"] == pytest.approx(before["Bread"]["x"], abs=1)
    assert after["Apples"] == before["Apples"]
    assert place_of(drawn, "Bread") == pytest.approx((x, y + 120), abs=6)


def test_undo_and_redo_go_through_all_changes(drawn: Visitor) -> None:
    first = stored(drawn)
    drag(drawn, "Bread", 0, 120)
    expect_said(drawn, "Changed")
    second = stored(drawn)
    drawn.page.keyboard.press("Control+z")
    expect_said(drawn, "Undone")
    assert stored(drawn) == first
    drawn.page.keyboard.press("Control+Shift+z")
    expect_said(drawn, "Redone")
    assert stored(drawn) == second


def test_a_drawing_without_a_title_has_no_empty_caption(drawn: Visitor) -> None:
    expect(drawn.view.locator(".caption")).to_be_hidden()


def test_new_words_by_double_click(drawn: Visitor) -> None:
    drawn.page.mouse.dblclick(*place_of(drawn, "Cheese"))
    field = drawn.view.get_by_label("New words")
    expect(field).to_have_value("Cheese")
    field.fill("Butter")
    field.press("Enter")
    expect_said(drawn, "Changed")
    assert "Butter" in stored(drawn)
    assert "Cheese" not in stored(drawn)


def test_escape_leaves_the_words(drawn: Visitor) -> None:
    drawn.page.mouse.dblclick(*place_of(drawn, "Cheese"))
    field = drawn.view.get_by_label("New words")
    field.fill("Butter")
    field.press("Escape")
    expect(field).to_have_count(0)
    assert "Cheese" in stored(drawn)


def test_all_of_it_with_the_keyboard_alone(drawn: Visitor) -> None:
    stage = drawn.view.get_by_role("group", name="Canvas: arrow keys")
    stage.focus()
    stage.press("Enter")
    expect(drawn.view.get_by_text("Apples selected")).to_be_attached()
    stage.press("Tab")
    expect(drawn.view.get_by_text("Bread selected")).to_be_attached()
    before = stored(drawn)
    for _ in range(5):
        stage.press("ArrowDown")
    expect_said(drawn, "Changed")
    assert stored(drawn)["Bread"]["y"] == pytest.approx(before["Bread"]["y"] + 50, abs=1)
    stage.press("Delete")
    expect(drawn.view.locator(".marks rect")).to_have_count(0)
    expect(drawn.view.get_by_text("Bread", exact=True)).to_have_count(0)
    assert set(stored(drawn)) == {"Apples", "Cheese"}


def test_what_is_marked_goes_with_the_request(drawn: Visitor) -> None:
    drawn.page.mouse.click(*place_of(drawn, "Apples"))
    (marked,) = drawn.page.evaluate("document.querySelector('ai-canvas-view').selection")
    with drawn.page.expect_request("**/create-canvas") as sent:
        drawn.page.get_by_text("Change the open drawing").click()
        drawn.page.get_by_label("What should change?").fill("make this green")
        drawn.page.get_by_role("button", name="Draw", exact=True).click()
    body: Any = sent.value.post_data_json
    assert (body["mode"], body["selection"]) == ("edit", [marked])


def test_a_click_beside_everything_marks_nothing_and_shift_marks_a_field(drawn: Visitor) -> None:
    x, y = place_of(drawn, "Apples")
    right, below = place_of(drawn, "Cheese")
    mouse, keyboard = drawn.page.mouse, drawn.page.keyboard
    mouse.move(x - 130, y - 80)
    keyboard.down("Shift")
    mouse.down()
    mouse.move(right + 130, below + 80)
    mouse.up()
    keyboard.up("Shift")
    expect(drawn.view.locator(".marks rect")).to_have_count(3)
    mouse.click(x - 130, y - 80)
    expect(drawn.view.locator(".marks rect")).to_have_count(0)


@pytest.mark.parametrize("expected_complaints", [["503"]])
def test_a_change_that_fails_is_taken_back_and_said(drawn: Visitor, expected_complaints: list[str]) -> None:
    problem = {"code": "database_unavailable", "message": "Not now.", "error": "Not now.", "retryable": True}
    drawn.page.route(
        "**/canvas/*",
        lambda route: (
            route.fulfill(status=503, json=problem) if route.request.method == "PATCH" else route.fallback()
        ),
    )
    before = place_of(drawn, "Bread")
    drag(drawn, "Bread", 0, 120)
    expect(drawn.panel.get_by_text("Not now.").first).to_be_visible()
    assert place_of(drawn, "Bread") == pytest.approx(before, abs=2)


def test_a_drawing_for_dark_paper_is_shown_on_it(visitor: Visitor) -> None:
    job_id = visitor.ask(f"(await client.createCanvas({{ source: {SOURCE!r}, theme: 'dark' }})).job_id")
    visitor.page.evaluate("(id) => document.querySelector('ai-canvas-panel').openJob(id)", job_id)
    visitor.expect_phase("done")
    expect(visitor.page.locator("ai-canvas-view .sheet")).to_have_css("fill", "rgb(20, 24, 31)")
