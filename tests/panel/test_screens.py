"""The page on phones, zoomed, in high contrast and under the pointer."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, expect

from tests.panel.visitor import Visitor

pytestmark = pytest.mark.browser
ORDER = "How an order goes from the shop to the doorstep"


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
    chosen = visitor.panel.get_by_text("Modern", exact=True)
    other = visitor.panel.get_by_text("Minimal", exact=True)
    style = "element => getComputedStyle(element).outlineStyle"
    assert chosen.evaluate(style) == "solid"
    assert other.evaluate(style) == "none"
    button = visitor.page.get_by_role("button", name="Draw", exact=True)
    assert button.evaluate("element => getComputedStyle(element).borderTopWidth") == "2px"
