"""A real browser on the real page, with a web process, a worker and a model server."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    ViewportSize,
    expect,
    sync_playwright,
)

from core.database import Connection
from devtools.model_server import ModelServer, Script
from devtools.processes import free_port, web_and_worker
from tests.conftest import SECRET, _database, connect, make_settings
from tests.panel.visitor import Visitor
from tests.waiting import PATIENCE
from webapp.auth import make_token

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP: ViewportSize = {"width": 1280, "height": 800}

expect.set_options(timeout=1000 * PATIENCE)

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Stack:
    """The running service: where it answers, what its model does, and its database."""

    url: str
    embedder_port: int  # where another site may embed the panel
    model: ModelServer
    dsn: str


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "browser: needs Chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Chromium skip what needs it."""
    if CHROMIUM:
        return
    skip = pytest.mark.skip(reason="no Chromium on this machine: apt-get install chromium")
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(skip)


@pytest.fixture(scope="package")
def stack(postgres: str, template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web and worker with a model that draws slowly enough to be watched."""
    folder = tmp_path_factory.mktemp("stack")
    databases = _database(postgres, template)
    dsn = next(databases)
    embedder_port = free_port()
    with ModelServer(default=Script(chunk_delay=0.02)) as model:
        env = {
            "DATABASE_URL": dsn,
            "JWT_SECRET_KEY": SECRET,
            "VAR_DIR": str(folder),
            "AI_PROVIDER": "openai",
            "OPENAI_BASE_URL": model.base_url,
            "RETRY_BASE_SECONDS": "0.1",
            "JOB_PROCESSING_INTERVAL": "0.2",
            "SHUTDOWN_GRACE_SECONDS": "0",
            "RATE_LIMIT_PER_MINUTE": "1000",
            "CORS_ORIGINS": f"http://127.0.0.1:{embedder_port}",
        }
        with web_and_worker(env, port=free_port(), logs=folder) as url:
            yield Stack(url, embedder_port, model, dsn)
    next(databases, None)


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    # Not for the whole session: its event loop would get in the way of tests that run their own.
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    assert CHROMIUM, "CI=true, and there is no Chromium"
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def conn(stack: Stack) -> Iterator[Connection]:
    with connect(stack.dsn) as connection:
        yield connection


@pytest.fixture
def model(stack: Stack) -> ModelServer:
    """The model's server; a test queues how it answers next."""
    return stack.model


@pytest.fixture
def user_id() -> str:
    """A user that only this test knows: everybody sees their own drawings only."""
    return f"visitor-{os.getpid()}-{next(_numbers)}"


@pytest.fixture
def context(chromium: Browser, stack: Stack, user_id: str, tmp_path: Path) -> Iterator[BrowserContext]:
    """A fresh browser profile; its page signs in as the test's user instead of the demo user."""
    token = make_token(make_settings(stack.dsn, var_dir=tmp_path), user_id)
    context = chromium.new_context(base_url=stack.url, viewport=DESKTOP, reduced_motion="reduce")
    context.set_default_timeout(1000 * PATIENCE)
    context.route("**/panel/demo-token", lambda route: route.fulfill(json={"token": token}))
    yield context
    context.close()


@pytest.fixture
def expected_complaints() -> list[str]:
    """Parts of what the browser complains about because a test causes it on purpose."""
    return []


@pytest.fixture
def open_tab(context: BrowserContext, expected_complaints: list[str]) -> Iterator[Callable[[], Visitor]]:
    """Open the page in one more tab; whatever a browser complains about fails the test."""
    complaints: list[str] = []

    def open_one() -> Visitor:
        page = context.new_page()
        watch(page, complaints)
        page.goto("/")
        visitor = Visitor(page)
        expect(visitor.panel.get_by_role("heading", name="Your drawings")).to_be_visible()
        return visitor

    yield open_one
    assert [each for each in complaints if not any(part in each for part in expected_complaints)] == []


@pytest.fixture
def visitor(open_tab: Callable[[], Visitor]) -> Visitor:
    """A person who has just opened the page."""
    return open_tab()


def watch(page: Page, complaints: list[str]) -> None:
    """Collect errors and warnings of the console, violations of the Content-Security-Policy among them."""
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None,
    )
