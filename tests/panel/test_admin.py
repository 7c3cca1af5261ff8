"""The admin page in Chromium, with a real web process and worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from core.database import Connection
from devtools.model_server import ModelServer, Script, refused
from devtools.postgres import PostgresServer
from tests.conftest import make_settings
from tests.panel.conftest import Stack, watch
from tests.panel.test_accessibility import serious_violations
from tests.tasks.workshop import post
from webapp.auth import make_token

pytestmark = pytest.mark.browser


@pytest.fixture
def complaints() -> list[str]:
    """What the browser complained about; a test takes out what it has caused on purpose."""
    return []


@pytest.fixture
def open_admin(context: BrowserContext, complaints: list[str]) -> Iterator[Callable[[], Page]]:
    """Open the operator's page; whatever a browser complains about fails the test."""

    def open_one() -> Page:
        page = context.new_page()
        watch(page, complaints)
        page.goto("/admin")
        return page

    yield open_one
    # What a refused token answers is logged by the browser itself.
    assert [each for each in complaints if "403 (FORBIDDEN)" not in each] == []


def sign_in(page: Page) -> None:
    page.get_by_role("button", name="Use this development server's").click()
    expect(page.get_by_role("heading", name="Newest jobs")).to_be_visible()


@pytest.fixture
def no_failures(conn: Connection) -> None:
    """Let no job of an earlier test be among the last hour's failures, which the headline names."""
    conn.execute("UPDATE ai_jobs SET completed_at = now() - interval '2 hours' WHERE outcome = 'failed'")


@pytest.mark.usefixtures("no_failures")
def test_operator_follows_a_job_cancels_it_and_runs_it_again(
    open_admin: Callable[[], Page], conn: Connection, model: ModelServer, user_id: str
) -> None:
    model.script(Script(silent_after=25))
    page = open_admin()
    sign_in(page)
    expect(page.get_by_role("status").first).to_have_text("All is well")
    job = post(conn, user_id=user_id)
    page.get_by_role("button", name=str(job.id)).click()
    title = page.locator("#detail-title")
    expect(title).to_be_focused()
    expect(title).to_have_text(f"{job.id}: processing")
    expect(page.locator("#timeline")).to_contain_text("started")
    page.get_by_role("button", name="Cancel").click()
    expect(title).to_have_text(f"{job.id}: cancelled")
    page.get_by_role("button", name="Run again").click()
    expect(title).to_have_text(f"{job.id}: completed")
    expect(page.get_by_role("button", name="Run again")).to_be_disabled()
    expect(page.locator("#ended-text")).to_contain_text("completed")
    assert page.locator("#ended .completed").count() == 60


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(
    open_admin: Callable[[], Page], conn: Connection, model: ModelServer, user_id: str, scheme: str
) -> None:
    page = open_admin()
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert serious_violations(page) == []
    model.script(refused(401, "invalid_api_key"))
    job = post(conn, user_id=user_id)
    sign_in(page)
    page.get_by_label("Status").select_option("failed")
    page.get_by_role("button", name=str(job.id)).click()
    expect(page.locator("#detail-message")).to_contain_text("API key")
    assert serious_violations(page) == []


def test_token_without_the_role_is_refused(
    open_admin: Callable[[], Page], stack: Stack, user_id: str, tmp_path: Path
) -> None:
    page = open_admin()
    page.get_by_label("Token").fill(make_token(make_settings(stack.dsn, var_dir=tmp_path), user_id))
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Only an admin's token")
    expect(page.locator("#content")).to_be_hidden()
    assert page.evaluate("sessionStorage.length") == 0


def test_any_job_is_found_by_its_id_and_focus_comes_back(
    open_admin: Callable[[], Page], conn: Connection, user_id: str
) -> None:
    job = post(conn, user_id=user_id)
    page = open_admin()
    sign_in(page)
    page.get_by_label("Job", exact=True).fill(f" {job.id} ")
    page.get_by_role("button", name="Open", exact=True).click()
    expect(page.locator("#detail-title")).to_be_focused()
    expect(page.locator("#timeline")).to_contain_text("accepted")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name=str(job.id))).to_be_focused()
    expect(page.locator("#detail")).to_be_hidden()


@pytest.mark.usefixtures("no_failures")
def test_job_that_is_deleted_while_it_is_watched_is_said_to_be(
    open_admin: Callable[[], Page], conn: Connection, user_id: str, complaints: list[str]
) -> None:
    job = post(conn, user_id=user_id)
    page = open_admin()
    sign_in(page)
    page.get_by_role("button", name=str(job.id)).click()
    expect(page.locator("#detail-title")).to_be_focused()
    conn.execute("DELETE FROM ai_jobs WHERE id = %s", [job.id])
    expect(page.locator("#find-message")).to_contain_text("has been deleted")
    expect(page.locator("#detail")).to_be_hidden()
    expect(page.get_by_role("status").first).to_have_text("All is well")
    complaints[:] = [each for each in complaints if "404 (NOT FOUND)" not in each]


@pytest.mark.usefixtures("no_failures")
def test_numbers_are_marked_as_old_while_the_database_is_away(
    open_admin: Callable[[], Page], postgres_server: PostgresServer, complaints: list[str]
) -> None:
    page = open_admin()
    sign_in(page)
    state, content = page.get_by_role("status").first, page.locator("#content")
    expect(state).to_have_text("All is well")
    postgres_server.stop()
    try:
        expect(state).to_contain_text("cannot reach its database")
        expect(state).to_contain_text("Below is what was known at")
        expect(content).to_have_attribute("data-stale", "true")
    finally:
        postgres_server.start()
    expect(state).to_have_text("All is well")
    expect(content).not_to_have_attribute("data-stale", "true")
    complaints[:] = [each for each in complaints if "503 (SERVICE UNAVAILABLE)" not in each]


def test_phone_shows_what_became_of_a_job_without_scrolling_sideways(
    open_admin: Callable[[], Page], conn: Connection, user_id: str
) -> None:
    job = post(conn, user_id=user_id)
    page = open_admin()
    page.set_viewport_size({"width": 360, "height": 640})
    sign_in(page)
    row = page.get_by_role("row").filter(has=page.get_by_role("button", name=str(job.id)))
    row.scroll_into_view_if_needed()
    expect(row.get_by_role("cell").first).to_be_in_viewport(ratio=1)
    expect(row.get_by_role("button")).to_be_in_viewport(ratio=1)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    for figure in page.get_by_role("figure").all():
        assert figure.evaluate("element => element.scrollWidth <= element.parentElement.clientWidth")
