"""A person using the page: what they see and do, in the page's own words."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, Page, expect

RECORDER = """
() => {
  const root = document.querySelector('ai-canvas-view').shadowRoot;
  const layer = root.querySelector('.objects');
  const seen = (window.seenCounts = []);
  new MutationObserver(() => {
    const count = layer.childElementCount;
    if (count && seen.at(-1) !== count) seen.push(count);
  }).observe(layer, { childList: true });
}
"""


class Visitor:
    """One tab."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.panel = page.locator("ai-canvas-panel")
        self.view = page.locator("ai-canvas-view")
        self.field = page.get_by_label("What would you like to draw?")
        self.shapes = self.view.locator("g.object")
        self.cards = self.panel.locator("ai-job-card")

    def describe(self, text: str) -> None:
        """Write a sentence and send it."""
        self.field.fill(text)
        self.page.get_by_role("button", name="Draw", exact=True).click()
        expect(self.field).to_have_value("")

    def card(self, text: str) -> Locator:
        """The job with these words."""
        return self.cards.filter(has_text=text)

    def expect_status(self, text: str, status: str) -> None:
        expect(self.card(text)).to_have_attribute("data-status", status)

    def expect_phase(self, phase: str) -> None:
        expect(self.view).to_have_attribute("data-phase", phase)

    def wait_for_shapes(self, count: int) -> None:
        """Wait until at least so many shapes are on the canvas."""
        expect(self.shapes.nth(count - 1)).to_be_attached()

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=re.compile(f"^{name}")).first.click()

    def record_counts(self) -> None:
        """From now on note how many shapes there are, each time it changes."""
        self.page.evaluate(RECORDER)

    def counts(self) -> list[int]:
        counts: list[int] = self.page.evaluate("window.seenCounts")
        return counts

    def shown_ids(self) -> set[str]:
        ids: list[str] = self.shapes.evaluate_all("groups => groups.map(group => group.dataset.id)")
        return set(ids)

    def ask(self, script: str) -> Any:
        """Ask the API as the page does: ``client`` is the panel's."""
        return self.page.evaluate(
            f"async () => {{ const client = document.querySelector('ai-canvas-panel').client; return {script}; }}"
        )
