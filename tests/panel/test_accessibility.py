"""What axe-core finds on the page, in each state; and what screen readers announce."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from devtools.model_server import ModelServer, Script, refused
from tests.panel.visitor import Visitor

pytestmark = pytest.mark.browser

SETTLED = """() => Promise.allSettled(
    document.getAnimations().filter((each) => each instanceof CSSTransition).map((each) => each.finished)
).then(() => null)"""
ORDER = "How an order goes from the shop to the doorstep"


def serious_violations(page: Page) -> list[str]:
    """What axe-core calls serious or critical, with the elements concerned, once no colour is on its way to another."""
    page.evaluate(SETTLED)
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {[node['html'] for node in each['nodes']]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    open_tab: Callable[[], Visitor], model: ModelServer, scheme: Literal["light", "dark"]
) -> None:
    visitor = open_tab()
    page = visitor.page
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(visitor.panel.get_by_text("Nothing here yet")).to_be_visible()
    assert serious_violations(page) == []

    model.script(refused(401, "invalid_api_key"))
    visitor.describe("This one fails")
    visitor.expect_status("This one fails", "failed")
    model.script(Script(silent_after=25))
    visitor.describe("This one takes long")
    visitor.wait_for_shapes(3)
    assert serious_violations(page) == []
    visitor.press("Cancel")
    visitor.expect_status("This one takes long", "cancelled")

    visitor.describe(ORDER)
    visitor.expect_phase("done")
    visitor.field.fill("x" * 10_001)
    visitor.field.press("Control+Enter")
    assert serious_violations(page) == []
    page.keyboard.press("Escape")
    assert serious_violations(page) == []


def test_what_happens_to_a_job_is_spoken(visitor: Visitor, model: ModelServer) -> None:
    spoken = visitor.panel.locator(".panel > [role=status]")
    model.script(refused(401, "invalid_api_key"))
    visitor.describe(ORDER)
    expect(spoken).to_contain_text(f"Failed: {ORDER}")
    visitor.press("Try again")
    expect(spoken).to_contain_text(f"Done: {ORDER}")
