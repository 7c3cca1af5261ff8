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
        drawn.panel.get_by_label("What should change?").fill("make this green")
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


def test_colour_words_and_deletion_by_the_buttons_beside_it(drawn: Visitor) -> None:
    before = stored(drawn)
    bar = drawn.view.get_by_role("group", name="Change what is selected")
    expect(bar).to_be_hidden()
    drawn.page.mouse.click(*place_of(drawn, "Bread"))
    bar.get_by_role("button", name="Green").click()
    expect_said(drawn, "Changed")
    assert stored(drawn)["Bread"]["fill"] != before["Bread"]["fill"]
    assert stored(drawn)["Apples"] == before["Apples"]
    bar.get_by_role("button", name="Change the words").click()
    field = drawn.view.get_by_label("New words")
    field.fill("Butter")
    field.press("Enter")
    expect(drawn.shapes.locator("text", has_text="Butter")).to_be_visible()
    bar.get_by_role("button", name="Delete").click()
    expect(drawn.shapes.locator("text", has_text="Butter")).to_have_count(0)
    expect(bar).to_be_hidden()
    assert set(stored(drawn)) == {"Apples", "Cheese"}


def test_undo_and_redo_by_button(drawn: Visitor) -> None:
    first = stored(drawn)
    drag(drawn, "Bread", 0, 120)
    expect_said(drawn, "Changed")
    drawn.view.get_by_role("button", name="Undo").click()
    expect_said(drawn, "Undone")
    assert stored(drawn) == first
    drawn.view.get_by_role("button", name="Redo").click()
    expect_said(drawn, "Redone")
    assert stored(drawn) != first


def test_a_shape_is_resized_by_its_handle_and_by_keys(drawn: Visitor) -> None:
    before = stored(drawn)
    drawn.page.mouse.click(*place_of(drawn, "Bread"))
    handle = drawn.view.locator(".marks .handle")
    box = handle.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    mouse = drawn.page.mouse
    mouse.move(x, y)
    mouse.down()
    mouse.move(x + 30, y + 20)
    mouse.move(x + 60, y + 40)
    mouse.up()
    expect_said(drawn, "Changed")
    after = stored(drawn)
    assert after["Bread"]["width"] > before["Bread"]["width"] + 20
    assert after["Bread"]["height"] > before["Bread"]["height"] + 10
    assert [after["Bread"][each] for each in "xy"] == pytest.approx(
        [before["Bread"][each] for each in "xy"], abs=1
    )
    assert after["Apples"] == before["Apples"]
    stage = drawn.view.get_by_role("group", name="Canvas: arrow keys")
    with drawn.page.expect_response(lambda response: response.request.method == "PATCH"):
        stage.press("Alt+ArrowRight")
    assert stored(drawn)["Bread"]["width"] == pytest.approx(after["Bread"]["width"] + 10, abs=1)


@pytest.mark.parametrize(
    ("label", "value"), [("Style", "corporate"), ("Colours", "vibrant"), ("Paper", "dark")]
)
def test_a_finished_drawing_gets_another_look_at_once(drawn: Visitor, label: str, value: str) -> None:
    before = stored(drawn)
    choice = drawn.view.get_by_label(label, exact=True)
    choice.select_option(value)
    expect_said(drawn, "Changed")
    after = stored(drawn)
    assert after != before
    for words, shape in before.items():
        place = [after[words][each] for each in ("x", "y")]
        if value != "corporate":  # it has other distances
            assert place == [shape[each] for each in ("x", "y")]
    expect(choice).to_have_value("")


def test_what_should_change_is_asked_under_the_drawing(drawn: Visitor) -> None:
    drawn.page.mouse.click(*place_of(drawn, "Bread"))
    (marked,) = drawn.page.evaluate("document.querySelector('ai-canvas-view').selection")
    field = drawn.view.get_by_label("What should change in this drawing?")
    suggestion = drawn.view.get_by_role("button", name="Make it shorter")
    expect(suggestion).to_be_hidden()
    field.focus()
    suggestion.click()
    expect(field).to_have_value("Make it shorter")
    expect(suggestion).to_be_hidden()
    field.fill("make this green")
    with drawn.page.expect_request(
        lambda request: request.method == "POST" and "create-canvas" in request.url
    ) as sent:
        field.press("Enter")
    body: Any = sent.value.post_data_json
    assert (body["mode"], body["selection"], body["instructions"]) == ("auto", [marked], "make this green")
    expect(field).to_have_value("")


@pytest.mark.parametrize("expected_complaints", [["503"]])
def test_a_wish_that_does_not_arrive_stays_in_its_field(
    drawn: Visitor, expected_complaints: list[str]
) -> None:
    problem = {"code": "database_unavailable", "message": "Not now.", "error": "Not now.", "retryable": False}
    drawn.page.route("**/create-canvas", lambda route: route.fulfill(status=503, json=problem))
    field = drawn.view.get_by_label("What should change in this drawing?")
    field.fill("make it blue")
    field.press("Enter")
    expect(drawn.panel.get_by_text("Not now.").first).to_be_visible()
    expect(field).to_have_value("make it blue")


def test_a_view_that_nobody_listens_to_offers_no_changes(drawn: Visitor) -> None:
    drawn.page.evaluate("document.querySelector('ai-canvas-view').isEditable = false")
    expect(drawn.view.get_by_role("button", name="Undo")).to_be_hidden()
    expect(drawn.view.get_by_label("What should change in this drawing?")).to_be_hidden()
    expect(drawn.view.get_by_role("button", name="Download SVG")).to_be_visible()
